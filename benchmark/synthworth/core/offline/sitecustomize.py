"""A module that Python imports at its start, in the children of a run that replays: they open no connection either."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
NETWORK = "synthworth.core.network"


def _run(spec: ModuleSpec | None) -> ModuleType:
    if spec is None or spec.loader is None:
        raise ImportError("no module to run")
    module = importlib.util.module_from_spec(spec)
    if spec.name not in sys.modules:  # so that its errors can be sent to another process, which knows them
        sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "sitecustomize":  # not if it is only looked at, as by a collector of docstrings
    # By its path: a child may run where this package is not installed.
    _run(importlib.util.spec_from_file_location(NETWORK, HERE.parent / "network.py")).refuse_connections()

    # Another sitecustomize may be hidden by this one: it runs as it would have.
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    if hidden := PathFinder.find_spec("sitecustomize", elsewhere):
        _run(hidden)
