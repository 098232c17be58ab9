"""Answers that come as a provider's batch: under the same keys, at half the price, and through a kill."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from batch_servers import completion_of, providing
from clients import client_of, entries_in, requests_of, texts_of
from projects import project
from servers import serving
from synthworth.generation.generator import Generator, GeneratorError, Price, most_tokens
from synthworth.generation.generator.batches import BatchState
from synthworth.generation.recording import Recording, Usage

SUPPORT = Path(__file__).parents[1] / "support"


def batched(folder):
    return Recording(folder / "a.jsonl", "batch")


def created(provider):
    return provider.came.count(("POST", "/v1/batches"))


def test_a_batch_brings_the_answers_that_single_requests_bring_under_the_same_keys(tmp_path):
    single, said = Recording(tmp_path / "b.jsonl", "missing"), []
    with serving() as (url, _), client_of(url, single) as client:
        client.complete(requests_of(20))
    recording = batched(tmp_path)
    with providing() as (url, provider), client_of(url, recording, notice=said.append) as client:
        made = client.complete(requests_of(20))
    assert texts_of(made) == [f"text {i}" for i in range(20)]
    assert created(provider) == 1
    one, other = entries_in(recording.path), entries_in(single.path)
    assert {i: entry["key"] for i, entry in one.items()} == {i: entry["key"] for i, entry in other.items()}
    assert all(entry["batch"] for entry in one.values())
    assert not recording.batch_state.exists()
    assert any("batch-0 of 20 requests, at half the price" in line for line in said)
    recording.save()
    assert Recording(recording.path).servers == {"http://localhost/v1"}


def test_the_file_of_a_batch_has_openai_s_form(tmp_path):
    with providing() as (url, provider), client_of(url, batched(tmp_path)) as client:
        client.complete(requests_of(2))
    lines = [json.loads(line) for line in provider.files["file-0"].splitlines()]
    assert {tuple(line) for line in lines} == {("custom_id", "method", "url", "body")}
    assert {(line["method"], line["url"]) for line in lines} == {("POST", "/v1/chat/completions")}
    assert {len(line["custom_id"]) for line in lines} == {64}  # as many as any provider takes
    assert [line["body"]["seed"] for line in lines] == [0, 1]


def test_only_what_is_missing_is_in_the_batch(tmp_path):
    with serving() as (url, _), client_of(url, Recording(tmp_path / "a.jsonl", "missing")) as client:
        client.complete(requests_of(3))
    with providing() as (url, provider), client_of(url, batched(tmp_path)) as client:
        client.complete(requests_of(5))
    assert [json.loads(line)["body"]["seed"] for line in provider.files["file-0"].splitlines()] == [3, 4]


SCRIPT = """
import sys
from pathlib import Path
from clients import client_of, requests_of
from synthworth.generation.recording import Recording

with client_of(sys.argv[1], Recording(Path(sys.argv[2]), "batch")) as client:
    client.complete(requests_of(10))
