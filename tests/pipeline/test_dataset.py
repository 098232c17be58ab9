"""Mirrors with each kind of damage, and local data sets in the shape that each task's hub source has."""

import dataclasses
import gzip
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import toys
from synthworth.core.task import Hub, Raters
from synthworth.core.votes import Vote
from synthworth.pipeline.dataset import HUB, load, votes_on_hub
from synthworth.pipeline.replay import suites_in

SUITES = [suite.path for suite in suites_in([Path(__file__).parents[2] / "suites"])]
REAL_DATA = Path(__file__).parents[2].parent / "shared/data"


def task_of(path):
    spec = importlib.util.spec_from_file_location(f"suite_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TASK


TASKS = {task.name: task for task in map(task_of, SUITES)}
ON_HUB = sorted(name for name, task in TASKS.items() if task.hub)
ONE_SPLIT = [name for name in ON_HUB if TASKS[name].hub.test is None]


def row(number, label, text=None):
    return {"id": f"r{number}", "text": text or f"invented text {number}", "label": label}


def mirror(folder, train=None, test=None):
    rows = {
        "train": train or [row(1, "good"), row(2, "bad")],
        "test": test or [row(3, "good"), row(4, "bad")],
    }
    (folder / "toy").mkdir(parents=True)
    for split, lines in rows.items():
        with gzip.open(folder / "toy" / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    return folder


def refused(task, where):
    with pytest.raises(ValueError, match=r".") as caught:
        load(task, str(where), Path("quickstart"))
    message = str(caught.value)
    assert "\n" not in message, message
    return message


# ---- mirror


def test_a_mirror_gives_its_rows_in_their_order(tmp_path):
    data = load(toys.task(), str(mirror(tmp_path)), tmp_path)
    assert [(e.id, e.text, e.label) for e in data.test] == [
        ("r3", "invented text 3", "good"),
        ("r4", "invented text 4", "bad"),
    ]


def test_the_version_of_a_mirror_changes_with_its_content(tmp_path):
    first = load(toys.task(), str(mirror(tmp_path / "a")), tmp_path)
    other = load(toys.task(), str(mirror(tmp_path / "b", train=[row(1, "good"), row(9, "bad")])), tmp_path)
    assert first.version != other.version


def test_the_version_of_a_mirror_is_that_of_its_rows_and_not_of_its_files(tmp_path):
    first = load(toys.task(), str(mirror(tmp_path)), tmp_path)
    for path in tmp_path.rglob("*.gz"):
        path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), compresslevel=1, mtime=1))
    assert load(toys.task(), str(tmp_path), tmp_path).version == first.version


def test_a_missing_folder_is_named_with_what_is_allowed(tmp_path):
    message = refused(toys.task(), tmp_path / "nowhere")
    assert "nowhere" in message
    assert "hub, quickstart" in message


def test_a_missing_file_is_named_with_the_tasks_that_are_there(tmp_path):
    mirror(tmp_path)
    message = refused(toys.task(name="other"), tmp_path)
    assert f"{tmp_path / 'other'} is missing, a folder with train.jsonl and test.jsonl" in message
    assert message.endswith("tasks in this mirror: toy")


def test_files_that_lie_one_folder_too_high_are_told_where_to_go(tmp_path):
    (tmp_path / "train.csv").write_text("text,label\n")
    assert refused(toys.task(), tmp_path).endswith(f"; move the files of {tmp_path} into {tmp_path / 'toy'}")


def test_a_missing_test_file_is_named(tmp_path):
    mirror(tmp_path)
    (tmp_path / "toy" / "test.jsonl.gz").unlink()
    (tmp_path / "toy" / "dev.csv").touch()
    message = refused(toys.task(), tmp_path)
    assert f"{tmp_path / 'toy' / 'test.jsonl'} is missing, in any format (.csv, .csv.gz, " in message
    assert message.endswith("there is dev.csv, train.jsonl.gz")


def test_a_mirror_may_have_test_texts_only(tmp_path):
    (mirror(tmp_path) / "toy" / "train.jsonl.gz").unlink()
    data = load(toys.task(), str(tmp_path), tmp_path)
    assert (data.train, len(data.test)) == ((), 2)


