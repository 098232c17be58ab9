"""The gate for prompt changes: the drop of a score, its uncertainty, and what may have caused it."""

from synthworth.gate.baseline import Baseline, load_baseline
from synthworth.gate.causes import Cause, causes
from synthworth.gate.comparison import (
    NOTHING,
    PROMPT,
    TEXTS,
    ScoreComparison,
    TrainingIdentity,
    compare,
    mean_over_tasks,
    unchanged,
)
from synthworth.gate.prompt import changed_lines, prompt_lines
from synthworth.gate.report import Finding, Report, annotations, markdown, terminal_lines
from synthworth.gate.verdict import (
    ALPHA,
    CANNOT_TELL,
    IMPROVED,
    MARGIN,
    OK,
    REGRESSED,
    GateVerdict,
    judge,
    overall,
    what_would_tell,
)

__all__ = [
    "ALPHA",
    "CANNOT_TELL",
    "IMPROVED",
    "MARGIN",
    "NOTHING",
    "OK",
    "PROMPT",
    "REGRESSED",
    "TEXTS",
    "Baseline",
    "Cause",
    "Finding",
    "GateVerdict",
    "Report",
    "ScoreComparison",
    "TrainingIdentity",
    "annotations",
    "causes",
    "changed_lines",
    "compare",
    "judge",
    "load_baseline",
    "markdown",
    "mean_over_tasks",
    "overall",
    "prompt_lines",
    "terminal_lines",
    "unchanged",
    "what_would_tell",
]
