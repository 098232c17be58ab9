"""The file of a recording: keys, allow-list, footer and journal."""

import difflib
import hashlib
import json
import random
import re
import shutil
import tempfile
import threading
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.core.completion import Request
from synthworth.generation.prompts import short_hash
from synthworth.generation.recording import Recording
from synthworth.generation.recording.entries import (
    ENDPOINT,
    REQUEST_FIELDS,
    UnreadableRecording,
    canonical,
    dumps,
    entry,
    key,
    loads,
)
from synthworth.generation.recording.store import Store, UnwritableRecording

PATH = "/v1/chat/completions"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.text(max_size=6), VALUES, min_size=1, max_size=4)


def body_of(text="Write one.", **parameters):
    return {"model": "m", "messages": [{"role": "user", "content": text}], **parameters}


def request_of(sample, **parts):
    return Request(messages=(), parameters={}, sample=sample, label="good", **parts)


def answer_of(text, **usage):
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return {"id": "chatcmpl-1", "model": "m-1", "choices": [choice], "usage": usage, "system_fingerprint": "fp_1"}


def entry_of(sample, text="a text"):
    return entry(body_of(), request_of(sample), answer_of(text))


def saved(path, entries):
    store = Store(path)
    for one in entries:
        store.append(one)
    store.save()
    return path


@given(BODIES, st.text(min_size=1, max_size=6), VALUES)
def test_a_changed_or_added_field_of_the_body_gives_another_key(body, name, value):
    changed = {**body, name: value}
    same = json.dumps(changed, sort_keys=True) == json.dumps(body, sort_keys=True)
    assert (key("POST", PATH, changed, 0) == key("POST", PATH, body, 0)) is same


@given(BODIES, st.data())
def test_a_field_taken_away_gives_another_key(body, data):
    name = data.draw(st.sampled_from(sorted(body)))
    assert key("POST", PATH, {k: v for k, v in body.items() if k != name}, 0) != key("POST", PATH, body, 0)


@given(BODIES, st.integers(0, 10**6), st.integers(0, 10**6))
def test_two_samples_have_one_key_only_if_they_are_one(body, first, second):
    assert (key("POST", PATH, body, first) == key("POST", PATH, body, second)) is (first == second)


@given(BODIES)
def test_another_method_or_endpoint_gives_another_key(body):
    asked = [("POST", PATH), ("GET", PATH), ("POST", "/v1/completions"), ("POST", "/v1/embeddings")]
    assert len({key(*one, body, 0) for one in asked}) == len(asked)


def reordered(value):
    if isinstance(value, dict):
        return {k: reordered(v) for k, v in reversed(value.items())}
    return [reordered(v) for v in value] if isinstance(value, list) else value


@given(BODIES, st.sampled_from([None, 1, 4]))
def test_key_order_and_white_space_do_not_matter(body, indent):
    as_sent = json.loads(json.dumps(reordered(body), indent=indent))
    assert key("POST", PATH, as_sent, 0) == key("POST", PATH, body, 0)


@given(BODIES, st.lists(st.text("abcxyz0189.-", min_size=1, max_size=6), max_size=4))
def test_the_base_path_does_not_matter(body, folders):
    under = "/".join(["", *folders, "chat", "completions"])
    assert key("POST", under, body, 0) == key("POST", "/chat/completions", body, 0)


@given(BODIES)
def test_a_key_is_a_sha256_of_canonical_json(body):
    parts = [1, "POST", "/chat/completions", body, 3]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert key("post", PATH, body, 3) == hashlib.sha256(text.encode()).hexdigest()


def test_only_allow_listed_fields_are_stored():
    body = body_of(temperature=0.7, seed=3, stop=["\n"], user="me@example.org", metadata={"token": "t"}, tools=[1])
    asked = request_of(2, parts={"context": "01234567"}, demonstrations={"toy/good/1": "89abcdef"})
    answer = answer_of("fine", prompt_tokens=5, completion_tokens=1)
    answer["choices"][0]["finish_reason"] = "length"
    stored = entry(body, asked, answer, retries=2, omitted=("stop", "seed"))
    assert stored == {
        "key": key(*ENDPOINT, body, 2),
        "sample": 2,
        "request": {
            "model": "m",
            "temperature": 0.7,
            "seed": 3,
            "stop": ["\n"],
            "extra_body": short_hash(canonical({"user": "me@example.org", "metadata": {"token": "t"}, "tools": [1]})),
            "label": "good",
            "parts": {"context": "01234567"},
            "demonstrations": {"toy/good/1": "89abcdef"},
        },
        "retries": 2,
        "omitted": ["seed", "stop"],
        "response": {"text": "fine", "tokens": [5, 1], "finish_reason": "length", "model": "m-1"},
    }


