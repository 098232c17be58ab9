"""Everything beside its inputs that decides a prediction: training version, libraries, machine and weights."""

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from synthworth.core import MINILM_SHA256
from synthworth.training.recipes import MINILM, Recipe

TRAINING_VERSION = 1
"""The version of the code that trains.

Raise it when the same recipe, texts and seed give other predictions or another loss than before; a test with golden
predictions fails until that is done. Every result and every cached prediction of another version is then measured anew.
Comments, names and speed need no new version.
"""

LIBRARIES = ("torch", "transformers", "tokenizers", "scikit-learn", "scipy", "numpy")


def environment(recipe: Recipe) -> dict[str, Any]:
    """Everything beside its inputs that decides what a recipe predicts here, as JSON by stable names.

    It is found without loading a library. A local encoder counts by the name, size and time of its files, an encoder of
    the hub by its id alone.
    """
    return {
        "training": TRAINING_VERSION,
        "libraries": libraries(),
        "machine": _processor() | {"gpus": _gpu_models() if gpus() else []},
        "weights": _weights(recipe.encoder),
    }


@cache
def libraries() -> dict[str, str]:
    """The installed version of each library that a training computes with."""
    return {name: importlib.metadata.version(name) for name in LIBRARIES}


def gpus(environ: Mapping[str, str] = os.environ, folder: Path = Path("/proc/driver/nvidia/gpus")) -> list[str]:
    """The GPUs that this process may use, as CUDA_VISIBLE_DEVICES names them; found without loading torch."""
    if (visible := environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name for name in visible.split(",") if name.strip() not in ("", "-1")]
    return [str(number) for number in range(len(list(folder.glob("*"))))]


def _weights(encoder: str) -> Any:
    folder = Path(encoder)
    if encoder and folder.is_dir():
        files = [(file.name, file.stat()) for file in sorted(folder.iterdir())]
        return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in files]
    return MINILM_SHA256 if encoder == MINILM else ""


@cache
def _processor() -> dict[str, str]:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    # The flags too: a virtual machine may be called after a family, and lack what the family can do.
    model, flags = (next((line for line in lines if line.startswith(name)), "") for name in ("model name", "flags"))
    return {
        "architecture": platform.machine(),
        "processor": model.partition(":")[2].strip(),
        "flags": hashlib.sha256(flags.encode()).hexdigest()[:16],
    }


@cache
def _gpu_models(folder: Path = Path("/proc/driver/nvidia/gpus")) -> list[str]:
    lines = [line for file in folder.glob("*/information") for line in file.read_text(encoding="utf-8").splitlines()]
    return sorted({line.partition(":")[2].strip() for line in lines if line.startswith("Model")})
