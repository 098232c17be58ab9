"""The worth of every written set, task by generator, at several sizes: as data, as a table, and in a sentence."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from synthworth.core import BALANCED, EntryNote, Result, Table, notes_about
from synthworth.core import Row as Line
from synthworth.generation.methods import PROMPTINGS, holds_real_texts, is_of_files, is_written
from synthworth.leaderboard.estimates import score
from synthworth.leaderboard.groups import comparable, curves_of, groups_of
from synthworth.leaderboard.learning_curve import worth_in_words
from synthworth.leaderboard.other_results import shown_with
from synthworth.leaderboard.row import Gold
from synthworth.leaderboard.samples import draws_of
from synthworth.measures.statistics import Estimate, Sample, Worth

FEW = 30  # real texts per label that anybody can label in an afternoon
ONE_DRAW, SHORT = "‡", "§"


class SizedSet(NamedTuple):
    """A written set of one size: its scores, those of real texts of that size, and what it is worth."""

    sample: Sample
    real: Sample | None
    """None without real texts of that size."""
    worth: Worth | None
    """None without a learning curve of real texts."""
    draws: int
    """Draws of its texts."""
    real_draws: int
    """Draws of the real ones."""
    short: bool
    """True if a label has fewer texts than that."""

    @property
    def score(self) -> Estimate:
        """Macro-F1."""
        return score(self.sample)

    @property
    def words(self) -> str:
        """The worth as a cell shows it, with `ONE_DRAW` and `SHORT` behind it if these are true."""
        text = worth_in_words(self.worth) if self.worth else "no curve"
        return text + ONE_DRAW * (self.draws == 1) + SHORT * self.short


@dataclass(frozen=True, kw_only=True)
class WrittenSet:
    """The texts that one generator wrote for one task in one way, by the number of texts per label."""

    task: str
    method: str
    generator: str
    """ "" if nobody names it."""
    prompting: str
    """zero_shot, few_shot, grounded, or another method's name."""
    sizes: Mapping[int, SizedSet]
    note: str = ""
    """The warning about it, "" without one."""

    @property
    def name(self) -> str:
        """Its generator and prompting, and the source that tells it from another of the same."""
        return f"{self.generator or 'not named'} {self.asked}"

    @property
    def asked(self) -> str:
        """Its prompting and source."""
        source = self.method.rpartition(".")[2] if is_of_files(self.method) and "." in self.method else ""
        return f"{self.prompting} ({source})" if source else self.prompting


def written_sets(
    results: Sequence[Result],
    *,
    classifier: str,
    sizes: Sequence[int],
    source: str = "mirror",
    gold: Gold | None = None,
    notes: Sequence[EntryNote] = (),
) -> list[WrittenSet]:
    """Return the written sets among the results of a classifier on real texts of a source, by task and generator.

    Sets of a whole task's texts alone: no mixtures with real ones; of several versions of a task, those of the newest.
    `gold` has the test labels, which pair comparisons on test rows. Raises ValueError if there are none, or if a task's
    results are on several versions of its real texts.
    """
    own = newest([r for r in results if (r.data, r.classifier, r.shares) == (source, classifier, BALANCED)])
    groups = groups_of(own, gold or {})
    curves = curves_of(groups)
    found: dict[tuple[str, str, str, str], dict[int, SizedSet]] = {}
    for group in groups:
        if (size := group.first.per_label) not in sizes:
            continue
        curve = curves.get(comparable(group.first)[:-1])
        real = group.samples[group.real] if group.real else None
        for name, mine in group.results.items():
            first = mine[0]
            if not is_of_written_texts(first):
                continue
            sample = group.samples[name]
            found.setdefault((first.task, first.generator, first.prompting or name[0], name[0]), {})[size] = SizedSet(
                sample=sample,
                real=real,
                worth=curve.worth([sample]) if curve else None,
                draws=draws_of(mine),
                real_draws=draws_of(group.results[group.real]) if group.real else 0,
                short=any(result.short for result in mine),
            )
    if not found:
        wanted = " or ".join(f"{size:,}" for size in sizes)
        instead = shown_with(results, is_of_written_texts, classifier=classifier, source=source, sizes=sizes)
        raise ValueError(
            f"no results of {classifier} on written texts, {wanted} per label, {source} data; {instead}make some with: "
            f"pytest suites --synth-classifier {classifier} --synth-results results.jsonl"
        )
    return [
        WrittenSet(
            task=task,
            method=method,
            generator=generator,
            prompting=prompting,
            sizes=of_sizes,
            note=notes_about(notes, method, [task]),
        )
        for (task, generator, prompting, method), of_sizes in sorted(found.items(), key=lambda item: _place(*item[0]))
    ]


