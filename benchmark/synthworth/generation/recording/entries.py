"""Recorded interactions as data: the key of each, what is stored of it, and a file of them as sorted JSON Lines."""

import hashlib
import io
import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping, MutableMapping, Sequence
from pathlib import Path
from typing import Any

from synthworth.core import REJECTED, WITHHELD, Completion, Request
from synthworth.generation import thoughts
from synthworth.generation.prompts import named_label, short_hash
from synthworth.generation.recording.secrets import find_secret

KEY_VERSION = 1
ENDPOINT = ("POST", "/chat/completions")
FINISHED = "stop"  # the finish reason of an answer that came to its end; not stored, since nearly all do
REQUEST_FIELDS = (
    "model",
    "temperature",
    "top_p",
    "max_tokens",
    "max_completion_tokens",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "stop",
    "reasoning_effort",
)
# What else of a request differs from what the method asked for: further fields of the body, by hash, and that its
# system message opens the first message of the user.
EXTRA_BODY, NO_SYSTEM = "extra_body", "no_system_message"
BESIDE_FIELDS = (EXTRA_BODY, NO_SYSTEM)
UNKNOWN = "unknown"  # the finish reason of an answer with choices, in place of words that are not of a server's list
MOST_TOKENS = 10_000_000  # a server that counts more for one answer does not count
MOST_NAME = 200  # characters of a model's name or a finish reason
MARKER = re.compile(r"(<{7}|={7}|>{7}|\|{7})( .*)?")
RESTORE = "restore it from version control, or delete it and record again"


class UnreadableRecording(ValueError):
    """A recording is there and is not what was saved: never taken for an empty one."""


def key(method: str, path: str, body: Mapping[str, Any], sample: int) -> str:
    """The sha256 that finds an answer again: of everything that changes it, and of nothing else.

    The path counts from `/chat/completions` on, so that neither host nor base path matters.
    """
    endpoint = "/" + "/".join(path.strip("/").split("/")[-2:])
    parts = [KEY_VERSION, method.upper(), endpoint, body, sample]
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def entry(
    body: Mapping[str, Any],
    request: Request,
    answer: Mapping[str, Any],
    *,
    retries: int = 0,
    omitted: Sequence[str] = (),
    room: int = 0,
    lost: Sequence[int] = (0, 0),
    batch: bool = False,
) -> dict[str, Any]:
    """The stored form of one interaction: an allow-list of the request, its parts by hash, and the answer's text.

    `body` is what was asked for, and gives the key; `omitted` names what the server did not take and was not sent.
    `room` are the tokens added for thoughts, which are not kept; `lost` the tokens of prompt and completion of answers
    that were none; a `batch` costs half.
    """
    response = response_of(answer, body.get("model"))
    if request.choices:
        response = _choice(response, request.choices)
    elif room or thoughts.shows(answer):
        response["text"] = thoughts.bare_text(response["text"], body.get("stop") or [] if room else [])
    stored = _entry(body, request, response, retries, omitted)
    more = {"room": room, "lost": list(lost) if any(lost) else [], "batch": batch}
    return stored | {name: value for name, value in more.items() if value}


def rejection(
    body: Mapping[str, Any], request: Request, *, retries: int = 0, omitted: Sequence[str] = ()
) -> dict[str, Any]:
    """The stored form of a request that the server refuses to answer, whenever it is sent."""
    return _entry(body, request, {"text": "", "tokens": [0, 0], "finish_reason": REJECTED}, retries, omitted)


def _entry(
    body: Mapping[str, Any], request: Request, response: dict[str, Any], retries: int, omitted: Sequence[str]
) -> dict[str, Any]:
    fields: dict[str, Any] = {name: body[name] for name in REQUEST_FIELDS if name in body}
    fields |= {**beside_fields(body, request), "label": request.label, "parts": dict(request.parts)}
    if request.demonstrations:
        fields["demonstrations"] = dict(request.demonstrations)
    sent = {name: value for name, value in (("retries", retries), ("omitted", sorted(omitted))) if value}
    identity = {"key": key(*ENDPOINT, body, request.sample), "sample": request.sample, "request": fields}
    return {**identity, **sent, "response": response}


