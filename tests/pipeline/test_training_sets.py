"""A training set is made once, and replayed from its recording; with a generator server on loopback."""

import gc
import json
import re
import socket
from collections import Counter
from dataclasses import replace

import pytest

from places import TASK, line
from servers import error_of, serving
from synthworth.generation.generator import GeneratorError
from synthworth.generation.methods import BUILT_IN
from synthworth.generation.methods.builtin import METHODS
from synthworth.generation.recording import path_of
from synthworth.generation.recording.entries import Entries, loads
from synthworth.pipeline import missing
from synthworth.pipeline.training_sets import private_cassettes


def texts_of(generated, label="sea"):
    return [example.text for example in generated.examples if example.label == label]


@pytest.mark.parametrize("method", ["zero_shot", "few_shot"])
def test_a_recording_serves_the_same_training_set_without_a_server(run_of, recorded, method):
    made = recorded(method).sets.generated(method)
    assert len(made.examples) == 10
    assert run_of().sets.generated(method) == made


def test_a_recording_for_a_large_quota_serves_a_small_one(run_of, recorded):
    recorded(per_label=25)
    few, many = (texts_of(run_of(per_label=quota).sets.generated("zero_shot")) for quota in (5, 25))
    assert len(few) == 5
    assert few == many[:5]


def test_a_finished_recording_is_one_sorted_file(recorded, tmp_path):
    recorded()
    (path,) = (path for path in (tmp_path / "cassettes").rglob("*") if path.is_file())
    assert path == tmp_path / "cassettes" / "m" / "places" / "zero_shot.jsonl"
    keys = [json.loads(line)["key"] for line in path.read_text().splitlines()[:-1]]
    assert keys == sorted(keys)
    assert len(keys) == 20


def test_a_run_holds_no_answers_of_a_training_set_that_is_made(run_of, recorded):
    """A million answers in a hundred recordings must not stay in memory until the run ends."""
    recorded()
    run = run_of()
    path = path_of(run.sets.places.cassettes, "m", "places", "zero_shot")
    for reads in (
        lambda: missing.estimate(run.sets, ["zero_shot"]),
        lambda: run.sets.generated("zero_shot"),
        lambda: missing.spent(run.sets, "zero_shot"),
        lambda: missing.used(run.sets),
    ):
        reads()
        held = [kept for kept in gc.get_objects() if type(kept) is Entries and kept._path == path]
        assert held == []
    assert len(run.sets.recordings["zero_shot"]) == 20


def test_a_training_set_is_made_once(run_of, recorded):
    recorded()
    run = run_of()
    assert run.sets.generated("zero_shot") is run.sets.generated("zero_shot", 5)


def test_a_training_set_that_failed_fails_the_same_way_and_asks_nobody_again(run_of):
    with serving(lambda number, body: error_of(401)) as (url, came):
        run = run_of(url, record="missing")
        messages = []
        for _ in range(2):
            with pytest.raises(GeneratorError) as raised:
                run.sets.generated("zero_shot")
            messages.append((str(raised.value), len(came)))
    assert messages[0] == messages[1]


def test_what_was_answered_before_a_fault_is_saved(run_of, tmp_path):
    with serving(lambda number, body: line(number, body) if number < 7 else error_of(401)) as (url, _):
        run = run_of(url, record="missing", concurrency=1)
        with pytest.raises(GeneratorError, match="answered 401"):
            run.sets.generated("zero_shot")
    assert len(loads(path_of(tmp_path / "cassettes", "m", "places", "zero_shot").read_text())) == 7
    with serving(line) as (url, came):
        run_of(url, record="missing").sets.generated("zero_shot")
    assert len(came) == 20 - 7


def test_mode_all_asks_for_each_answer_once_in_a_run_whatever_the_quotas(run_of, recorded):
    recorded(per_label=25)
    with serving(line) as (url, came):
        run = run_of(url, record="all")
        few, many = (texts_of(run.sets.generated("zero_shot", quota)) for quota in (10, 20))
    assert len(came) == 40
    assert few == many[:10]


