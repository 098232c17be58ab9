"""Missing answers: how many a task's recordings lack, what recording them would cost, and what was spent so far."""

import contextlib
from collections import Counter
from collections.abc import Iterable
from itertools import product
from pathlib import Path

from synthworth.core import usd_text
from synthworth.generation import PARTS, Plan, UsageRow, Walk
from synthworth.generation.recording import Recording, Usage
from synthworth.pipeline.training_sets import TrainingSets, at_rest


def plan(sets: TrainingSets, method: str, *others: str) -> Plan:
    """Count the answers that `method` needs for the largest quota asked for, and those missing; sends nothing.

    What `others`, which read the same recording, need as well counts once.
    """
    recording = sets.recording(method)
    with at_rest(recording):
        before = recording if len(recording) else _other(sets, method)
        thoughts = 0.0 if len(recording) else _thoughts(recording)
        walk = Walk(sets.task, recording, sets.endpoint.generator, before, thoughts=thoughts)
        for name, drawn in product((method, *others), sorted(sets.seeds)):
            quota, chosen = sets.quotas.get(name, sets.settings.per_label), sets.method(name)
            # A method of the user's may stumble over answers that were never given: what it asked until then counts.
            with contextlib.suppress(*[Exception] if chosen.foreign else []):
                chosen.make(sets.task, sets.sources(name, walk), quota, drawn)
        return walk.plan()


def missing(sets: TrainingSets, methods: Iterable[str]) -> str:
    """One line: the answers that these methods lack, why, what recording them costs, and the command that does it."""
    plans: dict[str, Plan] = {}
    for method, *others in _asking(sets, dict.fromkeys([*methods, *sets.quotas])):
        with contextlib.suppress(ValueError):  # of a method that cannot be made: its own tests say why
            plans[method] = plan(sets, method, *others)
    plans = {method: of_method for method, of_method in plans.items() if of_method.missing}
    lacking = " and ".join(f"{m} lacks {p.missing:,} of {p.needed:,} answers" for m, p in plans.items())
    folders = " and ".join(sorted({str(sets.recording(method).path.parent) for method in plans}))
    changed = sum((p.changed for p in plans.values()), Counter[str]())
    why = f" since these changed: {', '.join(PARTS.get(name, name) for name in changed)};" if changed else ""
    prompt = sum(p.prompt_tokens for p in plans.values())
    completion = sum(p.completion_tokens for p in plans.values())
    usd = _cost(sets, (prompt, completion))
    return (
        f"{sets.task.name} by {sets.endpoint.generator.name}: {lacking} in {folders};{why} about {prompt:,} prompt and "
        f"{completion:,} completion tokens, {'at an unknown price' if usd is None else f'{usd_text(usd)} usd'}; "
        f"record them with: {sets.places.record_with or f'{sets.places.command} --synth-record missing'}"
    )


def estimate(sets: TrainingSets, methods: Iterable[str]) -> list[UsageRow]:
    """Estimate the cost of recording all missing answers, for each method that asks a generator."""
    plans = {method: plan(sets, method, *others) for method, *others in _asking(sets, methods)}
    return [
        UsageRow(
            task=sets.task.name,
            method=method,
            requests=of_method.missing,
            retries=0,
            prompt_tokens=of_method.prompt_tokens,
            completion_tokens=of_method.completion_tokens,
            usd=_cost(sets, tokens, tokens if sets.settings.record == "batch" else (0, 0)),
            kept=None,
            thinking_tokens=of_method.thinking_tokens,
        )
        for method, of_method in plans.items()
        for tokens in [(of_method.prompt_tokens, of_method.completion_tokens)]
    ]


def usage(sets: TrainingSets) -> list[UsageRow]:
    """The cost, over all runs, of the recordings that this run has added to."""
    rows = []
    for method, recording in sets.recordings.items():
        if not recording.recorded:
            continue
        with at_rest(recording):
            total = recording.usage()
        rows.append(
            UsageRow(
                task=sets.task.name,
                method=method,
                requests=total.requests,
                retries=total.retries,
                prompt_tokens=total.prompt_tokens,
                completion_tokens=total.completion_tokens,
                usd=_cost(sets, (total.prompt_tokens, total.completion_tokens), total.batch_tokens),
                kept=sets.kept(method),
                thinking_tokens=total.thinking_tokens,
            )
        )
    return rows


def spent(sets: TrainingSets, method: str) -> Usage:
    """The cost of the recorded answers of a method that these sets have used."""
    with at_rest(recording := sets.recording(method)):
        return recording.usage(sets.used[method])


def used(sets: TrainingSets) -> dict[Path, set[str]]:
    """The recordings that these sets have read, each with the keys of the answers used."""
    by_path = {}
    for recording in sets.recordings.values():
        with at_rest(recording):
            if len(recording):
                by_path[recording.path] = recording.used
    return by_path


def _asking(sets: TrainingSets, methods: Iterable[str]) -> list[list[str]]:
    """The methods that ask, those that read one recording together: what they lack is missing once."""
    together: dict[str, list[str]] = {}
    for method in methods:
        if sets.method(method).asks:
            together.setdefault(sets.method(method).recording, []).append(method)
    # Mixed with real texts or not, a method asks the same: without them, nothing has to be loaded.
    return [[name for name in names if name.partition("+")[2] not in names] for names in together.values()]


def _cost(sets: TrainingSets, tokens: tuple[int, int], batch: tuple[int, int] = (0, 0)) -> float | None:
    """US dollars for tokens of prompt and completion, of which those of a `batch` cost less; None if unknown."""
    price = sets.endpoint.price
    return price.with_batch(tokens, batch) if price else None


def _thoughts(recording: Recording) -> float:
    """The tokens of thoughts that an answer of this generator to this task takes, by its other methods' recordings."""
    thinking = answers = 0
    for path in sorted(recording.path.parent.glob("*.jsonl")):
        with contextlib.suppress(ValueError):  # damaged: its own tests say so
            used = (other := Recording(path)).usage()
            thinking, answers = thinking + used.thinking_tokens, answers + len(other)
    return thinking / answers if answers else 0.0


def _other(sets: TrainingSets, method: str) -> Recording | None:
    """A recording by another generator, to say what differs if this one has answered nothing yet."""
    folder = sets.recording(method).path.parents[2]
    for path in sorted(folder.glob(f"*/{sets.task.name}/{sets.method(method).recording}.jsonl")):
        with contextlib.suppress(ValueError):  # damaged: this run does not need it
            return Recording(path)
    return None
