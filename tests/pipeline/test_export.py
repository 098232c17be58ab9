"""What a method made, as files that others read: kept and dropped texts, and a card that says how they were made."""

import json
from collections import Counter

import pytest

from places import TASK
from servers import answer_of, serving
from synthworth.generation.methods import BUILT_IN, resolve
from synthworth.pipeline.export import card, exported, write_export


def writer(number, body):
    """A text of the label asked for; every third is too long."""
    place = "sea" if "the sea" in body["messages"][-1]["content"] else "land"
    more = " and so far out of sight that nobody on any shore has seen it for years or ever will"
    return answer_of(f"{place} {body['seed']} wave" + more * (body["seed"] % 3 == 0))


@pytest.fixture
def made(run_of):
    """The texts of zero_shot, replayed from what a server answered."""
    with serving(writer) as (url, _):
        run_of(url, record="missing").sets.generated("zero_shot")
    return exported(run_of(), "zero_shot")


def test_kept_and_dropped_texts_are_those_of_the_training_set(made):
    assert [(row["text"], row["label"]) for row in made.kept] == [(e.text, e.label) for e in made.generated.examples]
    assert {row["origin"] for row in made.kept} == {"written"}
    assert {row["generator"] for row in made.kept} == {"m"}
    told = {label: sum(rules.values()) for label, rules in made.generated.dropped.items()}
    assert Counter(row["label"] for row in made.dropped) == told
    assert {row["dropped_by"] for row in made.dropped} == {"length"}


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_the_folder_is_read_as_a_method_again(made, tmp_path, run_of, form):
    write_export({tmp_path / "out": [made]}, form)
    methods = resolve([f"data:{tmp_path / 'out'}"])
    again = run_of(methods=methods).sets.generated(next(iter(methods)))
    assert again.examples == made.generated.examples


def test_a_datasets_folder_is_loaded_by_its_library(made, tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    write_export({tmp_path / "out": [made]}, "datasets", licence="cc-by-4.0")
    kept, dropped = (
        datasets.load_dataset(str(tmp_path / "out"), name, split=split, cache_dir=str(tmp_path / "cache"))
        for name, split in ((TASK.name, "train"), (f"{TASK.name}_dropped", "dropped"))
    )
    assert kept["text"][:] == [e.text for e in made.generated.examples]
    assert set(dropped["dropped_by"]) == {"length"}


def test_real_texts_of_a_mixed_set_are_told_apart(run_of):
    methods = {**BUILT_IN, **resolve(["real2+labels"])}
    rows = exported(run_of(methods=methods), "real2+labels").kept
    assert Counter(row["origin"] for row in rows) == {"real": 4, "written": 2}


def test_the_card_of_real_texts_alone_calls_none_synthetic(run_of):
    methods = {**BUILT_IN, **resolve(["real2+labels"])}
    tagged = {
        method: "synthetic" in card([exported(run_of(methods=methods), method)], "jsonl", "")
        for method in methods
        if method in ("real", "real2+labels")
    }
    assert tagged == {"real": False, "real2+labels": True}


def test_the_card_says_how_the_texts_were_made(made):
    text = card([made], "jsonl", "")
    assert text.startswith("---\nlicense: unknown\nlanguage:\n- en\n")
    for said in (TASK.context_prompt, TASK.generation_prompt, "- generator: m", "by rule: length", "about the sea"):
        assert said in text


@pytest.mark.parametrize("licence", ["x: y\n- z", 'a "b"', "#", "CC BY 4.0"])
def test_no_licence_breaks_the_card_s_metadata(made, licence):
    line = card([made], "jsonl", licence).split("\n")[1]
    assert json.loads(line.removeprefix("license: ")) == " ".join(licence.split())


def test_nothing_is_overwritten_without_force(made, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ValueError, match=r"README\.md is there already; add --force"):
        write_export({tmp_path: [made]}, "csv")
    assert [path.name for path in tmp_path.glob("*.csv")] == []
    write_export({tmp_path: [made]}, "csv", force=True)
    assert "synthworth" in (tmp_path / "README.md").read_text()
