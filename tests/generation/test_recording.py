"""Recordings: where they lie, what they find, and which modes may write."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import client_of, requests_of, texts_of
from servers import serving, text_of
from synthworth.core.completion import REJECTED, Completion, Request
from synthworth.generation.recording import MODES, Recording, UnreadableRecording, UnwritableRecording, Usage, path_of
from synthworth.generation.recording.entries import ENDPOINT, dumps, entry, key
from synthworth.generation.recording.store import Store

PARTS = {"context": "11111111", "generation": "22222222"}
BODY = {"model": "m", "messages": [{"role": "user", "content": "Write one."}], "seed": 1, "temperature": 0.7}
SHOWN = {"toy/a/1": "33333333"}


def request_of(sample, **changed):
    given = {"parts": PARTS, "demonstrations": SHOWN, "label": "a"}
    return Request(messages=(), parameters={}, sample=sample, **given | changed)


def stored(path, samples, retries=0):
    store = Store(path)
    for sample in samples:
        answer = {
            "model": "m",
            "choices": [{"message": {"content": f"text {sample}"}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 2},
        }
        store.append(entry(BODY, request_of(sample), answer, retries=retries))
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
    with pytest.raises(ValueError, match="unknown record mode 'once'; record modes: none, missing, batch, all"):
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


def test_a_run_of_mode_all_that_was_cut_short_goes_on_where_it_stopped_and_until_then_the_old_answers_are_replayed(
    tmp_path,
):
    path, generation = tmp_path / "a.jsonl", "old"
    asked = requests_of(6)
    with serving(lambda number, body: f"{generation} {body['seed']}") as (url, came):
        first = Recording(path, "missing")
        with client_of(url, first) as client:
            client.complete(asked)
        first.save()
        generation = "new"
        with client_of(url, Recording(path, "all")) as client:
            client.complete(asked[:4])  # and then the machine fails
        for mode in ("none", "missing"):
            with client_of(url, Recording(path, mode)) as client:
                assert texts_of(client.complete(asked)) == [f"old {i}" for i in range(6)]
        before, again = len(came), Recording(path, "all")
        with client_of(url, again) as client:
            assert texts_of(client.complete(asked)) == [f"new {i}" for i in range(6)]
        again.save()
    assert sorted(body["seed"] for body in came.bodies[before:]) == [4, 5]
    assert texts_of([Recording(path).find(request.body("m"), request.sample) for request in asked]) == [
        f"new {i}" for i in range(6)
    ]


def test_what_was_found_is_used_and_nothing_else(tmp_path):
    recording = Recording(stored(tmp_path / "a.jsonl", range(5)))
    for sample in (3, 1, 3, 7):
        recording.find(BODY, sample)
    used = {key(*ENDPOINT, BODY, sample) for sample in (1, 3)}
    assert recording.used == used
    assert recording.unused(used) == 3


def test_usage_counts_every_request_and_token_of_all_runs(tmp_path):
    path = stored(tmp_path / "a.jsonl", range(3), retries=2)
    stored(path, [3, 4])
    assert Recording(path).usage() == Usage(requests=11, retries=6, prompt_tokens=35, completion_tokens=10)


CHANGES = {
    "nothing": ({}, {}, []),
    "a part": ({}, {"parts": PARTS | {"context": "99999999"}}, ["context"]),
    "two parts": ({}, {"parts": {"context": "9", "generation": "9"}}, ["context", "generation"]),
    "a part more": ({}, {"parts": PARTS | {"diversity": "99999999"}}, ["diversity"]),
    "a part less": ({}, {"parts": {"context": PARTS["context"]}}, ["generation"]),
    "the demonstrations": ({}, {"demonstrations": {"toy/a/2": "44444444"}}, ["demonstrations"]),
    "no demonstrations": ({}, {"demonstrations": {}}, ["demonstrations"]),
    "a parameter": ({"temperature": 1.0}, {}, ["temperature"]),
    "a parameter more": ({"top_p": 0.9}, {}, ["top_p"]),
    "the model": ({"model": "another"}, {}, ["model"]),
    "a label that nothing is recorded of": ({}, {"label": "b"}, []),
}


@pytest.mark.parametrize("what", CHANGES)
def test_changes_names_what_differs_from_what_is_recorded_and_how_often(tmp_path, what):
    body, request, names = CHANGES[what]
    recording = Recording(stored(tmp_path / "a.jsonl", range(3)))
    asks = [({**BODY, **body}, request_of(sample, **request)) for sample in range(3)]
    assert recording.changes(asks) == dict.fromkeys(names, 3)


def test_changes_compares_with_the_nearest_of_the_recorded_answers(tmp_path):
    path = stored(tmp_path / "a.jsonl", [0])
    store = Store(path)
    other = {**BODY, "seed": 2, "temperature": 1.0}
    answer = {"choices": [{"message": {"content": "x"}}]}
    store.append(entry(other, request_of(0, parts={"context": "9"}), answer))
    store.save()
    assert Recording(path).changes([({**other, "seed": 3}, request_of(0, parts={"context": "9"}))]) == {"seed": 1}


def test_nothing_is_sent_once_an_answer_could_not_be_kept(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    recording.failure = UnwritableRecording("the disk is full")
    with (
        serving() as (url, came),
        client_of(url, recording) as client,
        pytest.raises(UnwritableRecording, match="the disk is full"),
    ):
        client.complete(requests_of(5))
    assert not came


def test_an_answer_that_could_not_be_kept_is_told_even_after_two_that_were_none(tmp_path, monkeypatch):
    def full(store, entry, server):
        raise UnwritableRecording("the disk is full")

    monkeypatch.setattr(Store, "append", full)
    with (
        serving(lambda number, body: text_of(200, "none") if number < 2 else "fine") as (url, came),
        client_of(url, Recording(tmp_path / "a.jsonl", "missing")) as client,
        pytest.raises(UnwritableRecording, match="the disk is full"),
    ):
        client.complete(requests_of(1))
    assert len(came) == 3


def test_a_request_that_was_rejected_is_replayed_as_rejected_and_asked_for_no_more(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    recording.reject(BODY, request_of(0), attempt=1, omitted=("seed",))
    recording.save()
    replayed = Recording(tmp_path / "a.jsonl")
    assert replayed.find(BODY, 0) == Completion(text="", finish_reason=REJECTED)
    assert replayed.usage() == Usage(requests=2, retries=1, prompt_tokens=0, completion_tokens=0)


def test_the_servers_that_answered_are_in_the_footer_and_those_of_both_runs(tmp_path):
    path = stored(tmp_path / "a.jsonl", [0])
    assert Recording(path).servers == frozenset()
    for number, server in enumerate(["https://b.example/v1", "https://a.example/v1", "https://b.example/v1"]):
        recording = Recording(path, "missing")
        recording.answered_by(server)
        recording.reject(BODY, request_of(1 + number))
        assert Recording(path).servers >= {server}  # as long as it is a journal, too
        recording.save()
    footer = json.loads(path.read_text().splitlines()[-1])
    assert footer["servers"] == ["https://a.example/v1", "https://b.example/v1"]
    assert len(Recording(path)) == footer["count"] == 4


STRANGE = {
    "no response": b'{"key":"0","sample":0,"request":{}}',
    "a response without text": b'{"key":"KEY","sample":0,"request":{},"response":{"tokens":[0,0]}}',
    "tokens that are none": b'{"key":"KEY","sample":0,"request":{},"response":{"text":"x","tokens":[1,true]}}',
    "a list": b"[1, 2]",
    "no JSON": b"<<<<<<< HEAD",
    "JSON without end": b"[" * 100_000,
    "JSON of depth": b'{"key":"KEY","sample":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("line", STRANGE)
def test_a_line_of_the_journal_that_is_no_answer_is_named_and_left_there_and_replaces_no_answer(tmp_path, line, mode):
    path = stored(tmp_path / "a.jsonl", [0])
    strange = STRANGE[line].replace(b"KEY", key(*ENDPOINT, BODY, 0).encode())
    journal = tmp_path / "a.jsonl.partial"
    Store(path).append(entry(BODY, request_of(1), {"choices": [{"message": {"content": "text 1"}}]}))
    journal.write_bytes(strange + b"\n" + journal.read_bytes())
    said = []
    recording = Recording(path, mode, said.append)
    assert len(said) == 1
    assert said[0].startswith(f"{journal}, line 1 ")
    assert said[0].endswith("; it is left there: correct or delete it")
    if mode == "all":
        recording.reject(BODY, request_of(2))
    recording.save()
    assert journal.read_bytes().splitlines()[0] == strange
    assert [Recording(path).find(BODY, i).text for i in (0, 1)] == ["text 0", "text 1"]


def test_tokens_that_an_earlier_version_recorded_as_a_server_miscounted_them_are_unknown(tmp_path):
    found = {
        "key": key(*ENDPOINT, BODY, 0),
        "sample": 0,
        "request": {},
        "response": {"text": "x", "tokens": [-5, 10**30]},
    }
    (tmp_path / "a.jsonl").write_text(dumps({found["key"]: found}))
    recording = Recording(tmp_path / "a.jsonl")
    assert recording.find(BODY, 0).text == "x"
    assert recording.usage() == Usage(requests=1, retries=0, prompt_tokens=0, completion_tokens=0)


def test_a_line_of_a_saved_file_that_is_no_answer_is_named_where_it_is_asked_for(tmp_path):
    found = {"key": key(*ENDPOINT, BODY, 0), "sample": 0, "request": {}, "response": {"text": 3, "tokens": [0, 0]}}
    (tmp_path / "a.jsonl").write_text(dumps({found["key"]: found}))
    recording = Recording(tmp_path / "a.jsonl")
    with pytest.raises(UnreadableRecording, match=r"a\.jsonl is damaged: the answer [0-9a-f]{12} has a response of"):
        recording.find(BODY, 0)


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_of_an_answer_to_a_question_with_choices_nothing_is_kept_but_the_one_it_names(text, refusal, reason):
    choice = {"message": {"content": text, "refusal": refusal}, "finish_reason": reason, "error": ""}
    asked = request_of(0, choices=("ham", "spam"), demonstrations={})
    kept = entry(BODY, asked, {"model": "m", "choices": [choice], "usage": {}})["response"]
    assert set(kept) <= {"text", "tokens", "finish_reason"}
    assert kept["text"] in ("", "ham", "spam")
    if (ending := Completion(text="", finish_reason=reason).ending) == "unknown":
        assert kept["finish_reason"] == "unknown"
    else:
        assert Completion(text="", finish_reason=kept.get("finish_reason", "stop")).ending == ending


def test_the_choice_that_an_answer_names_is_found_again_as_it_was_listed(tmp_path):
    asked = request_of(0, choices=("Sci/Tech", "World"))
    answer = {"choices": [{"message": {"content": "sci tech: Probe lands on Titan"}, "finish_reason": "length"}]}
    store = Store(tmp_path / "a.jsonl")
    store.append(entry(BODY, asked, answer))
    store.save()
    assert Recording(tmp_path / "a.jsonl").find(BODY, 0) == Completion(text="Sci/Tech", finish_reason="length")
    assert "Titan" not in (tmp_path / "a.jsonl").read_text()
