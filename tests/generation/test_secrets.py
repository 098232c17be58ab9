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
from synthworth.generation.recording import Recording, find_secret, redacted
from synthworth.generation.recording.entries import entry
from synthworth.generation.recording.secrets import looks_random
from synthworth.generation.recording.store import Store

ROOT = Path(__file__).parents[2]
CASSETTES = sorted((ROOT / "cassettes").glob("*/*/*.jsonl"))
ALPHANUMERIC = string.ascii_letters + string.digits
ANY = [chr(code) for code in range(32, 127)]


def made(random_, alphabet, count):
    return "".join(random_.choices(alphabet, k=count))


def made_as_most(random_, alphabet, count):
    """A key like all but one of a thousand: without a prefix, it is told from words by how often its letters change."""
    return next(key for key in iter(lambda: made(random_, alphabet, count), "") if looks_random(key))


# Made anew by each test: a key in a file of tests would set off other people's scans.
KINDS = {
    "a private key": lambda r: f"-----BEGIN RSA PRIVATE KEY-----\n{made(r, ALPHANUMERIC, 64)}\n",
    "a key of the form sk-...": lambda r: (
        "sk-" + r.choice(["", "proj-", "ant-api03-"]) + made(r, ALPHANUMERIC + "_", 40)
    ),
    "a bearer token": lambda r: f"Bearer {made(r, ALPHANUMERIC, 48)}",
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
    "an AWS secret key": lambda r: made_as_most(r, ALPHANUMERIC + "/+", 40),
    "an Azure key": lambda r: f"DefaultEndpointsProtocol=https;AccountKey={made(r, ALPHANUMERIC + '+/', 86)}==",
    "an Azure signature": lambda r: f"https://a.blob.example/x?sv=2024-01-01&sig={made(r, ALPHANUMERIC, 43)}%3D",
    "a Groq key": lambda r: "gsk_" + made(r, ALPHANUMERIC, 52),
    "an xAI key": lambda r: "xai-" + made(r, ALPHANUMERIC, 80),
    "an NVIDIA key": lambda r: "nvapi-" + made(r, ALPHANUMERIC + "-_", 64),
    "a Perplexity key": lambda r: "pplx-" + made(r, ALPHANUMERIC, 48),
    "a Replicate key": lambda r: "r8_" + made(r, ALPHANUMERIC, 37),
    "a Stripe key": lambda r: r.choice(["sk", "rk", "pk"]) + r.choice(["_live_", "_test_"]) + made(r, ALPHANUMERIC, 24),
    "an npm token": lambda r: "npm_" + made(r, ALPHANUMERIC, 36),
    "a PyPI token": lambda r: "pypi-AgEIcHlwaS5vcmc" + made(r, ALPHANUMERIC + "-_", 100),
    "a Databricks token": lambda r: "dapi" + made(r, "0123456789abcdef", 32),
    "a SendGrid key": lambda r: f"SG.{made(r, ALPHANUMERIC, 22)}.{made(r, ALPHANUMERIC, 43)}",
    "a Telegram token": lambda r: f"{made(r, '123456789', 9)}:AA{made(r, ALPHANUMERIC, 33)}",
    "a Google client secret": lambda r: "GOCSPX-" + made(r, ALPHANUMERIC, 28),
    "a key in a URL": lambda r: (
        f"https://api.example/v1/x?{r.choice(['api_key', 'key', 'access_token'])}={made(r, ALPHANUMERIC, 48)}&n=1"
    ),
    "a key by its name": lambda r: (
        r.choice(["api_key", "client_secret", "Password"]) + r.choice(["=", ": ", '": "']) + made(r, ALPHANUMERIC, 48)
    ),
    "a token in a URL": lambda r: f"https://{made(r, ALPHANUMERIC, 48)}@git.example/a.git",
    "the value of MY_API_TOKEN": lambda r: made(r, [*ALPHANUMERIC, *'"\\/+-_é '], 6) + made(r, ALPHANUMERIC, 6) + "7",
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
@settings(max_examples=20)
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
@settings(max_examples=50)
def test_a_value_of_the_environment_is_found_even_inside_a_word(packing, seed, length, glued):
    secret = made(random.Random(seed), ALPHANUMERIC, length) + "7"
    text = glued + PACKINGS[packing](f"{glued}{secret}{glued}") + glued
    assert find_secret(text, {"DB_PASSWORD": secret}) == "the value of DB_PASSWORD"


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "HF_TOKEN", "my_secret", "DB_PASSWORD", "DB_PASSWD", "GPG_PASSPHRASE", "AWS_CREDENTIALS"]
)
def test_the_environment_s_secrets_are_told_by_their_names(name):
    assert find_secret("so hunter2-hunter2 it is", {name: "hunter2-hunter2"}) == f"the value of {name}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("HOME", "hunter2-hunter2"), ("TOKENIZERS_PARALLELISM", "false"), ("MY_KEY", ""), ("MY_KEY", "EMPTY")),
        *(("MONKEY", "keyboard"), ("KEYBOARD_LAYOUT", "hunter2-hunter2"), ("SECRETARY", "hunter2-hunter2")),
        *(("SSH_KEY_PATH", "hunter2-hunter2"), ("OPENAI_API_KEY", "anything"), ("DB_PASSWORD", "Password")),
    ],
)
def test_other_values_of_the_environment_are_no_secrets(name, value):
    text = "so hunter2-hunter2 is false and EMPTY, the keyboard is anything but a Password"
    assert find_secret(text, {name: value}) == ""