def is_of_written_texts(result: Result) -> bool:
    """Tell whether a result is of written texts alone, and none of a mixture with real ones."""
    return is_written(result.method) and not holds_real_texts(result.method)


def newest(results: Sequence[Result]) -> list[Result]:
    """Return the results on the newest version of each task.

    Raises ValueError if those of a task are on several versions of its real texts.
    """
    versions: dict[str, int] = {}
    for result in results:
        versions[result.task] = max(result.task_version, versions.get(result.task, result.task_version))
    newest = [result for result in results if result.task_version == versions[result.task]]
    for task in versions:
        if len(texts := sorted({result.data_version for result in newest if result.task == task})) > 1:
            raise ValueError(
                f"the results of {task} are on several versions of its real texts ({', '.join(texts)}), which do not "
                "compare; give a file with those of one"
            )
    return newest


def _place(task: str, generator: str, prompting: str, method: str) -> tuple[str, str, int, str]:
    known = PROMPTINGS.index(prompting) if prompting in PROMPTINGS else len(PROMPTINGS)
    return task, generator, known, method


def worth_table(sets: Sequence[WrittenSet], sizes: Sequence[int], *, classifier: str) -> Table:
    """The worth of each set at each size as a table, with numbers for the warnings below it."""
    sizes = [size for size in sizes if any(size in one.sizes for one in sets)]
    warnings = list(dict.fromkeys(one.note for one in sets if one.note))
    several = Counter((one.task, one.generator, one.prompting) for one in sets)
    lines: list[Line] = []
    for one in sets:
        lines.append(
            {
                "task": one.task,
                "generator": one.generator or "not named",
                "asked for": one.asked if several[one.task, one.generator, one.prompting] > 1 else one.prompting,
                **{f"worth of {size:,}": of.words if (of := one.sizes.get(size)) else "" for size in sizes},
                "mind": str(warnings.index(one.note) + 1) if one.note else "",
            }
        )
    said = [f"{number}: {warning}." for number, warning in enumerate(warnings, 1)]
    shown = {mark for one in sets for of in one.sizes.values() for mark in (ONE_DRAW, SHORT) if mark in of.words}
    marks = [f"{mark}: {meaning}." for mark, meaning in MEANING.items() if mark in shown]
    return Table(
        title="Worth of written texts, task by generator",
        rows=lines,
        note=" ".join([NOTE.format(classifier), *marks, *(["Mind:", *said] if said else [])]),
        left=["task", "generator", "asked for", *(f"worth of {size:,}" for size in sizes), "mind"],
        title_column="",
    )


NOTE = (
    "Worth: how many real texts per label reach the same Macro-F1 of {} on real test texts, in brackets 95 % over test "
    "rows and draws of the texts; < and >: beyond the learning curve of real texts."
)
MEANING = {
    ONE_DRAW: "one draw of the texts, about these very ones",
    SHORT: "fewer texts of a label than that",
}


def worth_sentence(sets: Sequence[WrittenSet], size: int) -> str:
    """Say in a sentence what sets of one size are worth; "" if there is none.

    Sets that are short of texts are left out, as are those of tasks without a learning curve.
    """
    judged = [(one, of.worth) for one in sets if (of := one.sizes.get(size)) and of.worth is not None and not of.short]
    if not judged:
        return ""
    few = sum(worth.value < FEW for _, worth in judged if worth.value >= worth.least or worth.least <= FEW)
    # Beyond the end of a curve that ends below the size, nothing is known.
    full = [one for one, worth in judged if worth.value >= size and (worth.value <= worth.most or size <= worth.most)]
    surely = [one for one, worth in judged if worth.low >= size and (worth.low <= worth.most or size <= worth.most)]
    writers = len({one.generator for one, _ in judged})
    tasks = len({one.task for one, _ in judged})
    names = ", ".join(f"{one.task} by {one.name}" for one in full[:3]) + (", ..." if len(full) > 3 else "")
    return (
        f"Of {_count(len(judged), 'set')} of {size:,} texts per label, by {_count(writers, 'generator')} for "
        f"{_count(tasks, 'task')}, {few} {'is' if few == 1 else 'are'} worth fewer than {FEW} real texts per label"
        + (f", and {len(full)} at least as many as they hold ({names}" if full else ", and none as many as they hold")
        + (f"; with 95 % certainty {len(surely) or 'none'})." if full else ".")
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
