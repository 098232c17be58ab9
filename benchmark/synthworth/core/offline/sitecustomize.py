"""Imported by Python at its start in the children of a run that replays: they open no connection either."""

import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent


def _run(spec: ModuleSpec) -> ModuleType:
    module = importlib.util.module_from_spec(spec)
    assert spec.loader
    spec.loader.exec_module(module)
    return module


if __name__ == "sitecustomize":  # not where it is only looked at, by a collector of docstrings, say
    # By its path: a child may run where this package is not installed.
    network = importlib.util.spec_from_file_location("synthworth_network", HERE.parent / "network.py")
    assert network
    _run(network).refuse_connections()

    # There may be a sitecustomize of somebody else behind this one: it runs as it would have.
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    if hidden := PathFinder.find_spec("sitecustomize", elsewhere):
        _run(hidden)