def test_what_is_as_usual_takes_no_place():
    stored = entry(body_of(), request_of(0), {**answer_of("fine"), "model": "m"})
    assert set(stored) == {"key", "sample", "request", "response"}
    assert set(stored["request"]) == {"model", "label", "parts"}
    assert set(stored["response"]) == {"text", "tokens"}


@given(
    st.dictionaries(st.text(max_size=12), VALUES, max_size=5),
    st.dictionaries(st.text(max_size=12), VALUES, max_size=5),
)
def test_no_field_of_a_request_or_an_answer_gets_in_that_is_not_on_the_list(more_asked, more_answered):
    stored = entry({**more_asked, **body_of()}, request_of(0), {**more_answered, **answer_of("fine")})
    assert set(stored) == {"key", "sample", "request", "response"}
    assert set(stored["request"]) <= {*REQUEST_FIELDS, "extra_body", "label", "parts"}
    assert re.fullmatch("[0-9a-f]{8}", stored["request"].get("extra_body", "0" * 8))
    assert set(stored["response"]) == {"text", "tokens", "model"}


@given(st.text(min_size=12), st.text(min_size=12))
def test_no_text_of_a_prompt_or_of_a_demonstration_is_stored(prompt, demonstration):
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": demonstration}]
    shown = {"toy/good/1": short_hash(demonstration)}
    asked = request_of(0, parts={"context": short_hash(prompt)}, demonstrations=shown)
    line = dumps({"k": entry({"model": "m", "messages": messages}, asked, answer_of("an answer"))})
    for text in (prompt, demonstration):
        assert text not in line
        assert json.dumps(text)[1:-1] not in line


def test_an_answer_whose_usage_is_null_is_stored():
    stored = entry(body_of(), request_of(0), answer_of("fine", prompt_tokens=None, completion_tokens=None))
    assert stored["response"]["tokens"] == [0, 0]


def test_half_a_character_in_an_answer_does_not_stop_it_from_being_stored(tmp_path):
    answer = answer_of("half \ud83d") | {"model": "m\ud83d"}
    answer["choices"][0]["finish_reason"] = "stop\ud83d"
    Store(tmp_path / "a.jsonl").append(entry(body_of(), request_of(0), answer))
    found = next(iter(Store(tmp_path / "a.jsonl").entries.values()))["response"]
    assert found == {"text": "half ?", "model": "m?", "finish_reason": "stop?", "tokens": [0, 0]}


@pytest.mark.parametrize("reason", ["length", "content_filter", ""])
def test_a_finish_reason_is_stored_unless_it_is_the_usual_one(reason):
    answer = answer_of("fine")
    assert "finish_reason" not in entry(body_of(), request_of(0), answer)["response"]
    answer["choices"][0]["finish_reason"] = reason
    assert entry(body_of(), request_of(0), answer)["response"]["finish_reason"] == reason


