"""From groups of results to the rows of a table: seeds averaged, each beside real texts of its size, means last."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from synthworth.core import Entry, Result
from synthworth.generation.methods import is_drawn
from synthworth.leaderboard import estimates
from synthworth.leaderboard.estimates import TaskContrast
from synthworth.leaderboard.groups import (
    REAL,
    ResultGroup,
    RowName,
    comparable,
    curves_of,
    groups_of,
    method_of,
    size_of,
    version_of,
)
from synthworth.leaderboard.label_fidelity import (
    LABELS_AT_CHANCE,
    at_chance,
    fields_of,
    mean_fidelity,
    verdicts_in_words,
)
from synthworth.leaderboard.learning_curve import LearningCurve, mean_curve, worth_in_words
from synthworth.leaderboard.margin import over_free
from synthworth.leaderboard.row import Context, Row
from synthworth.leaderboard.samples import Key, accuracy_sample_of, draws_of, is_one_draw, share_of_file
from synthworth.leaderboard.texts import Texts, TextsOfRow
from synthworth.leaderboard.tiers import tiers_of
from synthworth.measures.statistics import Estimate, Sample

MUCH = 0.1  # of the answers: a rule that drops more is named
ONE_DRAW = "one draw"
HALF = 0.5  # of a file: draws that hold more of it than that have most of their texts in common
WOULD_DROP = {"loop": "loops", "about_the_task": "about the task"}  # words for texts that a rule would drop


@dataclass(frozen=True, kw_only=True)
class _Placed:
    """A row with the group of results that it comes from."""

    group: ResultGroup
    name: RowName
    texts: TextsOfRow
    row: Row


def rows_of(results: Sequence[Result], context: Context, entries: Mapping[RowName, Entry]) -> tuple[Row, ...]:
    """The rows of one leaderboard, in the order of its table; `entries` are by method and generator."""
    groups = groups_of(results, context.gold)
    versions: dict[str, set[str]] = {}
    for group in groups:
        versions.setdefault(group.first.task, set()).add(version_of(group.first))
    texts, curves = Texts(context.quality), curves_of(groups)
    placed = []
    for group in groups:
        of_rows = {name: texts.of(mine) for name, mine in group.results.items()}
        ranked = [
            name for name, of_row in of_rows.items() if group.enters_tiers(name) and not at_chance(of_row.fidelity)
        ]
        tier, leading = _tiers({name: [group.samples[name]] for name in ranked})
        steps = {result.steps for mine in group.results.values() for result in mine}
        curve = curves.get(comparable(group.first)[:-1])
        for name, mine in group.results.items():
            row = replace(
                _row(group, name, of_rows[name], entries.get((mine[0].method, mine[0].generator))),
                version=version_of(group.first) if len(versions[group.first.task]) > 1 else "",
                steps=mine[0].steps if len(steps) > 1 else None,
                tier=tier.get(name),
                leads=(name in leading) if tier.get(name) else None,
                worth=worth_in_words(curve.worth([group.samples[name]])) if curve and mine[0].method != REAL else "",
            )
            placed.append(_Placed(group=group, name=name, texts=of_rows[name], row=row))
    return (*(one.row for one in placed), *_means(placed, curves))


def _row(group: ResultGroup, name: RowName, texts: TextsOfRow, entry: Entry | None) -> Row:
    mine = group.results[name]
    first = mine[0]
    score, right = estimates.score(group.samples[name]), estimates.score(accuracy_sample_of(mine))
    contrast, reason = group.beside_real(name)
    return Row(
        task=first.task,
        version="",
        method=method_of(first),
        generator=first.generator,
        prompting=first.prompting,
        source=first.source,
        classifier=first.classifier,
        per_label=size_of(first),
        steps=None,
        short=min((count for result in mine for count in result.short.values()), default=None),
        tier=None,
        leads=None,
        macro_f1=score.value,
        low=score.low,
        high=score.high,
        floor=group.floor,
        accuracy=right.value,
        accuracy_low=right.low,
        accuracy_high=right.high,
        **_beside_real([contrast] if contrast else []),
        worth="",
        **over_free([group], name),
        **texts.fields,
        dropped=_dropped(mine),
        seeds=len(mine),
        draws=draws_of(mine),
        collapsed=sum(result.collapsed for result in mine) or None,
        remarks=_remarks(
            _chance_in_words(score, group.floor),
            _own_answers(mine),
            _labels_in_words(texts, score, group.floor),
            _draws_in_words([group], name),
            reason or _texts_in_words([group], name),
            _copies_in_words(texts.fields["opposed"]),
            _rules_in_words(texts.rules),
            _weights_in_words(mine),
        ),
        state=entry.state if entry else "",
        flags=", ".join(entry.flags) if entry else "",
        date=entry.date if entry else "",
        division=entry.division if entry else "",
        task_version=first.task_version,
        data_version=first.data_version,
    )


def _remarks(*parts: str) -> str:
    return "; ".join(filter(None, parts))


def _chance_in_words(score: Estimate, floor: float) -> str:
    return "" if score.low > floor else "at chance" if score.high >= floor else "below chance"


def _labels_in_words(texts: TextsOfRow, score: Estimate, floor: float) -> str:
    """The remarks about labels: by fidelity, by a score that contradicts it, and the number of draws judged."""
    if texts.fidelity is None:
        return ""
    verdict, (judged, draws) = texts.fidelity.verdict, texts.judged
    beside = ", the score is not" if verdict == LABELS_AT_CHANCE and score.low > floor else ""
    return _remarks(verdict + beside, f"fidelity of {judged} of {draws} draws" if judged < draws else "")


def _copies_in_words(opposed: int | None) -> str:
    return f"{opposed} copies under another label" if opposed else ""


def _rules_in_words(shares: Mapping[str, float]) -> str:
    """The rules that texts of files are not held to, and that would drop more than `MUCH` of these."""
    return ", ".join(
        f"{share:.0%} {WOULD_DROP.get(name, name)}".replace("%", " %") for name, share in shares.items() if share > MUCH
    )


def _weights_in_words(results: Sequence[Result]) -> str:
    """The label whose weighted texts count for the smallest part of their number; "" without weights."""
    fewest: dict[str, list[float]] = {}
    for result in results:
        for label, number in result.effective.items():
            fewest.setdefault(label, []).append(number)
    if not fewest:
        return ""
    label, numbers = min(fewest.items(), key=lambda one: fmean(one[1]))
    return f"weighted: those of {label} count as {fmean(numbers):.0f}"


def _draws_in_words(groups: Sequence[ResultGroup], name: RowName) -> str:
    """The draws that the intervals of a row cannot hold, on one task or a mean: of its own texts, or of real ones.

    Draws of a file are named too if they have most of their texts in common, or all.
    """
    of_file = max((share_of_file(group.results[name]) or 0.0 for group in groups), default=0.0)
    if any(is_one_draw(group.results[name]) for group in groups):
        return f"{ONE_DRAW}, the whole file" if of_file == 1 else ONE_DRAW
    if of_file > HALF:
        return f"each draw holds {of_file:.0%} of its file".replace("%", " %")
    beside = [group.results[real] for group in groups if (real := group.real) and real != name]
    return f"{ONE_DRAW} of real texts" if any(map(is_one_draw, beside)) else ""


def _texts_in_words(groups: Sequence[ResultGroup], name: RowName) -> str:
    """The number of training texts of a method that no quota changes, on one task or on each of several."""
    results = [group.results[name][0] for group in groups]
    if is_drawn(results[0].method) or not results[0].train_rows:
        return ""
    fewest, *_, most = sorted(result.train_rows for result in [*results, results[0]])
    return f"{fewest} texts in all" if fewest == most else f"{fewest} to {most} texts in all"


def _own_answers(results: Sequence[Result]) -> str:
    """Say that the predictions are the generator's own answers, on how many rows, and how many named no label.

    "" for results of a trained classifier.
    """
    if any(result.train_rows for result in results):
        return ""
    rows, unnamed = {result.test_rows for result in results}, sum(result.dropped_total for result in results)
    share = f", {unnamed / sum(result.attempts for result in results):.0%} named no label" if unnamed else ""
    return f"own answers on {max(rows)} test rows{share.replace('%', ' %')}"


def _dropped(results: Sequence[Result]) -> str:
    """Dropped answers, or texts of a file, of all, with the rules that drop more than `MUCH` of them.

    All training seeds share the answers of one generation seed, which count once.
    """
    once = {r.generation_seed: r for r in sorted(results, key=lambda r: r.key)}.values()
    attempts = sum(result.attempts for result in once)
    if not attempts:
        return ""
    rules: Counter[str] = Counter()
    for result in once:
        for by_rule in result.dropped.values():
            rules.update(by_rule)
    many = ", ".join(f"{rule} {n / attempts:.0%}" for rule, n in rules.most_common() if n > MUCH * attempts)
    return f"{rules.total()}/{attempts}" + (f" ({many.replace('%', ' %')})" if many else "")


def _beside_real(tasks: Sequence[TaskContrast]) -> dict[str, Any]:
    """The fields of a row that compare it with real texts, for one task or a mean over several; None without them."""
    numbers = {
        "drop": estimates.drop(tasks) if tasks else None,
        "gap": estimates.gap_recovered(tasks) if tasks else None,
    }
    return {
        name + end: getattr(estimate, part) if estimate else None
        for name, estimate in numbers.items()
        for end, part in (("", "value"), ("_low", "low"), ("_high", "high"))
    }


def _tiers(samples: Mapping[RowName, Sequence[Sample]]) -> tuple[dict[RowName, int], set[RowName]]:
    """Tiers and their leaders among methods but real, of a sample for each task; none unless all rows pair."""
    return tiers_of({name: of_tasks for name, of_tasks in sorted(samples.items()) if name[0] != REAL})


def _means(placed: Sequence[_Placed], curves: Mapping[Key, LearningCurve]) -> list[Row]:
    """One row for each method and classifier that has a score on every task of the table, in its current version."""
    groups = dict.fromkeys(one.group for one in placed)
    current = _current([result for group in groups for mine in group.results.values() for result in mine])
    if len(current) < 2:
        return []
    same: dict[tuple[str, str, int], dict[RowName, list[_Placed]]] = {}
    for one in placed:
        first = one.group.first
        if version_of(first) == current[first.task]:
            by_name = same.setdefault((first.classifier, first.shares, first.per_label), {})
            by_name.setdefault(one.name, []).append(one)
    rows = []
    for by_name in same.values():
        whole = {name: tasks for name, tasks in by_name.items() if len(tasks) == len(current)}
        drawn = {
            name: tasks
            for name, tasks in whole.items()
            if all(one.group.enters_tiers(name) for one in tasks)
            and not at_chance(mean_fidelity([one.texts.fidelity for one in tasks]))
        }
        tier, leading = _tiers({name: [one.group.samples[name] for one in tasks] for name, tasks in drawn.items()})
        of_tasks = [curves.get(comparable(one.group.first)[:-1]) for one in next(iter(whole.values()), [])]
        curve = mean_curve([one for one in of_tasks if one]) if of_tasks and all(of_tasks) else None
        for name, tasks in whole.items():
            number = curve.worth([one.group.samples[name] for one in tasks]) if curve and name[0] != REAL else None
            rows.append(
                replace(
                    _mean(tasks),
                    tier=tier.get(name),
                    leads=(name in leading) if tier.get(name) else None,
                    worth=worth_in_words(number) if number else "",
                )
            )
    return rows


def _current(results: Sequence[Result]) -> dict[str, str]:
    """The version of each task that a mean takes: its newest, and of that the data with the most results."""
    counts = Counter((result.task, result.task_version, result.data_version, version_of(result)) for result in results)
    ordered = sorted(counts.items(), key=lambda item: (item[0][1], item[1], item[0]))
    return {task: version for (task, _, _, version), _ in ordered}


def _mean(placed: Sequence[_Placed]) -> Row:
    rows = [one.row for one in placed]
    groups, name = [one.group for one in placed], placed[0].name
    score = estimates.score_over_tasks([group.samples[name] for group in groups])
    right = estimates.score_over_tasks([accuracy_sample_of(group.results[name]) for group in groups])
    floor = fmean(row.floor for row in rows)
    contrasts, reasons = zip(*(one.group.beside_real(one.name) for one in placed), strict=True)
    unequal = sum(map(bool, reasons))
    reason = f"no drop: unequal sizes in {unequal} of {len(rows)} tasks" if unequal else ""
    opposed = _total([row.opposed for row in rows])
    fidelities = [one.texts.fidelity for one in placed]
    fidelity = mean_fidelity(fidelities)
    return replace(
        rows[0],
        task=f"mean of {len(rows)}",
        version="",
        steps=None,
        short=min((row.short for row in rows if row.short is not None), default=None),
        macro_f1=score.value,
        low=score.low,
        high=score.high,
        floor=floor,
        accuracy=right.value,
        accuracy_low=right.low,
        accuracy_high=right.high,
        worth="",
        diversity=_mean_or_none([row.diversity for row in rows]),
        diversity_low=None,
        diversity_high=None,
        diversity_of="",
        leaks=_mean_or_none([row.leaks for row in rows]),
        opposed=opposed,
        **fields_of(fidelity),
        tokens=_total([row.tokens for row in rows]),
        usd=_total([row.usd for row in rows]),
        dropped="",
        seeds=min(row.seeds for row in rows),
        draws=min(row.draws for row in rows),
        collapsed=sum(row.collapsed or 0 for row in rows) or None,
        remarks=_remarks(
            _chance_in_words(score, floor),
            _own_answers([result for one in placed for result in one.group.results[one.name]]),
            verdicts_in_words(fidelity, fidelities),
            _draws_in_words(groups, name),
            reason or _texts_in_words(groups, name),
            _copies_in_words(opposed),
            _rules_in_words(_mean_rules(placed)),
        ),
        task_version=None,
        data_version="",
        **_beside_real([contrast for contrast in contrasts if contrast] if all(contrasts) else []),
        **over_free(groups, name),
    )


def _mean_rules(placed: Sequence[_Placed]) -> dict[str, float]:
    """The mean over tasks of the share that each rule would drop; {} unless it was counted in all of them."""
    counted = [one.texts.rules for one in placed]
    names = dict.fromkeys(name for rules in counted for name in rules)
    return {name: fmean(rules[name] for rules in counted) for name in names if all(name in rules for rules in counted)}


def _mean_or_none(values: Sequence[float | None]) -> float | None:
    return None if None in values else fmean(value for value in values if value is not None)


def _total(values: Sequence[Any]) -> Any:
    return None if None in values else sum(values)
