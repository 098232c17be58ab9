"""Measure pilots: `python measure_pilots.py REAL WRITTEN` writes the table that `synthworth advise` goes by.

REAL is a mirror of the ten tasks, WRITTEN a folder of entries made elsewhere; the texts by the embedded generator are
those of cassettes/. Of each method the pilot is its texts at 30 per label; outcomes are those of suites/results.jsonl.
It writes names and numbers, no text.
"""

import sys
from hashlib import sha256
from pathlib import Path

from synthworth.core import read, replace
from synthworth.generation.methods import resolve
from synthworth.leaderboard.advice import PER_LABEL, outcomes_of, pilot_features
from synthworth.leaderboard.advice.evidence import MEASURED, joined, measured_text
from synthworth.leaderboard.advice.pilot import UNLABELLED
from synthworth.pipeline import Settings, run_of, suites_in, trainer
from synthworth.training import embed

ROOT = Path(__file__).parents[2]
OURS = ("zero_shot", "few_shot")


def by_hash(examples):
    """The examples in the order of a hash of their texts."""
    return sorted(examples, key=lambda e: sha256(f"advise/{e.text}".encode()).hexdigest())


def real_texts(run):
    """Labelled real training texts, 30 of each label, and 200 others without labels."""
    train = by_hash(run.data.train)
    known = [e for label in run.task.labels for e in [e for e in train if e.label == label][:PER_LABEL]]
    pairs = [(e.text, e.label) for e in known]
    return pairs, [e.text for e in train if (e.text, e.label) not in set(pairs)][:UNLABELLED]


def pilots(real, written, embedder):
    """What each pilot tells, by task and method; a set that lacks texts of a label is left out."""
    folders = sorted(path for path in written.iterdir() if path.is_dir())
    methods = resolve([*OURS, *(f"data:{folder}" for folder in folders)])
    found = {}
    with trainer(None, count=1) as trains:
        for suite in suites_in([ROOT / "suites"]):
            run = run_of(suite, Settings(data=str(real), per_label=PER_LABEL), trains, methods=methods)
            labelled, unlabelled = real_texts(run)
            for name, method in methods.items():
                if method.lacks(suite.task.name):
                    continue
                try:
                    texts = [(e.text, e.label) for e in run.sets.generated(name).examples]
                    features = pilot_features(texts, labelled, unlabelled, tuple(suite.task.labels), embedder)
                except ValueError as problem:
                    sys.stderr.write(f"{suite.task.name}: {name} left out: {problem}\n")
                else:
                    found[suite.task.name, name] = features
    return found


def table(real, written, embedder=embed):
    """The table as CSV."""
    return measured_text(joined(outcomes_of(read(ROOT / "suites/results.jsonl")), pilots(real, written, embedder)))


if __name__ == "__main__":
    replace(MEASURED, table(*map(Path, sys.argv[1:])))
