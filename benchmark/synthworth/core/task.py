"""A text-classification task, and one labelled text of it, as data that check themselves."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType

from synthworth.core.errors import brief
from synthworth.core.languages import language_name
from synthworth.core.words import is_unicode, word_count, words

PROMPT_FIELDS = ("label", "description", "words")
# What a task asks with that states no prompts of its own. They name the language: a generator answers in that of its
# prompts otherwise.
CONTEXT_PROMPT = "You write texts in {language}, as people write them."
GENERATION_PROMPT = "Write {description}, about {words} words long."
DIVERSITY_PROMPT = "Write about something else, in another tone, than the texts before."
JOINERS = {0x200C: None, 0x200D: None}  # of no width, and part of how Persian words and families of emoji are spelled
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*")


@dataclass(frozen=True, kw_only=True)
class Example:
    """One labelled text: its id, its text, its label, and how it came to be.

    `provenance` is empty for a text written by a person; for a generated one it names what made it: the
    hash of the prompt, the ids of the demonstrations, the sample index, the seed and the finish reason.
    `agreement` is the share of its annotators, at least, that chose its label, in (0, 1]; None if it is not known.
    `weight`, above 0, is what it counts in the loss of a training, beside 1 for a text that nobody has weighted.

    >>> example = Example(id="train-7", text="Fog closes the harbour.", label="news", agreement=0.75)
    >>> example.label, dict(example.provenance)
    ('news', {})
    >>> example == Example(id="train-7", text="Fog closes the harbour.", label="news")  # provenance is not compared
    True
    """

    id: str
    text: str
    label: str
    provenance: Mapping[str, str | int | float] = field(default_factory=dict, compare=False)
    agreement: float | None = field(default=None, compare=False)
    weight: float = field(default=1.0, compare=False)


@dataclass(frozen=True, kw_only=True)
class Raters:
    """Single annotators' labels of a task's texts on the hub, in another configuration of its data set.

    A row is one annotator's: `id` and `rater` are the columns that say of which text and whose, and `labels` maps
    columns of 0 and 1 to the task's labels. Whoever chose none of these labels, or several, has chosen something else.

    >>> raters = Raters(config="raw", labels={"joy": "pleased", "anger": "cross"})
    >>> raters.id, raters.rater, list(raters.labels.values())
    ('id', 'rater_id', ['pleased', 'cross'])
    """

    config: str
    labels: Mapping[str, str]
    split: str = "train"
    id: str = "id"
    rater: str = "rater_id"

    def __post_init__(self) -> None:
        if not isinstance(self.labels, Mapping):
            raise ValueError(f"raters: labels is {brief(self.labels)}; give {{column: label}}")
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))


@dataclass(frozen=True, kw_only=True)
class Hub:
    """The place of a task's real texts on the Hugging Face hub, and the way from a row to an `Example`.

    `labels` maps the value in the column `label` (a number, a string, or a list of them) to the task's label.
    A row is kept when exactly one of its values is in `labels`; any other row is an error, unless
    `other_labels` says that the data set holds more labels than the task and such rows are dropped.
    `test=None` splits the only split there is: a text goes to the test set by the hash of its words, so that
    a repeated text never lies on both sides; `holdout` is that share.
    `revision` is a commit of the data set; None says that it is not pinned yet (`synthworth pin`).
    `id` is the column with the texts' ids; without one a text is named by split and row. `raters` need it.

    >>> hub = Hub(path="ucirvine/sms_spam", labels={0: "ham", 1: "spam"}, text="sms", test=None)
    >>> hub.labels[1], hub.holdout
    ('spam', 0.2)
    >>> Hub(path="ucirvine/sms_spam", labels={0: "ham", 1: "spam"}, test=None, holdout=20)
    Traceback (most recent call last):
    ValueError: hub ucirvine/sms_spam: holdout is 20; allowed is a share between 0 and 1
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
        if not isinstance(self.labels, Mapping) or not self.labels:
            raise ValueError(f"hub {self.path}: labels is {brief(self.labels)}; give {{value: label}}")
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        if not isinstance(self.holdout, int | float) or not 0 < self.holdout < 1:
            raise ValueError(f"hub {self.path}: holdout is {self.holdout!r}; allowed is a share between 0 and 1")
        if self.raters is not None and not isinstance(self.raters, Raters):
            raise ValueError(f"hub {self.path}: raters is {brief(self.raters)}; give Raters(config=..., labels=...)")
        if self.raters and not self.id:
            raise ValueError(f"hub {self.path}: raters are matched by the texts' ids; name their column as id")
        if self.raters and set(self.raters.labels.values()) != set(self.labels.values()):
            raise ValueError(
                f"hub {self.path}: raters choose among {', '.join(self.raters.labels.values())}; "
                f"labels: {', '.join(self.labels.values())}"
            )