"""


def test_a_run_that_is_killed_goes_on_with_its_batch(tmp_path):
    recording = batched(tmp_path)
    with providing() as (url, provider):
        provider.open.clear()
        command = [sys.executable, "-c", SCRIPT, url, str(recording.path)]
        environment = {"PYTHONPATH": str(SUPPORT), "PATH": ""}
        process = subprocess.Popen(command, env=environment)
        assert provider.polled.wait(timeout=120)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert BatchState.read(recording.batch_state).batch == "batch-0"
        provider.open.set()
        with client_of(url, recording) as client:
            made = client.complete(requests_of(10))
    assert texts_of(made) == [f"text {i}" for i in range(10)]
    assert created(provider) == 1


@pytest.mark.parametrize(
    "known",
    [True, False],
    ids=[
        "before",
        "while",
    ],
)
def test_a_kill_while_the_batch_is_created_submits_no_second_one(tmp_path, known):
    recording = batched(tmp_path)
    with providing() as (url, provider), client_of(url, recording) as client:
        bodies = [client._endpoint.generator.body(request) for request in requests_of(2)]
        keys = [recording.key_of(body, number) for number, body in enumerate(bodies)]
        lines = [{"custom_id": key, "body": body} for key, body in zip(keys, bodies, strict=True)]
        provider.files["file-9"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
        if not known:
            provider.batches["batch-9"] = "file-9"  # the provider has made it, and its number was lost
        BatchState(keys=tuple(keys), server="http://localhost/v1", file="file-9").write(recording.batch_state)
        made = client.complete(requests_of(2))
    assert texts_of(made) == ["text 0", "text 1"]
    assert created(provider) == (1 if known else 0)
    assert ("POST", "/v1/files") not in provider.came


def left(recording, provider, requests, name="batch-9", server="http://localhost/v1", known=True):
    """What a run leaves that is stopped while it waits for a batch of these requests."""
    bodies = [Generator(name="m").body(request) for request in requests]
    keys = [recording.key_of(body, request.sample) for body, request in zip(bodies, requests, strict=True)]
    lines = [{"custom_id": key, "body": body} for key, body in zip(keys, bodies, strict=True)]
    if known:
        provider.files["file-9"] = "".join(json.dumps(line) + "\n" for line in lines).encode()
        provider.batches["batch-9"] = "file-9"
    BatchState(keys=tuple(keys), server=server, file="file-9", batch=name).write(recording.batch_state)


@pytest.mark.parametrize("name", ["batch-9", ""])
def test_a_batch_that_the_provider_does_not_know_any_more_is_named_and_submitted_anew(tmp_path, name):
    recording, said = batched(tmp_path), []
    with providing() as (url, provider), client_of(url, recording, notice=said.append) as client:
        left(recording, provider, requests_of(2), name, known=False)
        assert texts_of(client.complete(requests_of(2))) == ["text 0", "text 1"]
    assert any(
        f"not go on with {name or 'file-9'}, of a.jsonl.batch: the provider does not know" in line for line in said
    )
    assert not recording.batch_state.exists()


def test_answers_of_a_batch_that_the_provider_has_deleted_are_asked_for_anew(tmp_path):
    recording = batched(tmp_path)
    with providing() as (url, provider), client_of(url, recording) as client:
        left(recording, provider, requests_of(2))
        reply = provider.answer

        def answer(method, path, content):
            return (404, {"error": {"message": "gone"}}) if "batch-9-" in path else reply(method, path, content)

        provider.answer = answer
        assert texts_of(client.complete(requests_of(2))) == ["text 0", "text 1"]
    assert created(provider) == 1


def test_a_batch_of_another_server_is_named_and_submitted_anew(tmp_path):
    recording, said = batched(tmp_path), []
    with providing() as (url, provider), client_of(url, recording, notice=said.append) as client:
        left(recording, provider, requests_of(2), server="https://a.example/v1")
        assert texts_of(client.complete(requests_of(2))) == ["text 0", "text 1"]
    assert created(provider) == 1
    assert ("GET", "/v1/batches/batch-9") not in provider.came
    assert any(
        "it was submitted to https://a.example/v1, and now http://localhost/v1 is asked" in line for line in said
    )
    assert not recording.batch_state.exists()


def test_a_batch_stays_known_until_another_takes_its_place(tmp_path):
    recording = batched(tmp_path)
    with providing() as (url, provider), client_of(url, recording) as client:
        left(recording, provider, requests_of(2), server="https://a.example/v1")
        before = recording.batch_state.read_bytes()
        provider.failing = [(401, {"error": {"message": "bad key"}})]
        with pytest.raises(GeneratorError, match="bad key"):
            client.complete(requests_of(2))
    assert recording.batch_state.read_bytes() == before


def test_a_batch_of_whose_requests_none_is_wanted_any_more_is_not_waited_for(tmp_path):
    recording, said = batched(tmp_path), []
    with providing() as (url, provider), client_of(url, recording, notice=said.append) as client:
        left(recording, provider, requests_of(2, temperature=0.1))
        assert texts_of(client.complete(requests_of(2))) == ["text 0", "text 1"]
    assert ("GET", "/v1/batches/batch-9") not in provider.came
    assert any("none of its requests is wanted any more" in line and "it is cancelled" in line for line in said)
    assert provider.cancelled == ["batch-9"]
    assert not recording.batch_state.exists()


def test_answers_of_a_batch_that_are_still_wanted_are_recorded_and_the_others_asked_for(tmp_path):
    recording = batched(tmp_path)
    with providing() as (url, provider), client_of(url, recording) as client:
        left(recording, provider, [*requests_of(1), *requests_of(1, first=1, temperature=0.1)])
        assert texts_of(client.complete(requests_of(3))) == ["text 0", "text 1", "text 2"]
        (new,) = (
            content for name, content in provider.files.items() if name not in ("file-9",) and "batch" not in name
        )
    assert [json.loads(line)["body"]["seed"] for line in new.splitlines()] == [1, 2]


def test_questions_that_a_batch_left_out_are_in_the_next_one(tmp_path):
    late = {3, 4}

    def reply(body):
        if body["seed"] in late:
            late.discard(body["seed"])
            return 0, None
        return 200, completion_of(f"text {body['seed']}")

    with providing(reply) as (url, provider), client_of(url, batched(tmp_path)) as client:
        made = client.complete(requests_of(6))
    assert texts_of(made) == [f"text {i}" for i in range(6)]
    assert created(provider) == 2


def test_what_a_provider_does_not_take_is_learnt_from_its_first_batch(tmp_path):
    def reply(body):
        if "max_tokens" in body:
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return 400, {"error": {"message": message, "param": "max_tokens"}}
        return 200, completion_of(f"text {body['seed']}")

    with providing(reply) as (url, provider), client_of(url, batched(tmp_path)) as client:
        assert texts_of(client.complete(requests_of(3))) == ["text 0", "text 1", "text 2"]
    assert created(provider) == 2


def test_thoughts_get_room_in_the_next_batch(tmp_path):
    def reply(body):
        if body["max_tokens"] < 500:
            cut = completion_of("")
            cut["choices"][0] |= {"finish_reason": "length", "message": {"content": "", "reasoning": "First"}}
            return 200, cut
        return 200, completion_of(f"text {body['seed']}")

    recording = batched(tmp_path)
    with providing(reply) as (url, provider), client_of(url, recording) as client:
        assert texts_of(client.complete(requests_of(3))) == ["text 0", "text 1", "text 2"]
    assert created(provider) == 2
    assert {entry["room"] for entry in entries_in(recording.path).values()} == {2048}


def test_a_request_that_is_refused_among_others_is_a_dropped_answer(tmp_path):
    def reply(body):
        if body["seed"] == 1:
            return 400, {"error": {"message": "it was filtered", "code": "content_filter"}}
        return 200, completion_of(f"text {body['seed']}")

    with providing(reply) as (url, _), client_of(url, batched(tmp_path)) as client:
        made = client.complete(requests_of(3))
    assert [one.ending for one in made] == ["complete", "rejected", "complete"]


FAILS = {
    "no batches": ([(404, {"error": {"message": "no such path"}})], "completed", r"answered 404 \(no such path\)"),
    "a wrong key": ([(401, {"error": {"message": "bad key"}})], "completed", r"answered 401 \(bad key\)"),
    "a failed batch": ([], "failed", "the file has too many lines"),
    "a cancelled batch": ([], "cancelled", "the batch is cancelled, and has brought no answer"),
}


@pytest.mark.parametrize("name", FAILS)
def test_a_batch_that_fails_is_one_line_that_says_what_to_do(tmp_path, name):
    failing, ends, line = FAILS[name]
    with providing() as (url, provider), client_of(url, batched(tmp_path)) as client:
        provider.failing, provider.ends = list(failing), ends
        with pytest.raises(GeneratorError, match=line) as raised:
            client.complete(requests_of(2))
        assert "record with --synth-record missing if the server takes no batches" in str(raised.value)
        assert "\n" not in str(raised.value)
        provider.failing, provider.ends = [], "completed"
        assert texts_of(client.complete(requests_of(2))) == ["text 0", "text 1"]


def test_a_poll_that_fails_in_passing_is_made_again(tmp_path):
    with providing() as (url, provider), client_of(url, batched(tmp_path)) as client:
        provider.open.clear()
        reply = provider.answer

        def answer(method, path, content):
            if method == "GET" and not provider.open.is_set():
                provider.open.set()
                return 503, {"error": {"message": "busy"}}
            return reply(method, path, content)

        provider.answer = answer
        assert texts_of(client.complete(requests_of(2))) == ["text 0", "text 1"]


def test_a_batch_costs_half_and_stays_within_the_budget(tmp_path):
    recording = batched(tmp_path)
    with providing() as (url, provider), client_of(url, recording, price=Price(100, 100), budget_usd=0.02) as client:
        with pytest.raises(GeneratorError, match=r"gets no batch, to stay within the budget of 0.02 usd"):
            client.complete(requests_of(50))
        assert created(provider) == 0
        client.complete(requests_of(2))
    assert recording.usage() == Usage(2, 0, 14, 6, 0, (14, 6))
    assert client._endpoint._spending.usd == pytest.approx(20 * 100 / 1e6 / 2)


@pytest.mark.parametrize("unit", ["tokens", "usd"])
@pytest.mark.parametrize("was_left", [False, True])
def test_what_a_batch_under_way_may_cost_is_kept_back_until_its_answers_are_recorded(tmp_path, unit, was_left):
    recordings = [Recording(tmp_path / f"{name}.jsonl", "batch") for name in "ab"]
    asks = [(Generator(name="m").body(request), request) for request in requests_of(2)]
    most = sum(sum(most_tokens(body)) for body, _ in asks)
    budget = {"budget_tokens": round(1.5 * most)} if unit == "tokens" else {"budget_usd": 1.5 * most * 100 / 1e6 / 2}
    with providing() as (url, provider), client_of(url, recordings[0], price=Price(100, 100), **budget) as client:
        endpoint = client._endpoint
        if was_left:
            left(recordings[0], provider, requests_of(2))
        endpoint.submit(asks, recordings[0])
        with pytest.raises(GeneratorError, match=r"gets no batch, .* 0(\.0+)? spent, batches under way may take"):
            endpoint.submit(asks, recordings[1])
        assert created(provider) == (0 if was_left else 1)
        with recordings[0].recording():
            endpoint.send(asks, recordings[0], lambda: None)
        endpoint.submit(asks, recordings[1])
    assert len(provider.batches) == 2


@pytest.mark.parametrize("ends", ["refused", "failed"])
def test_of_a_batch_that_brings_nothing_nothing_is_kept_back(tmp_path, ends):
    recordings = [Recording(tmp_path / f"{name}.jsonl", "batch") for name in "ab"]
    asks = [(Generator(name="m").body(request), request) for request in requests_of(2)]
    most = sum(sum(most_tokens(body)) for body, _ in asks)
    with providing() as (url, provider), client_of(url, recordings[0], budget_tokens=most) as client:
        if ends == "refused":
            provider.failing = [(401, {"error": {"message": "bad key"}})]
        else:
            provider.ends = "failed"
        with pytest.raises(GeneratorError, match="has failed a batch"):
            client.complete(requests_of(2))
        client._endpoint.submit(asks, recordings[1])
    assert recordings[1].batch_state.exists()


def test_a_state_that_is_none_is_one_line(tmp_path):
    recording = batched(tmp_path)
    recording.batch_state.write_text("{", encoding="utf-8")
    with (
        providing() as (url, _),
        client_of(url, recording) as client,
        pytest.raises(ValueError, match=r"a.jsonl.batch is not the state of a batch .*; delete it to submit another"),
    ):
        client.complete(requests_of(1))


OPTIONS = ("--synth-data=mirror", "--synth-per-label=3", "--synth-classifier=majority", "--synth-cache=off")


def note_of(body):
    """A provider's answer to a request of the toy task."""
    adjective = "nasty" if "unkind" in body["messages"][-1]["content"] else "lovely"
    return 200, completion_of(f"{adjective} note {body['seed']}")


