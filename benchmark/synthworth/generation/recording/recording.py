"""Recorded answers of a generator: found by content and sample index, replayed without a network, kept at once."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthworth.core import Completion, Request, unknown
from synthworth.generation import thoughts
from synthworth.generation.prompts import QUESTION
from synthworth.generation.recording.entries import (
    BESIDE_FIELDS,
    ENDPOINT,
    FINISHED,
    REQUEST_FIELDS,
    beside_fields,
    entry,
    key,
    rejection,
)
from synthworth.generation.recording.store import Store, UnwritableRecording

MODES = ("none", "missing", "batch", "all")


class MissingAnswers(ValueError):
    """A run that may not record needs answers that are not in the recording."""


@dataclass(frozen=True)
class Usage:
    """The cost of the answers in a recording: requests sent for them (retries too), and tokens.

    Of the tokens of completion, `thinking_tokens` are known to be thoughts. `batch_tokens` are those of prompt and
    completion that came as a batch, at half the price.
    """

    requests: int
    retries: int
    prompt_tokens: int
    completion_tokens: int
    thinking_tokens: int = 0
    batch_tokens: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        # JSON has lists: a usage that was read back is equal to what was written.
        object.__setattr__(self, "batch_tokens", tuple(self.batch_tokens))


def path_of(folder: Path, generator: str, task: str, method: str) -> Path:
    """The path of a recording: `FOLDER/GENERATOR/TASK/METHOD.jsonl`, the generator's name made fit for a file."""
    name = "".join(c if c.isalnum() or c in "-._" else "_" for c in generator)
    return folder / name / task / f"{method}.jsonl"


