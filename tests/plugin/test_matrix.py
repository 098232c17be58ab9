"""--synth-method all --synth-refine all: every method by every refinement, as recorded, and again after a kill."""

import re

import pytest

import synthworth.training.fit as fit
from projects import embed_at_random, project, record, replay
from synthworth.core.result import read
from synthworth.generation.methods import every_method
from synthworth.plugin.summary import matrix_text

TFIDF = ("--synth-data", "mirror", "--synth-classifier", "tfidf", "--synth-per-label", "5", "--synth-processes", "1")
WRITE = (*TFIDF, "--synth-method", "zero_shot,few_shot")
MATRIX = (*TFIDF, "--synth-method", "all", "--synth-refine", "all", "-k", "score")
ONE = (*TFIDF, "--synth-method", "zero_shot", "--synth-refine", "all", "-k", "score")
LABELS = ("good", "bad")
VOTES = ("relabel(votes=3)", "filter(agreement=0.6,votes=3)")
NO_VOTES = ("", "|dedup", "|consistency", "|select(k-centre)", "|balance", "|reweight(q=0.7)")


@pytest.fixture(autouse=True)
def _embedder(monkeypatch):
    embed_at_random(monkeypatch)


@pytest.fixture
def recorded(pytester):
    """A project whose zero_shot and few_shot are recorded for as much as refinements without votes may ask."""
    project(pytester)
    record(pytester, "--synth-refine", "none,dedup,consistency,select(k-centre),balance", of=WRITE)
    return pytester


def left_out(shown):
    (line,) = [line for line in shown.outlines if line.startswith("synthworth: left out")]
    return line


def test_what_is_recorded_is_measured_in_one_table_and_what_is_not_is_told_in_one_line(recorded):
    shown = replay(recorded, "--synth-results", "results.jsonl", of=MATRIX)
    outcomes = shown.parseoutcomes()
    assert (shown.ret, outcomes.get("failed", 0), outcomes.get("errors", 0)) == (0, 0, 0)
    methods = {result.method for result in read(recorded.path / "results.jsonl")}
    assert methods == {"real", *(name + chain for name in ("zero_shot", "few_shot") for chain in NO_VOTES)}
    line = left_out(shown)
    lacking = set(every_method()) - {"real", "zero_shot", "few_shot"}
    assert {*re.findall(r"(\S+) \(every task\)", line)} == {
        *lacking,
        *(f"{name}|{votes}" for name in ("zero_shot", "few_shot") for votes in VOTES),
    }
    assert "--synth-method all --synth-refine all" in line
    assert line.endswith("--synth-record missing")
    shown.stdout.fnmatch_lines(
        [
            "Methods by refinements: 5 texts per label by toy-llm, toy",
            "method *as written *balance *consistency *dedup *reweight(q=0.7) *select(k-centre)",
            "*few_shot *",
            "*zero_shot *",
            "Task by task: synthworth leaderboard results.jsonl",
        ]
    )


def test_after_a_kill_only_what_is_missing_is_trained(recorded, monkeypatch):
    trained = []

    def counted(chosen, train, texts, labels, seed, *more, **how):
        if len(trained) == 3:
            raise KeyboardInterrupt
        trained.append((tuple(train), tuple(e.weight for e in train)))
        return original(chosen, train, texts, labels, seed, *more, **how)

    original = fit.train_and_predict
    monkeypatch.setattr(fit, "train_and_predict", counted)
    cache = ("--synth-cache", "cache", "--synth-results", "results.jsonl")
    stopped = replay(recorded, *cache, of=ONE)
    assert stopped.ret == pytest.ExitCode.INTERRUPTED
    first, trained[:] = list(trained), ["no interruption"] * 8
    kept = read(recorded.path / "results.jsonl")
    assert 0 < len(kept) < 7
    assert replay(recorded, *cache, of=ONE).ret == 0
    again = trained[8:]
    assert again
    assert not {*first} & {*again}
    assert len({*first, *again}) == len(first) + len(again)
    results = read(recorded.path / "results.jsonl")
    assert {result.key for result in kept} <= {result.key for result in results}
    trained[:] = ["no interruption"] * 8
    assert replay(recorded, *cache, of=ONE).ret == 0
    assert trained[8:] == []


def test_a_method_that_shows_real_texts_is_skipped_where_there_are_none(pytester):
    project(pytester)
    (pytester.path / "quickstart").mkdir()
    rows = [f'{{"text": "note {n} is {word}", "label": "{word}"}}\n' for n in range(4) for word in LABELS]
    (pytester.path / "quickstart" / "toy.jsonl").write_text("".join(rows))
    chosen = ("--synth-data", "quickstart", "--synth-method", "li2023_few_shot", "--synth-classifier", "tfidf")
    outcomes = replay(pytester, "-rs", "-k", "score", of=chosen)
    outcomes.stdout.fnmatch_lines(["*the quickstart data has no real training texts"])
    assert outcomes.parseoutcomes().keys() == {"skipped", "deselected"}


def test_real_texts_and_every_method_that_writes_are_all_methods():
    names = every_method()
    assert names[0] == "real"
    assert {"zero_shot", "few_shot", "topics", "mixture", "li2023_zero_shot"} <= {*names}
    assert not {"labels", "demonstrations", "labelled", "generator"} & {*names}


@pytest.mark.parametrize(
    ("file", "lines"),
    [
        ("", ["keep the results with --synth-results FILE to compare at equal tokens (synthworth matrix)"]),
        (
            "'my results.jsonl'",
            [
                "Task by task: synthworth leaderboard 'my results.jsonl'",
                "At equal tokens, with a figure: synthworth matrix 'my results.jsonl' --out study",
            ],
        ),
    ],
)
def test_the_commands_at_the_end_are_those_that_can_be_run(file, lines):
    assert matrix_text([], file).splitlines()[-len(lines) :] == lines
    assert "synthworth leaderboard FILE" not in matrix_text([], file)
