"""vcrpy's cassette with an index: records and replays completions by key, not by scanning."""

import contextlib
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcr.cassette import Cassette
from vcr.filters import decode_response
from vcr.record_mode import RecordMode
from vcr.request import Request as Sent

from synthworth.core import Request
from synthworth.generation import thoughts
from synthworth.generation.recording import entries as forms
from synthworth.generation.recording import store

KEY_HEADER = "x-synth-key"
SAMPLE_HEADER = "x-synth-sample"
RETRY_HEADER = "x-stainless-retry-count"  # the openai client counts there how often it has tried before
OK = range(200, 300)
# Raised by reading what is no answer: no JSON, no such field, a number out of bounds, gzip that breaks off.
NO_COMPLETION = (
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError),
    *(OSError, EOFError, zlib.error),
)


@dataclass(frozen=True)
class RecordedRequest:
    """The question that an HTTP request under way stands for: the body, which a server may get in another form.

    `attempt` counts the requests sent for it before; `omitted` names what of the body is not sent. `room` are tokens
    added for thoughts, and `grows` tells that there can be more; `lost` counts those of answers that were none.
    `server` is the address that is asked, as recordings name it.
    """

    body: Mapping[str, Any]
    request: Request
    attempt: int = 0
    omitted: Sequence[str] = ()
    room: int = 0
    grows: bool = False
    lost: tuple[int, int] = (0, 0)
    server: str = ""

    @property
    def key(self) -> str:
        """The key that finds the answer again."""
        return forms.key(*forms.ENDPOINT, self.body, self.request.sample)


_UNKNOWN = object()  # what is sent stands for itself
# Beside the request and not in a header of it: nothing of ours is sent to a server.
_under_way: ContextVar[Any] = ContextVar("under_way", default=_UNKNOWN)


@contextlib.contextmanager
def asking(question: RecordedRequest | None) -> Iterator[None]:
    """While open, what this task sends over HTTP is this question; None: it is none, and its answer is not kept."""
    token = _under_way.set(question)
    try:
        yield
    finally:
        _under_way.reset(token)


def request_key(sent: Sent) -> str:
    """The key of a request as vcrpy sees it: of the question it stands for, or the one its content gives.

    "" if it stands for none.
    """
    question = _under_way.get()
    if question is not _UNKNOWN:
        return question.key if question else ""
    if KEY_HEADER in sent.headers:
        header = sent.headers[KEY_HEADER]
        return header if isinstance(header, str) else header[0]
    return _read(sent).key


def matches(first: Sent, second: Sent) -> bool:
    """vcrpy matcher: the same question and the same sample of it."""
    # No assert, which vcrpy takes as well: under python -O it would match everything.
    return request_key(first) == request_key(second)


def serialize(cassette: dict[str, Any]) -> str:
    """vcrpy serializer: interactions as the recording's JSON Lines."""
    entries = {}
    for interaction in cassette["interactions"]:
        request, answer = interaction["request"], json.loads(interaction["response"]["body"]["string"])
        headers = {name.lower(): value for name, value in request["headers"].items()}
        if KEY_HEADER in headers:
            stored = {**json.loads(request["body"]), "key": headers[KEY_HEADER][0]}
            stored["response"] = forms.response_of(answer, stored["request"].get("model"))
        else:
            stored = forms.entry(*_question(json.loads(request["body"]), headers.get(SAMPLE_HEADER, ["0"])[0]), answer)
        entries[stored["key"]] = stored
    return forms.dumps(entries)


def deserialize(text: str) -> dict[str, Any]:
    """vcrpy serializer: the recording as interactions that vcrpy can play."""
    return {"version": 1, "interactions": [_interaction(entry) for entry in forms.loads(text).values()]}


