"""Notes about entries: what they are about, and what of a file is refused."""

import json

import pytest

from synthworth.core import NOTES, EntryNote, notes_about, notes_beside

NOTE = EntryNote(text="composed", methods=["data-mine"], tasks=["news"])
ALWAYS = EntryNote(text="lower-cased", methods=["data-mine", "data-yours"])


@pytest.mark.parametrize(
    ("method", "tasks", "said"),
    [
        ("data-mine", ["news"], "composed; lower-cased"),
        ("data-mine", ["mail"], "lower-cased"),
        ("data-mine", ["mail", "news"], "composed; lower-cased"),
        ("real10+data-mine", ["news"], "composed; lower-cased"),
        ("data-mine|dedup(0.95)|balance", ["news"], "composed; lower-cased"),
        ("real10+data-mine|dedup(0.95)", ["news"], "composed; lower-cased"),
        ("few_shot", ["news"], ""),
    ],
)
def test_a_method_has_the_notes_that_name_it_and_one_of_the_tasks(method, tasks, said):
    assert notes_about([NOTE, ALWAYS], method, tasks) == said


def test_notes_lie_beside_a_file_or_there_are_none(tmp_path):
    assert notes_beside(tmp_path / "results.jsonl") == []
    (tmp_path / NOTES).write_text(json.dumps({"text": "composed", "methods": ["data-mine"], "tasks": ["news"]}) + "\n")
    assert notes_beside(tmp_path / "results.jsonl") == [NOTE]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"text": " "}, "a note has no text; say what a reader must know"),
        ({"text": "a", "method": "data-mine"}, "unknown field 'method'"),
        ({"methods": []}, "missing field 'text'"),
    ],
)
def test_a_line_that_is_no_note_is_refused_with_its_number(tmp_path, line, said):
    (tmp_path / NOTES).write_text(json.dumps(line) + "\n")
    with pytest.raises(ValueError, match=f"entry-notes.jsonl, line 1: {said}"):
        notes_beside(tmp_path / "results.jsonl")
