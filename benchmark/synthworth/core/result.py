"""One trained and scored classifier as a line of JSON: everything that decided its score, and the score."""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from synthworth.core.records import merge_records, parse_records, read_records, record_line, record_of, versioned

SCHEMA = 4  # of a line; raise it when a field changes its name or meaning, and convert older lines in `current`
SUITE_VERSION = 1
DATA = ("hub", "mirror", "quickstart")
SHARES = BALANCED, NATURAL = ("balanced", "natural")
# A schema-1 line names a recipe by a hash of its Python text: those of the named recipes on one thread, and what
# training version 1 calls them. Another hash stays as it is, and equals none of today.
RECIPES_OF_SCHEMA_1 = {
    "09997099bea44532": "e8826137ac3da769",  # majority
    "6c283e8602f05fdb": "a08a42b2ef8f4d89",  # tfidf
    "0ca8df12f345913e": "6288590ef6b5e4d9",  # minilm
    "80e0699de9d535a1": "7606636b69d3dc46",  # bert
    "cab551fb75267c20": "921450cabca99033",  # roberta
}


@dataclass(frozen=True, kw_only=True)
class Result:
    """The score of one classifier trained on one training set, with everything that identifies it.

    Scores are in [0, 1], higher is better. Raises ValueError if a score is out of range, or if confusion, test rows and
    predictions contradict each other.

    >>> result = Result(
    ...     task="film", task_version=1, data="quickstart", data_version="2c433818ef49fda5", test_rows=4,
    ...     generator="", method="real", demonstrations="", per_label=10, train_rows=20,
    ...     train_version="a226ba556729c2d5", classifier="majority", generation_seed=0, training_seed=0, steps=0,
    ...     macro_f1=0.333, macro_f1_low=0.2, macro_f1_high=0.4, accuracy=0.5,
    ...     labels=["pos", "neg"], confusion=[[2, 0], [2, 0]], predicted="AA==",
    ... )
    >>> result.predictions
    ('pos', 'pos', 'pos', 'pos')
    """

    task: str
    """The task's name."""
    task_version: int
    """The version of the task: other labels, prompts or demonstrations are another version."""
    suite_version: int = SUITE_VERSION
    """The version of the benchmark's rules; results of different ones never share a table."""
    data: str
    """The source of the real texts: hub, mirror or quickstart."""
    data_version: str
    """A hash of the real texts, train and test."""
    test_rows: int
    """Real test texts that were scored."""
    generator: str
    """The generator that wrote the training texts; "" for real texts and for files whose generator is not named."""
    method: str
    """The method that made the training set, as real, zero_shot or few_shot."""
    demonstrations: str
    """Whose demonstrations the prompts showed: pool or real; "" if they showed none."""
    prompting: str = ""
    """The way in which the texts of a file were asked for, in the words of its maker: zero_shot, few_shot, grounded; ""
    if that is not said, and for texts asked for here, whose method says it."""
    source: str = ""
    """The place that the texts of a file come from, in the words of its maker; "" if that is not said."""
    per_label: int
    """The quota of training texts per label, on average over labels; 0 for all there are."""
    shares: str = BALANCED
    """The share of each label among the training texts: balanced (equal), or natural (as in the real texts)."""
    train_rows: int
    """Training texts, of all labels together."""
    train_version: str
    """A hash of these texts and labels in their order, and of their weights if they have any."""
    classifier: str
    """The recipe that was trained."""
    generation_seed: int
    """The seed of the draw: of real texts, of texts of a file, or of the generator's answers."""
    training_seed: int
    """The seed of the classifier's head, dropout and batches."""
    steps: int
    """Steps of the optimiser."""
    macro_f1: float
    """Macro-F1: the mean of F1 over labels."""
    macro_f1_low: float
    """The lower end of its 95 % percentile bootstrap over test rows, for this classifier alone."""
    macro_f1_high: float
    """The upper end of that interval."""
    accuracy: float
    """The share of test rows with the right label."""
    labels: Sequence[str]
    """The labels, in the order of `confusion` and `predicted`."""
    confusion: Sequence[Sequence[int]]
    """Test rows, shape (labels, labels): a row for each true label, a column for each predicted one."""
    collapsed: bool = False
    """True if the training failed: loss at chance, or one label for every text."""
    attempts: int = 0
    """All answers of the generator, or texts of a file, that were looked at."""
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Answers of the generator, or texts of a file, that were not trained on, by label and the rule that drops them."""
    short: Mapping[str, int] = field(default_factory=dict)
    """The number of texts of each label that misses its quota."""
    effective: Mapping[str, float] = field(default_factory=dict)
    """The effective number of texts of each label, as their weights have it: (sum of weights)^2 / sum of squared
    weights (Kish 1965); {} for texts without weights."""
    prompt_tokens: int | None = None
    """Tokens of all prompts behind the training set: those of dropped answers, of topics, attributes and votes too. 0
    if nobody was asked; None if it is not known, as for texts of files."""
    completion_tokens: int | None = None
    """Tokens of all these answers, thoughts among them; None as `prompt_tokens`."""
    predicted: str = ""
    """The predicted label of each test row, as `pack` writes it; "" if they were not kept. Predictions for the same
    rows compare two results, and nothing of the data is in them."""
    recipe: str = ""
    """A hash of how the classifier is trained: its recipe, the version of the training code, the number of threads."""

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"result of {self.task}: data is {self.data!r}; allowed: {', '.join(DATA)}")
        if self.shares not in SHARES:
            raise ValueError(f"result of {self.task}: shares is {self.shares!r}; allowed: {', '.join(SHARES)}")
        for name in ("macro_f1", "macro_f1_low", "macro_f1_high", "accuracy"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"result of {self.task}: {name} is {getattr(self, name)}; a score is in 0 to 1")
        # JSON has lists: a result that was read back is equal to what was written.
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "confusion", tuple(tuple(row) for row in self.confusion))
        size, counted = len(self.labels), sum(map(sum, self.confusion))
        if min((count for row in self.confusion for count in row), default=0) < 0:
            raise ValueError(f"result of {self.task}: confusion has a count below 0")
        if [len(row) for row in self.confusion] != [size] * size:
            raise ValueError(f"result of {self.task}: confusion is not {size} x {size}, a row and a column a label")
        if counted != self.test_rows:
            raise ValueError(f"result of {self.task}: confusion counts {counted} test rows, not {self.test_rows}")
        if self.predicted:
            try:
                numbers = unpack(self.predicted, size, self.test_rows)
            except ValueError as error:
                raise ValueError(f"result of {self.task}: predicted: {error}") from None
            if [numbers.count(label) for label in range(size)] != [
                sum(column) for column in zip(*self.confusion, strict=True)
            ]:
                raise ValueError(f"result of {self.task}: predicted has other counts of labels than confusion")

    @property
    def predictions(self) -> tuple[str, ...]:
        """The predicted label of each test row, in the order of the data. Raises ValueError if they were not kept."""
        if not self.predicted:
            raise ValueError(
                f"result of {self.task}, {self.method}, {self.classifier} has no predictions: an older version wrote "
                "it; measure it again"
            )
        return tuple(self.labels[label] for label in unpack(self.predicted, len(self.labels), self.test_rows))

    @property
    def key(self) -> tuple[str | int, ...]:
        """The identity of a result among others: the origin of its training set, and the training seed."""
        return (*self.setup, self.training_seed)

    @property
    def setup(self) -> tuple[str | int, ...]:
        """The part of the key that all training seeds share: task, versions, data, generator, method, size, classifier.

        Results of one setup have the same `train_version`, or the prompts changed between them.
        """
        return (
            self.task,
            self.task_version,
            self.suite_version,
            self.data,
            self.data_version,
            self.generator,
            self.method,
            self.demonstrations,
            self.per_label,
            self.shares,
            self.classifier,
            self.generation_seed,
        )

    @property
    def inputs(self) -> str:
        """A hash of everything that decided the result: equal inputs give equal results, up to a machine's rounding."""
        return inputs_of(
            train_version=self.train_version,
            test_version=self.data_version,
            labels=self.labels,
            recipe=self.recipe,
            seed=self.training_seed,
        )

    @property
    def tokens(self) -> int | None:
        """Tokens of prompts and answers together; None if they are not known."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens

    @property
    def dropped_total(self) -> int:
        """The number of dropped answers, or texts of a file."""
        return sum(sum(by_rule.values()) for by_rule in self.dropped.values())


def pack(numbers: Sequence[int], labels: int) -> str:
    """Pack numbers, each below `labels`, as base64 of just the bits that they need: 500 B for 3,000 rows of two labels.

    Not deflated: another zlib would write the same numbers otherwise, and a small line could unpack to gigabytes.

    >>> pack([0, 1, 1, 0, 1], labels=2), unpack("aA==", labels=2, rows=5)
    ('aA==', (0, 1, 1, 0, 1))
    """
    width = _bits(labels)
    bits = "".join(f"{number:0{width}b}" for number in numbers)
    size = -(-len(bits) // 8)
    return base64.b64encode(int(bits.ljust(8 * size, "0") or "0", 2).to_bytes(size, "big")).decode("ascii")


def unpack(text: str, labels: int, rows: int) -> tuple[int, ...]:
    """The numbers that `pack` wrote, one for each of the `rows`. Raises ValueError for any other text."""
    width = _bits(labels)
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise ValueError("not base64") from None
    if len(content) != -(-rows * width // 8):
        raise ValueError(f"{len(content)} bytes; {rows} rows of {labels} labels take {-(-rows * width // 8)}")
    bits = f"{int.from_bytes(content, 'big'):0{8 * len(content)}b}"
    numbers = tuple(int(bits[place : place + width], 2) for place in range(0, rows * width, width))
    if "1" in bits[rows * width :] or max(numbers, default=0) >= labels:
        raise ValueError(f"a number above {labels - 1}, the last of {labels} labels")
    return numbers


def _bits(labels: int) -> int:
    return max(1, (labels - 1).bit_length())


def to_line(result: Result) -> str:
    """The result as one line of JSON: its schema, then its fields in order of declaration."""
    return record_line(result, SCHEMA)


def from_mapping(values: Mapping[str, Any]) -> Result:
    """The result in a decoded line of any schema. Raises ValueError with the name of a missing or unknown field."""
    return record_of(Result, values, convert=current)


def current(values: Any) -> Any:
    """A decoded line of any schema as the newest has it, without the number of its schema.

    Schema 1, which did not write its number, held a hash `inputs`, and hashes of the Python text of a recipe. Both
    follow from what the line states. Schema 2 has no `prompting`, `source` and `shares`: its lines are read as naming
    none, and as balanced. Schema 3 has no tokens, which are then unknown, and no weights. Raises ValueError if a newer
    version has written the line.
    """
    schema, values = versioned(values, SCHEMA)
    if schema == 1:
        values = {name: value for name, value in values.items() if name != "inputs"}
        if isinstance(recipe := values.get("recipe"), str):
            values["recipe"] = RECIPES_OF_SCHEMA_1.get(recipe, recipe)
    return values


def read(path: Path) -> list[Result]:
    """Read the results in a JSON Lines file; raises ValueError with the file and line that cannot be read.

    >>> results = read(Path("suites/results.jsonl"))  # in a clone of the benchmark
    >>> sorted({result.classifier for result in results if result.task == "sms_spam"})
    ['majority', 'minilm', 'nearest', 'prompted', 'tfidf']
    """
    return read_records(path, Result, "results", current)


def parse(text: str, name: str) -> list[Result]:
    """Read the results in the text of a JSON Lines file of that name; raises ValueError with it and the line."""
    return parse_records(text, Result, name, current)


def write(path: Path, results: Iterable[Result]) -> None:
    """Write sorted JSON Lines; a new result replaces one of the same key in the file, others stay.

    Stored results of the same setup that were trained on other texts, or by another recipe, are removed, or a mean over
    training seeds would mix old and new. Several sessions may write to one file at once; a reader sees the old file or
    the new one.

    >>> from tempfile import TemporaryDirectory
    >>> results = read(Path("suites/results.jsonl"))[:2]  # in a clone of the benchmark
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.jsonl")
    ...     write(path, results)
    ...     write(path, results[:1])  # replaces an equal line
    ...     read(path) == results
    True
    """
    new = list(results)
    trained = {result.setup: _trained(result) for result in new}

    def keep(stored: Result) -> bool:
        return trained.get(stored.setup, _trained(stored)) == _trained(stored)

    merge_records(path, new, key=lambda result: result.key, line=to_line, read=read, keep=keep)


def _trained(result: Result) -> tuple[str, str]:
    return result.train_version, result.recipe


class Labelled(Protocol):
    """A training text."""

    @property
    def text(self) -> str:
        """Its words."""

    @property
    def label(self) -> str:
        """Its label."""

    @property
    def weight(self) -> float:
        """Its weight in the loss."""


def version_of(texts: Iterable[Labelled]) -> str:
    """The hash of a training set, `train_version` in results: of texts and labels in their order.

    And of their weights, if one has any.
    """
    every = list(texts)
    if all(text.weight == 1 for text in every):
        return digest([(text.text, text.label) for text in every])
    return digest([(text.text, text.label, text.weight) for text in every])


def inputs_of(*, train_version: str, test_version: str, labels: Sequence[str], recipe: str, seed: int) -> str:
    """A hash of everything that decides what a classifier predicts, the same on every machine.

    `recipe` is a hash of how it is trained, as `Result.recipe`.
    """
    return digest(
        {"train": train_version, "test": test_version, "labels": list(labels), "recipe": recipe, "training_seed": seed}
    )


def digest(*parts: object) -> str:
    """First 16 hex digits of a sha256 over the parts' canonical JSON; TypeError if a part is not JSON."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
