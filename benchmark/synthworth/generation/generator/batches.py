"""Questions as a provider's batch, in OpenAI's form: a file of requests, answered within a day at half the price.

The state of a batch lies beside its recording, `FILE.jsonl.batch`, from the upload of its file until its answers are
recorded: a run that was killed goes on with the same batch. The name of each request in it (custom_id)
is the key of its answer.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from synthworth.core import atomic
from synthworth.generation.generator.transport import Reply, Transport

MOST_REQUESTS = 10_000  # in one batch; OpenAI takes 50,000 in 200 MB
WINDOW = "24h"
ENDPOINT = "/v1/chat/completions"
ENDED = ("completed", "failed", "expired", "cancelled")
LISTED = 100  # batches that a provider is asked for, to find one whose number a kill has lost
FIELDS = ("status", "output_file_id", "error_file_id", "errors", "request_counts")


class BatchFailed(ValueError):
    """A provider takes no batches, or has failed this one: its reply, with the reason."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text or reply.failure)
        self.reply = reply


@dataclass(frozen=True, kw_only=True)
class BatchState:
    """The batch that a run waits for: the keys of its questions, and what the provider calls file and batch.

    `server` is the address as a recording names it: another one does not know the batch. Both numbers are "" until the
    provider has given them.
    """

    keys: tuple[str, ...]
    server: str
    file: str = ""
    batch: str = ""

    def write(self, path: Path) -> "BatchState":
        """Keep it on disk."""
        atomic.replace(path, json.dumps(asdict(self)))
        return self

    @classmethod
    def read(cls, path: Path) -> "BatchState | None":
        """The state in a file; None if there is none. Raises ValueError if it is something else."""
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**value, "keys": tuple(map(str, value["keys"]))})
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ValueError(f"{path} is not the state of a batch ({error}); delete it to submit another") from None


def lines_of(forms: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the file of a batch: one request a line, named by its key."""
    lines = ({"custom_id": key, "method": "POST", "url": ENDPOINT, "body": dict(form)} for key, form in forms.items())
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


class Batches:
    """The files and batches of one provider."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def upload(self, content: bytes) -> str:
        """Upload the file of a batch; return its number."""
        files = {"file": ("synthworth.jsonl", content, "application/jsonl")}
        return str(self._json(await self._transport.upload("/files", files, {"purpose": "batch"}))["id"])

    async def create(self, file: str) -> str:
        """Have an uploaded file answered; return the number of the batch."""
        form = {"input_file_id": file, "endpoint": ENDPOINT, "completion_window": WINDOW}
        return str(self._json(await self._transport.call("POST", "/batches", form))["id"])

    async def find(self, file: str) -> str:
        """Return the number of the batch that answers an uploaded file; "" if there is none."""
        listed = self._json(await self._transport.call("GET", f"/batches?limit={LISTED}")).get("data")
        batches = listed if isinstance(listed, list) else []
        return next((str(one["id"]) for one in batches if one.get("input_file_id") == file), "")

    async def cancel(self, batch: str) -> bool:
        """Cancel a batch; return False if the provider does not."""
        return (await self._transport.call("POST", f"/batches/{batch}/cancel", {})).answered

    async def status(self, batch: str) -> dict[str, Any]:
        """Return how far a batch is: `FIELDS` of it."""
        found = self._json(await self._transport.call("GET", f"/batches/{batch}"))
        return {name: found.get(name) for name in FIELDS}

    async def answers(self, file: str) -> Iterator[tuple[str, Reply]]:
        """Return the replies in a file of results, each with the key of its question."""
        reply = await self._transport.call("GET", f"/files/{file}/content")
        if not reply.answered:
            raise BatchFailed(reply)
        return _replies(reply.text)

    def _json(self, reply: Reply) -> dict[str, Any]:
        try:
            value = json.loads(reply.text) if reply.answered else None
        except ValueError:
            value = None
        if not isinstance(value, dict) or not ("id" in value or "data" in value):
            raise BatchFailed(reply)
        return value


def _replies(text: str) -> Iterator[tuple[str, Reply]]:
    # Not splitlines: JSON leaves U+2028 in a text.
    for line in text.split("\n"):
        try:
            value = json.loads(line)
            key, response = str(value["custom_id"]), value.get("response") or {}
            if response:
                content = json.dumps(response.get("body"), ensure_ascii=False)
                yield key, Reply(status=int(response.get("status_code", 0)), text=content)
            else:
                yield key, Reply(failure=str((value.get("error") or {}).get("message", "no answer")))
        except (ValueError, LookupError, TypeError, AttributeError):
            continue  # a line that is cut off: its question is asked for again


def counts(status: Mapping[str, Any]) -> tuple[int, int]:
    """Return the requests answered, or failed, and all of them, as the provider counts them."""
    told = status.get("request_counts")
    if not isinstance(told, Mapping):
        return 0, 0
    done = sum(count for name in ("completed", "failed") if type(count := told.get(name)) is int)
    total = told.get("total")
    return done, total if type(total) is int else 0


def portions(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the keys of one batch after the other."""
    for start in range(0, len(keys), MOST_REQUESTS):
        yield keys[start : start + MOST_REQUESTS]