def test_a_replay_blocks_the_network_and_opens_it_again(run_of, recorded):
    recorded()
    tried = []

    def tempted(task, sources, per_label, seed):
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            pytest.raises(OSError, match="network access is blocked"),
        ):
            socket.create_connection(server.getsockname())
        tried.append(task.name)
        return METHODS["zero_shot"](task, sources, per_label, seed)

    methods = {"zero_shot": replace(BUILT_IN["zero_shot"], make=tempted)}
    run_of(methods=methods).sets.generated("zero_shot")
    assert tried == ["places"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_real_asks_no_generator(run_of, tmp_path):
    made = run_of().sets.generated("real")
    assert len(made.examples) == 10
    assert not (tmp_path / "cassettes").exists()


def test_demonstrations_real_shows_real_training_texts_and_records_them_outside(run_of, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(line) as (url, came):
        run = run_of(url, record="missing", demonstrations="real")
        run.sets.generated("few_shot")
        run.sets.generated("zero_shot")
    shown = {m["content"] for body in came.bodies for m in body["messages"] if m["role"] == "assistant"}
    real = {example.text for example in run.data.train}
    assert shown & real
    assert shown - real == {text for text in shown if re.fullmatch(r"(sea|land) \d+ (wave|hill)", text)}
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*shot.jsonl")} == {
        "cache/synthworth/cassettes/m/places/few_shot.jsonl",
        "cassettes/m/places/zero_shot.jsonl",
    }


def test_few_shot_of_a_task_without_demonstrations_shows_real_training_texts_recorded_outside(
    run_of, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    task = replace(TASK, demonstrations={})
    with serving(line) as (url, came):
        run = run_of(url, record="missing", task=task)
        made = run.sets.generated("few_shot")
    shown = {m["content"] for body in came.bodies for m in body["messages"] if m["role"] == "assistant"}
    assert shown <= {example.text for example in run.data.train}
    assert run.sets.demonstrations_of("few_shot") == "real"
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*shot.jsonl")] == [
        "cache/synthworth/cassettes/m/places/few_shot.jsonl"
    ]
    assert run_of(task=task).sets.generated("few_shot") == made


def test_natural_shares_are_those_of_the_real_training_texts(run_of):
    run = run_of(shares="natural", per_label=10)  # of 30 training texts, 14 are about land and 16 about the sea
    counts = Counter(example.label for example in run.data.train)
    asked = run.sets.sources("real", client=None).shares
    assert asked == {label: count / 30 for label, count in counts.items()}
    made = Counter(example.label for example in run.sets.generated("real").examples)
    assert made == {label: round(20 * share) for label, share in asked.items()}
    assert run_of().sets.sources("real", client=None).shares == {}


def test_a_function_of_a_user_s_is_shown_no_real_texts_of_a_task_without_demonstrations(run_of):
    method = replace(BUILT_IN["few_shot"], foreign=True)
    run = run_of(task=replace(TASK, demonstrations={}), methods={"few_shot": method})
    assert not run.sets.sources("few_shot", client=None).pool


def test_li2023_shows_real_training_texts_whatever_the_setting_and_records_them_outside(run_of, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(line) as (url, came):
        run = run_of(url, record="missing")
        made = [run.sets.generated(method) for method in ("li2023_few_shot", "li2023_zero_shot")]
    asked = "\n".join(m["content"] for body in came.bodies for m in body["messages"] if m["role"] == "user")
    assert any(example.text in asked for example in run.data.train)
    assert [run.sets.demonstrations_of(method) for method in ("li2023_few_shot", "li2023_zero_shot")] == ["real", ""]
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*shot.jsonl")} == {
        "cache/synthworth/cassettes/m/places/li2023_few_shot.jsonl",
        "cassettes/m/places/li2023_zero_shot.jsonl",
    }
    assert [run_of().sets.generated(method) for method in ("li2023_few_shot", "li2023_zero_shot")] == made


def test_recordings_that_show_real_texts_lie_in_the_home_folder_s_cache_without_another(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert private_cassettes() == tmp_path / ".cache" / "synthworth" / "cassettes"


def test_data_that_cannot_be_loaded_fail_the_same_way_each_time(run_of, tmp_path):
    run = run_of()
    (tmp_path / "data" / "places" / "test.jsonl.gz").unlink()
    errors = []
    for _ in range(2):
        with pytest.raises(ValueError, match=r"test\.jsonl is missing, in any format") as raised:
            _ = run.data
        errors.append(raised.value)
    assert errors[0] is errors[1]


def test_progress_counts_each_recorded_answer(run_of):
    reported = []
    with serving(line) as (url, came):
        run = run_of(url, record="missing", progress=lambda stage, done, total: reported.append((stage, done)))
        run.sets.generated("few_shot")
    assert reported == [("recording places/few_shot", i + 1) for i in range(len(came))]
    assert len(came) == 10
