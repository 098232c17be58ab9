"""Pilots from a suite's recordings, or from files of texts."""

from collections.abc import Iterable
from pathlib import Path

from synthworth.core import LabelledTexts, UnlabelledTexts, listed, matched
from synthworth.generation.methods import Method
from synthworth.leaderboard.advice.evidence import SIZE
from synthworth.leaderboard.advice.pilot import LEAST, Embed, pilot_features
from synthworth.leaderboard.advice.report import Pilot
from synthworth.pipeline import Run, missing


def recorded_pilots(run: Run, methods: Iterable[Method], embed: Embed, prices: Path | None = None) -> list[Pilot]:
    """Return a pilot for each method, of the recorded texts at the quota of the run's settings.

    The real texts beside them are the training texts: at most 30 labelled ones of a label, and 200 without labels; test
    texts play no part. The price is that of the pilot's own tokens, those of a batch at half of it, for 100 texts per
    label. Raises ValueError if texts cannot be made, `MissingAnswers` if they are not recorded.
    """
    labels = tuple(run.task.labels)
    price = run.generator.price_by(prices)
    pilots = []
    for method in methods:
        written = run.sets.generated(method.name)
        spent = missing.spent(run.sets, method.name)
        tokens = spent.prompt_tokens, spent.completion_tokens
        scale = SIZE * len(labels) / len(written.examples)
        shown = {one for e in written.examples for one in str(e.provenance.get("demonstrations", "")).split()}
        pilots.append(
            Pilot(
                method=method.name,
                features=pilot_features(
                    [(e.text, e.label) for e in written.examples],
                    [(e.text, e.label) for e in run.data.train],
                    [],
                    labels,
                    embed,
                ),
                usd=price.with_batch(tokens, spent.batch_tokens) * scale if price and method.asks else None,
                demonstrations=len(shown) if run.sets.demonstrations_of(method.name) else 0,
            )
        )
    return pilots


def file_pilot(
    written: LabelledTexts, labelled: LabelledTexts | None, real: UnlabelledTexts, embed: Embed
) -> tuple[Pilot, list[str]]:
    """Return the pilot of a file of written texts, beside real texts of which some are labelled, and notes in words.

    Nobody knows its price. Raises ValueError if a label of the real texts is none of the written ones, or one of these
    has fewer than 10 texts.
    """
    labels = sorted(written.counts)
    known = matched(labelled, labels, written.name) if labelled else None
    pairs = list(zip(known.texts, known.labels, strict=True)) if known else []
    few = [label for label in labels if sum(one == label for _, one in pairs) < LEAST]
    notes = [f"{written.name}: {written.columns}", f"{real.name}: {real.columns}"]
    if few:
        notes.append(
            f"{real.name} has fewer than {LEAST} labelled texts of {listed(few)}: labels play no part; label as many"
        )
    features = pilot_features(
        list(zip(written.texts, written.labels, strict=True)), pairs, list(real.texts), labels, embed
    )
    return Pilot(method=written.name, features=features, usd=None), notes
