"""The embedded generator's HTTP face, in a real process, with a tiny random network in the place of the weights."""

import concurrent.futures
import http.client
import json
import subprocess
import sys
from urllib.parse import urlsplit

import openai
import pytest
from transformers import LlamaConfig

from synthworth.generation.generator.embedded import EMBEDDED
from synthworth.generation.generator.server import CACHE_BYTES, CONTEXT, MAX_BODY, SLOTS, slots_of

SERVE = """
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from synthworth.generation.generator import server

def load(weights):
    torch.manual_seed(7)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={c: i for i, c in enumerate([*letters, "<end>"])}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    config = LlamaConfig(vocab_size=257, hidden_size=16, intermediate_size=16, num_hidden_layers=2,
                         num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=2048,
                         initializer_range=0.5, eos_token_id=256)
    template = "{% for m in messages %}{{ m['role'][0] + ':' + m['content'] + '|' }}{% endfor %}"
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>", chat_template=template)
    return LlamaForCausalLM(config).float().eval(), wrapped

server.load = load
server.weights_of = lambda name, file, say: None
server.serve(0, threads=1, stop_with_stdin=True)
"""


def body_of(**changed):
    messages = [{"role": "user", "content": "Write one."}]
    return {"model": EMBEDDED, "messages": messages, "max_tokens": 9, "seed": 1, **changed}


@pytest.fixture(scope="module")
def url():
    command = [sys.executable, "-c", SERVE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()
        process.wait(timeout=60)


def asked(url, method, path, data=None):
    """Status, content type and decoded body of one exchange."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    try:
        connection.request(method, path, data)
        response = connection.getresponse()
        return response.status, response.headers["content-type"], json.loads(response.read())
    finally:
        connection.close()


def complete(url, **changed):
    status, _, answer = asked(url, "POST", "/v1/chat/completions", json.dumps(body_of(**changed)))
    assert status == 200, answer
    return answer["choices"][0]["message"]["content"]


def test_the_address_is_printed_and_is_loopback(url):
    assert urlsplit(url).hostname == "127.0.0.1"
    assert urlsplit(url).path == "/v1"


def test_it_names_its_model(url):
    status, kind, answer = asked(url, "GET", "/v1/models")
    assert (status, kind, [m["id"] for m in answer["data"]]) == (200, "application/json", [EMBEDDED])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_404_and_the_paths_are_named(url, method):
    status, kind, answer = asked(url, method, "/v1/embeddings", "{}" if method == "POST" else None)
    assert (status, kind) == (404, "application/json")
    assert "no /v1/embeddings; there are /v1/models and /v1/chat/completions" in answer["error"]["message"]


BAD = {
    "no JSON": b"Write one.",
    "empty": b"",
    "not UTF-8": b"\xff\xfe\xfd",
    "a list": b"[]",
    "no model": {"messages": []},
    "another model": body_of(model="gpt-5"),
    "two answers": body_of(n=2),
    "a stream": body_of(stream=True),
    "no messages": {"model": EMBEDDED},
    "messages as text": body_of(messages="Write one."),
    "a message without content": body_of(messages=[{"role": "user"}]),
    "temperature as text": body_of(temperature="hot"),
    "too many tokens": body_of(max_tokens=CONTEXT),
    "a negative number of tokens": body_of(max_tokens=-1),
    "an infinite number of tokens": json.dumps(body_of(max_tokens=float("inf"))).encode(),
    "too long a prompt": body_of(messages=[{"role": "user", "content": "word " * CONTEXT}]),
    "a seed beyond 64 bits": body_of(seed=2**70),
    "a stop that is no text": body_of(stop=[1]),
    "a stop that is a number": body_of(stop=1),
    "an empty stop": body_of(stop=[""]),
    "an empty prompt": body_of(messages=[]),
    "nested too deeply": b"[" * 10_000,
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_body_is_a_400_in_json_and_the_server_lives(url, what):
    data = BAD[what] if isinstance(BAD[what], bytes) else json.dumps(BAD[what])
    status, kind, answer = asked(url, "POST", "/v1/chat/completions", data)
    assert (status, kind) == (400, "application/json")
    assert answer["error"]["message"].startswith("not a chat request that this server takes: ")
    assert complete(url) == complete(url)


def test_an_unknown_model_is_told_which_there_is(url):
    with openai.OpenAI(base_url=url, api_key="none") as client, pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(**body_of(model="gpt-5"))
    assert f"unknown model 'gpt-5'; models: {EMBEDDED}" in raised.value.message


def test_a_body_that_is_too_large_is_a_413(url):
    status, _, answer = asked(url, "POST", "/v1/chat/completions", b" " * (MAX_BODY + 1))
    assert status == 413
    assert f"a body of {MAX_BODY + 1} bytes; at most {MAX_BODY}" in answer["error"]["message"]


def test_the_openai_client_gets_a_whole_completion(url):
    with openai.OpenAI(base_url=url, api_key="none") as client:
        answer = client.chat.completions.create(**body_of())
    choice, usage = answer.choices[0], answer.usage
    assert choice.finish_reason in ("stop", "length")
    assert (usage.prompt_tokens, usage.total_tokens) == (len("u:Write one.|"), 13 + usage.completion_tokens)
    assert choice.finish_reason == "stop" or usage.completion_tokens == 9


def test_a_frequency_penalty_is_taken(url):
    with_one = [complete(url, frequency_penalty=2, max_tokens=30) for _ in range(2)]
    assert with_one[0] == with_one[1] != complete(url, max_tokens=30)


def test_more_requests_than_slots_get_the_answers_they_get_alone(url):
    alone = [complete(url, seed=seed) for seed in range(100)]
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        together = list(pool.map(lambda seed: complete(url, seed=seed), range(100)))
    assert together == alone
    assert len(set(alone)) > 50


def test_a_larger_network_answers_fewer_prompts_at_a_time():
    small = LlamaConfig(num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3, hidden_size=576)
    large = LlamaConfig(num_hidden_layers=80, num_attention_heads=64, num_key_value_heads=64, hidden_size=8192)
    assert slots_of(small, CONTEXT, 2) == SLOTS
    assert slots_of(large, CONTEXT, 2) == 1
    middle = LlamaConfig(num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=8, hidden_size=4096)
    held = slots_of(middle, CONTEXT, 2)
    assert 1 < held < SLOTS
    assert held * 2 * 32 * 8 * 128 * CONTEXT * 2 <= CACHE_BYTES
