"""Prints how long a leaderboard of 1,000 entries on ten tasks takes in each format, and tiers of 30 of them.

Run: OMP_NUM_THREADS=1 python tests/speed/leaderboard_speed.py
"""

import time
from dataclasses import replace

import numpy as np
from tabulate import tabulate

import toys
from synthworth.core.result import pack
from synthworth.core.tables import FORMATS
from synthworth.leaderboard import Context, leaderboards
from synthworth.leaderboard.render import render
from synthworth.measures.metrics import accuracy, confusion, macro_f1

LABELS, ROWS, ENTRIES, TASKS, SIZES, TIERED, SEEDS = ("a", "b", "c", "d"), 3000, 1000, 10, (10, 30, 100), 30, 3
TRUE = [LABELS[i % 4] for i in range(ROWS)]


def result(right, chance, **changed):
    """A result that has that share of its rows right."""
    codes = np.arange(ROWS) % 4
    predicted = np.where(chance.random(ROWS) < right, codes, chance.integers(0, 4, ROWS))
    counts = confusion(TRUE, [LABELS[code] for code in predicted], LABELS)
    score = float(macro_f1(counts))
    given = {"macro_f1": score, "macro_f1_low": score - 0.01, "macro_f1_high": score + 0.01}
    given |= {"labels": LABELS, "confusion": counts.tolist(), "test_rows": ROWS, "accuracy": float(accuracy(counts))}
    return toys.result(predicted=pack(predicted.tolist(), 4), dropped={}, **given | changed)


def board(entries, seeds, *, predicted):
    """Results of that many entries, and of real texts of three sizes, on every task, with their predictions or not."""
    chance, made = np.random.default_rng(0), []
    kinds = [result(right, chance) for right in np.linspace(0.5, 0.8, 40)]
    kinds = kinds if predicted else [replace(kind, predicted="") for kind in kinds]
    for task in range(TASKS):
        named = {"task": f"task_{task}", "dropped": {}}
        for seed in range(seeds):
            real = {"method": "real", "generator": "", "demonstrations": "", "training_seed": seed} | named
            made += [replace(kinds[-1 - 3 * place], **real, per_label=size) for place, size in enumerate(SIZES[::-1])]
            for entry in range(entries):
                kind = kinds[int(chance.integers(len(kinds)))]
                made.append(replace(kind, **named, generator=f"generator-{entry}", training_seed=seed))
    return made


def seconds(work):
    begun = time.process_time()  # of one core: a busy machine takes longer
    work()
    return time.process_time() - begun


def main():
    results = board(ENTRIES, 1, predicted=False)
    lines = [
        (f"{ENTRIES:,} entries x {TASKS} tasks, {form}, s", seconds(lambda f=form: render(results, f)))
        for form in FORMATS
    ]
    some = board(TIERED, SEEDS, predicted=True)
    known = Context(gold={(f"task_{task}", "abc"): TRUE for task in range(TASKS)})
    lines.append(
        (f"{TIERED} entries x {TASKS} tasks x {SEEDS} seeds with tiers, s", seconds(lambda: leaderboards(some, known)))
    )
    print(tabulate(lines, floatfmt=".3g"))


if __name__ == "__main__":
    main()
