"""A task measured from Python is what pytest measures, and says the sentence that its run ends with."""

import asyncio

import pytest

from projects import generator, project, replay
from synthworth.core.result import read
from synthworth.leaderboard.task_run import run
from synthworth.pipeline.replay import suites_in

SIZE = {"per_label": 5, "classifier": "tfidf"}


@pytest.fixture
def toy(pytester, monkeypatch):
    """The toy task, in a project with a mirror of it, which is the working directory."""
    project(pytester)
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    (suite,) = suites_in([pytester.path])
    return suite.task


def test_pytest_measures_the_same_results_and_ends_with_the_same_sentence(toy, pytester):
    async def cell(address):
        return run(toy, test="mirror", generator=address, **SIZE)

    with generator() as (address, came):
        found = asyncio.run(cell(address))
        asked = len(came)
        again = run(toy, test="mirror", generator=address, **SIZE)
        assert len(came) == asked > 0
    assert again == found
    done = replay(
        pytester, "--synth-method", "zero_shot,real", "--synth-generation-seed", "0,1,2",
        "--synth-classifier", "tfidf", "--synth-results", "results.jsonl",
    )  # fmt: skip
    measured = {result.key: result for result in read(pytester.path / "results.jsonl")}
    assert {result.key: result for result in found.results} == measured
    assert [(result.method, result.generation_seed) for result in found.results] == [
        (method, drawn) for method in ("zero_shot", "real") for drawn in (0, 1, 2)
    ]
    assert found.answer in done.outlines
    assert found.answer in str(found)
    assert len(found.to_frame()) == 6
    assert "<table>" in found._repr_html_()


def test_texts_in_memory_are_scored_as_those_of_a_mirror(toy):
    with generator() as (address, _):
        there = run(toy, test="mirror", generator=address, draws=(0,), **SIZE)
        texts = {split: f"mirror/toy/{split}.jsonl.gz" for split in ("train", "test")}
        given = run(toy, **texts, generator=address, draws=(0,), **SIZE)
    assert given == there


def test_real_texts_stand_beside_written_ones_only_if_each_label_has_as_many(toy):
    test = [("a lovely note", "good"), ("a nasty note", "bad")]
    train = [(f"a {word} note {n}", label) for word, label in (("warm", "good"), ("cold", "bad")) for n in range(4)]
    with generator() as (address, _):
        few = run(toy, test=test, train=train, generator=address, draws=(0,), **SIZE)
        enough = run(toy, test=test, train=train, generator=address, draws=(0,), **SIZE | {"per_label": 4})
    assert [result.method for result in few.results] == ["zero_shot"]
    assert [result.method for result in enough.results] == ["zero_shot", "real"]


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"draws": ()}, r"draws=\(\); give at least one generation seed"),
        ({"training_seeds": 0}, r"training_seeds=0; give a number from 1 on"),
        ({"draws": 3}, r"draws=3; give generation seeds, such as \(0, 1, 2\)"),
        ({"draws": (0, 0.5)}, r"draws=0.5; give a whole number"),
        ({"training_seeds": "2"}, r"training_seeds='2'; give a whole number"),
        ({"method": ["zero_shot"]}, r"method=\['zero_shot'\]; give the name of one method"),
        ({"recrod": "none", "test": "nowhere"}, r"unknown argument 'recrod'; arguments: method, test, .*, record"),
        ({"draws": (0, -1)}, r"draws=-1; give a number from 0 on"),
        ({"test": ()}, r"test has no texts; give real ones"),
        ({"test": [("a note", "good")]}, r"the test set of these texts has no text with the label 'bad'"),
        ({"train": [("a note", "good")]}, r"test='mirror' has training texts of its own; leave train out"),
        ({"classifier": "tf-idf"}, r"tf-idf.*tfidf"),
        ({}, r'toy by toy-llm: zero_shot lacks 60 of 60 answers in cassettes.*: record="missing"'),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(toy, changed, problem):
    given = {"test": "mirror", "generator": "toy-llm", "record": "none"} | SIZE | changed
    with pytest.raises(ValueError, match=problem) as caught:
        run(toy, **given)
    assert "\n" not in str(caught.value)
