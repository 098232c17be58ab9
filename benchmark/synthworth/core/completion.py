"""One question to a generator and its answer, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, str]

# Why an answer ended, in the words of the servers: OpenAI, Anthropic, Google, Mistral, Cohere, TGI, vLLM, llama.cpp.
COMPLETE = frozenset({"", "stop", "end_turn", "stop_sequence", "eos", "eos_token", "end", "complete", "completed"})
CUT_OFF = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "token_limit", "incomplete"})
FILTERED = frozenset(
    {"content_filter", "content_filtered", "safety", "refusal", "recitation", "blocklist", "prohibited_content", "spii"}
)
WITHHELD = "withheld"  # the client keeps the text back, because it looks like a key or a password
REJECTED = "rejected"  # the server refuses this one request whenever it is sent, with an error instead of an answer


@dataclass(frozen=True, kw_only=True)
class Request:
    """One chat request: the messages, the sampling parameters, and which sample of it is wanted.

    `sample` tells apart answers to the same body. `label` is the label asked for; `parts` holds a hash of each part of
    the prompt by its name, `demonstrations` a hash of each text shown by its id. None of these is sent: they
    go into the provenance of the text and into its recording, which holds no word of the prompt.
    `choices` are the answers allowed; () allows any. Of an answer with choices, a recording keeps the one that it
    names, and no other word: the question may be about anybody's text, and an answer may repeat it.

    >>> question = {"role": "user", "content": "Write a headline."}
    >>> request = Request(messages=(question,), parameters={"temperature": 0.7}, sample=0, label="news")
    >>> request.body("smollm2-135m")
    {'model': 'smollm2-135m', 'messages': [{'role': 'user', 'content': 'Write a headline.'}], 'temperature': 0.7}
    """

    messages: tuple[Message, ...]
    parameters: Mapping[str, Any]
    sample: int
    label: str
    parts: Mapping[str, str] = field(default_factory=dict)
    demonstrations: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[str, ...] = ()

    def body(self, model: str) -> dict[str, Any]:
        """Return the body of the HTTP request to the generator called `model`."""
        return {"model": model, "messages": [dict(message) for message in self.messages], **self.parameters}


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """One answer: its text, why it ended, and the tokens it took.

    `finish_reason` is the server's own word ("": it gave none), or the client's `WITHHELD` or `REJECTED`.
    `refusal` is what the server says in `message.refusal`, apart from the text; "" if it says nothing there.

    >>> Completion(text="Fog closes the harbour.", finish_reason="stop", completion_tokens=6).ending
    'complete'
    """

    text: str
    finish_reason: str
    refusal: str = ""
    prompt_tokens: int = field(default=0, compare=False)
    completion_tokens: int = field(default=0, compare=False)

    @property
    def ending(self) -> str:
        """Return the finish reason as one of `complete`, `cut_off`, `filtered`, `withheld`, `rejected` and `unknown`.

        >>> Completion(text="Fog closes the", finish_reason="MAX_TOKENS").ending
        'cut_off'
        """
        reason = self.finish_reason.strip().lower()
        if reason in (WITHHELD, REJECTED):
            return reason
        kinds = {"complete": COMPLETE, "cut_off": CUT_OFF, "filtered": FILTERED}
        return next((kind for kind, reasons in kinds.items() if reason in reasons), "unknown")
