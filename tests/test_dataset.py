"""Mirrors with each kind of damage, and local data sets in the shape that each task's hub source has."""

import dataclasses
import gzip
import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.dataset import HUB, load
from benchmark.task import Hub, Task

SUITES = sorted((Path(__file__).parents[1] / "suites").glob("test_*.py"))
REAL_DATA = Path(__file__).parents[1].parent / "shared/data"

# What the value in the label column means, in each source, by the source's own documentation.
MEANING = {
    "ag_news": {0: "World", 1: "Sports", 2: "Business", 3: "Sci/Tech"},
    "financial_phrasebank": {0: "negative", 1: "neutral", 2: "positive"},
    "humor_speech": {False: "not_humor", True: "humor"},
    "imdb": {0: "negative", 1: "positive"},
    "reddit_emotion": {17: "joy", 25: "sadness"},
    "relation": {"P17": "country", "P118": "league", "P58": "screenwriter", "P974": "tributary"},
    "sarcasm_news": {0: "not_sarcastic", 1: "sarcastic"},
    "sms_spam": {0: "ham", 1: "spam"},
    "tweet_emotion": {0: "anger", 1: "joy", 2: "optimism", 3: "sadness"},
    "tweet_irony": {0: "non_irony", 1: "irony"},
}
COLUMNS = {
    "humor_speech": ("text", "humor"),
    "reddit_emotion": ("text", "labels"),
    "relation": ("tokens", "relation"),
    "sarcasm_news": ("headline", "is_sarcastic"),
    "sms_spam": ("sms", "label"),
}
SPLITS = {
    "ag_news": ("train", "test"),
    "financial_phrasebank": ("train", "test"),
    "imdb": ("train", "test", "unsupervised"),
    "reddit_emotion": ("train", "validation", "test"),
    "tweet_emotion": ("train", "validation", "test"),
    "tweet_irony": ("train", "validation", "test"),
}
ONE_SPLIT = ("financial_phrasebank", "humor_speech", "relation", "sarcasm_news", "sms_spam")


