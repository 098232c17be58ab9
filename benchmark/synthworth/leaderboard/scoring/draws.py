"""Draws of a pool of texts: sizes of a learning curve, random halves, and what they say about the whole pool."""

import math
import random
from collections.abc import Mapping, Sequence

import numpy as np

from synthworth.core import Example
from synthworth.measures.statistics import Estimate, Sample, interval_of, variance_of_mean

SIZES = (5, 10, 20, 50, 100, 200, 500, 1000)
LEAST = 10  # texts of each label in a pool that a learning curve is drawn from
LEAST_IN_SAMPLE = 20  # of each label, as far as there are so many


def curve_sizes(most: int) -> list[int]:
    """Return the sizes of a learning curve from a pool that has at least `most` texts of each label.

    Up to seven tenths of the pool, of which draws differ enough, and the whole pool; none if it is below `LEAST`.
    `LEAST` is always one of them, since all texts are compared with as many real ones: a pool that is hardly larger
    is cut to it.

    >>> curve_sizes(100), curve_sizes(30), curve_sizes(13), curve_sizes(9)
    ([5, 10, 20, 50, 100], [5, 10, 20, 30], [5, 10], [])
    """
    if most < LEAST:
        return []
    sizes = [size for size in SIZES if 10 * size <= 7 * most]
    return [*sizes, most if LEAST in sizes else LEAST]


def by_label(examples: Sequence[Example]) -> dict[str, list[Example]]:
    """Return the examples by their label, in their order."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.label, []).append(example)
    return found


def drawn(examples: Sequence[Example], per_label: int, seed: int) -> tuple[Example, ...]:
    """Draw `per_label` examples of each label; for one seed, a smaller draw lies within a larger one."""
    kept = []
    for label, of_label in by_label(examples).items():
        kept += random.Random(f"{seed}/{label}").sample(of_label, len(of_label))[:per_label]
    return tuple(kept)


def half(examples: Sequence[Example], seed: int) -> tuple[Example, ...]:
    """Draw half of the examples of each label, at least one; an odd one is in or out by the seed."""
    kept = []
    for label, of_label in by_label(examples).items():
        lot = random.Random(f"half/{seed}/{label}")
        kept += lot.sample(of_label, max(1, (len(of_label) + lot.randrange(2)) // 2))
    return tuple(kept)


def sampled_in_shares(examples: Sequence[Example], most: int, *, least: int = LEAST_IN_SAMPLE) -> tuple[Example, ...]:
    """Draw `most` examples in their order, with the shares of labels that they have, always the same ones.

    Of a rare label all are kept, up to `least`, though that makes more of them; with 0 there are exactly `most`.
    """
    if len(examples) <= most:
        return tuple(examples)
    kept: set[int] = set()
    places: dict[str, list[int]] = {}
    for place, example in enumerate(examples):
        places.setdefault(example.label, []).append(place)
    shares = _in_shares({label: len(of_label) for label, of_label in places.items()}, most)
    for label, of_label in places.items():
        wanted = max(shares[label], min(len(of_label), least))
        kept.update(random.Random(f"sample/{label}").sample(of_label, wanted))
    return tuple(examples[place] for place in sorted(kept))


def _in_shares(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Divide `most` places among labels as their counts are, by the largest remainders."""
    total = sum(counts.values())
    shares = {label: most * count // total for label, count in counts.items()}
    by_remainder = sorted(counts, key=lambda label: -(most * counts[label] % total))
    for label in by_remainder[: most - sum(shares.values())]:
        shares[label] += 1
    return shares


def widened(draws: Sample, size: int, most: int) -> Sample:
    """Return draws of `size` out of `most` texts with the spread that fresh draws have.

    Draws without replacement from one pool share texts: their variance is (1 - size / most) of that of fresh ones.
    """
    return _spread(draws, draws, math.sqrt(1 / (1 - size / most)))


def with_halves(whole: Sample, halves: Sample) -> Sample:
    """Return the score of a whole pool, with the spread over fresh pools of its size that its random halves show.

    The delete-d jackknife (Shao & Wu 1989, Annals of Statistics 17) with d half of the texts: the variance of a score
    over random halves is that of the score of the whole over fresh pools, if it falls as 1 / size. `whole` has the
    trainings on all texts, `halves` one on each half. The sample that is returned has the mean of `whole`, and as many
    runs as there are halves, so far apart that the variance of their mean is that of the halves.
    """
    runs = len(halves.scores)
    if runs < 2:
        return whole
    return _spread(whole, halves, math.sqrt(runs))


def estimate_of(sample: Sample) -> Estimate:
    """Return the mean of a sample of draws with its 95 % interval over test rows and draws, cut to [0, 1]."""
    low, high = interval_of(sample.mean, variance_of_mean(sample))
    return Estimate(sample.mean, max(0.0, low), min(1.0, high))


def _spread(centre: Sample, around: Sample, factor: float) -> Sample:
    """Move runs so that their mean is that of `centre`, and put them `factor` times as far apart."""
    scores = centre.mean + factor * (around.scores - around.scores.mean())
    resampled = None
    if centre.resampled is not None and around.resampled is not None:
        apart = around.resampled - around.resampled.mean(axis=0, keepdims=True)
        resampled = np.asarray(centre.resampled.mean(axis=0, keepdims=True) + factor * apart)
    return Sample(np.asarray(scores), centre.row_variance, resampled)