def as_csv(rows, separator=","):
    lines = [list(rows[0]), *(list(one.values()) for one in rows)]
    return "".join(separator.join(map(str, line)) + "\n" for line in lines)


FORMATS = {
    "train.jsonl": lambda rows: "".join(json.dumps(one) + "\n" for one in rows),
    "train.json": lambda rows: json.dumps(rows, indent=2),
    "train.csv": as_csv,
    "train.tsv": lambda rows: as_csv(rows, "\t"),
    "train.ndjson": lambda rows: "\ufeff" + "".join(json.dumps(one) + "\r\n" for one in rows) + "\r\n\r\n",
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", FORMATS)
def test_equal_rows_have_an_equal_version_in_every_format(tmp_path, name, packed):
    rows = [row(1, "good", "größe  und “Art”"), row(2, "bad", "'quoted'; it's so")]
    expected = load(toys.task(), str(mirror(tmp_path / "usual", train=rows)), tmp_path)
    folder = mirror(tmp_path / "other")
    (folder / "toy" / "train.jsonl.gz").unlink()
    content = FORMATS[name](rows).encode()
    (folder / "toy" / (name + ".gz" * packed)).write_bytes(gzip.compress(content) if packed else content)
    data = load(toys.task(), str(folder), tmp_path)
    assert (data.version, [e.id for e in data.train]) == (expected.version, ["r1", "r2"])


def test_parquet_as_the_hub_keeps_it_is_read_shard_by_shard(tmp_path):
    import datasets

    rows = [row(1, "good"), row(2, "bad"), row(5, "good")]
    expected = load(toys.task(), str(mirror(tmp_path / "usual", train=rows)), tmp_path)
    folder = mirror(tmp_path / "other")
    (folder / "toy" / "train.jsonl.gz").unlink()
    types = {name: datasets.Value("string") for name in ("id", "text")}
    features = datasets.Features(types | {"label": datasets.ClassLabel(names=["bad", "good"])})
    for number, part in enumerate((rows[:2], rows[2:])):
        path = folder / "toy" / f"train-{number:05d}-of-00002.parquet"
        datasets.Dataset.from_list(part, features).to_parquet(path)
    assert load(toys.task(), str(folder), tmp_path).version == expected.version
    path.unlink()
    assert "1 of the 2 files train-*.parquet are there; fetch all" in refused(toys.task(), folder)


def test_two_files_of_a_split_are_refused(tmp_path):
    (mirror(tmp_path) / "toy" / "train.csv").write_text("text,label\n")
    assert re.search(r"train\.csv and .*train\.jsonl\.gz are both there; remove one$", refused(toys.task(), tmp_path))


def test_one_id_for_a_training_and_a_test_text_is_refused(tmp_path):
    mirror(tmp_path, train=[row(1, "good"), row(2, "bad"), row(3, "bad", "another text")])
    assert re.fullmatch(
        r".*train\.jsonl\.gz, line 3: the id 'r3' is that of .*test\.jsonl\.gz, line 1 too; number the texts of both "
        "files apart, or leave the id out",
        refused(toys.task(), tmp_path),
    )


@pytest.mark.parametrize("first", [0, 1])
def test_numbers_of_rows_in_both_files_name_nothing_across_them(tmp_path, first):
    sides = {
        split: [
            {"id": first + number, "text": f"{split} text {number}", "label": ("good", "bad")[number % 2]}
            for number in range(4)
        ]
        for split in ("train", "test")
    }
    mirror(tmp_path, **sides)
    data = load(toys.task(), str(tmp_path), tmp_path)
    assert [example.id for example in data.test] == [str(first + number) for number in range(4)]
    assert not {example.id for example in data.train} & {example.id for example in data.test}
    assert [example.text for example in data.train] == [row["text"] for row in sides["train"]]


def test_numbers_that_do_not_count_the_rows_are_ids(tmp_path):
    numbers = {"train": (3, 1, 2), "test": (1, 2, 4)}
    mirror(
        tmp_path,
        **{
            split: [{"id": n, "text": f"{split} {n}", "label": ("good", "bad")[n % 2]} for n in some]
            for split, some in numbers.items()
        },
    )
    assert "the id '1' is that of" in refused(toys.task(), tmp_path)


def test_a_text_without_an_id_may_be_in_both_splits_and_is_left_out(tmp_path):
    rows = [{"text": "same words", "label": "good"}, {"text": "more words", "label": "bad"}]
    mirror(tmp_path, train=rows, test=[rows[0], {"text": "other words", "label": "bad"}])
    assert load(toys.task(), str(tmp_path), tmp_path).left_out == 1


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_set_in_which_many_texts_have_two_labels_is_refused(tmp_path, split):
    rows = [row(10 + i, "good" if i % 2 else "bad", f"note {i // 2}") for i in range(6)]
    mirror(tmp_path, **{split: rows})
    assert f"the {split} set of {tmp_path} has 3 texts with two labels, for one 'note 0'; give" in refused(
        toys.task(), tmp_path
    )


def test_a_few_texts_with_two_labels_are_no_matter(tmp_path):
    rows = [row(10 + i, "good" if i % 2 else "bad", f"note {max(i, 1)}") for i in range(200)]
    assert load(toys.task(), str(mirror(tmp_path, train=rows)), tmp_path).train


def test_a_mirror_may_hold_the_columns_and_labels_of_the_hub(tmp_path):
    task = toy_on_hub(text="sentence", label="target", labels={0: "bad", 1: "good"}, lowercase=True)
    rows = [{"sentence": f"Some TEXT {i}", "target": i % 2, "more": None} for i in range(4)]
    data = load(task, str(mirror(tmp_path, train=rows[:2], test=rows[2:])), tmp_path)
    assert [(e.text, e.label) for e in data.test] == [("some text 2", "bad"), ("some text 3", "good")]


LEVELS = {"all": 1.0, "75": 0.75, "66": 0.66, "100": 1.0, "0.5": 0.5, 0.5: 0.5, 1: 1.0, "": None}


@pytest.mark.parametrize(("level", "share"), LEVELS.items(), ids=str)
def test_an_agreement_level_is_a_percentage_as_text_and_a_share_as_a_number(tmp_path, level, share):
    mirror(tmp_path, test=[row(3, "good") | {"agreement": level}, row(4, "bad")])
    data = load(toys.task(), str(tmp_path), tmp_path)
    assert [example.agreement for example in data.test] == [share, None]


@pytest.mark.parametrize("level", ["most", "0", "101", "-1", 0, 75, -0.5, True, [1], float("nan")])
def test_an_agreement_level_that_cannot_be_is_named_by_line(tmp_path, level):
    mirror(tmp_path, test=[row(3, "good"), row(4, "bad") | {"agreement": level}])
    assert f"test.jsonl.gz, line 2: agreement is {level!r}; give a share" in refused(toys.task(), tmp_path)


def test_an_agreement_level_is_no_part_of_the_version(tmp_path):
    plain, rated = (
        load(toys.task(), str(mirror(tmp_path / name, test=[row(3, "good") | more, row(4, "bad")])), tmp_path)
        for name, more in (("plain", {}), ("rated", {"agreement": "75"}))
    )
    assert plain.version == rated.version


def test_a_malformed_line_is_named_by_file_and_number(tmp_path):
    mirror(tmp_path, train=[row(1, "good"), row(2, "bad"), '{"id": 3, "text": '])
    assert f"{tmp_path / 'toy' / 'train.jsonl.gz'}, line 3:" in refused(toys.task(), tmp_path)


@pytest.mark.parametrize("line", ["[1, 2]", "7", "null", '"words"'])
def test_a_line_that_is_no_object_is_named_by_file_and_number(tmp_path, line):
    mirror(tmp_path, test=[row(1, "good"), line])
    message = refused(toys.task(), tmp_path)
    assert f"{tmp_path / 'toy' / 'test.jsonl.gz'}, line 2:" in message
    assert "is not an object with named values" in message


def test_an_unknown_label_is_named_with_its_near_match(tmp_path):
    mirror(tmp_path, train=[row(1, "good"), row(2, "Bad")])
    message = refused(toys.task(), tmp_path)
    assert "train.jsonl.gz, line 2: unknown label 'Bad'; labels: good, bad; did you mean bad?" in message


def test_a_list_as_label_is_named_by_line(tmp_path):
    mirror(tmp_path, train=[row(1, "good"), row(2, ["bad", "good"])])
    assert "train.jsonl.gz, line 2: unknown label" in refused(toys.task(), tmp_path)


@pytest.mark.parametrize("key", ["text", "label"])
def test_a_missing_key_is_named_by_line(tmp_path, key):
    broken = row(2, "bad")
    del broken[key]
    mirror(tmp_path, train=[row(1, "good"), broken])
    assert f"train.jsonl.gz, line 2: the key '{key}' is missing" in refused(toys.task(), tmp_path)


@pytest.mark.parametrize("text", [" ", "\n", 5, None])
def test_a_text_without_words_is_named_by_line(tmp_path, text):
    mirror(tmp_path, test=[row(1, "good"), {**row(2, "bad"), "text": text}])
    message = refused(toys.task(), tmp_path)
    assert "test.jsonl.gz, line 2:" in message
    assert repr(text) in message


def test_a_truncated_gzip_is_named(tmp_path):
    rows = [row(i, "good" if i % 2 else "bad", os.urandom(40).hex()) for i in range(400)]
    path = mirror(tmp_path, train=rows) / "toy" / "train.jsonl.gz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    message = refused(toys.task(), tmp_path)
    assert f"{path}: broken gzip (" in message
    assert message.endswith("fetch or write the file again")


def test_a_gzip_with_flipped_bytes_is_named(tmp_path):
    rows = [row(i, "good" if i % 2 else "bad", f"text {i} {i * i} {i**3}") for i in range(400)]
    path = mirror(tmp_path, train=rows) / "toy" / "train.jsonl.gz"
    whole = path.read_bytes()
    middle = len(whole) // 2
    for place in range(middle, middle + 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) * 9 + whole[place + 9 :])
        assert str(path) in refused(toys.task(), tmp_path)