def task_of(path):
    spec = importlib.util.spec_from_file_location(f"suite_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TASK


TASKS = {task.name: task for task in map(task_of, SUITES)}


def toy(**changes):
    given = {
        "name": "toy",
        "labels": {"good": "a kind text", "bad": "an unkind text"},
        "words": (1, 12),
        "context_prompt": "You write.",
        "generation_prompt": "Write {description} of {words} words.",
        "diversity_prompt": "Another.",
        "demonstrations": {"good": ("one", "two", "three"), "bad": ("four", "five", "six")},
    }
    return Task(**given | changes)


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
    data = load(toy(), str(mirror(tmp_path)), tmp_path)
    assert [(e.id, e.text, e.label) for e in data.test] == [
        ("r3", "invented text 3", "good"),
        ("r4", "invented text 4", "bad"),
    ]


def test_the_version_of_a_mirror_changes_with_its_content(tmp_path):
    first = load(toy(), str(mirror(tmp_path / "a")), tmp_path)
    other = load(toy(), str(mirror(tmp_path / "b", train=[row(1, "good"), row(9, "bad")])), tmp_path)
    assert first.version != other.version


def test_a_missing_folder_is_named_with_what_is_allowed(tmp_path):
    message = refused(toy(), tmp_path / "nowhere")
    assert "nowhere" in message
    assert "hub, quickstart" in message


def test_a_missing_file_is_named_with_the_tasks_that_are_there(tmp_path):
    mirror(tmp_path)
    message = refused(toy(name="other"), tmp_path)
    assert str(tmp_path / "other" / "train.jsonl.gz") in message
    assert "tasks in this mirror: toy" in message


def test_a_missing_test_file_is_named(tmp_path):
    mirror(tmp_path)
    (tmp_path / "toy" / "test.jsonl.gz").unlink()
    assert str(tmp_path / "toy" / "test.jsonl.gz") in refused(toy(), tmp_path)


def test_a_malformed_line_is_named_by_file_and_number(tmp_path):
    mirror(tmp_path, train=[row(1, "good"), row(2, "bad"), '{"id": 3, "text": '])
    assert f"{tmp_path / 'toy' / 'train.jsonl.gz'}, line 3:" in refused(toy(), tmp_path)


@pytest.mark.parametrize("line", ["[1, 2]", "7", "null", '"words"'])
def test_a_line_that_is_no_object_is_named_by_file_and_number(tmp_path, line):
    mirror(tmp_path, test=[row(1, "good"), line])
    message = refused(toy(), tmp_path)
    assert f"{tmp_path / 'toy' / 'test.jsonl.gz'}, line 2:" in message
    assert "{id, text, label}" in message


def test_an_unknown_label_is_named_with_its_near_match(tmp_path):
    mirror(tmp_path, train=[row(1, "good"), row(2, "Bad")])
    message = refused(toy(), tmp_path)
    assert "train.jsonl.gz, line 2: unknown label 'Bad'; labels: good, bad; did you mean bad?" in message


def test_a_list_as_label_is_named_by_line(tmp_path):
    mirror(tmp_path, train=[row(1, "good"), row(2, ["bad"])])
    assert "train.jsonl.gz, line 2:" in refused(toy(), tmp_path)


@pytest.mark.parametrize("key", ["id", "text", "label"])
def test_a_missing_key_is_named_by_line(tmp_path, key):
    broken = row(2, "bad")
    del broken[key]
    mirror(tmp_path, train=[row(1, "good"), broken])
    assert f"train.jsonl.gz, line 2: the key '{key}' is missing" in refused(toy(), tmp_path)


@pytest.mark.parametrize("text", [" ", "\n", 5, None])
def test_a_text_without_words_is_named_by_line(tmp_path, text):
    mirror(tmp_path, test=[row(1, "good"), {**row(2, "bad"), "text": text}])
    message = refused(toy(), tmp_path)
    assert "test.jsonl.gz, line 2:" in message
    assert repr(text) in message


def test_a_truncated_gzip_is_named_with_the_line_it_reached(tmp_path):
    rows = [row(i, "good" if i % 2 else "bad", os.urandom(40).hex()) for i in range(400)]
    path = mirror(tmp_path, train=rows) / "toy" / "train.jsonl.gz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    message = refused(toy(), tmp_path)
    assert f"{path}, after line " in message
    assert "fetch the file again" in message


def test_a_gzip_with_flipped_bytes_is_named(tmp_path):
    rows = [row(i, "good" if i % 2 else "bad", f"text {i} {i * i} {i**3}") for i in range(400)]
    path = mirror(tmp_path, train=rows) / "toy" / "train.jsonl.gz"
    whole = path.read_bytes()
    middle = len(whole) // 2
    for place in range(middle, middle + 40):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) * 9 + whole[place + 9 :])
        assert str(path) in refused(toy(), tmp_path)


def test_a_file_that_is_no_gzip_is_named(tmp_path):
    path = mirror(tmp_path) / "toy" / "test.jsonl.gz"
    path.write_text(json.dumps(row(1, "good")) + "\n")
    assert f"{path}, after line 0: cannot be read" in refused(toy(), tmp_path)


def test_bytes_that_are_no_utf8_are_named(tmp_path):
    path = mirror(tmp_path) / "toy" / "test.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"id": 1, "text": "\xff", "label": "good"}\n'))
    assert str(path) in refused(toy(), tmp_path)


@pytest.mark.parametrize("split", ["train", "test"])
def test_a_label_without_a_text_is_named_with_the_set(tmp_path, split):
    mirror(tmp_path, **{split: [row(1, "good"), row(2, "good")]})
    message = refused(toy(), tmp_path)
    assert f"the {split} set" in message
    assert "no text with the label 'bad'" in message


def test_training_texts_that_are_test_texts_word_for_word_are_left_out_and_counted(tmp_path):
    train = [row(1, "good", "Fog closes the airport"), row(2, "good", "other words"), row(3, "bad", "more words")]
    test = [row(4, "good", "fog closes the AIRPORT!"), row(5, "bad", "still other words")]
    data = load(toy(), str(mirror(tmp_path, train=train, test=test)), tmp_path)
    assert ([e.id for e in data.train], data.left_out, len(data.test)) == (["r2", "r3"], 1, 2)


