"""Names of generators and addresses of servers, as people paste them; no key of theirs is ever shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import requests_of
from servers import answer_of, serving
from synthworth.generation.generator import Client, Endpoint, Generator, GeneratorError, Limits, Price, price_of
from synthworth.generation.generator.address import OPENAI, Address
from synthworth.generation.recording import Recording

NAMES = {
    "m": ("m", None),
    "a/m:free@https://b.example/v1": ("a/m:free", "https://b.example/v1"),
    "@cf/meta/llama@http://127.0.0.1:8000/v1": ("@cf/meta/llama", "http://127.0.0.1:8000/v1"),
    "@cf/meta/llama-3.1-8b": ("@cf/meta/llama-3.1-8b", None),
    "claude@20240620": ("claude@20240620", None),
    "text-bison@001@https://b.example/v1": ("text-bison@001", "https://b.example/v1"),
    "org/m@v1.2": ("org/m@v1.2", None),
    "m@http://me:p@b.example/v1": ("m", "http://me:p@b.example/v1"),
    " m@HTTPS://b.example/v1 ": ("m", "HTTPS://b.example/v1"),
}


@pytest.mark.parametrize("text", NAMES)
def test_a_generator_is_a_name_or_a_name_at_a_base_url(text):
    name, url = NAMES[text]
    assert Generator.parse(text) == Generator(name=name, base_url=url)


@pytest.mark.parametrize(
    "text",
    [
        *("", "@", "m@", "@http://127.0.0.1/v1", "http://127.0.0.1:8000/v1", "https://b.example/v1", "m@ftp://a/v1"),
        *("m@127.0.0.1:8000", "m@localhost", "m@host.example/v1", "m@host:80", "m@[::1]/v1", "m@10.0.0.1"),
    ],
)
def test_a_generator_that_is_neither_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"give NAME or NAME@BASE_URL, as in qwen3-8b@http://"):
        Generator.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "m@http://me:planted@host:port/v1",
        "m@http://",
        "m@ftp://planted@a/v1",
        "m@http://me:planted/w@h/v1",
        "m@http://me:planted[@h/v1",
        "m@http://me:pl/anted-planted@h:0x/v1",
        "m@ftp://me:pw/planted@a/v1?key=planted",
        "m@me:planted@127.0.0.1:8000",
        "m@http://a/v1\x00?key=planted",
        "m@http://me:planted@a/v1@http://b/v1",
        "m@http://me:planted@a/v1@http://b:x/v1",
    ],
)
def test_a_base_url_that_is_none_is_refused_without_its_password(text):
    with pytest.raises(ValueError, match=r"^generator .*; give") as raised:
        Generator.parse(text)
    assert "planted" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://me:planted/w@h/v1", "http://me:planted[@h/v1", "http://h:planted/v1"])
def test_a_url_that_cannot_be_read_is_told_without_any_part_of_it(tmp_path, monkeypatch, url):
    with pytest.raises(ValueError, match=r"^the base URL cannot be read") as raised:
        Address.parse(url)
    assert "planted" not in str(raised.value)
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    endpoint = Endpoint(Generator(name="m"), Limits(), None, connect=lambda: None)
    client = Client(endpoint, Recording(tmp_path / "a.jsonl", "missing"), missing=LookupError)
    with pytest.raises(GeneratorError, match="the base URL cannot be read") as failed:
        client.complete(requests_of(1))
    endpoint.close()
    assert "planted" not in str(failed.value)


URLS = {
    "https://b.example/v1": ("https://b.example/v1/chat/completions", "https://b.example/v1"),
    "https://b.example/v1/": ("https://b.example/v1/chat/completions", "https://b.example/v1"),
    "https://b.example": ("https://b.example/chat/completions", "https://b.example"),
    "https://b.example/v1/chat/completions": ("https://b.example/v1/chat/completions", "https://b.example/v1"),
    "https://b.example/openai/deployments/m?api-version=2024-10-21": (
        "https://b.example/openai/deployments/m/chat/completions?api-version=2024-10-21",
        "https://b.example/openai/deployments/m",
    ),
    "https://b.example/v1/chat/completions/?a=1&b=%2F": (
        "https://b.example/v1/chat/completions?a=1&b=%2F",
        "https://b.example/v1",
    ),
    "http://me:pw@[::1]:8000/v1#x": ("http://me:pw@[::1]:8000/v1/chat/completions", "http://[::1]:8000/v1"),
}


@pytest.mark.parametrize("url", URLS)
def test_questions_go_to_the_endpoint_of_the_base_url_with_its_query_and_neither_user_nor_query_is_shown(url):
    sent, shown = URLS[url]
    address = Address.parse(url)
    assert (address.url, address.shown) == (sent, shown)


@given(st.from_regex(r"[a-z0-9%:_-]{1,20}", fullmatch=True), st.from_regex(r"[a-z0-9_-]{8,20}", fullmatch=True))
def test_whatever_user_and_query_a_base_url_has_they_are_not_shown(user, key):
    generator = Generator(name="m", base_url=f"https://QQ{user}@b.example/v1?api-key=ZZ{key}")
    assert generator.shown == "m@https://b.example/v1"
    assert generator == Generator.parse(f"m@{generator.base_url}")


@pytest.mark.parametrize(
    ("url", "recorded"),
    [
        ("http://127.0.0.1:34567/v1", "http://localhost/v1"),
        ("http://[::1]:8000/v1", "http://localhost/v1"),
        ("http://localhost:1234/v1", "http://localhost/v1"),
        ("http://0.0.0.0:8000/v1", "http://localhost/v1"),
        ("https://me:pw@b.example:8443/v1?key=k", "https://b.example:8443/v1"),
    ],
)
def test_a_recording_names_the_server_and_of_this_machine_no_port(url, recorded):
    assert Address.parse(url).recorded == recorded


@pytest.mark.parametrize("value", [None, "", "  "])
def test_without_a_base_url_openai_is_asked(monkeypatch, value):
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    if value is not None:
        monkeypatch.setenv("OPENAI_BASE_URL", value)
    assert Generator(name="gpt-5-mini").server == OPENAI
    assert Generator(name="gpt-5-mini").is_at_openai


def test_the_server_that_the_environment_names_is_asked_named_recorded_and_not_priced_as_openai(tmp_path, monkeypatch):
    said, generator = [], Generator(name="gpt-5-mini")
    recording = Recording(tmp_path / "a.jsonl", "missing")
    with serving(lambda number, body: answer_of("fine", model="other")) as (url, came):
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}?api-key=planted")
        endpoint = Endpoint(generator, Limits(), None, connect=lambda: None, notice=said.append)
        Client(endpoint, recording, missing=LookupError).complete(requests_of(1))
        endpoint.close()
    recording.save()
    assert len(came) == 1
    assert said == [f"generator gpt-5-mini is asked at {url}, as OPENAI_BASE_URL says"]
    assert Recording(recording.path).servers == {"http://localhost/v1"}
    assert not generator.is_at_openai
    assert price_of("gpt-5-mini", ours=generator.is_at_openai) is None
    assert price_of("gpt-5-mini", ours=True) == Price(prompt=0.25, completion=2.0)


@pytest.mark.parametrize(
    ("host", "openai"), [("api.openai.com", True), ("eu.api.openai.com", True), ("x.openai.azure.com", False)]
)
def test_openai_s_own_servers_are_told_from_those_of_others(host, openai):
    assert Address.parse(f"https://{host}/v1").is_openai is openai


@pytest.mark.parametrize(
    ("server", "priced"),
    [("https://api.anthropic.com/v1", True), ("https://api.anthropic.com.evil.example/v1", False), ("", False)],
)
def test_a_price_of_a_provider_holds_for_its_own_server_alone(server, priced):
    generator = Generator(name="claude-haiku-5-5", base_url=server)
    assert (generator.price_by() == Price(prompt=0.1, completion=0.5)) is priced
    assert (generator.price_by() is None) is not priced
