"""`synthworth.generate`: the texts that a generator writes for a task, without a suite and without pytest."""

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TypedDict, Unpack

from synthworth.core import (
    Example,
    Frame,
    Places,
    Progress,
    Row,
    Table,
    Task,
    frame,
    grid,
    html_text,
    render,
    unknown,
    unreported,
)
from synthworth.generation import RULE
from synthworth.generation.generator import EMBEDDED, find_generator
from synthworth.generation.methods import Method, resolve
from synthworth.generation.recording import MissingAnswers
from synthworth.pipeline import missing
from synthworth.pipeline.connection import connected
from synthworth.pipeline.dataset import MIRROR, QUICKSTART, Data
from synthworth.pipeline.given_texts import Texts, given_texts
from synthworth.pipeline.replay import trainer
from synthworth.pipeline.run import Run
from synthworth.pipeline.training_sets import Settings
from synthworth.training import weights_of

RECORD_WITH = 'record="missing"'


class Asking(TypedDict, total=False):
    """The generator, and what becomes of its answers; each has a default."""

    generator: str
    """As `--synth-generator` takes it: NAME, NAME@BASE_URL or a table of pyproject.toml. Default: smollm2-135m."""
    weights: Path | str | None
    """A GGUF file, to run the generator on this machine."""
    cassettes: Path | str
    """The folder of the recordings. Default: `cassettes` in the working directory."""
    record: str
    """The answers to ask for: missing (the default), none (replay alone), batch, or all."""
    progress: Progress
    """Gets the stage, how much is done, and the total. Default: nothing is shown."""


@dataclass(frozen=True, kw_only=True)
class WrittenTexts:
    """The texts that a method has made for a task; `generate` returns it.

    Printed, it says in a sentence what there is; as the last line of a notebook's cell, it is a table.

    >>> from synthworth import Task, WrittenTexts, generate
    >>> notes = Task(name="notes", labels={"kind": "a kind note", "harsh": "a harsh note"}, words=(1, 12))
    >>> texts = generate(notes, method="labels")  # a method that asks nobody: the descriptions are the texts
    >>> isinstance(texts, WrittenTexts), texts.to_frame().label.tolist()
    (True, ['kind', 'harsh'])
    """

    task: str
    """The task's name."""
    labels: tuple[str, ...]
    """Its labels in their order."""
    method: str
    """The method that made the texts, as results name it."""
    generator: str
    """The generator that wrote them; "" if none did, or nobody says."""
    per_label: int
    """The number of texts of each label that was asked for."""
    generation_seed: int
    """The seed of the draw."""
    examples: tuple[Example, ...]
    """The texts."""
    attempts: int
    """Answers, or texts of files, that were looked at."""
    dropped: Mapping[str, Mapping[str, int]]
    """Those that became no text, counted by label and rule."""
    short: Mapping[str, int]
    """For each label with fewer texts than asked for, their number."""
    discarded: tuple[Example, ...]
    """The dropped ones, as far as there was a text to keep."""

    def to_frame(self, *, dropped: bool = False) -> Frame:
        """Return a pandas DataFrame: id, text and label of each text, or of each `dropped` one, and the rule.

        If texts have weights in the loss, the frame has them too.
        """
        if dropped:
            rows = [{**_row(e), "rule": str(e.provenance.get(RULE, ""))} for e in self.discarded]
            return frame(rows, columns=("id", "text", "label", "rule"))
        if weights_of(self.examples) is not None:
            weighted: list[Row] = [{**_row(e), "weight": e.weight} for e in self.examples]
            return frame(weighted, columns=("id", "text", "label", "weight"))
        return frame([_row(e) for e in self.examples], columns=("id", "text", "label"))

    @property
    def answer(self) -> str:
        """The texts that there are, in a sentence."""
        by = f" by {self.generator}" if self.generator else ""
        lost = sum(sum(rules.values()) for rules in self.dropped.values())
        looked = f"; {lost:,} of {self.attempts:,} answers were dropped" if self.attempts else ""
        few = ", ".join(f"{label} {count:,}" for label, count in self.short.items())
        short = f"; fewer than the {self.per_label:,} asked for: {few}" if few else ""
        return f"{len(self.examples):,} texts for {self.task}, {self.method}{by}{looked}{short}."

    def tables(self) -> list[Table]:
        """Return the counts of each label with its first text, as a table."""
        return [Table(title=f"Texts for {self.task}", rows=[self._counts(label) for label in self.labels], left=LEFT)]

    def __str__(self) -> str:
        return f"{self.answer}\n\n{render(self.tables())}"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        grids = "".join(grid(table, "html") for table in self.tables())
        return f"<div><p><strong>{html_text(self.answer)}</strong></p>{grids}</div>"

    def _counts(self, label: str) -> Row:
        texts = [example.text for example in self.examples if example.label == label]
        rules = sorted(self.dropped.get(label, {}).items(), key=lambda one: -one[1])
        return {
            "label": label,
            "texts": len(texts),
            "dropped": ", ".join(f"{rule} {count:,}" for rule, count in rules),
            "the first text": texts[0] if texts else "",
        }


