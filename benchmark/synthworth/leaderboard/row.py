"""A leaderboard as data: its rows, and the knowledge beside the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.core import Entry, EntryNote, Quality

Gold = Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Knowledge beside the results: test labels, measurements of texts, and authors."""

    gold: Gold = field(default_factory=dict)
    """The labels of the test rows in their order, by task and data version: with them, comparisons are paired."""
    quality: Sequence[Quality] = ()
    """Measurements of the texts that results were trained on."""
    entries: Sequence[Entry] = ()
    """The authors and verification of a method with a generator."""
    notes: Sequence[EntryNote] = ()
    """Warnings about methods, for the remarks of their rows."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the leaderboard; a field is None, or "", if there is nothing to say.

    A mean over tasks is about these very tasks: tasks are no sample of anything, and its intervals and tiers hold test
    rows and seeds within them.
    """

    task: str
    """The task's name, or "mean of N"."""
    version: str
    """Versions of task and data, if the table has results of several."""
    method: str
    """The method, with "(real examples)" behind it if its demonstrations are real texts."""
    generator: str
    """The generator; "" for real texts and for files whose generator is not named."""
    prompting: str
    """The way in which the texts of a file were asked for, as it says; "" if it does not, and for methods of ours."""
    source: str
    """The place that the texts of a file come from, as it says; "" if it does not."""
    classifier: str
    """The recipe of the classifier."""
    per_label: str
    """The quota of training texts per label, or "all"."""
    steps: int | None
    """Steps of the optimiser, if they differ between methods of one size."""
    short: int | None
    """Training texts of the label that has the fewest, if one misses its quota."""
    tier: int | None
    """The tier among the written sets of one task, classifier and size that have several draws: 1 is beaten by no
    other."""
    leads: bool | None
    """True for the highest mean of its tier; None without a tier."""
    macro_f1: float
    """Macro-F1 in [0, 1], mean over seeds."""
    low: float
    """The lower end of its 95 % interval over test rows and seeds."""
    high: float
    """The upper end of that interval."""
    floor: float
    """The Macro-F1 that a guesser who reads no text can expect on this test set."""
    accuracy: float
    """Accuracy in [0, 1], mean over seeds."""
    accuracy_low: float
    """The lower end of its 95 % interval over test rows and seeds."""
    accuracy_high: float
    """The upper end of that interval."""
    drop: float | None
    """Macro-F1 of real texts of the same size and classifier, less that of this row."""
    drop_low: float | None
    """The lower end of its 95 % interval over test rows and seeds, paired on rows if the test labels are at hand."""
    drop_high: float | None
    """The upper end of that interval."""
    gap: float | None
    """(Macro-F1 - floor) / (Macro-F1 of real texts of the same size - floor): 0 is the floor, 1 is real texts."""
    gap_low: float | None
    """The lower end of its 95 % interval over test rows and seeds."""
    gap_high: float | None
    """The upper end of that interval."""
    worth: str
    """The number of real texts per label that reach this score, with its interval; "" without a learning curve."""
    margin: float | None
    """Macro-F1 less that of the best free rung of the same task and version, whatever its classifier and size: of the
    methods that need neither a labelled real text nor a generator. In a mean, of the rung that is best on the mean.
    None for that rung itself, and without one."""
    margin_low: float | None
    """The lower end of its 95 % interval over test rows and seeds, paired on rows if the test labels are at hand."""
    margin_high: float | None
    """The upper end of that interval."""
    free_rung: str
    """The method and classifier of that rung, "this row", or ""."""
    diversity: float | None
    """Remote clique of the texts, a mean cosine distance in [0, 2]; higher is more diverse."""
    diversity_low: float | None
    """The lower end of its 95 % interval over texts."""
    diversity_high: float | None
    """The upper end of that interval."""
    diversity_of: str
    """The number of embedded texts, and the embedder."""
    leaks: float | None
    """The share of texts, or of all texts of their file, in [0, 1] that are suspected to come from the test set."""
    opposed: int | None
    """Texts, or texts of their file, that are suspected copies of a test or training text with another label; one that
    copies both counts twice. None if nobody counted them."""
    fidelity: float | None
    """The share of texts in [0, 1] that a classifier trained on other, real texts gives the label that was asked for, a
    mean over labels."""
    fidelity_low: float | None
    """The lower end of its 95 % interval, over draws of the texts if there are several, else over texts."""
    fidelity_high: float | None
    """The upper end of that interval."""
    fidelity_of_real: float | None
    """The share of real test texts in [0, 1] that this classifier gives their label, a mean over labels."""
    tokens: int | None
    """Tokens of prompts and answers for the texts of one generation seed."""
    usd: float | None
    """The cost of these tokens in US dollars, if the generator's prices are known."""
    dropped: str
    """Dropped answers or texts of a file, of all, with each rule that drops more than a tenth."""
    seeds: int
    """Results that the row is the mean of."""
    draws: int
    """Independent draws of the training texts among them; generation seeds that give the same texts are one."""
    collapsed: int | None
    """Seeds whose training failed (loss at chance, or one label for all); they are in the mean."""
    remarks: str
    """Limits of the row: at chance, labels at chance, one draw, no drop for unequal sizes, copies of real texts under
    another label, many texts that a reported rule flags, and what the notes warn of."""
    state: str
    """The state of verification of the entry."""
    flags: str
    """Warnings about the entry."""
    date: str
    """The day the entry was made."""
    division: str
    """The division of the entry, closed or open."""
    task_version: int | None
    """The version of the task; None for a mean over tasks."""
    data_version: str
    """The hash of the task's data; "" for a mean over tasks."""

    @property
    def at_chance(self) -> bool:
        """True if the interval of Macro-F1 does not lie above the floor."""
        return self.low <= self.floor


@dataclass(frozen=True, kw_only=True)
class Leaderboard:
    """The rows of one data source, suite version and division; rows of others never share a table with them."""

    title: str
    """Names data source, suite version and division."""
    rows: tuple[Row, ...]
    """The rows in the order of the table, the means over tasks last."""