class IndexedCassette(Cassette):  # type: ignore[misc]
    """A vcrpy cassette whose look-ups are one dictionary access and whose answers are on disk at once.

    vcrpy's own scans every recorded request for every request sent, which is quadratic, and saves at the end,
    which loses everything at a kill. `on_answer` gets the key of each answer kept, `on_failure` the reason why one was
    not: an error raised in here would look to the client like a lost connection, and be asked and paid for again.
    """

    entries: store.Store
    on_answer: Callable[[str], None]
    on_failure: Callable[[store.UnwritableRecording], None]

    @classmethod
    def load(
        cls,
        *,
        entries: store.Store,
        on_answer: Callable[[str], None],
        on_failure: Callable[[store.UnwritableRecording], None],
        **options: Any,
    ) -> "IndexedCassette":
        cassette = cls(**options)
        cassette.entries, cassette.on_answer, cassette.on_failure = entries, on_answer, on_failure
        cassette.rewound = True
        return cassette

    def can_play_response_for(self, request: Sent) -> bool:
        return self.record_mode != RecordMode.ALL and request_key(request) in self.entries.entries

    def play_response(self, request: Sent) -> dict[str, Any]:
        response: dict[str, Any] = _response(self.entries.entries[request_key(request)])
        response["body"]["string"] = response["body"]["string"].encode()
        return response

    def append(self, request: Sent, response: dict[str, Any]) -> None:
        question = _under_way.get()
        # An error is not an answer: stored, it would be replayed to the retry that was about to succeed. Nor is what
        # a redirect made of a question: a GET asks nothing.
        if question is None or request.method != "POST" or response["status"]["code"] not in OK:
            return
        try:
            recorded = _read(request) if question is _UNKNOWN else question
            retries = recorded.attempt + int(request.headers.get(RETRY_HEADER, 0))
            answer = json.loads(_content(response))
            if recorded.grows and thoughts.lacks_room(answer, recorded.room):
                return  # asked for again, with more room
            stored = forms.entry(
                recorded.body,
                recorded.request,
                answer,
                retries=retries,
                omitted=recorded.omitted,
                room=recorded.room,
                lost=recorded.lost,
            )
        except NO_COMPLETION:
            return  # the endpoint finds no answer and says so
        try:
            self.entries.append(stored, server=recorded.server)
        except store.UnwritableRecording as error:
            self.on_failure(error)
        else:
            self.on_answer(stored["key"])

    def _save(self, force: bool = False) -> None:
        """Nothing: each answer is on disk already, and `Recording.save` sorts the file once, at the end."""


@contextlib.contextmanager
def recorded(
    entries: store.Store,
    *,
    again: bool,
    on_answer: Callable[[str], None],
    on_failure: Callable[[store.UnwritableRecording], None],
) -> Iterator[None]:
    """While open, what HTTP clients send is answered from `entries` or recorded there (`again`: always)."""
    with IndexedCassette.use(
        entries=entries,
        on_answer=on_answer,
        on_failure=on_failure,
        path=str(entries.path),
        record_mode=RecordMode.ALL if again else RecordMode.NEW_EPISODES,
    ):
        yield


def vcr(library: Path) -> Any:
    """A `vcr.VCR` that knows this format: `vcr(folder).use_cassette("task/zero_shot.jsonl")` replays it.

    Which sample of a question is meant is read from the request's header x-synth-sample; 0 without one.
    """
    import vcr as vcrpy

    machine = vcrpy.VCR(
        cassette_library_dir=str(library),
        record_mode="none",
        serializer="synthworth",
        before_record_response=lambda response: response if response["status"]["code"] in OK else None,
        decode_compressed_response=True,
    )
    machine.register_serializer("synthworth", _Serializer())
    machine.register_matcher("synthworth", matches)
    machine.match_on = ("synthworth",)
    return machine


class _Serializer:
    serialize = staticmethod(serialize)
    deserialize = staticmethod(deserialize)


def _question(body: Mapping[str, Any], sample: str) -> tuple[Mapping[str, Any], Request]:
    return body, Request(messages=(), parameters={}, sample=int(sample), label="")


def _read(sent: Sent) -> RecordedRequest:
    return RecordedRequest(*_question(json.loads(sent.body_bytes), sent.headers.get(SAMPLE_HEADER, "0")))


def _content(response: dict[str, Any]) -> bytes:
    """The content of a response, unpacked: vcrpy sees it as it came over the wire."""
    packed = any(name.lower() == "content-encoding" for name in response["headers"])
    content: bytes = (decode_response(response) if packed else response)["body"]["string"]
    return content


def _interaction(entry: dict[str, Any]) -> dict[str, Any]:
    request = {
        "method": forms.ENDPOINT[0],
        "uri": f"http://recorded.invalid/v1{forms.ENDPOINT[1]}",
        "headers": {KEY_HEADER: [entry["key"]]},
        "body": json.dumps({k: v for k, v in entry.items() if k not in ("key", "response")}, ensure_ascii=False),
    }
    return {"request": request, "response": _response(entry)}


def _response(entry: dict[str, Any]) -> dict[str, Any]:
    response = entry["response"]
    prompt, completion = response["tokens"]
    answer = {
        "id": f"recorded-{entry['key'][:12]}",
        "object": "chat.completion",
        "created": 0,
        "model": response.get("model", entry["request"].get("model", "")),
        "choices": [
            {
                "index": 0,
                "finish_reason": response.get("finish_reason", forms.FINISHED),
                "message": {"role": "assistant", "content": response["text"], "refusal": response.get("refusal")},
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        },
    }
    return {
        "status": {"code": 200, "message": "OK"},
        "headers": {"content-type": ["application/json"]},
        "body": {"string": json.dumps(answer, ensure_ascii=False)},
    }
