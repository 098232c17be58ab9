"""The committed recordings are whole, hold nothing but what a run uses, and replay to the quota they were made for."""

import importlib.util
import json
import os
import re
from functools import cache
from pathlib import Path

import pytest

import toys
import variants
from synthworth.core.network import blocked
from synthworth.core.result import read
from synthworth.generation.collect import Sources
from synthworth.generation.generator import EMBEDDED, Client, Endpoint, Generator, Limits
from synthworth.generation.methods.builtin import LABELLED, METHODS
from synthworth.generation.prompts import PARTS, QUESTION
from synthworth.generation.recording import Recording, find_secret, path_of
from synthworth.generation.recording.entries import REQUEST_FIELDS
from synthworth.pipeline.replay import suites_in
from synthworth.subjectivity.stand_in import NAME, RECORDING

ROOT = Path(__file__).parents[2]
TASKS = [suite.task.name for suite in suites_in([ROOT / "suites"])]
OTHERS = {(result.task, result.method) for result in read(ROOT / "suites/methods.jsonl")}
PAIRS = [*((task, method) for task in TASKS for method in toys.RECORDED), *variants.recorded(), *OTHERS]
PATHS = {path_of(ROOT / "cassettes", EMBEDDED, task, method): (task, method) for task, method in sorted(PAIRS)}
# Of labels of real texts, which need these texts to be replayed: not every task has one.
OF_LABELS = [
    path for task in TASKS for name in LABELLED if (path := path_of(ROOT / "cassettes", EMBEDDED, task, name)).exists()
]
MOST_BYTES = 700
LONG = ("imdb",)  # whose texts alone are longer
recordings = pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}-{path.stem}")


@cache
def task_of(name):
    spec = importlib.util.spec_from_file_location(f"suite_{name}", ROOT / f"suites/test_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TASK


@cache
def draws():
    """The largest quota in the committed results, by task and method and by generation seed."""
    quotas = {}
    for name in ("results", "methods"):
        for result in read(ROOT / f"suites/{name}.jsonl"):
            of_seed = quotas.setdefault((result.task, result.method), {})
            of_seed[result.generation_seed] = max(result.per_label, of_seed.get(result.generation_seed, 0))
    return quotas


@cache
def lines_of(path):
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")[:-1]


def missing(absent):
    return AssertionError(f"{len(absent)} answers are missing")


def replayed(path):
    """The recording, and what its method makes of it with no network, each with its quota."""
    name, method = PATHS[path]
    endpoint = Endpoint(Generator(name=EMBEDDED), Limits(), None, connect=lambda: pytest.fail("asked for the address"))
    recording, chosen = Recording(path), task_of(name)
    client = Client(endpoint, recording, missing=missing)
    with blocked():
        sources = Sources(client=client, pool=chosen.pool)
        make = variants.make(method) if method in variants.NAMES else METHODS[method]
        quotas = {0: variants.QUOTA} if method in variants.NAMES else draws()[name, method]
        return recording, [(make(chosen, sources, quota, seed), quota) for seed, quota in sorted(quotas.items())]


def test_every_recording_is_that_of_a_suite_and_a_method_and_each_of_these_has_one():
    found = [path for path in (ROOT / "cassettes").rglob("*") if path.is_file() and path.suffix != ".partial"]
    assert sorted(found) == sorted([*PATHS, *OF_LABELS, path_of(ROOT / "cassettes", EMBEDDED, NAME, RECORDING)])


@recordings
def test_a_recording_replays_to_its_quota_of_texts_without_a_network_and_holds_no_answer_more(path):
    recording, drawn = replayed(path)
    labels = task_of(path.parent.name).labels
    for made, quota in drawn:
        assert {label: sum(e.label == label for e in made.examples) for label in labels} == dict.fromkeys(labels, quota)
    assert recording.unused(recording.used) == 0
    for_texts = sum(json.loads(line)["request"]["label"] in labels for line in lines_of(path))  # not for a list
    assert len(recording) == len(lines_of(path))
    assert for_texts == sum(made.attempts for made, _ in drawn)


@recordings
def test_a_recording_is_as_the_benchmark_writes_it(path):
    from synthworth.generation.recording.entries import Entries, dumps, loads

    text = path.read_text(encoding="utf-8")
    kept = loads(text)
    anew = Entries(servers=kept.servers)
    anew.update(kept)
    assert dumps(anew) == text


@recordings
def test_an_interaction_is_small(path):
    if path.parent.name not in LONG:
        assert sum(len(line.encode()) + 1 for line in lines_of(path)) / len(lines_of(path)) < MOST_BYTES


@recordings
def test_a_recording_holds_allow_listed_fields_only_and_no_word_of_a_prompt(path):
    task = task_of(path.parent.name)
    ids, short = {example.id for example in task.pool}, re.compile(r"[0-9a-f]{8}")
    for entry in map(json.loads, lines_of(path)):
        asked = entry["request"]
        assert set(entry) <= {"key", "sample", "request", "response", "retries", "omitted"}
        assert set(asked) <= {*REQUEST_FIELDS, "label", "parts", "demonstrations"}
        assert set(entry["response"]) <= {"text", "finish_reason", "tokens", "model"}
        assert re.fullmatch(r"[0-9a-f]{64}", entry["key"])
        assert asked["label"] in ([""] if QUESTION in asked["parts"] else task.labels)
        assert set(asked["parts"]) <= set(PARTS)
        assert set(asked.get("demonstrations", {})) <= ids
        hashes = [*asked["parts"].values(), *asked.get("demonstrations", {}).values()]
        assert all(short.fullmatch(one) for one in hashes)


@recordings
def test_a_recording_holds_no_key_or_password_plain_or_packed(path):
    assert find_secret(path.read_text(encoding="utf-8"), os.environ) == ""


@pytest.mark.parametrize("path", OF_LABELS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recording_of_labels_holds_a_label_or_nothing_of_an_answer_and_no_word_of_a_text(path):
    labels = set(task_of(path.parent.name).labels)
    for entry in map(json.loads, lines_of(path)):
        assert set(entry) <= {"key", "sample", "request", "response", "retries", "omitted"}
        assert set(entry["request"]) <= {*REQUEST_FIELDS, "label", "parts"}
        assert set(entry["request"]["parts"]) <= set(PARTS)
        assert entry["request"]["label"] == ""
        assert set(entry["response"]) <= {"text", "finish_reason", "tokens"}
        assert entry["response"]["text"] in {*labels, ""}