def signed(*lines):
    footer = {"count": len(lines), "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}
    return "\n".join([*lines, json.dumps(footer)]) + "\n"


def test_lines_that_another_hand_has_written_are_read():
    line = '{ "sample": 0, "key": "a", "request": {}, "response": { "text": "x", "tokens": [1, 2] } }'
    assert dict(loads(signed(line))) == {"a": json.loads(line)}


@pytest.mark.parametrize("line", ["[]", "{", '"a"', "{}", '{"key": 3}', '{ "key": "a"'])
def test_a_line_that_is_no_entry_is_an_error_though_the_hash_fits(line):
    with pytest.raises(UnreadableRecording, match="one of its lines"):
        loads(signed(line))


def test_a_line_that_breaks_off_behind_its_key_is_an_error_where_it_is_asked_for():
    entries = loads(signed('{"key":"a","sample":'), "a.jsonl")
    with pytest.raises(
        UnreadableRecording, match=r"recording a\.jsonl is damaged: one of its lines is not a JSON object"
    ):
        entries["a"]


def test_two_lines_with_one_key_are_an_error():
    with pytest.raises(UnreadableRecording, match="two of its 2 answers have one key"):
        loads(signed('{"key":"a","sample":0}', '{"key":"a","sample":1}'))


def test_the_file_is_sorted_json_lines_with_a_footer(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(i) for i in range(20)])
    *lines, footer = path.read_text().split("\n")[:-1]
    found = [json.loads(line)["key"] for line in lines]
    assert found == sorted(key("POST", PATH, body_of(), i) for i in range(20))
    assert json.loads(footer) == {"count": 20, "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest()}


def test_the_same_answers_in_another_order_give_the_same_file(tmp_path):
    one = saved(tmp_path / "a.jsonl", [entry_of(i) for i in range(9)])
    other = saved(tmp_path / "b.jsonl", [entry_of(i) for i in reversed(range(9))])
    assert one.read_bytes() == other.read_bytes()


@pytest.fixture(scope="module")
def three_thousand(tmp_path_factory):
    """3,000 answers to one request, appended in an order of their own, and saved."""
    samples = random.Random(0).sample(range(3000), 3000)
    return saved(tmp_path_factory.mktemp("many") / "a.jsonl", [entry_of(i, f"answer {i}") for i in samples])


def test_3000_samples_of_one_request_are_found_each_by_itself_in_any_order(three_thousand):
    recording, body = Recording(three_thousand), body_of()
    asked = random.Random(1).sample(range(3000), 3000)
    assert [recording.find(body, i).text for i in asked] == [f"answer {i}" for i in asked]
    assert recording.find(body, 3000) is None


def test_recording_one_percent_again_changes_one_percent_of_the_lines(three_thousand, tmp_path):
    path = Path(shutil.copy(three_thousand, tmp_path))
    before = path.read_text().split("\n")
    saved(path, [entry_of(i, f"another answer {i}") for i in random.Random(2).sample(range(3000), 30)])
    lines = list(difflib.unified_diff(before, path.read_text().split("\n"), n=0))
    added = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
    removed = [line for line in lines if line.startswith("-") and not line.startswith("---")]
    assert len(added) == len(removed) == 31  # and the footer


@given(st.lists(st.text(), max_size=5))
def test_any_text_comes_back_as_it_was(texts):
    entries = {one["key"]: one for one in (entry_of(i, text) for i, text in enumerate(texts))}
    assert loads(dumps(entries)) == entries


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c", "\r"])
def test_a_line_separator_inside_a_text_does_not_damage_the_file(tmp_path, mark):
    path = saved(tmp_path / "a.jsonl", [entry_of(0, f"one{mark}two")])
    assert next(iter(Store(path).entries.values()))["response"]["text"] == f"one{mark}two"


def test_a_truncated_file_is_unreadable_wherever_it_is_cut(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(i, "naïve ☕") for i in range(3)])
    whole = path.read_bytes()
    for size in range(len(whole) - 1):  # without its very last line end the file is still all there
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableRecording, match=r"damaged: .*; restore it .* or delete it and record again"):
            Store(path)


def test_a_changed_line_is_unreadable(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(i) for i in range(3)])
    path.write_text(path.read_text().replace("a text", "A text", 1))
    with pytest.raises(UnreadableRecording, match="do not have the hash"):
        Store(path)


def test_a_line_taken_out_is_unreadable(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(i) for i in range(3)])
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    with pytest.raises(UnreadableRecording, match="2 answers and its footer says 3"):
        Store(path)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_that_git_has_changed_are_read_alike_in_file_and_journal(tmp_path, end):
    path = saved(tmp_path / "a.jsonl", [entry_of(i, f"text\u2028{i}") for i in range(3)])
    before = path.read_bytes()
    Store(path).append(entry_of(3))
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n", end.encode()))
    store = Store(path)
    assert sorted(one["sample"] for one in store.entries.values()) == [0, 1, 2, 3]
    assert not store.faults
    assert Store(path).prune({entry_of(i)["key"] for i in range(3)}) == 1
    assert path.read_bytes() == before


