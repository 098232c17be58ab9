"""The thoughts of a reasoning model: seen in its answers, given room, and kept out of recordings."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from synthworth.core import Completion
from synthworth.generation.markup import shows_thoughts, without_markup

# Tokens added for thoughts to the limit of an answer: none, then more as long as they do not suffice.
ROOMS = (0, 2048, 8192, 32_768)
LIMITS = ("max_tokens", "max_completion_tokens")
# The field of a message with the thoughts: vLLM, LM Studio and DeepSeek; Ollama and OpenRouter; others.
FIELDS = ("reasoning_content", "reasoning", "thinking")
OPEN = "<think>"  # stands in a recording for thoughts that never ended


def shows(answer: Mapping[str, Any]) -> bool:
    """Tell whether an answer in OpenAI's form shows thoughts: in the text, beside it, or in its count of tokens."""
    message = _message(answer)
    if any(message.get(name) for name in FIELDS) or reasoning_tokens(answer):
        return True
    return shows_thoughts(_text(message))


def end_within(answer: Mapping[str, Any]) -> bool:
    """Tell whether an answer ended before its thoughts did, so that there is no text yet.

    An answer without any text that hit its limit is one: several servers keep the thoughts to themselves.
    """
    text = _text(_message(answer))
    if text.strip():
        return shows_thoughts(text) and without_markup(text).open_thoughts
    return cut_off(answer) or shows(answer)


def lacks_room(answer: Mapping[str, Any], room: int) -> bool:
    """Tell whether an answer that was given `room` might get to its text with more.

    Without any room, what ended the thoughts may also be a sequence that was meant to end the text.
    """
    return end_within(answer) and (not room or cut_off(answer))


def cut_off(answer: Mapping[str, Any]) -> bool:
    """Tell whether an answer hit the limit of its tokens."""
    reason = _choice(answer).get("finish_reason")
    return Completion(text="", finish_reason=str(reason or "")).ending == "cut_off"


def bare_text(text: str, stops: Sequence[str]) -> str:
    """Return the text of an answer without its thoughts, up to the first of the `stops` that the server did not get.

    >>> bare_text("<think>A note.</think>\\n\\nFog closes in.\\n\\nIs that fine?", ["\\n\\n"])
    'Fog closes in.'
    """
    bare = without_markup(text)
    if bare.open_thoughts:
        return OPEN
    said = bare.text.strip()
    for stop in stops:
        said = said.partition(stop)[0]
    return said


def reasoning_tokens(answer: Mapping[str, Any]) -> int:
    """Return the tokens of the thoughts, as far as the server counts them apart: OpenAI's, OpenRouter's, DeepSeek's."""
    usage = answer.get("usage")
    details = usage.get("completion_tokens_details") if isinstance(usage, Mapping) else None
    count = details.get("reasoning_tokens") if isinstance(details, Mapping) else None
    return count if type(count) is int and count > 0 else 0


def billed_tokens(usage: Mapping[str, Any]) -> Any:
    """Return the tokens of completion that are paid for; as the server said, if that is no number.

    Some leave thoughts out of `completion_tokens` and count them in `total_tokens` alone: Gemini and xAI.
    """
    prompt, completion, total = (usage.get(f"{name}_tokens") for name in ("prompt", "completion", "total"))
    if type(prompt) is int and type(completion) is int and type(total) is int:
        return max(completion, total - prompt)
    return completion


def tokens_in(text: str) -> tuple[int, int]:
    """Return the tokens of prompt and completion that an answer, given as its JSON, counts; 0 for those it does not."""
    usage = decoded(text).get("usage")
    counts = (usage.get("prompt_tokens"), billed_tokens(usage)) if isinstance(usage, Mapping) else (0, 0)
    prompt, completion = (count if type(count) is int and count > 0 else 0 for count in counts)
    return prompt, completion


def decoded(text: str) -> Mapping[str, Any]:
    """Return an answer in OpenAI's form as data; empty if it is none."""
    try:
        answer = json.loads(text)
        _message(answer)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


class Room:
    """The tokens that one generator's thoughts are given beyond the limit of its answers.

    None as long as no thoughts were seen. From then on the sequences that end an answer are not sent either: they would
    end the thoughts; `bare_text` applies them. `fixed` leaves the user's own limit as it is.
    """

    def __init__(self, *, fixed: bool = False) -> None:
        self._step = 0
        self._last = 0 if fixed else len(ROOMS) - 1

    @property
    def tokens(self) -> int:
        """The tokens added to each limit."""
        return ROOMS[self._step]

    @property
    def grows(self) -> bool:
        """True if there can be more."""
        return self._step < self._last

    def given(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """Return the form of a request with the room, and without `stop` if there is any."""
        if not self.tokens:
            return dict(form)
        return {
            name: value + self.tokens if name in LIMITS else value for name, value in form.items() if name != "stop"
        }

    def learn(self, answer: Mapping[str, Any], room: int) -> str:
        """Learn from an answer that was given `room`, and say in words what; "" if it teaches nothing."""
        if room != self.tokens or not self.grows or not answer:
            return ""
        taught = lacks_room(answer, room) if room else shows(answer) or end_within(answer)
        if not taught:
            return ""
        self._step += 1
        return f"thinks before it answers: {self.tokens:,} tokens are added to the limit of each answer from here on"

    def shrink(self, room: int) -> bool:
        """Take back the last growth, which the server refused, for good; False if there was none."""
        if not room or room != self.tokens:
            return room > self.tokens
        self._step -= 1
        self._last = self._step
        return True


def _choice(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choice: Mapping[str, Any] = answer["choices"][0]
    return choice


def _message(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    choice = _choice(answer)
    message: Mapping[str, Any] = choice["message"] if "message" in choice else {"content": choice["text"]}
    message.get("content")
    return message


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))
