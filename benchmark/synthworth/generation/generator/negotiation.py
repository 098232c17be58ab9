"""The parts of the OpenAI interface that a server does not take: learnt from one refusal, left out from then on."""

import re
from collections.abc import Mapping
from typing import Any

from synthworth.core import parse_json

OMISSIBLE = ("seed", "stop", "top_p", "temperature", "frequency_penalty", "presence_penalty")
OLD_LENGTH, NEW_LENGTH = "max_tokens", "max_completion_tokens"
# As OpenAI, vLLM, llama.cpp, Google and the templates of Gemma and Mistral refuse a system message.
NO_SYSTEM = re.compile(
    r"system\W+(role|message|prompt|instruction)|role\W.{0,80}system|roles must alternate|developer instruction",
    re.IGNORECASE,
)
NOT_TAKEN = re.compile(
    r"unsupported|not support|unknown|unexpected|unrecogni[sz]ed|extra|permit|allow|forbid|accept", re.IGNORECASE
)
NOT_SO = re.compile(NOT_TAKEN.pattern + r"|support|invalid(?!_)|cannot|must|only", re.IGNORECASE)
# Behind these words stand the names that a server would have taken.
TAKEN = re.compile(r"\b(expected one of|(valid|supported|allowed) (fields|names|parameters))\b", re.IGNORECASE)
# The field that pydantic names, in JSON or as Python prints it: vLLM, Mistral, most servers in Python.
LOCATION = re.compile(r"""["']loc["']:\s*[\[(]\s*["']body["'],\s*["'](\w+)["']""")


class Negotiation:
    """The differences, as far as they are known, between what is asked and what one server takes."""

    def __init__(self) -> None:
        self._omitted: list[str] = []
        self._length = OLD_LENGTH
        self._system = True

    def adapted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body in the form that the server takes."""
        sent = {name: value for name, value in body.items() if name not in self._omitted}
        if OLD_LENGTH in sent:
            sent = {self._length if name == OLD_LENGTH else name: value for name, value in sent.items()}
        first, *rest = sent["messages"]
        if not self._system and first["role"] == "system" and rest:
            begun = {**rest[0], "content": f"{first['content']}\n\n{rest[0]['content']}"}
            sent["messages"] = [begun, *rest[1:]]
        return sent

    def omits(self, body: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the fields of the body that are not sent."""
        return tuple(name for name in self._omitted if name in body)

    def learn(self, sent: Mapping[str, Any], refusal: str) -> str:
        """Learn from a refusal (400 or 422) of `sent`, and say in words what; "" if it teaches nothing.

        >>> negotiation = Negotiation()
        >>> negotiation.learn({"messages": [], "seed": 1}, "Unsupported parameter: 'seed'")
        "does not take 'seed': sent without it from here on"
        >>> negotiation.adapted({"messages": [{"role": "user", "content": "x"}], "seed": 1})
        {'messages': [{'role': 'user', 'content': 'x'}]}
        """
        named = _parameter(refusal)
        refusal = TAKEN.split(refusal)[0]
        # A length that is too large is refused too, and under both names.
        if OLD_LENGTH in sent and NOT_TAKEN.search(refusal) and _blames(OLD_LENGTH, named, refusal):
            self._length = NEW_LENGTH
            return f"takes {NEW_LENGTH!r} in place of {OLD_LENGTH!r}: sent so from here on"
        for name in OMISSIBLE:
            if name in sent and _blames(name, named, refusal):
                self._omitted.append(name)
                return f"does not take {name!r}: sent without it from here on"
        messages = sent["messages"]
        if self._system and len(messages) > 1 and messages[0]["role"] == "system" and NO_SYSTEM.search(refusal):
            self._system = False
            return "takes no system message: it opens the first user message from here on"
        return ""


def _blames(name: str, named: str, refusal: str) -> bool:
    """True if the refusal is about this parameter: it names it as such, or else says so in plain words."""
    return name == named if named else bool(re.search(rf"\b{name}\b", refusal) and NOT_SO.search(refusal))


def _parameter(refusal: str) -> str:
    """The parameter that a refusal in OpenAI's or pydantic's form names; "" if it names none."""
    try:
        if named := parse_json(refusal, "refusal")["error"]["param"]:
            return str(named)
    except (ValueError, LookupError, TypeError):
        pass
    match = LOCATION.search(refusal)
    return match[1] if match else ""