def test_bytes_that_are_no_utf8_are_named_by_line(tmp_path):
    path = mirror(tmp_path) / "toy" / "test.jsonl.gz"
    path.write_bytes(gzip.compress(b'\n{"id": 1, "text": "\xff", "label": "good"}\n'))
    assert f"{path}, line 2: not UTF-8 text (byte 0xff); save the file as UTF-8" in refused(toys.task(), tmp_path)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_label_without_a_text_is_named_with_the_set(tmp_path, split):
    mirror(tmp_path, **{split: [row(1, "good"), row(2, "good")]})
    message = refused(toys.task(), tmp_path)
    assert f"the {split} set" in message
    assert "no text with the label 'bad'" in message


def test_training_texts_that_are_test_texts_word_for_word_are_left_out_and_counted(tmp_path):
    train = [row(1, "good", "Fog closes the airport"), row(2, "good", "other words"), row(3, "bad", "more words")]
    test = [row(4, "good", "fog closes the AIRPORT!"), row(5, "bad", "still other words")]
    data = load(toys.task(), str(mirror(tmp_path, train=train, test=test)), tmp_path)
    assert ([e.id for e in data.train], data.left_out, len(data.test)) == (["r2", "r3"], 1, 2)


def test_repeated_training_texts_stay(tmp_path):
    train = [row(1, "good", "same words"), row(2, "good", "same words"), row(9, "bad", "more words")]
    assert len(load(toys.task(), str(mirror(tmp_path, train=train)), tmp_path).train) == 3