@dataclass(frozen=True, kw_only=True)
class Task:
    """One text-classification problem: labels and what they mean, prompts, demonstrations, and the real data.

    `labels` maps each label to its description, a noun phrase that completes "a text is ..."; its order is the
    order of every metric. `words` is the length range of a text, fitted to the real texts: in words, or in characters
    of a script written without spaces (`core.words.word_count`). The prompts follow Li et al. (2023): a context, a
    request for one text (the fields {label}, {description} and {words} are filled in), and a request for more variety;
    each has a default that serves any task. `demonstrations` are hand-written, by label, of lengths within `words`; for
    a task that has none, `few_shot` shows real training texts. `language` is a tag of BCP 47, such as "en" or "pt-BR";
    the default prompt names it, and rules that look for phrases follow it.
    Raises ValueError, in one line with the task's name, if a part is missing, unknown or contradicts another.

    >>> task = Task(
    ...     name="film",
    ...     labels={"pos": "a kind review", "neg": "a harsh review"},
    ...     words=(5, 20),
    ...     context_prompt="You review films.",
    ...     generation_prompt="Write {description} of {words} words.",
    ...     diversity_prompt="Be different.",
    ... )
    >>> list(task.labels), task.language
    (['pos', 'neg'], 'en')
    >>> Task(name="film", labels=task.labels, words=(5, 20), language="de").context_prompt
    'You write texts in German, as people write them.'
    """

    name: str
    labels: Mapping[str, str]
    words: tuple[int, int]
    context_prompt: str = CONTEXT_PROMPT
    generation_prompt: str = GENERATION_PROMPT
    diversity_prompt: str = DIVERSITY_PROMPT
    demonstrations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hub: Hub | None = None
    version: int = 1
    language: str = "en"

    def __post_init__(self) -> None:
        for problem in self._type_problems():
            raise ValueError(f"task {self.name!r}: {problem}")
        given = dict(self.demonstrations) or dict.fromkeys(self.labels, ())
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        object.__setattr__(self, "words", tuple(self.words))
        if self.context_prompt == CONTEXT_PROMPT:
            object.__setattr__(self, "context_prompt", CONTEXT_PROMPT.format(language=language_name(self.language)))
        object.__setattr__(self, "demonstrations", MappingProxyType({k: tuple(v) for k, v in given.items()}))
        for problem in (*self._label_problems(), *self._prompt_problems(), *self._demonstration_problems()):
            raise ValueError(f"task {self.name!r}: {problem}")
        for problem in self._hub_problems():
            raise ValueError(f"task {self.name!r}: {problem}")

    def _type_problems(self) -> Iterator[str]:
        """Yield what is of another type than it should be: parts of a task come from files and notebooks too."""
        if not isinstance(self.name, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            yield "a name is lower-case letters, digits and _, since it names files"
        if not isinstance(self.labels, Mapping):
            yield f"labels is {brief(self.labels)}; give {{label: description}}"
        if not isinstance(self.language, str) or not LANGUAGE_TAG.fullmatch(self.language):
            yield f"language is {brief(self.language)}; give a tag of BCP 47, such as en, de or pt-BR"
        words = self.words if isinstance(self.words, Sequence) else ()
        whole = [isinstance(count, int) and not isinstance(count, bool) for count in words]
        if len(words) != 2 or not all(whole) or not 0 < words[0] <= words[1]:
            yield f"words is {brief(self.words)}; give (fewest, most), at least (1, 1)"
        for name in ("context_prompt", "generation_prompt", "diversity_prompt"):
            prompt = getattr(self, name)
            if not isinstance(prompt, str):
                yield f"{name} is {brief(prompt)}; give a text"
            elif not prompt.strip():
                yield f"{name} is empty"
            elif not is_unicode(prompt):
                yield f"{name} holds half of a surrogate pair; write it again"
        if self.hub is not None and not isinstance(self.hub, Hub):
            yield f"hub is {brief(self.hub)}; give Hub(path=..., labels=...)"
        if isinstance(self.version, bool) or not isinstance(self.version, int) or self.version < 1:
            yield f"version is {brief(self.version)}; give a whole number, 1 or more"
        if not isinstance(self.demonstrations, Mapping):
            yield f"demonstrations is {brief(self.demonstrations)}; give {{label: (text, ...)}}"
        for label, texts in self.demonstrations.items():
            if isinstance(texts, str) or not isinstance(texts, Sequence) or not all(isinstance(t, str) for t in texts):
                yield f"demonstrations of {label!r} are {brief(texts)}; give a tuple of texts"
            elif not all(map(is_unicode, texts)):
                yield f"a demonstration of {label!r} holds half of a surrogate pair; write it again"

    def _label_problems(self) -> Iterator[str]:
        if len(self.labels) < 2:
            yield f"{len(self.labels)} label; a classifier needs at least 2"
        known, described = dict[str, str](), dict[str, str]()
        for label, description in self.labels.items():
            if not isinstance(label, str):
                yield f"label {label!r} is not a string; write {str(label)!r}"
            elif not label.strip() or label != label.strip() or not label.translate(JOINERS).isprintable():
                yield f"label {label!r} is empty, or has spaces around it or characters that cannot be shown; rename it"
            else:
                same = known.setdefault(unicodedata.normalize("NFKC", label).casefold(), label)
                if same != label:
                    yield f"labels {same!r} and {label!r} differ in case or form alone; rename one"
            if not isinstance(description, str) or not description.strip():
                yield f"label {label!r} has no description; say what the label means"
            elif not is_unicode(description):
                yield f"the description of {label!r} holds half of a surrogate pair; write it again"
            elif (same := described.setdefault(" ".join(description.split()).casefold(), label)) != label:
                yield f"labels {same!r} and {label!r} have one description, {brief(description)}; say how they differ"

    def _prompt_problems(self) -> Iterator[str]:
        try:
            fields = {name for _, name, _, _ in Formatter().parse(self.generation_prompt) if name is not None}
        except ValueError as error:
            yield f"generation_prompt cannot be filled in: {error}; write {{{{ and }}}} for braces that are text"
            return
        for name in sorted(fields - set(PROMPT_FIELDS)):
            yield f"generation_prompt has the field {{{name}}}; fields: {', '.join(PROMPT_FIELDS)}"
        if not fields & {"label", "description"} or "words" not in fields:
            yield "generation_prompt must ask for {words} and for {label} or {description}"
        try:
            self.generation_prompt.format(label="label", description="description", words=1)
        except (ValueError, LookupError) as error:  # of a format: {label:d}, {words!x}, {label:{width}}
            yield f"generation_prompt cannot be filled in: {error}; write the fields as in {{words}}"
        for name in ("context_prompt", "diversity_prompt"):
            for part in PROMPT_FIELDS:
                if f"{{{part}}}" in getattr(self, name):
                    yield f"{name} has the field {{{part}}}; only generation_prompt is filled in: move it there"

    def _demonstration_problems(self) -> Iterator[str]:
        for label in sorted({*self.labels} ^ {*self.demonstrations}, key=str):
            yield f"demonstrations and labels disagree about {label!r}; labels: {', '.join(map(str, self.labels))}"
        fewest, most = self.words
        seen: dict[tuple[str, ...], str] = {}
        for label, texts in self.demonstrations.items():
            for text in texts:
                if not fewest <= (count := word_count(text)) <= most:
                    yield f"a demonstration of {label!r} has {count} words; give it {fewest} to {most}, as `words` says"
                if (other := seen.setdefault(tuple(words(text)), label)) != label:
                    yield f"a demonstration is listed under {other!r} and {label!r}: {brief(text)}; remove one"

    def _hub_problems(self) -> Iterator[str]:
        if self.hub is None:
            return
        mapped = set(self.hub.labels.values())
        for label in sorted(mapped - set(self.labels), key=str):
            yield f"hub maps to the unknown label {label!r}; labels: {', '.join(self.labels)}"
        for label in sorted(set(self.labels) - mapped):
            yield f"hub maps nothing to the label {label!r}"

    @property
    def pool(self) -> tuple[Example, ...]:
        """Return the demonstrations as examples, with the ids that recordings and provenance use."""
        return tuple(
            Example(id=f"{self.name}/{label}/{number}", text=text, label=label)
            for label, texts in self.demonstrations.items()
            for number, text in enumerate(texts)
        )
