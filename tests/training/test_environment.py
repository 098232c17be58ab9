"""Everything beside the inputs that decides a prediction is part of the environment, and nothing else is."""

import importlib.metadata
import os
import platform
import subprocess
import sys

import pytest

from encoders import tiny_bert, tuned
from synthworth.training import environment as environments
from synthworth.training.environment import LIBRARIES, environment, gpus
from synthworth.training.recipes import RECIPES

INFORMATION = "Model: \t\t {}\nIRQ:   \t\t {}\nGPU UUID: \t GPU-{}\n"


def folder_of_gpus(folder, *models):
    for number, model in enumerate(models):
        (folder / str(number)).mkdir(parents=True)
        (folder / str(number) / "information").write_text(INFORMATION.format(model, number, number))
    return folder


def test_the_environment_is_the_same_each_time_and_for_every_recipe_of_one_encoder(tmp_path):
    tiny_bert(tmp_path / "bert")
    one, other = tuned(str(tmp_path / "bert")), tuned(str(tmp_path / "bert"), epochs=9)
    assert environment(one) == environment(one) == environment(other)


def touch_weights(folder):
    os.utime(folder / "model.safetensors", (0, 0))


def cut_weights(folder):
    path, times = folder / "model.safetensors", (folder / "model.safetensors").stat()
    path.write_bytes(path.read_bytes()[:-1])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize("change", [touch_weights, cut_weights, lambda folder: (folder / "new").touch()])
def test_a_change_in_the_folder_of_an_encoder_changes_the_environment(tmp_path, change):
    chosen = tuned(tiny_bert(tmp_path / "bert"))
    before = environment(chosen)
    change(tmp_path / "bert")
    assert environment(chosen) != before


@pytest.mark.parametrize("name", LIBRARIES)
def test_another_version_of_a_library_changes_the_environment(monkeypatch, name):
    version, before = importlib.metadata.version, environment(RECIPES["tfidf"])
    monkeypatch.setattr(importlib.metadata, "version", lambda of: "0.0" if of == name else version(of))
    monkeypatch.setattr(environments, "libraries", environments.libraries.__wrapped__)
    assert environment(RECIPES["tfidf"]) != before


def test_another_version_of_the_training_code_changes_the_environment(monkeypatch):
    before = environment(RECIPES["tfidf"])
    monkeypatch.setattr(environments, "TRAINING_VERSION", environments.TRAINING_VERSION + 1)
    assert environment(RECIPES["tfidf"]) != before


def test_another_machine_is_another_environment(monkeypatch):
    before = environments._processor.__wrapped__()
    monkeypatch.setattr(platform, "machine", lambda: "z80")
    assert environments._processor.__wrapped__() != before


def test_gpus_count_by_their_models_and_not_by_their_serial_numbers(tmp_path):
    models = environments._gpu_models.__wrapped__
    two = models(folder_of_gpus(tmp_path / "two", "NVIDIA A", "NVIDIA A"))
    assert two == models(folder_of_gpus(tmp_path / "one", "NVIDIA A")) == ["NVIDIA A"]
    assert models(folder_of_gpus(tmp_path / "other", "NVIDIA B")) == ["NVIDIA B"]


def test_a_hidden_gpu_is_no_part_of_the_environment(monkeypatch):
    monkeypatch.setattr(environments, "_gpu_models", lambda: ["NVIDIA A"])
    found = {}
    for visible in ("0", ""):
        monkeypatch.setattr(environments, "gpus", lambda visible=visible: gpus({"CUDA_VISIBLE_DEVICES": visible}))
        found[visible] = environment(RECIPES["minilm"])["machine"]["gpus"]
    assert found == {"0": ["NVIDIA A"], "": []}


def test_the_environment_is_found_without_loading_what_trains():
    code = """
import sys
from synthworth.training.environment import environment
from synthworth.training.recipes import RECIPES
[environment(chosen) for chosen in RECIPES.values()]
print({"torch", "transformers", "sklearn", "scipy"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