@pytest.mark.parametrize("name", sorted(TASKS))
def test_the_development_mirror_loads(name):
    if not (REAL_DATA / name).is_dir():
        pytest.skip(f"no {name} in {REAL_DATA}")
    assert load(TASKS[name], str(REAL_DATA), Path("quickstart")).source == "mirror"


# ---- quickstart


def test_a_quickstart_has_test_texts_only(tmp_path):
    (tmp_path / "toy.jsonl").write_text("".join(json.dumps(row(i, k)) + "\n" for i, k in enumerate(("good", "bad"))))
    data = load(toys.task(), "quickstart", tmp_path)
    assert (data.source, data.train, len(data.test)) == ("quickstart", (), 2)


def test_a_missing_quickstart_says_what_else_there_is(tmp_path):
    message = refused(toys.task(), "quickstart")
    assert "toy.jsonl is missing" in message
    assert "mirror or the hub" in message


# ---- hub


@pytest.fixture
def cache(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


def store(folder, splits):
    """Splits as parquet files, named as the hub names them; a split is its columns and their types."""
    import datasets

    (folder / "data").mkdir(parents=True)
    for split, (columns, types) in splits.items():
        made = datasets.Dataset.from_dict(columns, features=datasets.Features(types) if types else None)
        made.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
    return folder


def type_of(value):
    import datasets

    if isinstance(value, list):
        return datasets.List(type_of(value[0]))
    if isinstance(value, str | bool):
        return datasets.Value("bool" if isinstance(value, bool) else "string")
    return datasets.ClassLabel(num_classes=1000)


def used_splits(hub):
    return [*hub.train.split("+"), *(hub.test.split("+") if hub.test else ())]


def hub_folder(folder, task, more=(), count=30, lists=False):
    """A local data set with the columns and splits of the task's hub source, and a split that nobody asks for.

    With `lists`, texts are lists of words and labels are lists of one. `more` are (text, value) rows for each split.
    """
    import datasets

    hub, splits = task.hub, {}
    for split in (*used_splits(hub), "unused"):
        texts = [f"{split} text {n} Meaning {label}" for label in hub.labels.values() for n in range(count)]
        values = [value for value in hub.labels for _ in range(count)]
        texts, values = [*texts, *(text for text, _ in more)], [*values, *(value for _, value in more)]
        if lists:
            texts, values = [text.split() for text in texts], [v if isinstance(v, list) else [v] for v in values]
        types = {hub.text: type_of(texts[0]), hub.label: type_of(values[0])}
        columns = {hub.text: texts, hub.label: values}
        if hub.id:
            columns[hub.id] = [f"{split}-{n}" for n in range(len(texts))]
            types[hub.id] = datasets.Value("string")
        splits[split] = (columns, types)
    return store(folder / task.name, splits)


def at(task, folder):
    return dataclasses.replace(task, hub=dataclasses.replace(task.hub, path=str(folder), config=None, revision=None))


def from_hub(folder, task, more=(), **given):
    return load(at(task, hub_folder(folder, task, more, **given)), HUB, folder)


def toy_on_hub(**changes):
    return toys.task(hub=Hub(**{"path": "owner/notes", "labels": {0: "bad", 1: "good"}} | changes))


@pytest.mark.parametrize("lists", [False, True], ids=["plain", "lists"])
@pytest.mark.parametrize("name", ON_HUB)
def test_every_hub_row_gets_the_label_that_its_value_means(tmp_path, cache, name, lists):
    data = from_hub(tmp_path, TASKS[name], lists=lists)
    found = {(e.label.lower(), e.text.lower().split("meaning ")[1]) for e in data.train + data.test}
    assert found == {(label.lower(), label.lower()) for label in TASKS[name].labels}
    assert {e.label for e in data.test} == set(TASKS[name].labels)


@pytest.mark.parametrize("name", ON_HUB)
def test_every_hub_row_of_the_task_is_used_once(tmp_path, cache, name):
    task = TASKS[name]
    data = from_hub(tmp_path, task)
    ids = [e.id for e in data.train + data.test]
    assert len(ids) == len(set(ids)) == 30 * len(used_splits(task.hub)) * len(task.labels)


@pytest.mark.parametrize("name", ON_HUB)
def test_no_split_is_used_that_the_task_does_not_name(tmp_path, cache, name):
    data = from_hub(tmp_path, TASKS[name])
    assert {e.text.split()[0] for e in data.train + data.test} <= set(used_splits(TASKS[name].hub))


def test_rows_with_both_or_none_of_the_labels_are_left_out_where_there_are_others(tmp_path, cache):
    task = toy_on_hub(labels={17: "good", 25: "bad"}, other_labels=True)
    more = [("both at once", [17, 25]), ("another alone", [2]), ("nothing", []), ("good beside another", [17, 21])]
    data = from_hub(tmp_path, task, more, lists=True)
    assert {e.text: e.label for e in data.test if "Meaning" not in e.text} == {"good beside another": "good"}


def test_other_labels_are_left_out_where_the_task_says_that_there_are_some(tmp_path, cache):
    task = toy_on_hub(labels={"P17": "good", "P58": "bad"}, other_labels=True)
    data = from_hub(tmp_path, task, [("Somebody plays the lute", "P1303")])
    assert data.test
    assert not [e for e in data.train + data.test if "lute" in e.text]


def test_a_list_of_words_is_joined(tmp_path, cache):
    data = from_hub(tmp_path, toy_on_hub(), [("The Avon joins the Severn .", 0)], lists=True)
    assert "The Avon joins the Severn ." in {e.text for e in data.test}


@pytest.mark.parametrize("lowercase", [False, True])
def test_only_texts_of_tasks_that_say_so_are_lower_cased(tmp_path, cache, lowercase):
    data = from_hub(tmp_path, toy_on_hub(lowercase=lowercase))
    assert {"Meaning" in e.text for e in data.train + data.test} == {not lowercase}


@pytest.mark.parametrize("name", ONE_SPLIT)
def test_a_held_out_text_never_lies_on_both_sides(tmp_path, cache, name):
    value = next(iter(TASKS[name].hub.labels))
    shown = [f"{'!' * (n % 3)} Repeated TEXT number {n // 3} {'.' * (n % 3)}" for n in range(90)]
    data = from_hub(tmp_path, TASKS[name], [(text, value) for text in shown])
    sides = [
        {e.text.lower().strip(" !.") for e in side if "repeated" in e.text.lower()} for side in (data.train, data.test)
    ]
    assert data.left_out == 0
    assert sides[0]
    assert sides[1]
    assert not sides[0] & sides[1]


@pytest.mark.parametrize("name", ONE_SPLIT)
def test_the_held_out_share_is_the_stated_one(tmp_path, cache, name):
    share = TASKS[name].hub.holdout
    data = from_hub(tmp_path, TASKS[name], count=600)
    total = len(data.train) + len(data.test)
    deviation = (share * (1 - share) / total) ** 0.5
    assert abs(len(data.test) / total - share) < 4 * deviation


def test_the_hold_out_does_not_depend_on_the_other_rows(tmp_path, cache):
    few, many = (from_hub(tmp_path / str(n), toy_on_hub(test=None), count=n) for n in (40, 80))
    assert {e.text for e in few.test} <= {e.text for e in many.test}


def test_hub_training_texts_in_the_test_split_are_left_out(tmp_path, cache):
    assert from_hub(tmp_path, toy_on_hub(), [("The same note, twice.", 0)]).left_out == 1


def test_an_unknown_label_in_the_hub_is_named_by_row_and_split(tmp_path, cache):
    task = toy_on_hub()
    message = refused(at(task, hub_folder(tmp_path, task, [("a third kind", 2)])), HUB)
    assert "train, row 60: label 2; labels there: 0, 1" in message


def test_a_missing_column_in_the_hub_is_named_with_the_near_match(tmp_path, cache):
    folder = store(tmp_path / "toy", {s: ({"texts": ["a", "b"], "label": [0, 1]}, None) for s in ("train", "test")})
    assert "unknown column 'text'; columns: texts, label; did you mean texts?" in refused(at(toy_on_hub(), folder), HUB)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_hub_row_without_words_is_named_by_row(tmp_path, cache, text):
    task = toy_on_hub()
    message = refused(at(task, hub_folder(tmp_path, task, [(text, 1)])), HUB)
    assert "row 60" in message
    assert repr(text) in message


def test_a_missing_split_in_the_hub_is_one_line(tmp_path, cache):
    folder = store(tmp_path / "toy", {"train": ({"text": ["a", "b"], "label": [0, 1]}, None)})
    message = refused(at(toy_on_hub(), folder), HUB)
    assert "toy" in message
    assert "--synth-data DIR" in message


def test_the_version_of_hub_data_changes_with_its_rows(tmp_path, cache):
    first, same, other = (from_hub(tmp_path / str(i), toy_on_hub(), count=n) for i, n in enumerate((30, 30, 31)))
    assert first.version == same.version != other.version


def test_the_version_of_hub_data_ends_with_the_revision_where_one_is_asked_for(tmp_path, cache):
    task = at(toy_on_hub(), hub_folder(tmp_path, toy_on_hub()))
    pinned = dataclasses.replace(task, hub=dataclasses.replace(task.hub, revision="0123abcd"))
    assert load(pinned, HUB, tmp_path).version == load(task, HUB, tmp_path).version + "@0123abcd"


def test_the_same_rows_have_the_same_version_on_the_hub_and_in_a_mirror(tmp_path, cache):
    task = toy_on_hub()
    data = from_hub(tmp_path, task)
    rows = {
        split: [row(f"{split}{n}", e.label, e.text) for n, e in enumerate(getattr(data, split))]
        for split in ("train", "test")
    }
    assert load(task, str(mirror(tmp_path / "mirror", **rows)), tmp_path).version == data.version


RATERS = Raters(config="raw", labels={"nice": "good", "nasty": "bad"})
RATED = toy_on_hub(id="id", raters=RATERS)


def rated_folder(folder, rows):
    """A local data set whose configuration raw has a row for each annotator and text, as GoEmotions has."""
    names = ("id", "rater_id", "nice", "nasty", "odd")
    store(folder, {"train": ({name: [row[n] for row in rows] for n, name in enumerate(names)}, None)})
    card = "---\nconfigs:\n- config_name: raw\n  data_files: data/train-*.parquet\n---\n"
    (folder / "README.md").write_text(card)
    return at(RATED, folder)


def test_a_rater_who_chose_no_label_of_the_task_or_several_has_a_vote_of_its_own_kind(tmp_path, cache):
    rows = [("a", 7, 1, 0, 0), ("a", 8, 0, 1, 1), ("b", 7, 0, 0, 1), ("b", 9, 1, 1, 0), ("c", 7, 0, 0, 0)]
    assert votes_on_hub(rated_folder(tmp_path / "toy", rows)) == [
        Vote("a", "7", "good"),
        Vote("a", "8", "bad"),
        Vote("b", "7", "other"),
        Vote("b", "9", "good+bad"),
        Vote("c", "7", "other"),
    ]


def test_a_rater_has_one_vote_on_a_text(tmp_path, cache):
    found = votes_on_hub(rated_folder(tmp_path / "toy", [("a", 7, 1, 0, 0), ("a", 7, 0, 1, 0), ("a", 8, 0, 1, 0)]))
    assert found == [Vote("a", "7", "good"), Vote("a", "8", "bad")]


def test_a_task_without_raters_has_no_votes_on_the_hub():
    assert votes_on_hub(toys.task()) == votes_on_hub(toy_on_hub()) == []


def test_raters_on_a_hub_that_has_them_not_are_one_line(tmp_path, cache):
    task = at(RATED, hub_folder(tmp_path, RATED))
    with pytest.raises(ValueError, match=r"\Atask 'toy': cannot load .*toy from the hub \(.*\); check the network.*\Z"):
        votes_on_hub(task)


def test_a_label_column_of_the_raters_that_is_missing_is_named(tmp_path, cache):
    task = rated_folder(tmp_path / "toy", [("a", 7, 1, 0, 0)])
    raters = dataclasses.replace(RATERS, labels={"nicer": "good", "nasty": "bad"})
    task = dataclasses.replace(task, hub=dataclasses.replace(task.hub, raters=raters))
    with pytest.raises(ValueError, match=r"unknown column 'nicer'; columns: .*; did you mean nice\?"):
        votes_on_hub(task)


def test_texts_are_named_by_their_column_of_ids_where_there_is_one(tmp_path, cache):
    assert {e.id for e in from_hub(tmp_path, RATED).test} == {f"test-{n}" for n in range(60)}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"raters": RATERS}, "raters are matched by the texts' ids; name their column as id"),
        ({"raters": Raters(config="raw", labels={"nice": "good"}), "id": "id"}, "raters choose among good; labels: "),
    ],
)
def test_raters_that_cannot_be_matched_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        toy_on_hub(**given)


