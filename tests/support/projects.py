"""A project as a user has one: a suite of a toy task, a mirror of its real texts, and a generator on loopback."""

import contextlib
import gzip
import json
import re

# Sessions in one process share what is imported here; numpy cannot be imported twice.
import aiolimiter
import numpy as np
import openai
import sklearn.feature_extraction.text
import sklearn.linear_model
import tabulate
import torch
import vcr

from servers import answer_of, serving

IMPORTED = (aiolimiter, openai, sklearn, tabulate, torch, vcr)
SUITE = """
import pytest
from synthworth import Expectation, Task, TaskSuite


class Test{title}(TaskSuite):
    task = Task(
        name="{name}",
        labels={{"good": "a kind note", "bad": "an unkind note"}},
        words=(1, 12),
        context_prompt="You write notes.",
        generation_prompt="Write {{description}} of {{words}} words.",
        diversity_prompt="Another one.",
        demonstrations={{
            "good": ("so kind", "how warm of you", "thanks a lot"),
            "bad": ("so rude", "how cold of you", "thanks for nothing"),
        }},
    )
"""
ADJECTIVES = {"good": ("lovely", "warm", "gentle"), "bad": ("nasty", "cold", "bitter")}
FLOORS = ("--synth-classifier", "majority,tfidf", "--synth-per-label", "5")
REAL = ("--synth-data", "mirror", "--synth-method", "real", *FLOORS)
WRITTEN = ("--synth-data", "mirror", "--synth-method", "zero_shot", *FLOORS)
BOTH = ("--synth-data", "mirror", "--synth-method", "zero_shot,few_shot", *FLOORS)
TOKENS = (20, 5)  # what the generator says each answer took


def project(pytester, more="", *, name="toy", **changed):
    """A folder with the toy suite, lines `more` at its end and words `changed` in it, and a mirror of the task."""
    text = SUITE.format(name=name, title=name.title()) + more
    for before, after in changed.items():
        assert before in text
        text = text.replace(before, after)
    pytester.makepyfile(**{f"test_{name}": text})
    for split in ("train", "test"):
        rows = [
            {"id": f"{split}-{label}{n}", "text": f"a {ADJECTIVES[label][n % 3]} {split} note {n}", "label": label}
            for label in ADJECTIVES
            for n in range(10)
        ]
        path = pytester.path / "mirror" / name / f"{split}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(path, "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)


def change(pytester, before, after, name="toy"):
    """Writes `after` for `before` in the suite."""
    path = pytester.path / f"test_{name}.py"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def embed_at_random(monkeypatch):
    """Embed each text in a direction of its own: to load the embedder takes longer than all else in a session."""

    def directions(texts, progress):
        numbers = np.array([np.random.default_rng(list(text.encode())).normal(size=16) for text in texts], dtype="f4")
        return numbers / np.linalg.norm(numbers, axis=1, keepdims=True)

    monkeypatch.setattr("synthworth.training.embedding._embed", directions)


def note(number, body):
    """A note of the label asked for that every rule keeps: no other has the seed of its request in it."""
    label = "bad" if "unkind" in body["messages"][-1]["content"] else "good"
    return answer_of(f"{ADJECTIVES[label][body['seed'] % 3]} note {body['seed']}", tokens=TOKENS)


@contextlib.contextmanager
def generator(reply=note, name="toy-llm"):
    """A real server; yields what --synth-generator is to be, and the requests that come."""
    with serving(reply) as (url, came):
        yield f"{name}@{url}", came


def record(pytester, *options, of=WRITTEN, reply=note, name="toy-llm"):
    """Records what is missing; gives pytest's result and the requests that came."""
    with generator(reply, name) as (address, came):
        done = pytester.runpytest(*of, "--synth-generator", address, "--synth-record", "missing", *options)
        return done, came.bodies


def measure(pytester, *options, seeds=(0, 1, 2), **how):
    """Records and measures as many draws of the texts as a gate compares: base.jsonl."""
    for seed in seeds:
        record(pytester, "--synth-generation-seed", str(seed), "--synth-results", "base.jsonl", *options, **how)


def replay(pytester, *options, of=WRITTEN, name="toy-llm"):
    """Runs without a server."""
    return pytester.runpytest(*of, "--synth-generator", name, *options)


def recording(pytester, method="zero_shot", name="toy", generator="toy-llm"):
    """Where the answers of a method are kept."""
    return pytester.path / "cassettes" / generator / name / f"{method}.jsonl"


def files(pytester):
    """Every file of the project but what Python compiles, with its bytes."""
    found = (path for path in pytester.path.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(pytester.path)): path.read_bytes() for path in found}


def table(result):
    """The rows of the leaderboard."""
    return [line for line in result.outlines if re.match(r"toy +(real|zero_shot|few_shot) ", line) and "." in line]
