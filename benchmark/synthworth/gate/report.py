"""The gate's report: lines for the terminal, Markdown for a pull request, annotations for GitHub."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from synthworth.gate.causes import Cause
from synthworth.gate.comparison import NOTHING, TEXTS
from synthworth.gate.together import ONE, Families, power_lines, terms
from synthworth.gate.verdict import (
    ABOUT,
    CANNOT_TELL,
    IMPROVED,
    MARGIN,
    MORE_DRAWS,
    OK,
    REGRESSED,
    GateVerdict,
    level,
    overall,
)

ORDER = (REGRESSED, CANNOT_TELL, IMPROVED, OK)
UNKNOWN = "the prompt's changes are unknown: git has no version of this file that belongs to the baseline"
ONE_DRAW = "one draw of the texts on a side, so that nothing is said about the prompt"
SAME = "the task's prompt is the same; something else has changed (the generator, the method or the recipe)"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A verdict, with what may explain it."""

    verdict: GateVerdict
    suite: str = ""
    """The file of the task; "" for a mean over tasks."""
    prompt: tuple[str, ...] | None = None
    """The prompt's changed lines; None if unknown."""
    causes: tuple[Cause, ...] = ()
    """Measures of the texts that differ."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All findings against one baseline: one for each cell, and for each mean over tasks."""

    source: str
    commit: str
    findings: tuple[Finding, ...]
    missing: tuple[str, ...] = ()
    """Why a cell is not in the baseline, a line each."""
    unmeasured: tuple[str, ...] = ()
    """Cells that were to be compared and have no new score, each with the reason: "tickets/zero_shot/tfidf, 40 answers
    missing". With any, nothing better than `cannot tell` holds for all."""
    usage: str = ""
    """The cost of the recordings."""
    families: Families = ONE
    """How many verdicts are corrected together."""
    margin: float = MARGIN
    """The smallest drop of Macro-F1 that matters."""

    def __post_init__(self) -> None:
        names = [finding.verdict.name for finding in self.findings]
        if repeated := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"two findings for {repeated}; a report holds one for each cell")

    @property
    def verdicts(self) -> list[GateVerdict]:
        """The verdicts: those that decide before single tasks, and the worst first."""
        verdicts = [finding.verdict for finding in self.findings]
        return sorted(
            verdicts, key=lambda v: (not v.decides, ORDER.index(v.verdict), v.comparison.about == NOTHING, v.name)
        )

    @property
    def verdict(self) -> str:
        """The verdict over all, as `overall`, and `cannot tell` at best if nothing or not everything was measured."""
        worst = overall(self.verdicts)
        return CANNOT_TELL if worst != REGRESSED and (self.unmeasured or not self.findings) else worst

    @property
    def headline(self) -> str:
        """The verdict over all, and how many there are of each."""
        beside = [v for v in self.verdicts if not v.decides]
        parts = [_counts([v for v in self.verdicts if v.decides]) or "nothing was compared"]
        parts += [f"single tasks: {_counts(beside)}"] if beside else []
        parts += [f"{len(self.unmeasured)} not measured"] if self.unmeasured else []
        parts += [f"{len(self.missing)} not in the baseline"] if self.missing else []
        return f"{self.verdict} against {self._baseline()}: {'; '.join(parts)}"

    @property
    def warning(self) -> str:
        """The obstacle to a verdict about the prompt, and the way to get one; "" if there is none."""
        one_draw = any(v.decides and v.comparison.about == TEXTS for v in self.verdicts)
        return f"{ONE_DRAW}; {MORE_DRAWS}" if one_draw else ""

    def _baseline(self) -> str:
        known = self.commit and not self.commit.startswith(self.source)
        return f"{self.source} ({self.commit[:10]})" if known else self.source


def terminal_lines(report: Report) -> list[str]:
    """Return the verdicts, unchanged ones as a number, the changes of each task, the power, and the headline.

    Before the headline stands a warning, if there is one.
    """
    changed = [v for v in report.verdicts if v.comparison.about != NOTHING]
    lines = [f"{'' if verdict.decides else 'single task, '}{verdict}" for verdict in changed]
    if same := len(report.findings) - len(changed):
        lines.append(f"unchanged, and so ok: {same}")
    lines += [f"not measured: {cell}" for cell in report.unmeasured]
    lines += [f"not compared: {reason}" for reason in report.missing]
    for finding in _once_a_task(report.findings):
        lines.append(f"{finding.suite}: {_what(finding.prompt)}")
        lines += [f"  {line}" for line in finding.prompt or ()]
    for finding in _changed(report.findings):
        differences = "; ".join(f"{c.measure} {c.before} -> {c.after}" for c in finding.causes)
        lines += [f"{finding.verdict.name}: {differences}"] if differences else []
    lines += [f"power: {line}" for line in power_lines(report.verdicts)]
    lines += [f"warning: {report.warning}"] if report.warning else []
    return [*lines, report.headline]


