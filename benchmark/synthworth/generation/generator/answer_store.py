"""A recording as the line to a generator needs it: the place where answers are looked up and kept."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from synthworth.core import Completion, Request

Question = tuple[Mapping[str, Any], Request]  # the body that is sent, and the request that it was made of


class AnswerStore(Protocol):
    """A recording, as an endpoint and a client need it."""

    mode: str

    def find(self, body: Mapping[str, Any], sample: int) -> Completion | None:
        """The recorded answer, or None."""
        ...

    def recording(self) -> AbstractContextManager[None]:
        """A context in which what is sent is recorded."""
        ...

    def asking(self, body: Mapping[str, Any], request: Request, **sent: Any) -> AbstractContextManager[None]:
        """A context in which what is sent asks for this body and sample."""
        ...

    def unrecorded(self) -> AbstractContextManager[None]:
        """A context in which what is sent is no question of the run."""
        ...

    def reject(self, body: Mapping[str, Any], request: Request, *, attempt: int, omitted: Sequence[str]) -> None:
        """Keep that the server refuses this request."""
        ...

    def answered_by(self, server: str) -> None:
        """Name the server of the answers to come."""
        ...

    @property
    def batch_state(self) -> Path:
        """The file that a run which waits for a batch goes on with."""
        ...

    def key_of(self, body: Mapping[str, Any], sample: int) -> str:
        """The key that finds an answer."""
        ...

    def take(self, body: Mapping[str, Any], request: Request, text: str, **sent: Any) -> bool:
        """Keep an answer that came in a batch; False if it is none."""
        ...
