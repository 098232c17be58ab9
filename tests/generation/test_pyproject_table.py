"""A generator described in pyproject.toml: what is read, what is refused, and what of it a recording is found by."""

import os
from pathlib import Path

import pytest

from clients import client_of, entries_in, requests_of, texts_of
from projects import project
from servers import answer_of, error_of, serving
from synthworth.generation.generator import GeneratorError, Price, find_generator
from synthworth.generation.generator.pyproject_table import KEYS
from synthworth.generation.generator.settings import AnswerSettings, ServerSettings
from synthworth.generation.recording import ENDPOINT, Recording, key, redacted
from synthworth.submission import SubmissionRequest
from synthworth.submission.submit import submit

FULL = """
[tool.synthworth.generators.mine]
model = "org/writer-8b"
alias = "writer"
base_url = ["https://a.example/v1?api-version=2", "http://127.0.0.1:8000/v1"]
headers = {api-key = "$WRITER_KEY", x-title = "a study"}
key_variable = ""
system_message = false
temperature = 1
top_p = 0.5
max_tokens = 900
reasoning_effort = "low"
extra_body = {chat_template_kwargs = {enable_thinking = false}}
timeout_s = 20
connect_timeout_s = 2.5
prices = {prompt = 1, completion = 2.5}
"""


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Writes a pyproject.toml, and gives the generator that a name stands for below it."""
    monkeypatch.chdir(tmp_path)

    def read(text, name="mine"):
        (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
        return find_generator(name)

    return read


def described(lines):
    return f"[tool.synthworth.generators.mine]\n{lines}\n"


def refused(table, lines):
    with pytest.raises(ValueError, match=r"\w") as raised:
        table(described(lines))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_every_key_of_the_table_is_read(table):
    mine = table(FULL)
    assert (mine.name, mine.asked_model, mine.shown) == ("writer", "org/writer-8b", "mine")
    assert (mine.base_url, mine.replicas) == ("https://a.example/v1?api-version=2", ("http://127.0.0.1:8000/v1",))
    assert mine.settings == AnswerSettings(
        system_message=False,
        temperature=1.0,
        top_p=0.5,
        max_tokens=900,
        reasoning_effort="low",
        extra_body={"chat_template_kwargs": {"enable_thinking": False}},
    )
    headers = {"api-key": "$WRITER_KEY", "x-title": "a study"}
    assert mine.line == ServerSettings(headers=headers, key_variable="", timeout_s=20.0, connect_timeout_s=2.5)
    assert mine.price == Price(prompt=1.0, completion=2.5)


def test_an_empty_table_is_the_model_of_its_name(table):
    mine = table(described(""))
    assert (mine.name, mine.asked_model, mine.base_url) == ("mine", "mine", None)
    assert mine.settings == AnswerSettings()


def test_a_generator_is_found_by_the_alias_that_results_name(table):
    assert table(FULL, "writer") == table(FULL, "mine")


@pytest.mark.parametrize(
    ("lines", "plain"),
    [("", True), ("timeout_s = 5", True), ("model = 'other'", False), ("alias = 'other'", False), ("top_p = 1", False)],
)
def test_a_plain_generator_is_one_whose_answers_its_name_alone_finds(table, lines, plain):
    assert table(described(lines)).is_plain is plain


def test_a_generator_that_is_not_plain_is_not_submitted(table):
    table(FULL)
    request = SubmissionRequest(
        name="x", suites=[], results=[], data="hub", method="zero_shot", generator="writer", date="2026-11-30"
    )
    with pytest.raises(ValueError, match=r"generator writer has .* in pyproject.toml, which a bundle does not carry"):
        submit(request, Path("bundle"))


def test_a_base_url_behind_the_name_takes_the_place_of_the_table_s(table):
    mine = table(FULL, "mine@http://u:planted@b.example/v1,http://c.example/v1")
    assert (mine.base_url, mine.replicas) == ("http://u:planted@b.example/v1", ("http://c.example/v1",))
    assert mine.shown == "mine@http://b.example/v1,http://c.example/v1"
    assert mine.asked_model == "org/writer-8b"


def test_a_base_url_behind_the_alias_takes_the_place_of_the_table_s_as_well(table):
    url = "http://u:planted@b.example/v1"
    assert table(FULL, f"writer@{url}") == table(FULL, f"mine@{url}")


def test_the_name_or_alias_of_no_table_with_a_url_is_a_generator_by_itself(table):
    other = table(FULL, "other@http://b.example/v1")
    assert (other.name, other.asked_model, other.settings) == ("other", "other", AnswerSettings())


@pytest.mark.parametrize("alias", ["writer", " writer ", "mine"])
@pytest.mark.parametrize("name", ["mine", "second", "writer", "other", "mine@http://b.example/v1"])
def test_two_tables_that_would_record_into_one_folder_are_one_line(table, alias, name):
    text = f"{FULL}\n[tool.synthworth.generators.second]\nalias = '{alias}'\n"
    line = r"generators.second\]: alias is a name of the table 'mine', too; give it an alias of its own"
    with pytest.raises(ValueError, match=line) as raised:
        table(text, name)
    assert "\n" not in str(raised.value)


def test_an_alias_that_is_the_name_of_a_later_table_is_refused_and_the_table_s_own_is_not(table):
    with pytest.raises(ValueError, match=r"generators.mine\]: alias is a name of the table 'writer', too"):
        table(f"{FULL}\n[tool.synthworth.generators.writer]\n")
    assert table(described("alias = 'mine'")).name == "mine"


def test_the_table_of_the_nearest_project_with_one_counts(table, tmp_path, monkeypatch):
    table(described("temperature = 1"))
    inner = tmp_path / "one" / "two"
    inner.mkdir(parents=True)
    (tmp_path / "one" / "pyproject.toml").write_text("[project]\nname = 'other'\n", encoding="utf-8")
    monkeypatch.chdir(inner)
    assert find_generator("mine").settings.temperature == 1
    (inner / "pyproject.toml").write_text("[tool.synthworth]\n", encoding="utf-8")
    assert find_generator("mine").settings.temperature is None


WRONG = {
    "modle = 'm'": "unknown key 'modle'; keys: model, alias, base_url, .*prices; did you mean model?",
    "model = 3": "model is 3; give the name that the server knows the model by, as a text",
    "alias = ''": "alias is an empty text; give the name that tables show",
    "base_url = 'localhost:8000'": r"base_url \(the base URL has no server; .*\); give a base URL as",
    "base_url = []": "base_url is a list; give a base URL as .*, or a list of them",
    "headers = ['a']": "headers is a list; give a table of texts; a secret is named by its variable",
    "headers = {api-key = 'planted-3f9a'}": r"headers \('api-key' holds a secret in plain text\); give a table",
    "headers = {Authorization = 'Bearer planted-3f9a'}": r"headers \('Authorization' holds a secret in plain text\)",
    "headers = {x = 1}": r"headers \(the value of 'x' is no printable ASCII text\)",
    "headers = {Cookie = 'session=planted'}": r"headers \('Cookie' holds a secret in plain text\)",
    "headers = {x-auth = 'planted'}": r"headers \('x-auth' holds a secret in plain text\)",
    "headers = {X-Credentials = 'planted'}": r"headers \('X-Credentials' holds a secret in plain text\)",
    "key_variable = 'sk-planted'": "key_variable is a text; give the name of an environment variable",
    "system_message = 'off'": "system_message is a text; give true or false",
    "temperature = 'hot'": "temperature is a text; give a number from 0 to 2",
    "temperature = 3": "temperature is 3; give a number from 0 to 2",
    "temperature = true": "temperature is true; give a number from 0 to 2",
    "top_p = 0": "top_p is 0; give a number above 0, to 1",
    "max_tokens = 0": "max_tokens is 0; give a whole number, 1 or more",
    "max_tokens = 1.5": "max_tokens is 1.5; give a whole number",
    "reasoning_effort = 'max'": "reasoning_effort is a text; give one of none, minimal, low, medium, high, xhigh",
    "reasoning_effort = []": "reasoning_effort is a list; give one of none",
    "extra_body = 'x'": "extra_body is a text; give a table of further fields",
    "extra_body = {temperature = 1}": r"extra_body \('temperature' has a key of its own\); give",
    "extra_body = {seed = 1}": r"extra_body \('seed' is decided for each text\); give",
    "extra_body = {x = nan}": r"extra_body \(a value cannot be written as JSON\); give",
    "extra_body = {x = 2020-01-01}": r"extra_body \(a value cannot be written as JSON\); give",
    "timeout_s = 0": "timeout_s is 0; give seconds, from 0.1 to 86,400",
    "connect_timeout_s = inf": "connect_timeout_s is inf; give seconds, from 0.1 to 86,400",
    "prices = 3": "prices is 3; give {prompt = 0.25, completion = 2.0}, in US dollars for a million tokens",
    "prices = {prompt = -1, completion = 2}": "prices is a table; give {prompt = 0.25, completion = 2.0}",
}


@pytest.mark.parametrize(
    "value",
    ["'sk-planted'", "['sk-planted']", "{temperature = 1, key = 'sk-planted'}", "{seed = {key = ['sk-planted']}}"],
)
@pytest.mark.parametrize("key", KEYS)
def test_a_secret_that_was_pasted_under_any_key_is_in_no_message(table, key, value):
    said = ""
    try:
        table(described(f"{key} = {value}"))
    except ValueError as error:
        said = str(error)
    assert "planted" not in said


@pytest.mark.parametrize(
    "text", ["[tool]\nsynthworth = 'sk-planted'", "[tool.synthworth.generators]\nmine = ['sk-planted']"]
)
def test_a_secret_in_the_place_of_a_table_is_in_no_message(table, text):
    with pytest.raises(ValueError, match="make it a table") as raised:
        table(text)
    assert "planted" not in str(raised.value)


def test_a_header_whose_name_only_resembles_a_secret_s_is_sent_as_it_is(table):
    headers = {"x-author": "me", "HTTP-Referer": "https://a.example"}
    assert table(described("headers = {x-author = 'me', HTTP-Referer = 'https://a.example'}")).line.headers == headers


@pytest.mark.parametrize("lines", WRONG)
def test_what_the_table_cannot_hold_is_one_line_that_names_it_and_what_is_allowed(table, lines):
    said = refused(table, lines)
    assert "pyproject.toml: [tool.synthworth.generators.mine]" in said
    assert "planted" not in said
    with pytest.raises(ValueError, match=WRONG[lines]):
        table(described(lines))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[tool.synthworth\n", "cannot read .*pyproject.toml: .*; correct it"),
        ("[tool]\nsynthworth = 1\n", "tool.synthworth is 1; make it a table"),
        ("[tool.synthworth]\ngenerator = 1\n", "unknown key 'generator'; keys: generators; did you mean generators?"),
        ("[tool.synthworth]\ngenerators = 1\n", r"write \[tool.synthworth.generators.NAME\]"),
        ("[tool.synthworth.generators]\nmine = 1\n", r"generators.mine\]: it is 1; make it a table"),
    ],
)
def test_a_file_that_holds_no_such_tables_is_one_line(table, text, line):
    with pytest.raises(ValueError, match=line) as raised:
        table(text)
    assert "\n" not in str(raised.value)


# ---- the key of a recording

CHANGES_THE_ANSWER = [
    "model = 'other'",
    "system_message = false",
    "temperature = 1",
    "top_p = 0.5",
    "max_tokens = 900",
    "reasoning_effort = 'low'",
    "extra_body = {chat_template_kwargs = {enable_thinking = false}}",
]
CHANGES_NO_ANSWER = [
    "alias = 'other'",
    "base_url = 'https://a.example/v1?x=1'",
    "headers = {x-title = 'a study'}",
    "key_variable = 'MY_KEY'",
    "timeout_s = 5",
    "connect_timeout_s = 5",
    "prices = {prompt = 1, completion = 1}",
]


def keys_of(generator):
    return [key(*ENDPOINT, generator.body(request), request.sample) for request in requests_of(3)]


def test_a_table_that_says_nothing_keeps_the_keys_of_existing_recordings(table):
    plain = [key(*ENDPOINT, request.body("mine"), request.sample) for request in requests_of(3)]
    assert keys_of(table(described(""))) == plain


@pytest.mark.parametrize("lines", CHANGES_THE_ANSWER)
def test_what_changes_the_answer_is_in_the_key(table, lines):
    assert not set(keys_of(table(described(lines)))) & set(keys_of(table(described(""))))


@pytest.mark.parametrize("lines", CHANGES_NO_ANSWER)
def test_what_changes_no_answer_is_not_in_the_key(table, lines):
    assert keys_of(table(described(lines))) == keys_of(table(described("")))


def test_every_key_of_the_table_is_one_or_the_other():
    assert {line.partition(" ")[0] for line in CHANGES_THE_ANSWER + CHANGES_NO_ANSWER} == set(KEYS)


@pytest.mark.parametrize("lines", [line for line in CHANGES_THE_ANSWER if not line.startswith("model")])
def test_a_changed_setting_is_named_as_what_changed(table, lines, tmp_path):
    before, after = table(described("")), table(described(lines))
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving() as (url, _), client_of(url, recording, generator=before) as client:
        client.complete(requests_of(2))
    name = lines.partition(" ")[0].replace("system_message", "no_system_message")
    asked = [(after.body(request), request) for request in requests_of(2)]
    assert recording.changes(asked) == {name: 2}


# ---- what is sent


def test_the_table_decides_what_is_sent_and_where(table, tmp_path, monkeypatch):
    monkeypatch.setenv("WRITER_KEY", "planted-3f9a-77")
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving() as (url, came):
        mine = table(FULL)
        with client_of(f"{url}?api-version=2", recording, generator=mine) as client:
            client.complete(requests_of(1))
    sent = came[0]
    assert sent.path == "/v1/chat/completions?api-version=2"
    assert sent.headers["api-key"] == "planted-3f9a-77"
    assert sent.headers["x-title"] == "a study"
    assert "authorization" not in sent.headers
    assert sent.body == {
        "model": "org/writer-8b",
        "messages": [{"role": "user", "content": "You write notes.\n\nWrite the planted note."}],
        "temperature": 1.0,
        "top_p": 0.5,
        "max_tokens": 900,
        "seed": 0,
        "reasoning_effort": "low",
        "chat_template_kwargs": {"enable_thinking": False},
    }


def test_the_key_is_read_from_its_variable(table, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-provider")
    monkeypatch.setenv("THIS_ONE", "planted-3f9a-77")
    with (
        serving() as (url, came),
        client_of(
            url, Recording(tmp_path / "a.jsonl", "missing"), generator=table(described("key_variable = 'THIS_ONE'"))
        ) as client,
    ):
        client.complete(requests_of(1))
    assert came[0].headers["authorization"] == "Bearer planted-3f9a-77"
    assert "another" not in str(came)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("key_variable = 'THIS_ONE'", "generator mine at .* needs a key; set THIS_ONE; answers so far"),
        ("headers = {api-key = '${THIS_ONE}'}", r"cannot be reached \(it lacks a header\); set THIS_ONE, which its"),
    ],
)
def test_a_variable_that_is_not_set_is_one_line_that_names_it(table, tmp_path, monkeypatch, lines, line):
    monkeypatch.delenv("THIS_ONE", raising=False)
    with (
        client_of(
            "http://127.0.0.1:9/v1", Recording(tmp_path / "a.jsonl", "missing"), generator=table(described(lines))
        ) as client,
        pytest.raises(GeneratorError, match=line),
    ):
        client.complete(requests_of(1))


@pytest.mark.parametrize("lines", ["key_variable = 'THIS_ONE'", "headers = {api-key = '$THIS_ONE'}"])
def test_a_secret_that_a_server_repeats_is_in_no_recording_and_no_message(table, tmp_path, monkeypatch, lines):
    monkeypatch.setenv("THIS_ONE", "planted 3f9a 77")  # neither its look nor the variable's name says that it is one
    mine, said = table(described(lines)), []
    recording = Recording(tmp_path / "a.jsonl", "missing", secrets=mine.line.secrets)

    def reply(number, body):
        if body["seed"] == 1:
            return error_of(401, "the key planted 3f9a 77 is wrong")
        return answer_of("my key is planted 3f9a 77")

    def redact(text):
        return redacted(text, {**os.environ, **mine.line.secrets})

    told = {"notice": said.append, "redact": redact, "concurrency": 1}
    with (
        serving(reply) as (url, _),
        client_of(url, recording, generator=mine, **told) as client,
        pytest.raises(GeneratorError, match=r"answered 401 \(the key \*\*\* is wrong\)") as raised,
    ):
        client.complete(requests_of(2))
    recording.save()
    written = "".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("a.jsonl*"))
    assert entries_in(recording.path)[0]["response"]["finish_reason"] == "withheld"
    assert "planted" not in written + str(raised.value) + str(said)


def test_a_run_records_under_the_alias_and_replays_with_the_name(pytester, monkeypatch):
    project(pytester)
    with serving(lambda number, body: f"The harbour was calm on day {number} of the long journey home") as (url, came):
        (pytester.path / "pyproject.toml").write_text(
            f'[tool.synthworth.generators.mine]\nmodel = "big/model"\nalias = "writer"\nbase_url = "{url}"\n'
            "extra_body = {chat_template_kwargs = {enable_thinking = false}}\n",
            encoding="utf-8",
        )
        options = ["--synth-data", "mirror", "--synth-generator=mine", "--synth-method=zero_shot"]
        options += ["--synth-per-label=2", "--synth-classifier=majority", "--synth-cache=off"]
        pytester.runpytest_inprocess(*options, "--synth-record=missing")
        asked = len(came)
        replayed = pytester.runpytest_inprocess(*options)
    assert {body["model"] for body in came.bodies} == {"big/model"}
    assert came.bodies[0]["chat_template_kwargs"] == {"enable_thinking": False}
    assert asked == len(came) > 0
    assert list((pytester.path / "cassettes" / "writer").rglob("zero_shot.jsonl"))
    assert "writer" in replayed.stdout.str()


def test_the_answers_of_a_client_with_settings_are_replayed(table, tmp_path):
    mine = table(described("temperature = 1.5\nextra_body = {top_k = 3}"))
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving() as (url, _), client_of(url, recording, generator=mine) as client:
        made = client.complete(requests_of(3))
    with client_of("http://127.0.0.1:9/v1", Recording(tmp_path / "a.jsonl"), generator=mine) as client:
        assert texts_of(client.complete(requests_of(3))) == texts_of(made)
