"""What a server does not take of the OpenAI interface: learnt from its refusal once, and left out from then on."""

import json
import re
from collections.abc import Mapping
from typing import Any

OMISSIBLE = ("seed", "stop", "top_p", "temperature", "frequency_penalty", "presence_penalty")
OLD_LENGTH, NEW_LENGTH = "max_tokens", "max_completion_tokens"
NO_SYSTEM = re.compile(r"system\W+(role|message|prompt)|role\W+.{0,20}system", re.IGNORECASE)


class Negotiation:
    """The differences found so far between what is asked and what one server takes."""

    def __init__(self) -> None:
        self.omitted: list[str] = []
        self._length = OLD_LENGTH
        self._system = True

    def adapted(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body in the form that the server takes."""
        sent = {name: value for name, value in body.items() if name not in self.omitted}
        if OLD_LENGTH in sent:
            sent = {self._length if name == OLD_LENGTH else name: value for name, value in sent.items()}
        first, *rest = sent["messages"]
        if not self._system and first["role"] == "system" and rest:
            begun = {**rest[0], "content": f"{first['content']}\n\n{rest[0]['content']}"}
            sent["messages"] = [begun, *rest[1:]]
        return sent

    def learn(self, sent: Mapping[str, Any], refusal: str) -> str:
        """What a refusal (400 or 422) of `sent` teaches, in words; "" where it teaches nothing, and nothing changes.

        >>> negotiation = Negotiation()
        >>> negotiation.learn({"messages": [], "seed": 1}, "Unsupported parameter: 'seed'")
        "does not take 'seed': sent without it from here on"
        >>> negotiation.adapted({"messages": [{"role": "user", "content": "x"}], "seed": 1})
        {'messages': [{'role': 'user', 'content': 'x'}]}
        """
        named = _parameter(refusal)
        if OLD_LENGTH in sent and (named == OLD_LENGTH or (not named and NEW_LENGTH in refusal)):
            self._length = NEW_LENGTH
            return f"takes {NEW_LENGTH!r} in place of {OLD_LENGTH!r}: sent so from here on"
        for name in OMISSIBLE:
            if name in sent and (named == name or (not named and re.search(rf"\b{name}\b", refusal))):
                self.omitted.append(name)
                return f"does not take {name!r}: sent without it from here on"
        if sent["messages"] and sent["messages"][0]["role"] == "system" and NO_SYSTEM.search(refusal):
            self._system = False
            return "takes no system message: it opens the first user message from here on"
        return ""


def _parameter(refusal: str) -> str:
    """The parameter that an error in OpenAI's form names; "" where it names none."""
    try:
        error = json.loads(refusal)["error"]
        return str(error["param"] or "")
    except (ValueError, KeyError, TypeError):
        return ""
