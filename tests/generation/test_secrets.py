"""Keys and passwords are found however they are packed, and nothing else is."""

import base64
import gzip
import json
import os
import random
import string
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients import client_of, requests_of
from servers import answer_of, error_of, serving
from synthworth.generation.recording import Recording, UnwritableRecording, find_secret, redacted

ROOT = Path(__file__).parents[2]
CASSETTES = sorted((ROOT / "cassettes").glob("*/*/*.jsonl"))
ALPHANUMERIC = string.ascii_letters + string.digits
ANY = [chr(code) for code in range(32, 127)]


def made(random_, alphabet, count):
    return "".join(random_.choices(alphabet, k=count))


# Made anew by each test: a key in a file of tests would set off other people's scans.
KINDS = {
    "a private key": lambda r: f"-----BEGIN RSA PRIVATE KEY-----\n{made(r, ALPHANUMERIC, 64)}\n",
    "a key of the form sk-...": lambda r: (
        "sk-" + r.choice(["", "proj-", "ant-api03-"]) + made(r, ALPHANUMERIC + "_", 40)
    ),
    "a bearer token": lambda r: f"Bearer {made(r, ALPHANUMERIC, 32)}",
    "a basic authorization": lambda r: "Basic " + base64.b64encode(f"me:{made(r, ANY, 12)}".encode()).decode(),
    "an AWS access key": lambda r: "AKIA" + made(r, string.ascii_uppercase + string.digits, 16),
    "a GitHub token": lambda r: "ghp_" + made(r, ALPHANUMERIC, 36),
    "a fine-grained GitHub token": lambda r: "github_pat_" + made(r, ALPHANUMERIC + "_", 82),
    "a GitLab token": lambda r: "glpat-" + made(r, ALPHANUMERIC, 20),
    "a Hugging Face token": lambda r: "hf_" + made(r, ALPHANUMERIC, 34),
    "a Slack token": lambda r: "xoxb-" + made(r, ALPHANUMERIC, 24),
    "a Google key": lambda r: "AIza" + made(r, ALPHANUMERIC + "-_", 35),
    "a JSON web token": lambda r: (
        f"eyJ{made(r, ALPHANUMERIC, 20)}.{made(r, ALPHANUMERIC, 60)}.{made(r, ALPHANUMERIC, 43)}"
    ),
    "a password in a URL": lambda r: f"postgres://me:{made(r, ALPHANUMERIC + ':@', 12)}@db.example/v1",
    "the value of MY_API_TOKEN": lambda r: made(r, [*ALPHANUMERIC, *'"\\/+-_é '], 6) + made(r, ALPHANUMERIC, 6),
}
PACKINGS = {
    "plain": lambda text: text,
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text.encode())).decode(),
    "gzip in base64 for URLs": lambda text: base64.urlsafe_b64encode(gzip.compress(text.encode())).decode(),
    "gzip in base64 in lines": lambda text: base64.encodebytes(gzip.compress(text.encode())).decode(),
}
# Text that has an end before the key begins: "task-force" is no key of the form sk-.
AROUND = st.text(max_size=80).map(lambda text: f"{text} ") | st.just("") | st.text(max_size=40).map(lambda t: f"{t}\n")


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32), before=AROUND, after=AROUND, outside=AROUND)
@settings(max_examples=20, deadline=None)
def test_a_secret_is_found_anywhere_in_any_text_and_however_packed(kind, packing, seed, before, after, outside):
    secret = KINDS[kind](random.Random(seed))
    environment = {"MY_API_TOKEN": secret} if kind == "the value of MY_API_TOKEN" else {}
    text = outside + PACKINGS[packing](f"{before}{secret} {after}") + f" {outside}"
    line = find_secret(text.encode("utf-8", "replace").decode(), environment)
    assert line
    assert line in KINDS
    assert secret not in line


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_called_what_it_is(kind):
    secret = KINDS[kind](random.Random(0))
    environment = {"MY_API_TOKEN": secret} if kind == "the value of MY_API_TOKEN" else {}
    assert find_secret(f"here: {secret} .", environment) == kind