def test_a_task_without_a_hub_source_says_what_to_do():
    assert "give --synth-data DIR (--data of a command) with toy/ in it" in refused(toys.task(), HUB)


def said_by_process(code, *arguments, **environment):
    """What a process of its own says, since the hub's library reads its switches when it is imported."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=kept | environment
    )
    return done.stdout


ASK = """
from pathlib import Path
from synthworth.pipeline.dataset import load
from synthworth.core.task import Hub, Task
hub = Hub(path="nobody/nothing_there", labels={0: "good", 1: "bad"})
task = Task(name="toy", labels={"good": "kind", "bad": "unkind"}, words=(1, 9), context_prompt="x",
            generation_prompt="{label} {words}", diversity_prompt="x", demonstrations={"good": (), "bad": ()}, hub=hub)
try:
    load(task, "hub", Path("."))
except ValueError as error:
    print(error)
"""


def test_an_offline_hub_is_one_line_with_a_way_out(tmp_path):
    said = said_by_process(ASK, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert said.count("\n") == 1
    assert "cannot load nobody/nothing_there from the hub" in said
    assert "--synth-data DIR" in said


@pytest.mark.slow
def test_an_unreachable_hub_is_one_line_with_a_way_out(tmp_path):
    with socket.socket() as closed:  # bound and not listening: whoever connects is refused
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        said = said_by_process(ASK, HF_ENDPOINT=address, HF_HOME=str(tmp_path))
    assert said.count("\n") == 1
    assert "cannot load nobody/nothing_there from the hub" in said


ASK_REVISION = """
import sys
from synthworth.pipeline.dataset import newest_revision
try:
    print(newest_revision(sys.argv[1], sys.argv[2] or None))
