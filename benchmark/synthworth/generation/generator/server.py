"""The embedded generator: a small language model behind an OpenAI-compatible endpoint on loopback."""

import itertools
import json
import os
import queue
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from synthworth.core import parse_json
from synthworth.generation.generator.embedded import EMBEDDED, Unavailable, name_of, weights_of
from synthworth.generation.generator.language_model import (
    Batch,
    FinishedAnswer,
    LanguageModel,
    TokenPrompt,
    check_architecture,
    head_size,
)
from synthworth.training import has_bf16

SLOTS = 64
CONTEXT = 2048
CACHE_BYTES = 3 << 30  # of keys and values: a larger network answers fewer prompts at a time
MAX_BODY = 1 << 20


def load(weights: Path) -> tuple[Any, Any]:
    """Return the network, dense and in the precision that this processor multiplies natively, and its tokenizer.

    Raises Unavailable if the file holds a network that cannot be run, or a tokenizer without a chat template.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    logging.disable_progress_bar()
    source = {"pretrained_model_name_or_path": str(weights.parent), "gguf_file": weights.name}
    # Packed weights would be unpacked for each product.
    dense = GgufConfig(dequantize=True)
    precision = torch.bfloat16 if has_bf16(torch.device("cpu")) else torch.float32
    try:
        network = AutoModelForCausalLM.from_pretrained(**source, dtype=precision, quantization_config=dense)
        tokenizer = AutoTokenizer.from_pretrained(**source)
        check_architecture(network.config)
    except Exception as error:  # of a stranger's file, in a library's reader
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise Unavailable(f"{weights.name} cannot be loaded ({reason}); give a GGUF file of another model") from error
    if not tokenizer.chat_template:
        raise Unavailable(f"{weights.name} has no chat template; give a model that was trained to follow instructions")
    return network.eval(), tokenizer


def slots_of(config: Any, context: int, bytes_each: int) -> int:
    """Return how many prompts are answered at a time: at most `SLOTS`, and no more than `CACHE_BYTES` hold.

    `bytes_each` is the size of one key or value in bytes.
    """
    row: int = 2 * config.num_hidden_layers * config.num_key_value_heads * head_size(config) * context * bytes_each
    return max(1, min(SLOTS, CACHE_BYTES // row))


def serve(
    port: int = 0,
    *,
    model: str = "",
    weights: Path | None = None,
    threads: int | None = None,
    stop_with_stdin: bool = False,
) -> None:
    """Serve a model until it is interrupted, and print its base URL as the first line of standard output.

    Without `model`, that of the `weights`, or else `EMBEDDED`. With `stop_with_stdin` it also stops when standard input
    closes: the death of a parent closes it, even a sudden one. Raises Unavailable as `weights_of` and `load` do.
    """
    if stop_with_stdin:  # before the weights are loaded, which takes a while
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TQDM_DISABLE"] = "1"  # a bar of the reader of GGUF files, in the place of our first error line
    # Before torch is loaded: its threads spin while they wait for each other, which takes twice the time on a machine
    # where others compute, too.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    import torch

    if threads:
        torch.set_num_threads(threads)
    name = model or (name_of(weights) if weights else EMBEDDED)
    network, tokenizer = load(weights_of(name, weights, lambda line: print(line, file=sys.stderr, flush=True)))
    context = min(CONTEXT, network.config.max_position_embeddings)
    slots = slots_of(network.config, context, network.dtype.itemsize)
    batch = Batch(LanguageModel(network, slots=slots, context=context), tokenizer)
    arrivals: queue.Queue[_Pending] = queue.Queue()
    threading.Thread(target=_answer_forever, args=(batch, arrivals), daemon=True).start()
    server = _Server(("127.0.0.1", port), _handler(_Served(name, tokenizer, context), arrivals))
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # the default, 5, resets connections if a client opens many at once


class _Pending:
    """A prompt that waits for its answer."""

    def __init__(self, prompt: TokenPrompt) -> None:
        self.prompt = prompt
        self._done = threading.Event()
        self._answers: list[FinishedAnswer] = []

    def end(self, answer: FinishedAnswer) -> None:
        """Hand the answer over."""
        self._answers.append(answer)
        self._done.set()

    def wait(self) -> FinishedAnswer:
        """The answer, once there is one."""
        self._done.wait()
        return self._answers[0]


def _answer_forever(batch: Batch, arrivals: "queue.Queue[_Pending]") -> None:
    tickets = itertools.count()
    waiting: dict[int, _Pending] = {}
    while True:
        joining: list[tuple[int, TokenPrompt]] = []
        while len(joining) < batch.room and (not arrivals.empty() or not (len(batch) or joining)):
            ticket, pending = next(tickets), arrivals.get()
            waiting[ticket] = pending
            joining.append((ticket, pending.prompt))
        try:
            answers = batch.admit(joining) if joining else batch.step()
        except Exception:  # one batch that cannot be sampled must not leave every later request waiting
            traceback.print_exc()
            os._exit(1)
        for answer in answers:
            waiting.pop(answer.ticket).end(answer)


class _Served(NamedTuple):
    """The model behind a server: its name in requests, its tokenizer, and how many tokens it reads and writes."""

    name: str
    tokenizer: Any
    context: int


def _handler(served: _Served, arrivals: "queue.Queue[_Pending]") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/v1/models":
                self._send(200, {"object": "list", "data": [{"id": served.name, "object": "model"}]})
            else:
                self._refuse(404, f"no {self.path}; there are /v1/models and /v1/chat/completions")

        def do_POST(self) -> None:
            size = int(self.headers.get("content-length", 0))
            body = self.rfile.read(min(size, MAX_BODY))
            if size > MAX_BODY:
                self.close_connection = True
                self._refuse(413, f"a body of {size} bytes; at most {MAX_BODY}")
            elif self.path != "/v1/chat/completions":
                self._refuse(404, f"no {self.path}; there are /v1/models and /v1/chat/completions")
            else:
                self._answer(body)

        def _answer(self, body: bytes) -> None:
            try:
                prompt = _prompt(served, parse_json(body, "body"))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                self._refuse(400, f"not a chat request that this server takes: {error}")
                return
            pending = _Pending(prompt)
            arrivals.put(pending)
            self._send(200, _completion(served.name, prompt, pending.wait()))

        def _refuse(self, status: int, message: str) -> None:
            self._send(status, {"error": {"message": message, "type": "invalid_request_error"}})

        def _send(self, status: int, answer: dict[str, Any]) -> None:
            data = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing: a recording sends thousands of requests."""

    return Handler


