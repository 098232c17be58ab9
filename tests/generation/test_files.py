"""Texts made elsewhere: what a file may hold, which of its texts are taken, and what is said of the others."""

import gzip
import json
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toys
from synthworth.generation.collect import Generated, Sources
from synthworth.generation.filters import RULES, Filter
from synthworth.generation.methods import generator_of
from synthworth.generation.methods.files import EVERY, LARGE, entry_folders, reader

TASK = toys.task()
KEYS = ("id", "text", "label", "provenance", "agreement")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def row(text, label="good", **more):
    return {"text": text, "label": label, **more}


def rows(count, **more):
    """So many texts of each label that no rule drops."""
    return [row(f"{label} note {NUMBERS[i]}", label, **more) for i in range(count) for label in TASK.labels]


def write(folder, lines, name="toy.jsonl"):
    """A file with these rows, or lines as they are."""
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode("utf-8", "surrogatepass"))
    return path


def made(folder, per_label=1, seed=0, task=TASK):
    return reader(folder)(task, Sources(client=None, pool=task.pool), per_label, seed)


def made_of(folder, lines, **asked):
    write(folder, lines)
    return made(folder, **asked)


def refused(folder, lines, **asked):
    """The one line that says why the file is refused."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        made_of(folder, lines, **asked)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_judgement_of_a_large_file_is_reported_once_and_that_of_a_small_one_is_not(tmp_path):
    def reported(count):
        told = []
        folder = tmp_path / str(count)
        folder.mkdir()
        write(folder, [row(f"{label} note {n}", label) for n in range(count // 2) for label in TASK.labels])
        sources = Sources(client=None, pool=TASK.pool, progress=lambda *at: told.append(at))
        make = reader(folder)
        for seed in range(3):  # each draws from the same judgement
            make(TASK, sources, 5, seed)
        return told

    assert reported(LARGE - 2) == []
    stages, done, totals = zip(*reported(LARGE), strict=True)
    assert (set(stages), set(totals)) == ({f"judging toy of {LARGE}"}, {LARGE})
    assert list(done) == list(range(0, LARGE + 1, EVERY))


def texts_of(generated, label="good"):
    return [example.text for example in generated.examples if example.label == label]


# ---- what is taken


@pytest.mark.parametrize("name", ["toy.jsonl", "toy.jsonl.gz"])
def test_texts_of_a_file_stay_as_they_are_to_the_letter(tmp_path, name):
    text = '  "How\tnice",\u2028she said…  '
    write(tmp_path, [row(text), row("so bad", "bad")], name)
    assert [(e.text, e.label) for e in made(tmp_path).examples] == [(text, "good"), ("so bad", "bad")]


@pytest.mark.parametrize("words", [1, 13, 300])
def test_texts_of_a_file_are_not_held_to_the_lengths_of_the_task(tmp_path, words):
    write(tmp_path, [row("good " * words), row("so bad", "bad")])
    assert len(made(tmp_path).examples) == 2


@pytest.mark.parametrize("text", ["The writer is sincere in their message", "we meet at noon " * 3])
def test_texts_of_a_file_are_not_held_to_how_a_text_is_written(tmp_path, text):
    write(tmp_path, [row(text), row("so bad", "bad")])
    assert len(made(tmp_path).examples) == 2


@pytest.mark.parametrize("text", ["<think>A note.</think> Thanks", "[THINK] The user wants", "Thanks </think> hm"])
def test_a_text_of_a_file_with_thoughts_is_dropped_as_thinking(tmp_path, text):
    found = made_of(tmp_path, [row(text), row("a good note"), row("a bad note", "bad")])
    assert found.dropped == {"good": {"thinking": 1}}


def test_a_file_of_windows_is_read(tmp_path):
    (tmp_path / "toy.jsonl").write_bytes(b"".join(json.dumps(r).encode() + b"\r\n" for r in rows(1)))
    assert len(made(tmp_path).examples) == 2


def test_what_a_rule_drops_is_counted_by_label_and_rule(tmp_path):
    lines = [
        row(""),
        row("a good note"),
        row("A good note!"),
        row("Thank you very much"),
        row("Sure, here is a note: thanks"),
        row("Dear [your name], thanks"),
        row("a bad note", "bad"),
    ]
    found = made_of(tmp_path, lines)
    rules = ("empty", "duplicate", "demonstration_copy", "preamble", "placeholder")
    assert found.dropped == {"good": dict.fromkeys(rules, 1)}
    assert found.attempts == 7
    assert not found.short


def test_a_file_with_fewer_texts_than_the_quota_is_short(tmp_path):
    lines = [*rows(2), row("good note three")]
    found = made_of(tmp_path, lines, per_label=3)
    assert (len(found.examples), found.short) == (5, {"bad": 2})


def test_a_quota_of_0_takes_all(tmp_path):
    assert len(made_of(tmp_path, rows(7), per_label=0).examples) == 14


@given(st.integers(1, 10), st.integers(1, 10), st.integers(0, 50))
def test_the_seed_draws_nested_sets_in_the_order_of_the_file(tmp_path_factory, small, large, seed):
    folder = tmp_path_factory.getbasetemp() / "ten"
    if not folder.exists():
        folder.mkdir()
        write(folder, rows(10))
    small, large = sorted((small, large))
    few, many = (texts_of(made(folder, per_label=n, seed=seed)) for n in (small, large))
    order = [f"good note {number}" for number in NUMBERS]
    assert few == [text for text in order if text in few]
    assert set(few) <= set(many)
    assert (len(few), len(many)) == (small, large)


def test_another_seed_draws_other_texts(tmp_path):
    write(tmp_path, rows(10))
    assert len({tuple(texts_of(made(tmp_path, per_label=5, seed=seed))) for seed in range(20)}) > 10


def test_draws_of_one_file_judge_its_texts_once_and_a_changed_file_anew(tmp_path, monkeypatch):
    judged = Counter()
    reason = Filter.reason
    monkeypatch.setattr(
        Filter, "reason", lambda rule, text, context: judged.update([text]) or reason(rule, text, context)
    )
    write(tmp_path, rows(6))
    method, sources = reader(tmp_path), Sources(client=None, pool=TASK.pool)
    first, second, again = (method(TASK, sources, 3, seed) for seed in (0, 1, 0))
    assert texts_of(first) == texts_of(again) != texts_of(second)
    assert first == again == made(tmp_path, 3, 0)
    assert set(judged.values()) == {2}, "once by the three draws, and once by the method of its own"
    write(tmp_path, rows(8))
    assert len(method(TASK, sources, 0, 0).examples) == 8 * len(TASK.labels)


def test_a_file_of_the_quota_and_no_more_gives_one_set_for_every_seed(tmp_path):
    write(tmp_path, rows(5))
    assert made(tmp_path, per_label=5, seed=0) == made(tmp_path, per_label=5, seed=1)


def test_ids_and_provenance_are_those_of_the_file(tmp_path):
    provenance = {"generator": "g", "temperature": 0.7, "sample": 3}
    found = made_of(tmp_path, [row("so good", id=7, provenance=provenance), row("so bad", "bad", id="8")])
    assert [(e.id, e.provenance) for e in found.examples] == [("7", provenance), ("8", {})]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("toy.csv", "label,text,more\ngood,so good,1\nbad,so bad,2\n"),
        ("toy.tsv", "label\ttext\ngood\tso good\nbad\tso bad\n"),
        ("toy.json", json.dumps([row("so good"), row("so bad", "bad")], indent=2)),
        (
            "toy.jsonl",
            "\ufeff" + json.dumps(row("so good")) + "\n\n" + json.dumps(row("so bad", "bad", more=1)) + "\n\n",
        ),
    ],
)
def test_a_file_may_have_another_format_and_further_columns(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert [(e.text, e.label) for e in made(tmp_path).examples] == [("so good", "good"), ("so bad", "bad")]


@pytest.mark.parametrize(
    ("named", "said"), [(("g", "g"), "g"), (("g", "h"), ""), (("g", None), ""), ((None, None), "")]
)
def test_the_generator_is_whom_all_texts_name(tmp_path, named, said):
    lines = [
        row(f"{label} note", label, **({"provenance": {"generator": name}} if name else {}))
        for label, name in zip(TASK.labels, named, strict=True)
    ]
    assert generator_of(made_of(tmp_path, lines).examples) == said


# ---- what is refused


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{broken", r"broken JSON \(Expecting property name.*"),
        ("[" * 100_000, r"broken JSON \(too deep.*"),
        ("[]", r"\[\] is not an object with named values.*"),
        ('{"text": "a"}', "the key 'label' is missing; every row needs a text and a label"),
        ('{"label": "good"}', "the key 'text' is missing; every row needs a text and a label"),
        (row("a", "goood"), "unknown label 'goood'; labels: good, bad; did you mean good.*"),
        (row("a", ["good", "bad"]), r"unknown label \"\['good', 'bad'\]\"; .*"),
        (row(3), "the text is 3, not words; .*"),
        (row("a", id=[]), r"the id is \[\], not a string or number; .*"),
        (row("a", provenance="gpt"), "the provenance is 'gpt'; give names with strings or numbers"),
        (row("a", provenance={"a": []}), r"the provenance is \{'a': \[\]\}; give names with strings or numbers"),
        ('{"text": "a", "label": "good", "provenance": {"a": NaN}}', "the provenance is {'a': nan}; .*"),
        ('{"text": "a \\ud800", "label": "good"}', "the text .* is not Unicode: .*"),
        (row("a", id="1"), "the id '1' is that of line 1 too; .*"),
    ],
)
def test_a_line_that_holds_no_labelled_text_is_named(tmp_path, line, said):
    first = row("a good note", **({"id": 1} if "id" in line else {}))
    told = refused(tmp_path, [first, line])
    assert re.fullmatch(rf"{re.escape(str(tmp_path / 'toy.jsonl'))}, line 2: {said}", told)


def test_a_label_without_any_text_is_refused_with_what_was_dropped(tmp_path):
    told = refused(tmp_path, [row("a good note"), row("[your name]", "bad"), row("", "bad")])
    assert told == (
        f"{tmp_path / 'toy.jsonl'}: no text of 'bad' is left (dropped: 1 empty, 1 placeholder); give at least one"
    )


def test_a_file_that_is_no_utf_8_is_refused(tmp_path):
    (tmp_path / "toy.jsonl").write_bytes(b'{"text": "\xff"}\n')
    with pytest.raises(ValueError, match=r"toy\.jsonl, line 1: not UTF-8 text \(byte 0xff\); save the file as UTF-8"):
        made(tmp_path)


@pytest.mark.parametrize(
    "content", [gzip.compress(b"x" * 99)[:-12], gzip.compress(b"x" * 99)[:-9] + b"x" * 9], ids=["cut", "overwritten"]
)
def test_a_damaged_gz_file_is_refused(tmp_path, content):
    (tmp_path / "toy.jsonl.gz").write_bytes(content)
    with pytest.raises(ValueError, match=r"toy\.jsonl\.gz: broken gzip \(.+\); fetch or write the file again$"):
        made(tmp_path)


def test_a_task_without_a_file_is_told_which_tasks_have_one(tmp_path):
    write(tmp_path, rows(1), "game.jsonl")
    write(tmp_path, rows(1), "chess.jsonl.gz")
    with pytest.raises(ValueError, match=r"has no texts for the task toy: no toy\.jsonl; tasks there: chess, game$"):
        made(tmp_path)


def test_two_files_of_one_task_are_refused(tmp_path):
    for name in ("toy.jsonl", "toy.jsonl.gz"):
        write(tmp_path, rows(1), name)
    with pytest.raises(ValueError, match=r"toy\.jsonl and .*toy\.jsonl\.gz are both there; remove one$"):
        made(tmp_path)


def test_a_folder_of_folders_with_texts_is_these_and_one_with_texts_of_its_own_is_itself(tmp_path):
    for name in ("b", "a", "empty", ".hidden/deeper"):
        (tmp_path / name).mkdir(parents=True)
    write(tmp_path / "a", rows(1))
    write(tmp_path / "b", rows(1), "game.csv")
    (tmp_path / "README.md").write_text("about these")
    assert entry_folders(str(tmp_path)) == [tmp_path / "a", tmp_path / "b"]
    write(tmp_path, rows(1))
    assert entry_folders(str(tmp_path)) == [tmp_path]


def test_a_file_without_a_label_of_the_task_is_refused_with_the_labels_it_has(tmp_path):
    assert refused(tmp_path, [row(f"note {NUMBERS[i]}") for i in range(3)]).endswith(
        "toy.jsonl has no text of 'bad' for the task toy, which cannot be learnt from it; labels there: good (3): add "
        "such texts, or make a task of the labels there"
    )


@pytest.mark.parametrize(
    ("name", "of_folder"),
    [
        ("gpt-3.5-turbo.few_shot.lab", {"generator": "gpt-3.5-turbo", "prompting": "few_shot", "source": "lab"}),
        ("texts.few_shot", {}),
        ("texts.v2.lab", {}),
        (".few_shot.lab", {}),
    ],
)
def test_a_folder_s_name_states_what_the_lines_do_not(tmp_path, name, of_folder):
    folder = tmp_path / name
    folder.mkdir()
    own = {"generator": "g", "temperature": 0.7}
    found = made_of(folder, [row("so good", provenance=own), row("so bad", "bad")])
    assert [example.provenance for example in found.examples] == [of_folder | own, of_folder]


def test_a_folder_that_is_none_or_holds_no_texts_is_refused(tmp_path):
    for given_, said in (
        (str(tmp_path / "no"), "no folder .*no; "),
        (str(tmp_path), "holds no TASK"),
        ("", "no folder"),
    ):
        with pytest.raises(ValueError, match=said):
            entry_folders(given_)


# ---- whatever a file holds

WORDS = st.sampled_from(
    ["a", "kind", "NOTE", "thank", "you", "very", "much", "“", "[name]", "\n", "\x00", "é", "\ud800"]
)
TEXTS = st.one_of(st.lists(WORDS, max_size=14).map(" ".join), st.text(max_size=30))
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
GOOD = st.fixed_dictionaries({"text": TEXTS, "label": st.sampled_from(list(TASK.labels))})
ODD = st.dictionaries(st.sampled_from([*KEYS, "other"]), JSON, max_size=5)
LINES = st.one_of(
    st.lists(GOOD, max_size=8),
    st.lists(st.one_of(GOOD, GOOD, ODD, JSON), max_size=6),
    st.lists(st.one_of(GOOD, st.text(max_size=20)), max_size=4),
)


@given(LINES, st.integers(0, 4), st.integers(0, 3))
def test_any_file_is_refused_in_one_line_or_gives_texts_that_are_in_it(tmp_path_factory, lines, per_label, seed):
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    write(folder, [json.dumps(line) if not isinstance(line, str) else line for line in lines])
    try:
        found = made(folder, per_label, seed)
    except ValueError as error:
        told = str(error)
    else:
        told = ""
    assert "\n" not in told
    if told:
        assert "toy.jsonl" in told
        return
    assert isinstance(found, Generated)
    lines = [line for line in lines if not isinstance(line, str) or line.strip()]
    held = {(line["text"], line["label"]) for line in lines}
    assert {(example.text, example.label) for example in found.examples} <= held
    assert found.attempts == len(lines)
    names = {rule.__name__ for rule in RULES} | {"demonstration_copy", "duplicate"}
    assert {rule for rules in found.dropped.values() for rule in rules} <= names
    for label in TASK.labels:
        kept, asked = len(texts_of(found, label)), sum(line["label"] == label for line in lines)
        left = asked - sum(found.dropped.get(label, {}).values())
        assert kept == (min(left, per_label) if per_label else left)
        assert found.short.get(label) == (kept if kept < per_label else None)
