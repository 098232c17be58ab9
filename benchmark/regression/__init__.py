"""The gate for prompt changes: did the score fall, by how much, how sure is that, and what changed?"""

from benchmark.regression.baseline import Baseline, baseline_of
from benchmark.regression.causes import Cause, causes
from benchmark.regression.comparison import (
    NOTHING,
    PROMPT,
    TEXTS,
    Comparison,
    Trained,
    compare,
    mean_over_tasks,
    unchanged,
)
from benchmark.regression.prompt import changed_lines, prompt_of
from benchmark.regression.report import Finding, Report, annotations, markdown, terminal_lines
from benchmark.regression.verdict import (
    ALPHA,
    CANNOT_TELL,
    IMPROVED,
    MARGIN,
    OK,
    REGRESSED,
    Verdict,
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
    "Comparison",
    "Finding",
    "Report",
    "Trained",
    "Verdict",
    "annotations",
    "baseline_of",
    "causes",
    "changed_lines",
    "compare",
    "judge",
    "markdown",
    "mean_over_tasks",
    "overall",
    "prompt_of",
    "terminal_lines",
    "unchanged",
    "what_would_tell",
]
