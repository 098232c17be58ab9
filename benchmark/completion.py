"""One question to a generator and its answer, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One chat request: the messages, the sampling parameters, and which sample of it is wanted.

    `sample` tells apart answers to the same body; `label` is the label asked for and `demonstrations` the ids
    shown: neither is sent, both go into the provenance of the text.
    """

    messages: tuple[Message, ...]
    parameters: Mapping[str, Any]
    sample: int
    label: str
    demonstrations: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Completion:
    """One answer: its text, why it ended, and the tokens it took."""

    text: str
    finish_reason: str
    prompt_tokens: int = field(default=0, compare=False)
    completion_tokens: int = field(default=0, compare=False)
