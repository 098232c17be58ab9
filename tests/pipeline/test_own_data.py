"""A file of labelled texts becomes a task: cleaned, split by a hash, and measured."""

import csv
import json
import random

import pytest

from synthworth.pipeline.own_data import InitRequest, name_of, own_data, words_that_stand_out

KINDS = ("billing", "fault", "cancel")


def table(count=60, seed=0):
    draw = random.Random(seed)
    return [
        (f"My {kind} story number {draw.randrange(10**6)} is about the {draw.choice(('box', 'line'))}", kind)
        for _ in range(count // len(KINDS))
        for kind in KINDS
    ]


def written(folder, rows, name="tickets.csv", header=("text", "label")):
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return folder / name


def made(folder, rows, **said):
    return own_data(InitRequest(path=written(folder, rows), **said))


def texts(examples):
    return {example.text for example in examples}


def test_every_text_is_a_training_or_a_test_text_and_each_label_has_both(tmp_path):
    data = made(tmp_path, table())
    assert texts(data.train) | texts(data.test) == {text for text, _ in table()}
    assert not texts(data.train) & texts(data.test)
    for kind in KINDS:
        assert sum(e.label == kind for e in data.test) == 6  # 30 % of 20
    assert list(data.task.labels) == sorted(KINDS)


def test_the_order_of_the_rows_changes_no_text_s_side(tmp_path):
    rows = table()
    assert texts(made(tmp_path, rows).test) == texts(made(tmp_path, rows[::-1]).test)


def test_rows_that_are_no_texts_are_left_out_and_counted(tmp_path):
    first = table()[0][0]
    more = [("", "fault"), ("!!", "fault"), ("A note", ""), (first.upper(), table()[0][1]), ("A lone one", "rare")]
    data = made(tmp_path, [*table(), *more, ("Which one is it", "fault"), ("which one is it?", "cancel")])
    assert {reason: count for reason, count in data.left_out.items() if count} == {
        "no text": 2,
        "no label": 1,
        "the same text and label before": 1,
        "the only text of its label": 1,
        "one text, several labels": 2,
    }
    assert data.contradictory == ["line 67 (fault) and line 68 (cancel)"]
    assert len(data.train) + len(data.test) == 60


def test_a_word_for_a_missing_value_is_no_text_and_makes_no_label(tmp_path):
    more = [("NaN", "fault"), ("NULL", "fault"), ("NULL", "billing"), ("A note", "nan"), ("Another note", "nan")]
    data = made(tmp_path, [*table(), *more])
    left_out = {reason: count for reason, count in data.left_out.items() if count}
    assert left_out == {"'NaN' for a text": 1, "'NULL' for a text": 2, "'nan' for a label": 2}
    assert list(data.task.labels) == sorted(KINDS)


def test_labels_in_two_spellings_become_the_commoner_one(tmp_path):
    data = made(tmp_path, [*table(), ("A bill of mine came", "Billing")])
    assert data.respelled == {"Billing": "billing"}
    assert list(data.task.labels) == sorted(KINDS)


def test_numbers_and_blanks_make_no_second_label_and_a_list_of_one_is_its_label(tmp_path):
    kinds = [["ham"], "ham", "Ham ", 1, "1.0", 1.0]
    rows = [{"text": f"note {n} of many".split(), "label": kinds[n % 6]} for n in range(60)]
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    data = own_data(InitRequest(path=path, text="text", label="label"))
    assert list(data.task.labels) == ["1", "ham"]
    assert "note 7 of many" in texts((*data.train, *data.test))


def test_a_rare_label_keeps_the_training_texts_that_few_shot_shows(tmp_path):
    rare = [(f"Where is parcel {number}?", "delivery") for number in range(4)]
    data = made(tmp_path, [*table(), *rare], test_share=0.9)
    assert sum(e.label == "delivery" for e in data.train) == 3
    assert sum(e.label == "delivery" for e in data.test) == 1


def test_a_label_that_is_a_number_is_described_by_words_that_stand_out(tmp_path):
    rows = [(f"{'awful' if n % 2 else 'lovely'} evening number {n} at the lake", n % 2) for n in range(40)]
    assert made(tmp_path, rows).task.labels == {
        "0": "a text of the category '0', with words such as lovely",
        "1": "a text of the category '1', with words such as awful",
    }


@pytest.mark.parametrize(("spread", "words"), [([8], (6, 10)), (range(4, 24), (5, 22))])
def test_the_length_range_is_that_of_the_texts_and_no_narrower_than_a_generator_can_keep(tmp_path, spread, words):
    rows = [
        (f"{' '.join(['word'] * (size - 2))} {number} {size}", f"kind{number % 2}")
        for number in range(10)
        for size in spread
    ]
    assert made(tmp_path, rows).task.words == words


def test_words_of_grammar_do_not_stand_out(tmp_path):
    data = made(tmp_path, [(f"you and the {'sea' if n % 2 else 'land of'} {n}", f"kind{n % 2}") for n in range(40)])
    assert words_that_stand_out(data.train, "en") == {"kind0": ["land"], "kind1": ["sea"]}


def test_ids_of_the_file_are_kept_if_each_row_has_its_own(tmp_path):
    lines = [json.dumps({"id": n, "text": text, "label": kind}) for n, (text, kind) in enumerate(table())]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines))
    data = own_data(InitRequest(path=tmp_path / "mine.jsonl"))
    assert {e.id for e in (*data.train, *data.test)} == set(map(str, range(60)))


@pytest.mark.parametrize(("value", "label"), [(True, "true"), (1, "1"), (1.0, "1"), ("a ", "a")])
def test_labels_of_any_plain_type_become_text(tmp_path, value, label):
    lines = [json.dumps({"text": f"note {n} is here", "label": value if n % 2 else "other"}) for n in range(20)]
    (tmp_path / "mine.jsonl").write_text("\n".join(lines))
    assert set(own_data(InitRequest(path=tmp_path / "mine.jsonl")).task.labels) == {label, "other"}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("one note", "a"), ("two notes", "a")], "1 label with two texts or more; a classifier needs two; there are"),
        (
            [("the same note", kind) for kind in "ab" * 10],
            r"no label with two texts or more; .*; there are: none, and left out are 20 \(one text, several labels\);",
        ),
        (
            [("one note", "a"), ("one note", "a"), ("", "a"), ("two notes", "b"), ("three notes", "b")],
            r"1 label .*: 'b' \(2\), 'a' \(1\), and left out are 1 \(no text\), 1 \(the same text and label before\)",
        ),
        ([(f"note {n} of mine", f"kind {n}") for n in range(30)], "30 values in 30 texts, too many for labels"),
    ],
)
def test_what_is_no_classification_task_is_refused_in_one_line(tmp_path, rows, said):
    with pytest.raises(ValueError, match=said):
        made(tmp_path, rows)


@pytest.mark.parametrize(("file", "name"), [("Größe & Preis.csv", "gr_e_preis"), ("_x.tsv.gz", "x"), ("!.csv", "task")])
def test_any_file_name_gives_a_name_for_a_task(tmp_path, file, name):
    assert name_of(tmp_path / file) == name