def test_repeated_training_texts_stay(tmp_path):
    train = [row(1, "good", "same words"), row(2, "good", "same words"), row(3, "bad", "more words")]
    assert len(load(toy(), str(mirror(tmp_path, train=train)), tmp_path).train) == 3


@pytest.mark.parametrize("name", sorted(TASKS))
def test_the_development_mirror_loads(name):
    if not (REAL_DATA / name).is_dir():
        pytest.skip(f"no {name} in {REAL_DATA}")
    assert load(TASKS[name], str(REAL_DATA), Path("quickstart")).source == "mirror"


# ---- quickstart


def test_a_quickstart_has_test_texts_only(tmp_path):
    (tmp_path / "toy.jsonl").write_text("".join(json.dumps(row(i, k)) + "\n" for i, k in enumerate(("good", "bad"))))
    data = load(toy(), "quickstart", tmp_path)
    assert (data.source, data.train, len(data.test)) == ("quickstart", (), 2)


def test_a_missing_quickstart_says_what_else_there_is(tmp_path):
    message = refused(toy(), "quickstart")
    assert "toy.jsonl is missing" in message
    assert "mirror or the hub" in message


# ---- hub


@pytest.fixture
def cache(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))


def store(folder, splits):
    """Splits as parquet files, named as the hub names them."""
    import datasets

    (folder / "data").mkdir(parents=True)
    for split, (columns, features) in splits.items():
        kind = datasets.Features(features) if features else None
        made = datasets.Dataset.from_dict(columns, features=kind)
        made.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")
    return folder


def shape_of(name, value):
    return [value] if name == "reddit_emotion" else value


def texts_of(name, split, value, count):
    written = [f"{split} text {n} Meaning {MEANING[name][value]}" for n in range(count)]
    return [text.split() for text in written] if name == "relation" else written


def features_of(name):
    import datasets

    numbered = datasets.ClassLabel(num_classes=28 if name == "reddit_emotion" else 4)
    text = datasets.List(datasets.Value("string")) if name == "relation" else datasets.Value("string")
    kinds = {
        "humor_speech": datasets.Value("bool"),
        "reddit_emotion": datasets.List(numbered),
        "relation": datasets.Value("string"),
        "sarcasm_news": datasets.Value("int64"),
    }
    text_column, label_column = COLUMNS.get(name, ("text", "label"))
    return {text_column: text, label_column: kinds.get(name, numbered)}


def hub_folder(tmp_path, name, more=(), count=30):
    """A local data set with the columns, splits and types of the task's hub source; `more` are (text, value) rows."""
    text_column, label_column = COLUMNS.get(name, ("text", "label"))
    splits = {}
    for split in tuple(TASKS["relation"].hub.train.split("+")) if name == "relation" else SPLITS.get(name, ("train",)):
        texts, values = [], []
        for value in MEANING[name]:
            texts += texts_of(name, split, value, count)
            values += [shape_of(name, value)] * count
        for text, value in more:
            texts.append(text)
            values.append(value)
        splits[split] = ({text_column: texts, label_column: values}, features_of(name))
    return store(tmp_path / name, splits)


def at(name, folder):
    task = TASKS[name]
    return dataclasses.replace(task, hub=dataclasses.replace(task.hub, path=str(folder), config=None, revision=None))


@pytest.mark.parametrize("name", sorted(MEANING))
def test_every_hub_row_gets_the_label_that_its_value_means(tmp_path, cache, name):
    data = load(at(name, hub_folder(tmp_path, name)), HUB, tmp_path)
    assert {e.label for e in data.test} == set(TASKS[name].labels)
    assert {
        e.text.split("eaning ")[1] for e in data.train + data.test if e.text.split("eaning ")[1] != e.label
    } == set()


@pytest.mark.parametrize("name", sorted(MEANING))
def test_every_hub_row_of_the_task_is_used_once(tmp_path, cache, name):
    data = load(at(name, hub_folder(tmp_path, name, count=30)), HUB, tmp_path)
    used = {
        "financial_phrasebank": 1,
        "imdb": 2,
        "reddit_emotion": 3,
        "relation": 2,
        "tweet_emotion": 2,
        "tweet_irony": 2,
        "ag_news": 2,
    }.get(name, 1)
    ids = [e.id for e in data.train + data.test]
    assert len(ids) == len(set(ids)) == 30 * used * len(MEANING[name])