def beside_fields(body: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """The fields of `BESIDE_FIELDS` that stand for what a generator's settings made of this request; often none."""
    fields: dict[str, Any] = {}
    further = {name: value for name, value in body.items() if name not in ("messages", *REQUEST_FIELDS)}
    if further.keys() - request.parameters.keys():
        fields[EXTRA_BODY] = short_hash(canonical(further))
    first = request.messages[0]["role"] if request.messages else ""
    if first == "system" and body.get("messages") and body["messages"][0]["role"] != first:
        fields[NO_SYSTEM] = True
    return fields


def response_of(answer: Mapping[str, Any], requested: str | None) -> dict[str, Any]:
    """The stored form of an answer in OpenAI's form; its model only if it is not the `requested` one.

    The content may be a text or a list of parts. Tokens that a server does not count, or miscounts, are 0. Raises
    ValueError, LookupError, TypeError or AttributeError if there is no answer in it.
    """
    choice = answer["choices"][0]
    message = choice["message"] if "message" in choice else {"content": choice["text"]}
    refusal = message.get("refusal")
    text, declined = _content(message.get("content"))
    refusal = _writable(refusal if isinstance(refusal, str) and refusal else declined)
    usage = answer.get("usage")
    counts = usage if isinstance(usage, Mapping) else {}
    reason, model = (_writable(str(value or ""))[:MOST_NAME] for value in (_reason(choice), answer.get("model")))
    return {
        "text": _writable(text),
        "tokens": [_count(counts.get("prompt_tokens")), _count(thoughts.billed_tokens(counts))],
        **({"thinking": thinking} if (thinking := _count(thoughts.reasoning_tokens(answer))) else {}),
        **({"finish_reason": reason} if reason != FINISHED else {}),
        **({"refusal": refusal} if refusal else {}),
        **({"model": model} if model != requested else {}),  # many servers name a version
    }


def _choice(response: Mapping[str, Any], choices: Sequence[str]) -> dict[str, Any]:
    """The response with the choice that its text names ("" for none) in place of all that the server wrote."""
    kept = {"text": named_label(response["text"], choices), "tokens": response["tokens"]}
    kept |= {name: response[name] for name in ("model", "thinking") if name in response}
    if reason := response.get("finish_reason"):
        known = Completion(text="", finish_reason=reason).ending != "unknown"
        kept["finish_reason"] = reason if known else UNKNOWN
    return kept


def _reason(choice: Mapping[str, Any]) -> Any:
    # A gateway that lost its provider in the middle of an answer says so beside the finish reason, or in its place.
    return "error" if choice.get("error") else choice.get("finish_reason")


def _content(content: Any) -> tuple[str, str]:
    """Text and refusal of a message's content: a text, nothing, or a list of parts."""
    if content is None or isinstance(content, str):
        return content or "", ""
    if not isinstance(content, list):
        raise TypeError(f"content is {type(content).__name__}")
    texts, refusals = [], []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif isinstance(part.get("refusal"), str):
            refusals.append(part["refusal"])
    return "".join(texts), "".join(refusals)


def _count(value: Any) -> int:
    """A number of tokens; 0, which stands for unknown, if it is none that an answer can take."""
    return value if type(value) is int and 0 <= value <= MOST_TOKENS else 0


def withheld(entry: Mapping[str, Any], environment: Mapping[str, str]) -> Mapping[str, Any]:
    """The entry, without its text if that holds a secret, and without a name that is one: counted, but never kept."""
    response = entry["response"]
    texts = [response["text"], response.get("refusal", "")]
    names = {name: response[name] for name in ("finish_reason", "model") if name in response}
    if not find_secret("\n".join([*texts, *names.values()]), environment):
        return entry
    if find_secret("\n".join(texts), environment):
        response = {"text": "", "tokens": response["tokens"], "finish_reason": WITHHELD}
    else:
        response = {**response, **{name: "" for name, value in names.items() if find_secret(value, environment)}}
    return {**entry, "response": response}


class Entries(MutableMapping[str, dict[str, Any]]):
    """Entries by key, each kept as its line of JSON and read when it is asked for; `servers` have answered them.

    A line is one object; read, it is twenty, and the garbage collector walks over those of all entries many times
    while they are loaded, which makes a large recording cost more an entry than a small one.
    """

    def __init__(
        self, lines: Mapping[str, str] | None = None, path: Path | str = "recording", servers: Iterable[str] = ()
    ) -> None:
        self._lines = dict(lines or {})
        self._path = path
        self.servers = frozenset(servers)

    def __getitem__(self, key: str) -> dict[str, Any]:
        entry = _object(self._lines[key], self._path)
        if fault := fault_of(entry):
            raise UnreadableRecording(broken(self._path, f"the answer {key[:12]} {fault}"))
        # Earlier versions kept whatever a server counted.
        entry["response"]["tokens"] = [_count(value) for value in entry["response"]["tokens"]]
        return entry

    def __setitem__(self, key: str, entry: Mapping[str, Any]) -> None:
        self._lines[key] = canonical(entry)

    def __delitem__(self, key: str) -> None:
        del self._lines[key]

    def __contains__(self, key: object) -> bool:
        return key in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def only(self, kept: Container[str]) -> "Entries":
        """Those whose keys are in `kept`."""
        lines = {key: line for key, line in self._lines.items() if key in kept}
        return Entries(lines, self._path, self.servers)

    def joined(self, others: "Entries", servers: Iterable[str]) -> "Entries":
        """These and the others, which win."""
        return Entries(self._lines | others._lines, self._path, self.servers.union(servers))

    def line(self, key: str) -> str:
        """The line of one entry."""
        return self._lines[key]

    def lines(self) -> list[str]:
        """The lines, sorted by key."""
        return [self._lines[key] for key in sorted(self._lines)]


def fault_of(value: Any) -> str:
    """The reason why a decoded line is no interaction, to stand behind a name of it; "" if it is one."""
    if not isinstance(value, dict):
        return "is no JSON object"
    kinds: dict[str, type] = {"key": str, "sample": int, "request": dict, "response": dict}
    for name, kind in kinds.items():
        if type(value.get(name)) is not kind:
            return f"has no {name}" if name not in value else f"has a {name} of another type"
    response = value["response"]
    tokens = response.get("tokens")
    if not (isinstance(tokens, list) and len(tokens) == 2 and all(type(n) is int for n in tokens)):
        return "counts no tokens of prompt and answer"
    if not all(isinstance(response.get(name, ""), str) for name in ("text", "finish_reason", "refusal", "model")):
        return "has a response of another form"
    return "" if "text" in response and type(value.get("retries", 0)) is int else "has a response without text"


def loads(text: str, path: Path | str = "recording") -> Entries:
    """The entries of a saved recording; raises UnreadableRecording if lines, count or hash do not fit.

    Line ends may be those of any system: git may have changed them.
    """
    # Not splitlines: an answer may hold U+2028 or U+0085, which JSON leaves as they are.
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if any(MARKER.fullmatch(line) for line in lines):
        raise UnreadableRecording(_to_merge(path, "it holds the conflict markers of a merge"))
    footer = _footer(lines[-1])
    if footer is None:
        raise UnreadableRecording(broken(path, "its footer is missing"))
    if footer["count"] != len(lines) - 1:
        stale = f"it has {len(lines) - 1} answers and its footer says {footer['count']}"
        raise UnreadableRecording(_to_merge(path, stale))
    if footer["sha256"] != _hash_of(lines[:-1]):
        raise UnreadableRecording(_to_merge(path, "its lines do not have the hash in its footer"))
    entries = Entries({_key_of(line, path): line for line in lines[:-1]}, path, footer.get("servers", ()))
    if len(entries) < footer["count"]:
        raise UnreadableRecording(_to_merge(path, f"two of its {footer['count']} answers have one key"))
    return entries


def dumps(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The recording as text: one line an entry, sorted by key, and the footer."""
    lines = entries.lines() if isinstance(entries, Entries) else [canonical(entries[k]) for k in sorted(entries)]
    footer: dict[str, Any] = {"count": len(lines), "sha256": _hash_of(lines)}
    if isinstance(entries, Entries) and entries.servers:
        footer["servers"] = sorted(entries.servers)
    return "".join(line + "\n" for line in [*lines, canonical(footer)])


def salvaged(text: str, path: Path | str) -> tuple[Entries, int]:
    """All entries of a file as git merged it, and how many keys it holds with two different answers: the first counts.

    Conflict markers, footers, repeated lines and the common ancestor in a conflict are left out; a journal is read as
    well. Raises UnreadableRecording if any other line is no interaction.
    """
    lines: dict[str, str] = {}
    servers: set[str] = set()
    differing: set[str] = set()
    ancestor = False
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        line = line.removesuffix("\n")
        if marker := MARKER.fullmatch(line):
            ancestor = marker[1].startswith("|")
            continue
        if ancestor or not line:
            continue
        value = decoded(line)
        header = _footer(line) or (value if isinstance(value, dict) and set(value) == {"server"} else None)
        if header is not None:
            servers |= {*header.get("servers", ()), *filter(None, [header.get("server")])}
        elif fault := fault_of(value):
            raise UnreadableRecording(f"{path}, line {number} {fault}; correct or delete that line")
        elif lines.setdefault(value["key"], canonical(value)) != canonical(value):
            differing.add(value["key"])
    return Entries(lines, path, servers), len(differing)


def decoded(line: str | bytes) -> Any:
    """The value of a line of JSON; None if it is none, or nested too deeply to be ours."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _footer(line: str) -> dict[str, Any] | None:
    value = decoded(line)
    if not isinstance(value, dict) or type(value.get("count")) is not int or not isinstance(value.get("sha256"), str):
        return None
    servers = value.get("servers", [])
    return value if isinstance(servers, list) and all(isinstance(one, str) for one in servers) else None


def _key_of(line: str, path: Path | str) -> str:
    """The key of a saved line, which begins with it; of a line in another order, by reading it."""
    begin, quote, rest = line.partition('{"key":"')
    if quote and not begin:
        return rest.partition('"')[0]
    key = _object(line, path).get("key")
    if not isinstance(key, str):
        raise UnreadableRecording(broken(path, "one of its lines has no key"))
    return key


def _object(line: str, path: Path | str) -> dict[str, Any]:
    value = decoded(line)
    if not isinstance(value, dict):
        raise UnreadableRecording(broken(path, "one of its lines is not a JSON object"))
    return value


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def canonical(value: object) -> str:
    """The one line of JSON that stands for the value."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _hash_of(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def broken(path: Path | str, fault: str) -> str:
    """The line for a recording that cannot be read."""
    return f"recording {path} is damaged: {fault}; {RESTORE}"


def _to_merge(path: Path | str, fault: str) -> str:
    merge = f"if git merged two branches, join them with: synthworth recordings merge {path}"
    return f"recording {path} is damaged: {fault}; {merge}; else {RESTORE}"