HARMLESS = [
    "the basic responsibilities of a basic JavaScript/TypeScript team and basic food/shelter/clothing",
    "the bearer share-certificates of the bearer, and a standard-bearer acknowledgement",
    "a task-force-of-the-year, a risk-assessment-of-everything, an SK-II skin-care-of-the-night",
    "https://example.com/a/b?c=d&e=me@example.com and http://127.0.0.1:8000/v1 and mailto:me@example.com",
    "supercalifragilisticexpialidocious/Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "sk-learn-based-pipelines, sk-learn-2024-pipelines-v1 and the sk-learn-compatible-classifiers",
    "the Bearer InternationalOrganisation1 and the bearer InternationalOrganisations",
    "http://a.com:80,b@c.de and (http://a.com:8080)b@c.de",
    "https://firstname.lastname@site.example/ and https://example.com/?key=value-of-something&token=YOUR_TOKEN_HERE",
    "password: correct-horse-battery-staple, PASSWORD=yourpasswordhere, api_key = os.environ",
    "https://shop.example/?code=SUMMER2024SALE1 and password: Winter2024Sale and ?token=covid-19-and-2020-and-2021",
    "xai-powered-assistants-for-everybody and pypi-style-package-names-that-are-very-long-and-have-no-end",
    "https://example.org/2024/03/a-very-long-title-of-a-news-story-in-2024-and-more",
    "ghp_short and hf_short and AKIASHORT and eyJ.no.jwt and xoxo-hugs-and-kisses",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_words_that_look_a_little_like_a_key_are_no_secret(text):
    assert find_secret(text, {}) == ""
    assert find_secret(base64.b64encode(text.encode()).decode(), {}) == ""
    assert redacted(text, {}) == text


@pytest.mark.parametrize(
    ("alphabet", "length"),
    [(string.digits + "abcdef", 32), (ALPHANUMERIC, 32), (string.digits + string.ascii_lowercase, 40)],
)
def test_nearly_all_that_chance_draws_looks_random(alphabet, length):
    random_ = random.Random(0)
    assert sum(looks_random(made(random_, alphabet, length)) for _ in range(2000)) > 1980


@given(st.text())
def test_any_text_can_be_looked_into(text):
    assert find_secret(text, {}) in {"", *KINDS}


RUNS = [
    *("a", "0123456789abcdef", "sk-", "-eyJ", "://a:", "Bearer ", "-----BEGIN ", "H4sIAAAA", "\\u0041", "password=  "),
    *("a@", "?key=", "basic ", "A/", "xoxb-", "ya29.", ".", "MNO"),
]


@pytest.mark.parametrize("run", RUNS)
def test_a_text_of_half_a_million_characters_is_looked_through_in_a_few_passes(run):
    text = run * (500_000 // len(run))  # what reads it anew from each place reads 10 ** 11 characters
    assert isinstance(find_secret(text, {"MY_KEY": "hunter2-hunter2"}), str)
    assert isinstance(redacted(text, {}), str)


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
@settings(max_examples=20)
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
def test_an_answer_that_holds_a_key_is_withheld_and_counted_and_the_run_goes_on(tmp_path, packing):
    recording = Recording(tmp_path / "a.jsonl", "missing")

    def reply(number, body):
        return f"Sure.\n{planted(packing)}" if body["seed"] == 3 else "fine"

    with serving(reply) as (url, came), client_of(url, recording, concurrency=1) as client:
        made = client.complete(requests_of(9))
        again = client.complete(requests_of(9))
    before = (tmp_path / "a.jsonl.partial").read_text()
    recording.save()
    replayed = [Recording(recording.path).find(request.body("m"), request.sample) for request in requests_of(9)]
    assert made == again == replayed
    assert [one.ending for one in made] == ["complete"] * 3 + ["withheld"] + ["complete"] * 5
    assert made[3].text == ""
    assert len(came) == 9
    assert recording.usage().completion_tokens == 9 * 3
    for text in (before, recording.path.read_text()):
        assert planted(packing)[:30] not in text


def test_a_value_of_the_environment_in_a_refusal_is_withheld_too(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_PASSWORD", "hunter2-hunter2")
    recording = Recording(tmp_path / "a.jsonl", "missing")
    answer = {"choices": [{"message": {"content": None, "refusal": "not hunter2-hunter2"}, "finish_reason": "stop"}]}
    with (
        serving(lambda number, body: (200, {}, json.dumps(answer).encode())) as (url, _),
        client_of(url, recording) as client,
    ):
        assert [one.ending for one in client.complete(requests_of(1))] == ["withheld"]
    recording.save()
    assert "hunter2" not in recording.path.read_text()


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


def test_a_model_that_is_called_like_a_key_loses_its_name_alone(tmp_path):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    key = KINDS["a GitHub token"](random.Random(3))
    with serving(lambda number, body: answer_of("fine", model=key)) as (url, _), client_of(url, recording) as client:
        assert [one.text for one in client.complete(requests_of(1))] == ["fine"]
    assert "ghp_" not in (tmp_path / "a.jsonl.partial").read_text()


def test_a_value_that_is_a_part_of_the_generator_s_name_withholds_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("MODEL_KEY", "m-2025-08-07")
    recording = Recording(tmp_path / "a.jsonl", "missing")
    body = {"model": "m-2025-08-07", "messages": []}
    answer = {"model": "m-2025-08-07", "choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}
    Store(recording.path).append(entry(body, requests_of(1)[0], answer))
    assert Recording(recording.path).find(body, 0).text == "fine"


def test_a_secret_that_got_into_the_journal_is_not_saved(tmp_path, monkeypatch):
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(lambda number, body: "hunter2-hunter2") as (url, _), client_of(url, recording) as client:
        client.complete(requests_of(1))
    monkeypatch.setenv("MY_PASSWORD", "hunter2-hunter2")
    recording.save()
    assert "hunter2" not in recording.path.read_text()
    assert len(Recording(recording.path)) == 1
