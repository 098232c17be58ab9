"""vcrpy's cassette with an index: records and replays completions by key, not by scanning."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request

from benchmark.recording import store

KEY_HEADER = "x-synth-key"
SAMPLE_HEADER = "x-synth-sample"


def request_key(request: Request) -> str:
    """The key of a request as vcrpy sees it: the one stored with it, or the one its content gives."""
    if KEY_HEADER in request.headers:
        found = request.headers[KEY_HEADER]
        return found if isinstance(found, str) else found[0]
    body = json.loads(request.body_bytes)
    return store.key(request.method, request.path, body, int(request.headers.get(SAMPLE_HEADER, 0)))


def matches(first: Request, second: Request) -> None:
    """vcrpy matcher: the same question and the same sample of it."""
    assert request_key(first) == request_key(second), "another question, or another sample of it"


def serialize(cassette: dict[str, Any]) -> str:
    """vcrpy serializer: interactions as the recording's JSON Lines."""
    entries = {}
    for interaction in cassette["interactions"]:
        request, answer = interaction["request"], json.loads(interaction["response"]["body"]["string"])
        headers = {name.lower(): value for name, value in request["headers"].items()}
        if KEY_HEADER in headers:
            found = {**json.loads(request["body"]), "key": headers[KEY_HEADER][0], "response": _answer_of(answer)}
        else:
            body, sample = json.loads(request["body"]), int(headers.get(SAMPLE_HEADER, ["0"])[0])
            path = request["uri"].split("://", 1)[-1].partition("/")[2]
            found = store.entry(store.key(request["method"], path, body, sample), body, sample, answer)
        entries[found["key"]] = found
    return store.dumps(entries)


def deserialize(text: str) -> dict[str, Any]:
    """vcrpy serializer: the recording as interactions that vcrpy can play."""
    return {"version": 1, "interactions": [_interaction(entry) for entry in store.loads(text).values()]}


class IndexedCassette(Cassette):  # type: ignore[misc]
    """A vcrpy cassette whose look-ups are one dictionary access and whose answers are on disk at once.

    vcrpy's own scans every recorded request for every request sent, which is quadratic, and saves at the end,
    which loses everything at a kill.
    """

    entries: store.Store
    on_answer: Callable[[str], None]

    @classmethod
    def load(cls, *, entries: store.Store, on_answer: Callable[[str], None], **options: Any) -> "IndexedCassette":
        cassette = cls(**options)
        cassette.entries, cassette.on_answer = entries, on_answer
        cassette.rewound = True
        return cassette

    def can_play_response_for(self, request: Request) -> bool:
        return self.record_mode != RecordMode.ALL and request_key(request) in self.entries.entries

    def play_response(self, request: Request) -> dict[str, Any]:
        response: dict[str, Any] = _response(self.entries.entries[request_key(request)])
        response["body"]["string"] = response["body"]["string"].encode()
        return response

    def append(self, request: Request, response: dict[str, Any]) -> None:
        # An error is not an answer: stored, it would be replayed to the retry that was about to succeed.
        if response["status"]["code"] >= 400:
            return
        with contextlib.suppress(ValueError, KeyError, IndexError, TypeError, AttributeError):
            answer = json.loads(response["body"]["string"])
            body = json.loads(request.body_bytes)
            found = store.entry(request_key(request), body, int(request.headers.get(SAMPLE_HEADER, 0)), answer)
            self.entries.append(found)
            self.on_answer(found["key"])

    def _save(self, force: bool = False) -> None:
        """Nothing: each answer is on disk already, and `Recording.save` sorts the file once, at the end."""


@contextlib.contextmanager
def recorded(entries: store.Store, *, again: bool, on_answer: Callable[[str], None]) -> Iterator[None]:
    """While open, what HTTP clients send is answered from `entries` or recorded there (`again`: always)."""
    mode = RecordMode.ALL if again else RecordMode.NEW_EPISODES
    with IndexedCassette.use(entries=entries, on_answer=on_answer, path=str(entries.path), record_mode=mode):
        yield


def vcr(library: Path) -> Any:
    """A `vcr.VCR` that knows this format: `vcr(folder).use_cassette("task/zero_shot.jsonl")` replays it."""
    import vcr as vcrpy

    machine = vcrpy.VCR(cassette_library_dir=str(library), record_mode="none", serializer="synthworth")
    machine.register_serializer("synthworth", _THIS)
    machine.register_matcher("synthworth", matches)
    machine.match_on = ("synthworth",)
    return machine


class _Serializer:
    serialize = staticmethod(serialize)
    deserialize = staticmethod(deserialize)


_THIS = _Serializer()


def _interaction(entry: dict[str, Any]) -> dict[str, Any]:
    shown = {"sample": entry["sample"], "request": entry["request"]}
    request = {
        "method": "POST",
        "uri": "http://recorded.invalid/v1/chat/completions",
        "headers": {KEY_HEADER: [entry["key"]]},
        "body": json.dumps(shown, ensure_ascii=False),
    }
    return {"request": request, "response": _response(entry)}


def _response(entry: dict[str, Any]) -> dict[str, Any]:
    found = entry["response"]
    answer = {
        "id": f"recorded-{entry['key'][:12]}",
        "object": "chat.completion",
        "created": 0,
        "model": found["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": found["finish_reason"],
                "message": {"role": "assistant", "content": found["text"]},
            }
        ],
        "usage": {
            "prompt_tokens": found["prompt_tokens"],
            "completion_tokens": found["completion_tokens"],
            "total_tokens": found["prompt_tokens"] + found["completion_tokens"],
        },
    }
    return {
        "status": {"code": 200, "message": "OK"},
        "headers": {"content-type": ["application/json"]},
        "body": {"string": json.dumps(answer, ensure_ascii=False)},
    }


def _answer_of(answer: dict[str, Any]) -> dict[str, Any]:
    choice, usage = answer["choices"][0], answer["usage"]
    return {
        "text": choice["message"]["content"],
        "finish_reason": choice["finish_reason"],
        "model": answer["model"],
        "prompt_tokens": usage["prompt_tokens"],
        "completion_tokens": usage["completion_tokens"],
    }