except ValueError as error:
    print(error)
"""
COMMITS = {"owner/notes": "1" * 40, "owner/notes/revision/refs%2Fconvert%2Fparquet": "2" * 40}


class Commits(BaseHTTPRequestHandler):
    """The part of the hub that says which commit a data set, or a ref of it, is at."""

    def do_GET(self):
        commit = COMMITS.get(self.path.removeprefix("/api/datasets/"))
        data = json.dumps({"id": "owner/notes", "sha": commit} if commit else {"error": "not found"}).encode()
        self.send_response(200 if commit else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def newest(tmp_path_factory):
    with HTTPServer(("127.0.0.1", 0), Commits) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        known = {"HF_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}", "HF_HUB_OFFLINE": "0"}
        known["HF_HOME"] = str(tmp_path_factory.mktemp("home"))
        yield lambda path, revision="": said_by_process(ASK_REVISION, path, revision, **known).strip()
        server.shutdown()
        thread.join()


def test_the_newest_revision_is_the_commit_that_the_hub_names(newest):
    assert newest("owner/notes") == "1" * 40


def test_the_newest_revision_of_a_ref_is_the_commit_of_that_ref(newest):
    assert newest("owner/notes", "refs/convert/parquet") == "2" * 40


def test_a_ref_that_the_hub_does_not_know_is_one_line(newest):
    said = newest("owner/notes", "refs/pr/9")
    assert said.startswith("cannot ask the hub for owner/notes at refs/pr/9 (")
    assert said.endswith("); check the name and the network")
    assert "\n" not in said


def test_the_parquet_export_of_few_rel_is_read(tmp_path, cache):
    """The export's folders are CONFIG/SPLIT/0000.parquet, without a card that names the splits."""
    import datasets

    task = TASKS["relation"]
    for split in ("train_wiki", "val_wiki"):
        rows = [(["Word", str(n), label], value) for value, label in task.hub.labels.items() for n in range(40)]
        folder = tmp_path / "few_rel" / "default" / split
        folder.mkdir(parents=True)
        columns = {task.hub.text: [tokens for tokens, _ in rows], task.hub.label: [value for _, value in rows]}
        datasets.Dataset.from_dict(columns).to_parquet(folder / "0000.parquet")
    assert load(at(task, tmp_path / "few_rel"), HUB, tmp_path).test


def test_a_hub_source_with_an_impossible_holdout_is_refused():
    with pytest.raises(ValueError, match=r"holdout is 1\.5; allowed is a share between 0 and 1"):
        Hub(path="a/b", labels={0: "x"}, holdout=1.5)