@pytest.mark.parametrize("name", sorted(MEANING))
def test_every_suite_names_the_source_it_is_tested_with(name):
    assert TASKS[name].hub.labels == MEANING[name]
    assert (TASKS[name].hub.text, TASKS[name].hub.label) == COLUMNS.get(name, ("text", "label"))


def test_every_suite_is_tested():
    assert set(TASKS) == set(MEANING)


def test_reddit_rows_with_both_or_none_of_the_emotions_are_left_out(tmp_path, cache):
    more = [("both at once", [17, 25]), ("anger alone", [2]), ("nothing", []), ("joy beside pride", [17, 21])]
    data = load(at("reddit_emotion", hub_folder(tmp_path, "reddit_emotion", more)), HUB, tmp_path)
    found = {e.text: e.label for e in data.test if "Meaning" not in e.text}
    assert found == {"joy beside pride": "joy"}


def test_relation_rows_are_lower_cased_joined_tokens(tmp_path, cache):
    more = [(["The", "Avon", "joins", "the", "Severn", "."], "P974")]
    data = load(at("relation", hub_folder(tmp_path, "relation", more)), HUB, tmp_path)
    texts = {e.text for e in data.train + data.test}
    assert "the avon joins the severn ." in texts
    assert all(text == text.lower() for text in texts)


def test_other_relations_are_left_out(tmp_path, cache):
    more = [(["Somebody", "plays", "the", "lute"], "P1303")]
    data = load(at("relation", hub_folder(tmp_path, "relation", more)), HUB, tmp_path)
    assert not [e for e in data.train + data.test if "lute" in e.text]


def test_only_tasks_that_say_so_are_lower_cased(tmp_path, cache):
    data = load(at("ag_news", hub_folder(tmp_path, "ag_news")), HUB, tmp_path)
    assert all("Meaning" in e.text for e in data.train)


@pytest.mark.parametrize("name", ONE_SPLIT)
def test_a_held_out_text_never_lies_on_both_sides(tmp_path, cache, name):
    value = next(iter(MEANING[name]))
    shown = [f"{'!' * (n % 3)} Repeated TEXT number {n // 3} {'.' * (n % 3)}" for n in range(90)]
    more = [(text.split() if name == "relation" else text, shape_of(name, value)) for text in shown]
    data = load(at(name, hub_folder(tmp_path, name, more)), HUB, tmp_path)
    sides = [
        {e.text.lower().strip(" !.") for e in side if "repeated" in e.text.lower()} for side in (data.train, data.test)
    ]
    assert data.left_out == 0
    assert sides[0]
    assert sides[1]
    assert not sides[0] & sides[1]


@pytest.mark.parametrize(("name", "share"), [(n, 0.25 if n == "relation" else 0.2) for n in ONE_SPLIT])
def test_the_held_out_share_is_the_stated_one(tmp_path, cache, name, share):
    data = load(at(name, hub_folder(tmp_path, name, count=600)), HUB, tmp_path)
    total = len(data.train) + len(data.test)
    deviation = (share * (1 - share) / total) ** 0.5
    assert abs(len(data.test) / total - share) < 4 * deviation


def test_the_hold_out_does_not_depend_on_the_other_rows(tmp_path, cache):
    few = load(at("sms_spam", hub_folder(tmp_path / "a", "sms_spam", count=40)), HUB, tmp_path)
    many = load(at("sms_spam", hub_folder(tmp_path / "b", "sms_spam", count=80)), HUB, tmp_path)
    assert {e.text for e in few.test} <= {e.text for e in many.test}


def test_hub_training_texts_in_the_test_split_are_left_out(tmp_path, cache):
    task = at("imdb", hub_folder(tmp_path, "imdb", [("The same review, twice.", 0)]))
    data = load(task, HUB, tmp_path)
    assert data.left_out == 1


