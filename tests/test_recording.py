"""Recordings: where they lie, what they find, and which modes may write."""

import pytest

from benchmark.completion import Completion
from benchmark.recording import MODES, Recording, UnreadableRecording, path_of
from benchmark.recording.store import Store, entry, key

BODY = {"model": "m", "messages": [{"role": "user", "content": "Write one."}], "seed": 1}


def stored(path, samples):
    store = Store(path)
    for sample in samples:
        answer = {
            "model": "m",
            "choices": [{"message": {"content": f"text {sample}"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2},
        }
        store.append(entry(key("POST", "/v1/chat/completions", BODY, sample), BODY, sample, answer))
    store.save()
    return path


def test_a_recording_lies_under_generator_task_and_method(tmp_path):
    assert path_of(tmp_path, "smollm2-135m", "imdb", "real") == tmp_path / "smollm2-135m" / "imdb" / "real.jsonl"


@pytest.mark.parametrize("name", ["org/name:free", "a b\\c", "name?*|<>"])
def test_the_name_of_a_generator_is_made_fit_for_one_folder(tmp_path, name):
    path = path_of(tmp_path, name, "imdb", "real")
    assert path.relative_to(tmp_path).parts[1:] == ("imdb", "real.jsonl")
    assert not set(path.parts[-3]) & set('/\\:*?"<>| ')


def test_each_sample_is_found_by_itself(tmp_path):
    recording = Recording(stored(tmp_path / "a.jsonl", range(50)))
    assert [recording.find(BODY, i).text for i in range(50)] == [f"text {i}" for i in range(50)]


def test_an_answer_comes_back_with_its_finish_reason_and_tokens(tmp_path):
    found = Recording(stored(tmp_path / "a.jsonl", [0])).find(BODY, 0)
    assert found == Completion(text="text 0", finish_reason="length")
    assert (found.prompt_tokens, found.completion_tokens) == (7, 2)


def test_what_was_never_asked_is_not_found(tmp_path):
    recording = Recording(stored(tmp_path / "a.jsonl", [0]))
    assert recording.find({**BODY, "seed": 2}, 0) is None
    assert recording.find(BODY, 1) is None


def test_no_file_is_an_empty_recording(tmp_path):
    assert len(Recording(tmp_path / "a.jsonl")) == 0


def test_an_empty_file_is_an_error_and_no_empty_recording(tmp_path):
    (tmp_path / "a.jsonl").touch()
    for mode in MODES:
        with pytest.raises(UnreadableRecording):
            Recording(tmp_path / "a.jsonl", mode)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ValueError, match="unknown record mode 'once'; modes: none, missing, all"):
        Recording("a.jsonl", "once")


def test_mode_none_refuses_to_record(tmp_path):
    with pytest.raises(ValueError, match="only replayed; record with --synth-record missing"):
        Recording(tmp_path / "a.jsonl").recording().__enter__()


def test_mode_none_leaves_even_a_journal_as_it_is(tmp_path):
    path = stored(tmp_path / "a.jsonl", [0])
    Store(path).append(next(iter(Store(stored(tmp_path / "b.jsonl", [1])).entries.values())))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    recording = Recording(path)
    assert recording.find(BODY, 1).text == "text 1"
    recording.save()
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_mode_all_finds_nothing_of_what_is_old(tmp_path):
    path = stored(tmp_path / "a.jsonl", [0])
    assert Recording(path, "all").find(BODY, 0) is None
    assert Recording(path, "missing").find(BODY, 0) is not None