LEFT = ("label", "dropped", "the first text")


def generate(
    task: Task,
    method: str = "zero_shot",
    *,
    per_label: int = 20,
    generation_seed: int = 0,
    real: Texts = (),
    **asking: Unpack[Asking],
) -> WrittenTexts:
    """Make the texts of a task by one method: written by a generator, edited, or of files.

    `method` is what `--synth-method` takes, `per_label` the number of texts of each label. `real` are real texts, for
    methods that show or edit such: a file, `Example`s, or pairs (text, label). `generator`, `weights`, `cassettes`,
    `record` and `progress` are described at `Asking`. Answers are recorded in `cassettes`, and a second call, or a run
    of pytest there, asks for nothing again; answers to questions that show real texts lie in the user's cache. It works
    inside a running event loop. Raises ValueError, in one line, if the texts cannot be made; `MissingAnswers`, a
    ValueError too, if answers are missing that `record="none"` does not ask for.

    >>> from pathlib import Path
    >>> from synthworth import generate, suites_in
    >>> (suite,) = suites_in([Path("suites/test_sms_spam.py")])  # in a clone of the benchmark
    >>> texts = generate(suite.task, "zero_shot", per_label=4, record="none")
    >>> [example.label for example in texts.examples]
    ['ham', 'ham', 'ham', 'ham', 'spam', 'spam', 'spam', 'spam']
    """
    check_arguments(asking, generate)
    per_label, generation_seed = whole(1, per_label=per_label), whole(0, generation_seed=generation_seed)
    methods = resolved(method)
    if len(methods) > 1:
        raise ValueError(f"{method} stands for several methods: {', '.join(methods)}; give one")
    texts = Data(source=MIRROR, version="", train=tuple(given_texts(task, real, "real")), test=())
    settings = Settings(
        data=texts,
        record=asking.get("record", "missing"),
        per_label=per_label,
        generation_seed=generation_seed,
    )
    (name,) = methods
    with asked_run(task, settings, methods, asking) as run:
        generated = run.sets.generated(name)
        return WrittenTexts(
            task=task.name,
            labels=tuple(task.labels),
            method=name,
            generator=run.sets.generator_of(name),
            per_label=per_label,
            generation_seed=generation_seed,
            examples=generated.examples,
            attempts=generated.attempts,
            dropped=generated.dropped,
            short=generated.short,
            discarded=generated.discarded,
        )


@contextlib.contextmanager
def asked_run(
    task: Task, settings: Settings, methods: Mapping[str, Method], asking: Asking, cache: Path | None = None
) -> Iterator[Run]:
    """Make the run of a task, with a line to the generator; missing answers are told in one line.

    `cache` keeps predictions. Raises ValueError if the files of a method have no texts for the task.
    """
    generator, weights = find_generator(asking.get("generator", EMBEDDED)), asking.get("weights")
    for method in methods.values():
        if problem := method.lacks(task.name):
            raise ValueError(problem)
    line = connected(
        generator, notice=_say, weights=None if weights is None else Path(weights), price=generator.price_by()
    )
    with line as endpoint, trainer(cache, count=1) as training:
        run = Run(task, settings, endpoint, training, _places(asking), asking.get("progress", unreported), methods)
        try:
            yield run
        except MissingAnswers:
            raise MissingAnswers(missing.missing(run.sets, methods)) from None


def check_arguments(asking: Mapping[str, object], function: Callable[..., object]) -> None:
    """Raise ValueError if a keyword is none of the function's own, and none of `Asking`."""
    own = [name for name in inspect.signature(function).parameters if name not in ("task", "asking")]
    for name in asking:
        if name not in Asking.__annotations__:
            raise ValueError(unknown("argument", name, [*own, *Asking.__annotations__]))


def whole(least: int, **given: object) -> int:
    """Return the one number that is given by its name; raises ValueError unless it is whole, and `least` or more."""
    ((name, number),) = given.items()
    if not isinstance(number, Integral) or isinstance(number, bool):
        raise ValueError(f"{name}={number!r}; give a whole number")
    if number < least:
        raise ValueError(f"{name}={number}; give a number from {least} on")
    return int(number)


def resolved(method: str) -> dict[str, Method]:
    """Return the methods that a name stands for, by their names; raises ValueError if it is none."""
    if not isinstance(method, str):
        raise ValueError(f"method={method!r}; give the name of one method, such as 'zero_shot'")
    return resolve([method])


def _places(asking: Asking) -> Places:
    return Places(
        cassettes=Path(asking.get("cassettes", "cassettes")),
        quickstart=Path(QUICKSTART),
        command="",
        record_with=RECORD_WITH,
    )


def _say(line: str) -> None:
    sys.stderr.write(f"synthworth: {line}\n")


def _row(example: Example) -> dict[str, str]:
    return {"id": example.id, "text": example.text, "label": example.label}