def test_an_unknown_label_in_the_hub_is_named_by_row_and_split(tmp_path, cache):
    task = at("tweet_irony", hub_folder(tmp_path, "tweet_irony", [("a third kind", 2)]))
    message = refused(task, HUB)
    assert "train, row 60: label 2; labels there: 0, 1" in message


def test_a_missing_column_in_the_hub_is_named_with_the_near_match(tmp_path, cache):
    folder = store(tmp_path / "ag", {s: ({"texts": ["a", "b"], "label": [0, 1]}, None) for s in ("train", "test")})
    assert "unknown column 'text'; columns: texts, label; did you mean texts?" in refused(at("ag_news", folder), HUB)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_hub_row_without_words_is_named_by_row(tmp_path, cache, text):
    task = at("tweet_irony", hub_folder(tmp_path, "tweet_irony", [(text, 1)]))
    message = refused(task, HUB)
    assert "row 60" in message
    assert repr(text) in message


def test_a_missing_split_in_the_hub_is_one_line(tmp_path, cache):
    folder = store(tmp_path / "ag", {"train": ({"text": ["a", "b"], "label": [0, 1]}, None)})
    message = refused(at("ag_news", folder), HUB)
    assert "ag_news" in message
    assert "--synth-data DIR" in message


def test_the_revision_is_the_version_of_hub_data(tmp_path, cache):
    task = at("ag_news", hub_folder(tmp_path, "ag_news"))
    pinned = dataclasses.replace(task, hub=dataclasses.replace(task.hub, revision="0123abcd"))
    assert (load(task, HUB, tmp_path).version, load(pinned, HUB, tmp_path).version) == ("unpinned", "0123abcd")


def test_a_task_without_a_hub_source_says_what_to_do():
    assert "give --synth-data DIR with toy/ in it" in refused(toy(), HUB)


def refused_by_process(code, **environment):
    """What a process of its own says, since the hub's library reads its switches when it is imported."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=kept | environment)
    return done.stdout


ASK = """
from pathlib import Path
from benchmark.dataset import load
from benchmark.task import Hub, Task
hub = Hub(path="nobody/nothing_there", labels={0: "good", 1: "bad"})
task = Task(name="toy", labels={"good": "kind", "bad": "unkind"}, words=(1, 9), context_prompt="x",
            generation_prompt="{label} {words}", diversity_prompt="x", demonstrations={"good": (), "bad": ()}, hub=hub)
try:
    load(task, "hub", Path("."))
except ValueError as error:
    print(error)
"""


def test_an_offline_hub_is_one_line_with_a_way_out(tmp_path):
    said = refused_by_process(ASK, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))
    assert said.count("\n") == 1
    assert "cannot load nobody/nothing_there from the hub" in said
    assert "--synth-data DIR" in said


@pytest.mark.slow
def test_an_unreachable_hub_is_one_line_with_a_way_out(tmp_path):
    with socket.socket() as closed:  # bound and not listening: whoever connects is refused
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        said = refused_by_process(ASK, HF_ENDPOINT=address, HF_HOME=str(tmp_path))
    assert said.count("\n") == 1
    assert "cannot load nobody/nothing_there from the hub" in said


def test_the_parquet_export_of_few_rel_is_read(tmp_path, cache):
    """The export's folders are CONFIG/SPLIT/0000.parquet, without a card that names the splits."""
    import datasets

    for split in ("train_wiki", "val_wiki"):
        rows = {
            "tokens": [
                ["Word", str(n), MEANING["relation"][value]] for value in MEANING["relation"] for n in range(40)
            ],
            "relation": [value for value in MEANING["relation"] for n in range(40)],
        }
        folder = tmp_path / "few_rel" / "default" / split
        folder.mkdir(parents=True)
        datasets.Dataset.from_dict(rows).to_parquet(folder / "0000.parquet")
    assert load(at("relation", tmp_path / "few_rel"), HUB, tmp_path).test


def test_a_hub_source_with_an_impossible_holdout_is_refused():
    with pytest.raises(ValueError, match=r"holdout is 1\.5; allowed is a share between 0 and 1"):
        Hub(path="a/b", labels={0: "x"}, holdout=1.5)