def _prompt(served: _Served, body: dict[str, Any]) -> TokenPrompt:
    if body.get("model") != served.name:
        raise ValueError(f"unknown model {body.get('model')!r}; models: {served.name}")
    if body.get("n", 1) != 1 or body.get("stream"):
        raise ValueError("only one answer a request (n=1), and no stream")
    messages = [{"role": str(m["role"]), "content": str(m["content"])} for m in body["messages"]]
    text = served.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    stop = body.get("stop") or ()
    prompt = TokenPrompt(
        tokens=tuple(served.tokenizer(text, add_special_tokens=False)["input_ids"]),
        seed=int(body.get("seed") or 0),
        temperature=float(body.get("temperature", 1.0)),
        top_p=float(body.get("top_p", 1.0)),
        frequency_penalty=float(body.get("frequency_penalty", 0.0)),
        max_tokens=int(body.get("max_tokens") or body.get("max_completion_tokens") or 128),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
    )
    # A request that the sampler cannot take is refused here: there it would end the server, and every other answer.
    if not all(isinstance(mark, str) and mark for mark in prompt.stop):
        raise ValueError(f"stop {stop!r}; give a text, or a list of texts, none of them empty")
    if not -(2**63) <= prompt.seed < 2**63:
        raise ValueError(f"seed {prompt.seed}; give one of at most 63 bits")
    if not prompt.tokens:
        raise ValueError("messages is empty; give at least one")
    if not 0 < prompt.max_tokens <= served.context - len(prompt.tokens):
        raise ValueError(
            f"{len(prompt.tokens)} prompt tokens and max_tokens {prompt.max_tokens}; at most {served.context}"
        )
    return prompt


def _completion(model: str, prompt: TokenPrompt, answer: FinishedAnswer) -> dict[str, Any]:
    return {
        "id": "chatcmpl-embedded",
        "object": "chat.completion",
        "created": 0,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": answer.finish_reason,
                "message": {"role": "assistant", "content": answer.text},
            }
        ],
        "usage": {
            "prompt_tokens": len(prompt.tokens),
            "completion_tokens": answer.tokens,
            "total_tokens": len(prompt.tokens) + answer.tokens,
        },
    }
