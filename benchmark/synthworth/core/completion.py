"""One question to a generator and its answer, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One chat request: the messages, the sampling parameters, and which sample of it is wanted.

    `sample` tells apart answers to the same body. `label` is the label asked for; `parts` holds a hash of each part of
    the prompt by its name, `demonstrations` a hash of each text shown by its id. None of these is sent: they
    go into the provenance of the text and into its recording, which holds no word of the prompt.
    """

    messages: tuple[Message, ...]
    parameters: Mapping[str, Any]
    sample: int
    label: str
    parts: Mapping[str, str] = field(default_factory=dict)
    demonstrations: Mapping[str, str] = field(default_factory=dict)

    def body(self, model: str) -> dict[str, Any]:
        """What is asked of the generator called `model`: the body of the HTTP request."""
        return {"model": model, "messages": [dict(message) for message in self.messages], **self.parameters}


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """One answer: its text, why it ended, and the tokens it took."""

    text: str
    finish_reason: str
    prompt_tokens: int = field(default=0, compare=False)
    completion_tokens: int = field(default=0, compare=False)
