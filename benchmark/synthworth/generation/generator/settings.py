"""The settings of a generator beyond its name and address: those that change an answer, and those that do not."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

KEY = "OPENAI_API_KEY"
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")  # $NAME or ${NAME}, in the value of a header
CREDENTIALS = ("authorization", "api-key", "x-api-key", "x-goog-api-key")  # that stand in place of a bearer token

# In the name of a header whose value is a secret: x-auth and Authorization, but not x-author.
SECRET = re.compile(r"key|token|secret|passw|credential|cookie|auth(?!or(?!i))", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class AnswerSettings:
    """The settings that change what a generator answers: they are sent in the body, and belong to a recording's key.

    None leaves a parameter as the method asks for it. `extra_body` holds further fields of the body, such as
    `{"chat_template_kwargs": {"enable_thinking": False}}`. Without `system_message`, its text opens the first message
    of the user.

    >>> AnswerSettings(temperature=1.0).applied({"model": "m", "messages": [], "temperature": 0.7})
    {'model': 'm', 'messages': [], 'temperature': 1.0}
    """

    system_message: bool = True
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    reasoning_effort: str | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    def blamed(self, refusal: str) -> list[str]:
        """Return the fields of `extra_body` that a server's refusal names.

        >>> AnswerSettings(extra_body={"min_p": 0.1, "top_k": 20}).blamed("Unexpected fields in the request: {'min_p'}")
        ['min_p']
        """
        return [name for name in self.extra_body if re.search(rf"\b{re.escape(name)}\b", refusal)]

    def applied(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body of a request with these settings; as it was, if there are none."""
        named = {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
            "reasoning_effort": self.reasoning_effort,
        }
        asked = {**body, **{name: value for name, value in named.items() if value is not None}, **self.extra_body}
        if not self.system_message:
            asked["messages"] = without_system(asked["messages"])
        return asked


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """The settings of the line to a server, which change no answer: no recording knows them.

    A value of `headers` may name variables of the environment as `$NAME`: secrets stand there and nowhere else.
    `key_variable` names the one that holds the key ("": none is sent); None is OPENAI_API_KEY, unless a header gives
    the credentials. `timeout_s` is for the whole of an answer, `connect_timeout_s` for the connection; both in seconds.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    key_variable: str | None = None
    timeout_s: float = 600.0  # a slow machine may answer many at once
    connect_timeout_s: float = 30.0

    @property
    def key_name(self) -> str:
        """The name of the variable that holds the key; "" if none is sent."""
        if self.key_variable is not None:
            return self.key_variable
        return "" if any(name.lower() in CREDENTIALS for name in self.headers) else KEY

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables that the headers are made of."""
        found = [one or other for value in self.headers.values() for one, other in VARIABLE.findall(value)]
        return tuple(dict.fromkeys(found))

    @property
    def secrets(self) -> dict[str, str]:
        """The values of all these variables, each under a name that says it is a key: to be told from what is shown."""
        names = [name for name in (self.key_name, *self.variables) if name]
        return {f"{name}_KEY": os.environ[name] for name in names if os.environ.get(name)}

    def sent_headers(self) -> dict[str, str]:
        """Return the headers with the values of their variables; raises ValueError, without a value, if one is unset.

        >>> ServerSettings(headers={"x-title": "a study"}).sent_headers()
        {'x-title': 'a study'}
        """
        unset = [name for name in self.variables if not os.environ.get(name, "").strip()]
        if unset:
            raise ValueError(f"set {' and '.join(unset)}, which its headers name")
        return {
            name: VARIABLE.sub(lambda match: os.environ[match[1] or match[2]].strip(), value)
            for name, value in self.headers.items()
        }


def without_system(messages: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the messages with the system message, if they begin with one, at the beginning of the first user message.

    >>> without_system([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Write."}])
    [{'role': 'user', 'content': 'Be brief.\\n\\nWrite.'}]
    """
    first, *rest = [dict(message) for message in messages] or [{"role": ""}]
    if first["role"] != "system" or not rest:
        return [first, *rest] if first["role"] else []
    return [{**rest[0], "content": f"{first['content']}\n\n{rest[0]['content']}"}, *rest[1:]]