MERGED = {
    "conflict markers": (lambda text: f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> branch\n", "conflict markers"),
    "a stale footer": (lambda text: text + text, "6 answers|7 answers"),
    "a line of another branch": (lambda text: json.dumps(entry_of(9)) + "\n" + text, "4 answers and its footer says 3"),
}


@pytest.mark.parametrize("how", MERGED)
def test_a_file_that_git_has_merged_is_an_error_that_names_the_command_which_joins_it(tmp_path, how):
    path = saved(tmp_path / "a.jsonl", [entry_of(i) for i in range(3)])
    merge, fault = MERGED[how]
    path.write_text(merge(path.read_text()))
    command = f"join them with: synthworth recordings merge {path}; else restore it"
    with pytest.raises(UnreadableRecording, match=fault) as raised:
        Store(path)
    assert command in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_empty_file_is_unreadable(tmp_path):
    (tmp_path / "a.jsonl").touch()
    with pytest.raises(UnreadableRecording, match=r"a\.jsonl is damaged: its footer is missing"):
        Store(tmp_path / "a.jsonl")


def test_a_file_that_is_not_text_is_unreadable(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"\xff\xfe\x80")
    with pytest.raises(UnreadableRecording, match="not UTF-8"):
        Store(tmp_path / "a.jsonl")


def test_an_answer_is_on_disk_before_append_returns(tmp_path):
    Store(tmp_path / "a.jsonl").append(entry_of(0))
    assert list(Store(tmp_path / "a.jsonl").entries.values()) == [entry_of(0)]


def test_a_torn_last_line_of_the_journal_loses_only_that_line(tmp_path):
    store = Store(tmp_path / "a.jsonl")
    for i in range(3):
        store.append(entry_of(i, "naïve ☕"))
    whole = store.journal.read_bytes()
    last = whole[:-1].rfind(b"\n") + 1
    for size in range(last, len(whole) - 1):
        store.journal.write_bytes(whole[:size])
        found = Store(store.path).entries
        assert sorted(one["sample"] for one in found.values()) == [0, 1]


def test_what_is_appended_after_a_torn_line_is_kept(tmp_path):
    store = Store(tmp_path / "a.jsonl")
    store.append(entry_of(0))
    store.append(entry_of(1))
    store.journal.write_bytes(store.journal.read_bytes()[:-9])
    Store(store.path).append(entry_of(2))
    assert sorted(one["sample"] for one in Store(store.path).entries.values()) == [0, 2]


def test_a_journal_beside_a_saved_file_counts(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(0)])
    Store(path).append(entry_of(1))
    assert len(Store(path).entries) == 2


def test_a_new_answer_replaces_the_old_one(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(0, "old")])
    saved(path, [entry_of(0, "new")])
    assert [one["response"]["text"] for one in Store(path).entries.values()] == ["new"]


def test_two_writers_lose_nothing(tmp_path):
    first, second = Store(tmp_path / "a.jsonl"), Store(tmp_path / "a.jsonl")
    for i in range(10):
        (first if i % 2 else second).append(entry_of(i))
    first.save()
    second.save()
    assert sorted(one["sample"] for one in Store(first.path).entries.values()) == list(range(10))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["append", "save", "open", "put away"])), max_size=25))
def test_whatever_two_writers_do_in_whatever_order_nothing_is_lost(steps):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        stores, appended = {name: Store(path) for name in "ab"}, 0
        for name, step in steps:
            if step == "append":
                stores[name].append(entry_of(appended))
                appended += 1
            elif step == "save":
                stores[name].save()
            elif step == "put away":
                stores[name].put_away()
            else:
                stores[name] = Store(path)
            assert sorted(one["sample"] for one in Store(path).entries.values()) == list(range(appended))


def test_a_saved_recording_leaves_one_file(tmp_path):
    saved(tmp_path / "a.jsonl", [entry_of(0)])
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_damaged_file_is_not_replaced_by_save(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(0)])
    store = Store(path)
    store.append(entry_of(1))
    path.write_bytes(b"damaged")
    with pytest.raises(UnreadableRecording):
        store.save()
    assert path.read_bytes() == b"damaged"
    assert store.journal.exists()


def test_saving_nothing_writes_nothing(tmp_path):
    Store(tmp_path / "folder" / "a.jsonl").save()
    assert list(tmp_path.iterdir()) == []


def test_answers_that_are_put_away_take_no_memory_and_are_found_again(three_thousand):
    tracemalloc.start()
    try:
        empty, _ = tracemalloc.get_traced_memory()
        store = Store(three_thousand)
        full, _ = tracemalloc.get_traced_memory()
        store.put_away()
        away, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert away - empty < (full - empty) / 50
    assert len(store.entries) == 3000


def test_put_away_what_is_recorded_again_stays_apart_from_what_is_old(tmp_path):
    store = Store(saved_and_again(tmp_path / "a.jsonl", range(4), [1, 2]), again=True)
    store.append(entry_of(3, "new 3"))
    store.put_away()
    assert found_in(store) == {1: "new 1", 2: "new 2", 3: "new 3"}
    assert store.old == {entry_of(0)["key"]}


def saved_and_again(path, samples, again):
    """A saved recording, and what a run that recorded everything again had of it when it was cut short."""
    saved(path, [entry_of(i, f"old {i}") for i in samples])
    store = Store(path, again=True)
    for i in again:
        store.append(entry_of(i, f"new {i}"))
    return path


