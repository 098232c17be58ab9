"""The variants of `few_shot` in suites/variants: their functions, and what was measured of their texts."""

import ast
import csv
from functools import cache
from pathlib import Path

from synthworth.generation.methods import resolve

ROOT = Path(__file__).parents[2]
FILE = ROOT / "suites/variants/few_shot.py"
ROWS = FILE.with_suffix(".csv")
QUOTA = 24  # texts of each label
CHOSEN = "described_last_penalty_06"
NAMES = [
    node.name
    for node in ast.parse(FILE.read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
]


@cache
def rows():
    """What `synthworth variants` wrote, a row for each task and method, as text."""
    with ROWS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recorded():
    """The tasks and variants whose answers are recorded."""
    return [(row["task"], row["method"]) for row in rows() if row["method"] in NAMES]


@cache
def make(name):
    """The method of that name: task, sources, quota and seed in, a training set out."""
    return resolve([f"{FILE}:{name}"])[name].make
