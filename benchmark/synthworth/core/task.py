"""A text-classification task, and one labelled text of it, as data that check themselves."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType

from synthworth.core.words import word_count

PROMPT_FIELDS = ("label", "description", "words")


@dataclass(frozen=True, kw_only=True)
class Example:
    """One labelled text: its id, its text, its label, and how it came to be.

    `provenance` is empty for a text written by a person; for a generated one it names what made it: the
    hash of the prompt, the ids of the demonstrations, the sample index, the seed and the finish reason.
    `agreement` is the share of its annotators, at least, that chose its label, in (0, 1]; None where nobody says.
    """

    id: str
    text: str
    label: str
    provenance: Mapping[str, str | int | float] = field(default_factory=dict, compare=False)
    agreement: float | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True)
class Raters:
    """Single annotators' labels of a task's texts on the hub, in another configuration of its data set.

    A row is one annotator's: `id` and `rater` are the columns that say of which text and whose, and `labels` maps
    columns of 0 and 1 to the task's labels. Whoever chose none of these labels, or several, has chosen something else.
    """

    config: str
    labels: Mapping[str, str]
    split: str = "train"
    id: str = "id"
    rater: str = "rater_id"

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))


@dataclass(frozen=True, kw_only=True)
class Hub:
    """Where a task's real texts lie on the Hugging Face hub, and how a row becomes an `Example`.

    `labels` maps the value in the column `label` (a number, a string, or a list of them) to the task's label.
    A row is kept when exactly one of its values is in `labels`; any other row is an error, unless
    `other_labels` says that the data set holds more labels than the task and such rows are dropped.
    `test=None` splits the only split there is: a text goes to the test set by the hash of its words, so that
    a repeated text never lies on both sides; `holdout` is that share.
    `revision` is a commit of the data set; None says that it is not pinned yet (`synthworth pin`).
    `id` is the column with the texts' ids; without one a text is named by split and row. `raters` need it.
    """

    path: str
    labels: Mapping[str | int, str]
    config: str | None = None
    revision: str | None = None
    train: str = "train"
    test: str | None = "test"
    holdout: float = 0.2
    text: str = "text"
    label: str = "label"
    other_labels: bool = False
    lowercase: bool = False
    id: str | None = None
    raters: Raters | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        if not 0 < self.holdout < 1:
            raise ValueError(f"hub {self.path}: holdout is {self.holdout}; allowed is a share between 0 and 1")
        if self.raters and not self.id:
            raise ValueError(f"hub {self.path}: raters are told by the texts' ids; name their column as id")
        if self.raters and set(self.raters.labels.values()) != set(self.labels.values()):
            raise ValueError(
                f"hub {self.path}: raters choose among {', '.join(self.raters.labels.values())}; "
                f"labels: {', '.join(self.labels.values())}"
            )


@dataclass(frozen=True, kw_only=True)
class Task:
    """One text-classification problem: labels and what they mean, prompts, demonstrations, and the real data.

    `labels` maps each label to its description, a noun phrase that completes "a text is ..."; its order is the
    order of every metric. `words` is the length range of a text in words, fitted to the real texts. The
    prompts follow Li et al. (2023): a context, a request for one text (the fields {label}, {description} and
    {words} are filled in), and a request for more variety. `demonstrations` are hand-written, by label, of lengths
    within `words`.
    Raises ValueError with the task's name where a part is missing, unknown or contradicts another.
    """

    name: str
    labels: Mapping[str, str]
    words: tuple[int, int]
    context_prompt: str
    generation_prompt: str
    diversity_prompt: str
    demonstrations: Mapping[str, tuple[str, ...]]
    hub: Hub | None = None
    version: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        object.__setattr__(
            self, "demonstrations", MappingProxyType({k: tuple(v) for k, v in self.demonstrations.items()})
        )
        for problem in self._problems():
            raise ValueError(f"task {self.name!r}: {problem}")

    def _problems(self) -> Iterator[str]:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            yield "a name is lower-case letters, digits and _, since it names files"
        if len(self.labels) < 2:
            yield f"{len(self.labels)} label; a classifier needs at least 2"
        if len(self.words) != 2 or not 0 < self.words[0] <= self.words[1]:
            yield f"words is {self.words}; give (fewest, most), at least (1, 1)"
        for label, description in self.labels.items():
            if not description.strip():
                yield f"label {label!r} has no description; say what the label means"
        for name in ("context_prompt", "generation_prompt", "diversity_prompt"):
            if not getattr(self, name).strip():
                yield f"{name} is empty"
        try:
            fields = {name for _, name, _, _ in Formatter().parse(self.generation_prompt) if name is not None}
        except ValueError as error:
            yield f"generation_prompt cannot be filled in: {error}; write {{{{ and }}}} for braces that are text"
            return
        for name in sorted(fields - set(PROMPT_FIELDS)):
            yield f"generation_prompt has the field {{{name}}}; fields: {', '.join(PROMPT_FIELDS)}"
        if not fields & {"label", "description"} or "words" not in fields:
            yield "generation_prompt must ask for {words} and for {label} or {description}"
        for label in sorted(set(self.labels) ^ set(self.demonstrations)):
            yield f"demonstrations and labels disagree about {label!r}; labels: {', '.join(self.labels)}"
        fewest, most = self.words
        for label, count in ((label, word_count(t)) for label, texts in self.demonstrations.items() for t in texts):
            if not fewest <= count <= most:
                yield f"a demonstration of {label!r} has {count} words; give it {fewest} to {most}, as `words` says"
        for label in sorted(set(self.hub.labels.values()) - set(self.labels)) if self.hub else ():
            yield f"hub maps to the unknown label {label!r}; labels: {', '.join(self.labels)}"
        for label in sorted(set(self.labels) - set(self.hub.labels.values())) if self.hub else ():
            yield f"hub maps nothing to the label {label!r}"

    @property
    def pool(self) -> tuple[Example, ...]:
        """The hand-written demonstrations as examples, with the ids that recordings and provenance use."""
        return tuple(
            Example(id=f"{self.name}/{label}/{number}", text=text, label=label)
            for label, texts in self.demonstrations.items()
            for number, text in enumerate(texts)
        )