def markdown(report: Report) -> str:
    """Return the report as a comment for a pull request."""
    changed = [v for v in report.verdicts if v.comparison.about != NOTHING]
    parts = [f"### Prompt gate: {report.headline}"]
    parts += [f"**Warning:** {report.warning}."] if report.warning else []
    if changed:
        beside = [v for v in changed if not v.decides]
        parts += [_table([v for v in changed if v.decides])]
        parts += ["Single tasks beside the mean:", _table(beside)] if beside else []
        parts += [_key(changed, report), "\n".join(f"- Power: {line}." for line in power_lines(changed))]
        parts.append("\n".join(f"- {v.name}: {remedy}" for v in changed if (remedy := _open(v))))
    if same := len(report.findings) - len(changed):
        parts.append(f"Unchanged texts and training, and so ok: {same}.")
    if report.unmeasured:
        parts.append("Not measured:\n\n" + "\n".join(f"- {_escaped(cell)}" for cell in report.unmeasured))
    if report.missing:
        parts.append("Not compared:\n\n" + "\n".join(f"- {_escaped(reason)}" for reason in report.missing))
    if tasks := list(_once_a_task(report.findings)):
        parts.append("#### What changed")
        parts += [f"`{f.suite}`: {_what(f.prompt)}\n\n{_fenced(f.prompt, 'diff') if f.prompt else ''}" for f in tasks]
    if rows := [(f.verdict.name, *cause) for f in _changed(report.findings) for cause in f.causes]:
        parts += ["#### The texts", _rows(("cell", "measure", "before", "now"), rows)]
    if report.usage:
        parts += ["#### Cost so far of the recordings that grew", _fenced([report.usage])]
    return "\n\n".join(part.rstrip() for part in parts if part.strip()) + "\n"


def annotations(report: Report) -> list[str]:
    """Return GitHub's workflow commands: an error for each regression that decides, a warning for what cannot be told.

    A single task that regressed beside a mean is a warning.

    >>> annotations(Report(source="main", commit="", findings=()))
    []
    """
    kinds = {(REGRESSED, True): "error", (CANNOT_TELL, True): "warning", (REGRESSED, False): "warning"}
    findings = [
        f"::{kind} {_property('file', f.suite)}title=synthworth::{_data(str(f.verdict))}"
        for f in report.findings
        if (kind := kinds.get((f.verdict.verdict, f.verdict.decides)))
    ]
    return findings + [f"::warning title=synthworth::not measured: {_data(cell)}" for cell in report.unmeasured]


def _counts(verdicts: Sequence[GateVerdict]) -> str:
    counts = [(kind, sum(v.verdict == kind for v in verdicts)) for kind in ORDER]
    return ", ".join(f"{number} {kind}" for kind, number in counts if number)


def _what(prompt: Sequence[str] | None) -> str:
    return UNKNOWN if prompt is None else "changes in the prompt" if prompt else SAME


def _changed(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (f for f in findings if f.verdict.comparison.about != NOTHING)


def _once_a_task(findings: Iterable[Finding]) -> Iterable[Finding]:
    """Return the first changed finding of each suite's task."""
    first: dict[tuple[str, str], Finding] = {}
    for finding in _changed(findings):
        if finding.suite:
            first.setdefault((finding.suite, finding.verdict.comparison.task), finding)
    return first.values()


def _table(verdicts: Sequence[GateVerdict]) -> str:
    def number(value: float | None, form: str = "+.3f") -> str:
        return "" if value is None else format(value, form)

    rows = [
        (
            v.comparison.task,
            v.comparison.method,
            v.comparison.classifier,
            number(v.comparison.before, ".3f"),
            number(v.comparison.after, ".3f"),
            number(v.comparison.drop),
            "" if v.low is None else f"{number(v.low)} to {number(v.high)}",
            number(v.p, ".2g"),
            f"{v.comparison.rows:,}",
            " / ".join(f"{a} x {b}" for a, b in (v.comparison.before_seeds, v.comparison.after_seeds)),
            f"**{v.verdict}**" + (f" (these very texts: {v.texts})" if v.texts else ""),
        )
        for v in verdicts
    ]
    heads = ("task", "method", "classifier", "before", "now", "drop", level(verdicts[0].family), "p", "rows", "seeds")
    return _rows((*heads, "verdict"), rows)


def _key(verdicts: Sequence[GateVerdict], report: Report) -> str:
    about = "; ".join(dict.fromkeys(ABOUT[v.comparison.about] for v in verdicts))
    promised = terms(report.families, report.margin)
    return (
        f"Mean Macro-F1. regressed: the interval of the drop lies above 0, and the drop is at least {report.margin:g}; "
        f"ok: a drop of {report.margin:g} or more is outside of it. {promised[0].upper()}{promised[1:]}. "
        "p: of no drop, corrected alike. seeds: generation x training, before / now. "
        f"The verdicts are {about}."
    )


def _open(verdict: GateVerdict) -> str:
    return "; ".join(part for part in (verdict.comparison.note, verdict.remedy) if part)


def _rows(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_escaped, line))} |" for line in lines)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _fenced(lines: Sequence[str], language: str = "") -> str:
    text = "\n".join(lines)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(name: str, value: str) -> str:
    return f"{name}={_data(value).replace(':', '%3A').replace(',', '%2C')}," if value else ""