def found_in(store):
    return {one["sample"]: one["response"]["text"] for one in store.entries.values() if one["key"] not in store.old}


def test_what_is_recorded_again_replaces_nothing_until_it_is_saved(tmp_path):
    path = saved_and_again(tmp_path / "a.jsonl", range(4), [1, 2])
    assert found_in(Store(path)) == {i: f"old {i}" for i in range(4)}


def test_what_was_recorded_again_before_the_run_was_cut_short_is_new_and_the_rest_is_old(tmp_path):
    store = Store(saved_and_again(tmp_path / "a.jsonl", range(4), [1, 2]), again=True)
    assert found_in(store) == {1: "new 1", 2: "new 2"}
    assert store.old == {one["key"] for one in (entry_of(0), entry_of(3))}


def test_saving_what_was_recorded_again_replaces_it_and_leaves_one_file(tmp_path):
    path = saved_and_again(tmp_path / "a.jsonl", range(3), range(2))
    store = Store(path, again=True)
    store.append(entry_of(2, "new 2"))
    store.save()
    assert found_in(Store(path)) == {i: f"new {i}" for i in range(3)}
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_journal_of_missing_answers_is_old_to_a_run_that_records_again(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(0)])
    Store(path).append(entry_of(1))
    assert Store(path, again=True).old == {one["key"] for one in (entry_of(0), entry_of(1))}


def test_where_nothing_is_old_what_is_recorded_again_is_there_for_all(tmp_path):
    Store(tmp_path / "a.jsonl", again=True).append(entry_of(0, "new 0"))
    assert found_in(Store(tmp_path / "a.jsonl")) == found_in(Store(tmp_path / "a.jsonl", again=True)) == {0: "new 0"}


def test_a_recording_that_may_not_be_read_is_one_line_and_no_empty_recording(tmp_path):
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(UnreadableRecording, match=r"^cannot read recording .*a\.jsonl: Is a directory$"):
        Store(tmp_path / "a.jsonl")


def test_pruning_drops_what_is_not_used_of_file_and_journal_and_leaves_one_file(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(i) for i in range(3)])
    Store(path).append(entry_of(3))
    assert Store(path).prune({entry_of(i)["key"] for i in (1, 3)}) == 2
    assert sorted(one["sample"] for one in Store(path).entries.values()) == [1, 3]
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_what_another_has_written_is_found_before_a_round_and_a_round_without_answers_leaves_nothing(
    tmp_path,
):
    path = saved(tmp_path / "a.jsonl", [entry_of(0)])
    first, second = Store(path), Store(path)
    second.append(entry_of(1))
    with first.alone():
        assert sorted(one["sample"] for one in first.entries.values()) == [0, 1]
        first.append(entry_of(2))
    second.save()
    with first.alone():
        assert sorted(one["sample"] for one in first.entries.values()) == [0, 1, 2]
    assert [file.name for file in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_round_waits_for_the_round_of_another_and_says_so(tmp_path):
    path, waited, order = tmp_path / "a.jsonl", threading.Event(), []

    def second():
        with Store(path).alone(waited.set):
            order.append("second")

    with Store(path).alone():
        thread = threading.Thread(target=second)
        thread.start()
        assert waited.wait(timeout=60)
        order.append("first")
    thread.join(timeout=60)
    assert order == ["first", "second"]


def test_a_journal_that_another_records_into_is_left_to_it(tmp_path):
    path = tmp_path / "a.jsonl"
    first, second = Store(path), Store(path)
    with first.alone():
        first.append(entry_of(0))
        second.save()
        assert not path.exists()
    first.save()
    assert len(loads(path.read_text())) == 1


@pytest.mark.parametrize("folder", ["file/a.jsonl", "file/deep/a.jsonl"])
def test_a_folder_that_cannot_be_written_is_one_line_before_anything_is_asked_for(tmp_path, folder):
    (tmp_path / "file").touch()
    line = r"^cannot write recording .*: (Not a directory|File exists); what was written before is whole, allow writing"
    with pytest.raises(UnwritableRecording, match=line), Store(tmp_path / folder).alone():
        pytest.fail("asked all the same")


def test_pruning_nothing_writes_nothing(tmp_path):
    path = saved(tmp_path / "a.jsonl", [entry_of(i) for i in range(3)])
    before = path.stat().st_mtime_ns
    assert Store(path).prune({entry_of(i)["key"] for i in range(9)}) == 0
    assert path.stat().st_mtime_ns == before