@pytest.mark.parametrize("packing", PACKINGS)
@given(seed=st.integers(0, 2**32), length=st.integers(8, 60), glued=st.text("abcXYZ019", max_size=9))
@settings(max_examples=50, deadline=None)
def test_a_value_of_the_environment_is_found_even_inside_a_word(packing, seed, length, glued):
    secret = made(random.Random(seed), ALPHANUMERIC, length)
    text = glued + PACKINGS[packing](f"{glued}{secret}{glued}") + glued
    assert find_secret(text, {"DB_PASSWORD": secret}) == "the value of DB_PASSWORD"


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "HF_TOKEN", "my_secret", "DB_PASSWORD", "DB_PASSWD", "GPG_PASSPHRASE", "AWS_CREDENTIALS"]
)
def test_the_environment_s_secrets_are_told_by_their_names(name):
    assert find_secret("so hunter2-hunter2 it is", {name: "hunter2-hunter2"}) == f"the value of {name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("HOME", "hunter2-hunter2"), ("TOKENIZERS_PARALLELISM", "false"), ("MY_KEY", ""), ("MY_KEY", "EMPTY")],
)
def test_other_values_of_the_environment_are_no_secrets(name, value):
    assert find_secret("so hunter2-hunter2 is false and EMPTY", {name: value}) == ""


HARMLESS = [
    "the basic responsibilities of a basic JavaScript/TypeScript team and basic food/shelter/clothing",
    "the bearer share-certificates of the bearer, and a standard-bearer acknowledgement",
    "a task-force-of-the-year, a risk-assessment-of-everything, an SK-II skin-care-of-the-night",
    "https://example.com/a/b?c=d&e=me@example.com and http://127.0.0.1:8000/v1 and mailto:me@example.com",
    "supercalifragilisticexpialidocious/Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "ghp_short and hf_short and AKIASHORT and eyJ.no.jwt and xoxo-hugs-and-kisses",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_words_that_look_a_little_like_a_key_are_no_secret(text):
    assert find_secret(text, {}) == ""
    assert find_secret(base64.b64encode(text.encode()).decode(), {}) == ""
    assert redacted(text, {}) == text


@given(st.text())
@settings(deadline=None)
def test_any_text_can_be_looked_into(text):
    assert find_secret(text, {}) in {"", *KINDS}


def test_a_zip_bomb_is_not_unpacked_to_its_end():
    bomb = base64.b64encode(gzip.compress(bytes(2**26), compresslevel=9)).decode()
    tracemalloc.start()
    try:
        assert find_secret(bomb, {}) == ""
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("letter", ["é", "钥", "ß"])
def test_a_letter_of_another_alphabet_before_a_key_does_not_hide_it(letter):
    assert find_secret(letter + KINDS["a GitHub token"](random.Random(4)), {}) == "a GitHub token"


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32), around=st.text(max_size=40))
@settings(max_examples=20, deadline=None)
def test_a_message_that_quotes_a_secret_loses_it_and_keeps_the_rest(kind, seed, around):
    secret = KINDS[kind](random.Random(seed)).strip()
    environment = {"MY_API_TOKEN": secret} if kind == "the value of MY_API_TOKEN" else {}
    if kind == "a private key":
        secret = "-----BEGIN RSA PRIVATE KEY-----"
    said = redacted(f"{around}\n{secret}\n{around}", environment)
    assert secret not in said
    assert "***" in said
    assert find_secret(said, environment) == find_secret(around, environment)


def test_of_two_values_one_in_the_other_the_whole_of_the_longer_is_hidden():
    assert redacted("x abcdefgh-ijklmnop y", {"A_KEY": "abcdefgh", "B_KEY": "abcdefgh-ijklmnop"}) == "x *** y"


