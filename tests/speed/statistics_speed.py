"""Prints what resampling costs: 3,000 test rows of 6 labels, 10,000 resamples, beside a loop over scikit-learn.

Run: PYTHONPATH=tests/support OMP_NUM_THREADS=1 python tests/speed/statistics_speed.py    (a minute; the loops are timed
on a sample of the resamples and extrapolated; quote the ratios, machines differ)
"""

import time
from itertools import islice, permutations

import numpy as np
from sklearn.metrics import f1_score
from tabulate import tabulate

from judges import paired_difference_of_means
from synthworth.measures.metrics import confusion, macro_f1
from synthworth.measures.statistics import (
    RESAMPLES,
    bootstrap_interval,
    paired_difference,
    spearman,
)

ROWS, LABELS, SAMPLED, PAIRINGS, SEEDS = 3000, "abcdef", 60, 200_000, 5


def seconds(work, rounds=3):
    spent = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begun)
    return min(spent)


def predictions(count):
    """Codes of the true labels, and of that many predictions of which eight in ten are right."""
    chance = np.random.default_rng(0)
    true = np.arange(ROWS) % len(LABELS)
    right = chance.random((count, ROWS)) < 0.8
    return true, np.where(right, true, (true + chance.integers(1, len(LABELS), right.shape)) % len(LABELS))


def named(codes):
    return np.array(list(LABELS))[codes].tolist()


def loop(true, *sides):
    """Extrapolated seconds of scoring RESAMPLES resampled test sets with scikit-learn, for each of the sides."""
    chance, places = np.random.default_rng(1), [np.flatnonzero(true == label) for label in range(len(LABELS))]

    def sample():
        for _ in range(SAMPLED):
            rows = np.concatenate([chance.choice(of_label, len(of_label)) for of_label in places])
            for predicted in sides:
                f1_score(true[rows], predicted[rows], average="macro", labels=range(len(LABELS)), zero_division=0)

    return seconds(sample) * RESAMPLES / SAMPLED


def counting():
    """Extrapolated seconds of counting all pairings of 10 values one by one."""
    x, y = np.arange(10), range(10)
    spent = seconds(
        lambda: [sum(map(int.__mul__, x.tolist(), pairing)) for pairing in islice(permutations(y), PAIRINGS)]
    )
    return spent * 3_628_800 / PAIRINGS


def main():
    true, codes = predictions(2 * SEEDS)
    labels, rows = named(true), [named(row) for row in codes]
    counts = confusion(labels, rows[0], LABELS)
    first, second = rows[:SEEDS], rows[SEEDS:]
    one = loop(true, codes[0])
    work = {
        "interval of Macro-F1": (lambda: bootstrap_interval(counts, macro_f1), one),
        "paired difference": (lambda: paired_difference(labels, rows[0], rows[1], LABELS, macro_f1), 2 * one),
        f"difference of means, {SEEDS} seeds a side": (
            lambda: paired_difference_of_means(labels, first, second, LABELS, macro_f1),
            2 * SEEDS * one,
        ),
        "Spearman's exact p, 10 pairs": (lambda: spearman(range(10), [*range(5, 10), *range(5)]), counting()),
    }
    table = []
    for name, (ours, other) in work.items():
        ours()  # scipy is imported on the first call
        spent = seconds(ours)
        table.append([name, spent, other, other / spent])
    print(
        tabulate(table, headers=["", "seconds", "a loop (extrapolated)", "times"], floatfmt=(None, ".3f", ".1f", ".0f"))
    )


if __name__ == "__main__":
    main()