def test_a_session_records_by_batches(pytester):
    project(pytester)
    with providing(note_of) as (url, provider):
        asked = [*OPTIONS, "--synth-method=zero_shot", f"--synth-generator=m@{url}"]
        result = pytester.runpytest_inprocess(*asked, "--synth-record=batch")
        assert result.ret == 0
        assert created(provider) >= 1
        assert pytester.runpytest_inprocess(*asked).ret == 0
    assert "at half the price" in result.stdout.str()


def test_a_session_submits_the_batches_of_all_its_tasks_and_methods_before_it_waits_for_one(pytester):
    project(pytester)
    project(pytester, name="other")
    with providing(note_of) as (url, provider):
        asked = [*OPTIONS, "--synth-method=zero_shot,few_shot", f"--synth-generator=m@{url}"]
        result = pytester.runpytest_inprocess(*asked, "--synth-record=batch", "--synth-generation-seed=0,1")
    assert result.ret == 0
    came = [path for _, path in provider.came]
    first_wait = next(place for place, path in enumerate(came) if path.startswith("/v1/batches/"))
    assert came[:first_wait].count("/v1/batches") == created(provider) == 4  # both draws of a method are in one
    assert "goes on with" not in result.stdout.str()


def test_a_batch_of_one_task_that_fails_keeps_the_answers_of_the_others(pytester):
    project(pytester)
    project(pytester, name="other")

    def reply(body):
        return note_of(body) if "unlike" not in body["messages"][0]["content"] else (401, {"error": {"message": "no"}})

    other = pytester.path / "test_other.py"
    other.write_text(other.read_text().replace("You write notes.", "You write notes unlike others."))
    with providing(reply) as (url, _):
        asked = [*OPTIONS, "--synth-method=zero_shot", f"--synth-generator=m@{url}"]
        result = pytester.runpytest_inprocess(*asked, "--synth-record=batch")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert pytester.runpytest_inprocess("test_toy.py", *asked).ret == 0


@pytest.mark.parametrize("was_left", [False, True])
def test_of_two_tasks_and_a_budget_for_one_the_second_gets_no_batch(pytester, was_left):
    project(pytester)
    project(pytester, name="other")
    with providing(note_of) as (url, provider):
        asked = [*OPTIONS, "--synth-method=zero_shot", f"--synth-generator=m@{url}", "--synth-record=batch"]
        refused = pytester.runpytest_inprocess(*asked, "--synth-budget=1tokens")
        most = int(re.search(r"the next batch may take (\d+)", refused.stdout.str() + refused.stderr.str())[1])
        if was_left:  # of the task that comes last
            reply = provider.answer
            provider.answer = lambda method, *more: (401, {}) if method == "GET" else reply(method, *more)
            assert pytester.runpytest_inprocess("test_toy.py", *asked).ret == pytest.ExitCode.USAGE_ERROR
            provider.answer = reply
        result = pytester.runpytest_inprocess(*asked, f"--synth-budget={round(1.5 * most)}tokens")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "0 spent, batches under way may take" in result.stdout.str() + result.stderr.str()
    assert created(provider) == 1