def test_no_committed_recording_sets_off_a_false_alarm():
    texts = [path.read_text(encoding="utf-8") for path in CASSETTES]
    begun = time.perf_counter()
    found = [find_secret(text, os.environ) for text in texts]
    sys.stdout.write(
        f"{len(texts)} recordings, {sum(map(len, texts)) / 1e6:.1f} MB: {time.perf_counter() - begun:.2f} s\n"
    )
    assert len(texts) >= 20
    assert set(found) == {""}


def planted(packing):
    return PACKINGS[packing](f"the key is {KINDS['a GitHub token'](random.Random(1))} .")


@pytest.mark.parametrize("packing", PACKINGS)
def test_an_answer_that_holds_a_key_stops_the_run_before_it_is_written(tmp_path, packing):
    recording = Recording(tmp_path / "a.jsonl", "missing")

    def reply(number, body):
        return f"Sure.\n{planted(packing)}" if body["seed"] == 3 else "fine"

    with (
        serving(reply) as (url, came),
        client_of(url, recording, concurrency=1) as client,
        pytest.raises(
            UnwritableRecording, match=r"^an answer for recording .*a\.jsonl holds a GitHub token .*"
        ) as raised,
    ):
        client.complete(requests_of(9))
    recording.save()
    assert "ghp_" not in str(raised.value)
    assert "\n" not in str(raised.value)
    assert [body["seed"] for body in came.bodies] == [0, 1, 2, 3]
    assert len(recording) == 3
    assert planted(packing)[:30] not in recording.path.read_text()


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_value_of_the_environment_in_an_answer_stops_the_run_and_is_not_named(tmp_path, monkeypatch, packing):
    monkeypatch.setenv("MY_PASSWORD", "hunter2-hunter2")
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with (
        serving(lambda number, body: PACKINGS[packing]("it is hunter2-hunter2, is it?")) as (url, _),
        client_of(url, recording) as client,
        pytest.raises(UnwritableRecording, match="holds the value of MY_PASSWORD and was not written") as raised,
    ):
        client.complete(requests_of(1))
    assert "hunter2" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_keys_in_headers_prompts_and_error_answers_never_reach_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "hunter2-hunter2")
    key = KINDS["a GitHub token"](random.Random(2))

    def reply(number, body):
        if number == 0:
            return error_of(500, f"the key is {key}", **{"retry-after": "0.01", "set-cookie": key})
        return answer_of("fine", **{"set-cookie": f"session={key}", "openai-organization": key, "x-request-id": key})

    recording = Recording(tmp_path / "a.jsonl", "missing")
    asked = requests_of(2, user=key, metadata={"key": key})
    with serving(reply) as (url, came), client_of(url.replace("://", f"://me:{key}@"), recording, retries=1) as client:
        client.complete(asked)
        before = recording.path.with_name("a.jsonl.partial").read_text()
    recording.save()
    assert key in came[0].body["user"]
    for text in (before, recording.path.read_text()):
        assert "fine" in text
        assert key not in text
        assert "hunter2" not in text


def test_a_model_that_is_called_like_a_key_is_refused_too(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    key = KINDS["a GitHub token"](random.Random(3))
    with (
        serving(lambda number, body: answer_of("fine", model=key)) as (url, _),
        client_of(url, recording) as client,
        pytest.raises(UnwritableRecording, match="holds a GitHub token"),
    ):
        client.complete(requests_of(1))


def test_a_secret_that_got_into_the_journal_is_not_saved(tmp_path, monkeypatch):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(lambda number, body: "hunter2-hunter2") as (url, _), client_of(url, recording) as client:
        client.complete(requests_of(1))
    monkeypatch.setenv("MY_PASSWORD", "hunter2-hunter2")
    with pytest.raises(UnwritableRecording, match="holds the value of MY_PASSWORD"):
        recording.save()
    assert not recording.path.exists()