class Recording:
    """The recorded answers of one generator to one task and method, and whether new ones may be asked for.

    `mode` none: only replay. missing: missing answers may be recorded; batch: as a provider's batch. all: every answer
    that this run needs is recorded again, each answer once, and a run that was cut short continues from there. `used`
    holds the keys of the answers that were found. `notice` is called with lines for the user. Raises
    UnreadableRecording if the file is damaged. `secrets` are values by names that say so, as in the environment: no
    answer that holds one is kept.
    """

    def __init__(
        self,
        path: Path,
        mode: str = "none",
        notice: Callable[[str], None] = lambda line: None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        if mode not in MODES:
            raise ValueError(unknown("record mode", mode, MODES))
        self.path = path
        self.mode = mode
        self.used: set[str] = set()
        self.failure: UnwritableRecording | None = None
        self.recorded = 0
        self._notice = notice
        self._store = Store(path, again=mode == "all", secrets=secrets or {})
        for fault in self._store.faults:
            notice(fault)

    def __len__(self) -> int:
        return len(self._store.entries)

    @property
    def servers(self) -> frozenset[str]:
        """The base URLs of the servers that gave the answers, as far as they are known."""
        return self._store.entries.servers

    def find(self, body: Mapping[str, Any], sample: int) -> Completion | None:
        """The recorded answer to this body and sample, or None."""
        wanted = key(*ENDPOINT, body, sample)
        found = None if wanted in self._store.old else self._store.entries.get(wanted)
        if found is None:
            return None
        self.used.add(wanted)
        answer = found["response"]
        prompt, completion = answer["tokens"]
        return Completion(
            text=answer["text"],
            finish_reason=answer.get("finish_reason", FINISHED),
            refusal=answer.get("refusal", ""),
            prompt_tokens=prompt,
            completion_tokens=completion,
        )

    def changes(self, asks: Iterable[tuple[Mapping[str, Any], Request]]) -> Counter[str]:
        """The number of these questions that differ from the nearest recorded answer, for each part that differs.

        Near is an answer with the same label and sample index, to a question of the same kind: for a text, or for a
        label. Parts are those of the prompt, the model, and the sampling parameters by name; a question that has
        nothing near it counts for none.
        """
        near: dict[tuple[str, int, bool], list[Mapping[str, Any]]] = defaultdict(list)
        for one in self._store.entries.values():
            before = one["request"]
            near[before.get("label", ""), one["sample"], QUESTION in before.get("parts", {})].append(before)
        changed: Counter[str] = Counter()
        for body, request in asks:
            place = request.label, request.sample, QUESTION in request.parts
            differences = [_differences(before, body, request) for before in near[place]]
            fewest: tuple[str, ...] = min(differences, key=len, default=())
            changed.update(fewest)
        return changed

    def usage(self, keys: Container[str] | None = None) -> Usage:
        """The cost of the recorded answers, in this run and in those before: of all, or of those with these keys."""
        entries = [entry for key, entry in self._store.entries.items() if keys is None or key in keys]
        retries = sum(entry.get("retries", 0) for entry in entries)
        prompt, completion = _tokens(entries)
        return Usage(
            requests=len(entries) + retries,
            retries=retries,
            prompt_tokens=prompt,
            completion_tokens=completion,
            thinking_tokens=sum(entry["response"].get("thinking", 0) for entry in entries),
            batch_tokens=_tokens([entry for entry in entries if entry.get("batch")]),
        )

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """While open, what the process sends over HTTP is recorded, and no other process records the same.

        What others have recorded until then is found. Raises UnwritableRecording if nothing can be kept.
        """
        from synthworth.generation.recording.cassette import recorded

        if self.mode == "none":
            raise ValueError(f"{self.path} is only replayed; record with --synth-record missing")
        with (
            self._store.alone(lambda: self._notice(f"another process records {self.path}: waiting for it")),
            recorded(self._store, again=self.mode == "all", on_answer=self._kept, on_failure=self._not_kept),
        ):
            yield

    @contextlib.contextmanager
    def asking(self, body: Mapping[str, Any], request: Request, **sent: Any) -> Iterator[None]:
        """While open, what this task sends asks for `body` and the sample of `request`, whatever form it is sent in.

        `sent` are the further fields of `RecordedRequest`. Raises UnwritableRecording if an answer to any request came
        and could not be kept: nothing more is to be sent.
        """
        from synthworth.generation.recording.cassette import RecordedRequest, asking

        if self.failure:
            raise self.failure
        with asking(RecordedRequest(body, request, **sent)):
            yield
        if self.failure:
            raise self.failure

    @contextlib.contextmanager
    def unrecorded(self) -> Iterator[None]:
        """While open, what this task sends is no question, and its answer is not kept."""
        from synthworth.generation.recording.cassette import asking

        with asking(None):
            yield

    def reject(
        self, body: Mapping[str, Any], request: Request, *, attempt: int = 0, omitted: Sequence[str] = ()
    ) -> None:
        """Keep that the server refuses to answer this request, whenever it is sent: a replay finds the same."""
        rejected = rejection(body, request, retries=attempt, omitted=omitted)
        self._store.append(rejected)
        self._kept(rejected["key"])

    @property
    def batch_state(self) -> Path:
        """The file beside the recording that a run which waits for a provider's batch goes on with."""
        return self.path.with_name(self.path.name + ".batch")

    def key_of(self, body: Mapping[str, Any], sample: int) -> str:
        """The key that finds an answer to this body and sample."""
        return key(*ENDPOINT, body, sample)

    def take(
        self,
        body: Mapping[str, Any],
        request: Request,
        text: str,
        *,
        server: str = "",
        grows: bool = False,
        **sent: Any,
    ) -> bool:
        """Keep an answer that came in a batch, given as its JSON; False if it is none, or needs more room for thoughts.

        `sent` are further arguments of `entry`. Raises UnwritableRecording if it cannot be kept.
        """
        answer = thoughts.decoded(text)
        if not answer or (grows and thoughts.lacks_room(answer, sent.get("room", 0))):
            return False
        try:
            stored = entry(body, request, answer, batch=True, **sent)
        except (ValueError, LookupError, TypeError, AttributeError):
            return False
        self._store.append(stored, server=server)
        self._kept(stored["key"])
        return True

    def put_away(self) -> None:
        """Free the memory that the answers take; they are read from the file when the next one is asked for."""
        self._store.put_away()

    def answered_by(self, server: str) -> None:
        """Name the server of the answers that come from now on."""
        self._store.server = server

    def save(self) -> None:
        """Fold what was recorded into the sorted file."""
        if self.mode != "none":
            self._store.save()

    def unused(self, used: Container[str]) -> int:
        """The number of answers whose keys are not in `used`."""
        return sum(key not in used for key in self._store.entries)

    def prune(self, used: Container[str]) -> int:
        """Drop the answers whose keys are not in `used`; return how many that were."""
        return self._store.prune(used)

    def _kept(self, key: str) -> None:
        self.recorded += 1

    def _not_kept(self, error: UnwritableRecording) -> None:
        self.failure = error


def _tokens(entries: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Tokens of prompt and completion, those of answers that were none among them."""
    counts = [counted for entry in entries for counted in (entry["response"]["tokens"], entry.get("lost", (0, 0)))]
    return sum(prompt for prompt, _ in counts), sum(completion for _, completion in counts)


def _differences(recorded: Mapping[str, Any], body: Mapping[str, Any], request: Request) -> tuple[str, ...]:
    before, now = recorded.get("parts", {}), request.parts
    parts = [name for name in {**before, **now} if before.get(name) != now.get(name)]
    if recorded.get("demonstrations", {}) != request.demonstrations:
        parts.append("demonstrations")
    beside = beside_fields(body, request)
    parts += [name for name in REQUEST_FIELDS if recorded.get(name) != body.get(name)]
    parts += [name for name in BESIDE_FIELDS if recorded.get(name) != beside.get(name)]
    return tuple(parts)
