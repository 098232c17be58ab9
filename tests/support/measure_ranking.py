"""Measure how well distances rank written sets: `python measure_ranking.py REAL WRITTEN` writes ranking_error.csv.

REAL/TASK/train.jsonl.gz are real texts, WRITTEN/SET/TASK.jsonl.gz written ones; the sets, and their Macro-F1, are those
of suites/results.jsonl that were read from files. It writes names and numbers, no text.
"""

import csv
import gzip
import json
import random
import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean

from synthworth.core import read
from synthworth.leaderboard.scoring.ranking import TEXTS, distances
from synthworth.leaderboard.scoring.ranking_error import MEASURED, MEASURES
from synthworth.training import embed

RESULTS = Path(__file__).parents[2] / "suites/results.jsonl"
DRAWS = 3


def sampled(path, seed):
    """`TEXTS` texts of a gzipped file of JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["text"] for line in file]
    return random.Random(seed).sample(texts, TEXTS)


def rows(real, written):
    """A row for each task, draw and set."""
    scores = defaultdict(lambda: defaultdict(list))
    for result in read(RESULTS):
        if result.method.startswith("data-") and (result.classifier, result.per_label) == ("minilm", 100):
            scores[result.task][result.method.removeprefix("data-")].append(result.macro_f1)
    for task in sorted(scores):
        for draw in range(DRAWS):
            ours = embed(sampled(real / task / "train.jsonl.gz", f"{task}/{draw}"))
            for name, found in sorted(scores[task].items()):
                theirs = embed(sampled(written / name / f"{task}.jsonl.gz", f"{name}/{draw}"))
                far = distances(ours, theirs)
                yield task, draw, name, round(mean(found), 4), round(far[0], 5), *(round(one, 4) for one in far[1:])


if __name__ == "__main__":
    measured = list(rows(*map(Path, sys.argv[1:])))
    with MEASURED.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("task", "draw", "set", "macro_f1", *MEASURES), *measured])
