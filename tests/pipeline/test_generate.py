"""Texts from Python: `generate` asks once, records, replays, and says in one line what it cannot do."""

import asyncio

import pytest

from places import TASK, line, mirror
from servers import serving
from synthworth.core.task import Example, Task
from synthworth.generation.recording import MissingAnswers
from synthworth.pipeline.generate import generate

NOTES = {"good": "a kind note", "bad": "an unkind note"}


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A generator on loopback, in a working directory of the test's own: its name, and the requests that come."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(line) as (url, came):
        yield f"m@{url}", came


def notes(**changed):
    return Task(**{"name": "notes", "labels": NOTES, "words": (1, 12)} | changed)


def test_texts_are_written_in_a_running_loop_recorded_and_not_asked_for_again(server, tmp_path):
    address, came = server

    async def cell():
        return generate(TASK, per_label=4, generator=address)

    first = asyncio.run(cell())
    assert [example.label for example in first.examples] == ["sea"] * 4 + ["land"] * 4
    assert (tmp_path / f"cassettes/m/{TASK.name}/zero_shot.jsonl").is_file()
    asked = len(came)
    assert asked >= 8
    assert asyncio.run(cell()) == first
    assert generate(TASK, per_label=4, generator="m", record="none") == first
    assert len(came) == asked


def test_the_texts_are_those_of_a_suite_with_the_same_settings(server, run_of):
    address, _ = server
    texts = generate(TASK, per_label=5, generator=address, generation_seed=1)
    generated = run_of(record="none", generation_seed=1).sets.generated("zero_shot")
    assert (texts.examples, texts.attempts, texts.dropped) == (
        generated.examples,
        generated.attempts,
        generated.dropped,
    )


def test_answers_that_are_missing_are_counted_in_one_line(server, tmp_path):
    _, came = server
    with pytest.raises(MissingAnswers) as caught:
        generate(TASK, per_label=3, generator="m", cassettes=tmp_path / "mine", record="none")
    said = str(caught.value)
    assert said.startswith(f"{TASK.name} by m: zero_shot lacks 20 of 20 answers in {tmp_path / 'mine'}")
    assert said.endswith('record them with: record="missing"')
    assert "\n" not in said
    assert not came


def test_a_task_without_demonstrations_shows_the_real_texts_given_and_records_them_apart(server, tmp_path):
    address, came = server
    real = [(f"a very {word} note {n}", label) for word, label in (("warm", "good"), ("cold", "bad")) for n in range(3)]
    generate(notes(), "few_shot", per_label=2, generator=address, real=real)
    sent = " ".join(message["content"] for message in came[0].body["messages"])
    assert "a very warm note" in sent
    assert not (tmp_path / "cassettes").exists()
    assert list((tmp_path / "cache").rglob("few_shot.jsonl"))


def test_real_texts_are_a_file_examples_or_pairs_alike(tmp_path):
    pairs = [(f"note {n}", label) for label in NOTES for n in range(4)]
    (tmp_path / "real.csv").write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in pairs))
    examples = [Example(id=str(n), text=text, label=label) for n, (text, label) in enumerate(pairs)]
    found = [
        generate(notes(), "real", per_label=2, real=given, generator="m")
        for given in (pairs, examples, tmp_path / "real.csv", zip(*zip(*pairs, strict=True), strict=True))
    ]
    assert len({tuple((e.text, e.label) for e in texts.examples) for texts in found}) == 1
    assert found[0].generator == ""


def test_a_shortage_and_the_dropped_texts_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with serving(lambda number, body: "the same <b>note</b>") as (url, _):
        texts = generate(notes(), per_label=3, generator=f"m@{url}")
    assert texts.short == {"good": 1, "bad": 1}
    assert "fewer than the 3 asked for: good 1, bad 1" in texts.answer
    assert len(texts.to_frame()) == 2
    lost = texts.to_frame(dropped=True)
    assert len(lost) == sum(count for rules in texts.dropped.values() for count in rules.values()) > 0
    assert set(lost.rule) == {"duplicate"}
    shown = texts._repr_html_()
    assert "&lt;b&gt;note" in shown
    assert "<b>note" not in shown
    assert texts.answer in str(texts)


@pytest.mark.parametrize(
    ("method", "changed", "problem"),
    [
        ("zeroshot", {}, r"zeroshot.*zero_shot"),
        ("zero_shot", {"per_label": 0}, r"per_label=0; give a number from 1 on"),
        ("zero_shot", {"generation_seed": -1}, r"generation_seed=-1; give a number from 0 on"),
        ("zero_shot", {"record": "some"}, r"record mode 'some'.*none, missing"),
        ("few_shot", {}, r"0 demonstrations of 'good'.*as many real training texts"),
        ("zero_shot", {"per_label": "20"}, r"per_label='20'; give a whole number"),
        ("zero_shot", {"per_label": True}, r"per_label=True; give a whole number"),
        ("zero_shot", {"generation_seed": None}, r"generation_seed=None; give a whole number"),
        (
            "zero_shot",
            {"recrod": "none"},
            r"unknown argument 'recrod'; arguments: method, .*; did you mean record",
        ),
        (["zero_shot"], {}, r"method=\['zero_shot'\]; give the name of one method"),
        ("real", {"real": [("a note", "kind")]}, r"real, row 1: unknown label.*kind.*good"),
        ("real", {"real": ["a note"]}, r"real, row 1: 'a note'; give pairs \(text, label\)"),
        ("real", {"real": [("", "good")]}, r"real, row 1: the text is '', not words"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(server, method, changed, problem):
    address, came = server
    with pytest.raises(ValueError, match=problem) as caught:
        generate(notes(), method, **{"generator": address} | changed)
    assert "\n" not in str(caught.value)
    assert not came


def test_data_of_a_mirror_stays_what_it_was(tmp_path, run_of):
    """The version of the same texts is one, given or loaded: results of both stand in one row."""
    from synthworth.pipeline.given_texts import given_data

    folder = mirror(tmp_path)
    there = run_of(data=folder).data
    given = given_data(TASK, list(there.train), list(there.test))
    assert (given.version, given.source) == (there.version, there.source)
    assert given_data(TASK, (), folder) == there
