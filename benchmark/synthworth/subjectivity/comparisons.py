"""Comparisons of two tasks by objectivity: the question, as a sheet for people or as a prompt, and its answers."""

import random
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from synthworth.core import Place, Task, columns_of, csv_text, read_rows, unguarded, unknown

STAND_IN = "model:"  # begins the name of an annotator that is no person
ANSWER = "more_objective"
COLUMNS = ("annotator", "first", "first_labels", "second", "second_labels", "instruction", ANSWER)
OBJECTIVE = (
    "Which of these two text-classification tasks is the more objective one? A task is objective where clear features "
    "of the text, which anyone can point to, settle its label, so that careful readers agree; it is subjective where "
    "the label depends on how a reader takes the text, on taste, mood or background. How hard a task is, and whether "
    "a computer could do it, does not matter."
)
INSTRUCTION = (
    f"{OBJECTIVE} Write the name of the more objective task under {ANSWER}; if you cannot say, leave it empty."
)

_TURNED = re.compile(
    r"\b(less|least)\s+objective|\b(more|most)\s+subjective|\bnot\b[^.]{0,20}\bobjective", re.IGNORECASE
)
_UNDECIDED = re.compile(r"\b(neither|equal(ly)?|equivalent(ly)?|cannot (say|decide|tell))\b", re.IGNORECASE)
_VERDICT = re.compile(r"\banswer\b\W*(is\b|[:=])", re.IGNORECASE)
_AFTER_LETTER = r"""(?=\W*\Z|\s*[).:,;*"'\n]|\s+(?:is|because|since)\b)"""  # A is a letter here, and no article


class Comparison(NamedTuple):
    """One answer of one annotator: `winner` is the more objective of two tasks, `loser` the other."""

    winner: str
    loser: str
    annotator: str


class PairAnswers(NamedTuple):
    """The comparisons in a filled-in sheet, in its order, and the number of its rows that are `unanswered`."""

    comparisons: tuple[Comparison, ...]
    unanswered: int


def stand_in_name(generator: str) -> str:
    """Name a generator that answers in a person's place, so that no table takes it for a person.

    >>> stand_in_name("smollm2-135m")
    'model:smollm2-135m'
    """
    return f"{STAND_IN}{generator}"


def read_comparisons(path: str | Path, tasks: Collection[str] = ()) -> list[Comparison]:
    """Read the comparisons in a file that `read_rows` reads, in its order: columns winner, loser and annotator.

    `tasks` are the names that may appear; empty allows all. Raises ValueError with the file and the line if a field is
    empty, a task is unknown or compared with itself, or the file cannot be read.
    """
    comparisons = []
    for place, row in read_rows(path, Comparison._fields, "comparisons"):
        for name in Comparison._fields:
            if not row[name]:
                raise ValueError(f"{place}: {name} is empty; give {', '.join(Comparison._fields)}")
        comparison = Comparison(*(unguarded(row[name]) for name in Comparison._fields))
        _check_pair(place, comparison.winner, comparison.loser, tasks)
        comparisons.append(comparison)
    return comparisons


def to_csv(comparisons: Iterable[Comparison]) -> str:
    """Write comparisons as the CSV that `read_comparisons` reads.

    >>> print(to_csv([Comparison("ag_news", "humor_speech", "ann")]), end="")
    winner,loser,annotator
    ag_news,humor_speech,ann
    """
    return csv_text(Comparison._fields, [comparison._asdict() for comparison in comparisons])


def sheets(
    tasks: Sequence[Task], annotators: Sequence[str], *, pairs_per_annotator: int | None = None, seed: int = 0
) -> dict[str, str]:
    """Make a CSV text for each annotator to fill in, by name: a row for each pair of tasks, with an empty answer.

    Each person sees only their own sheet, so that answers are independent. Pairs are dealt from shuffled rounds of all
    pairs: no annotator has a pair twice, and the numbers of times that two pairs are asked differ by one at most; None
    asks everybody every pair. Order and sides are random by `seed`. An annotator added at the end changes no sheet
    before. Raises ValueError if there are fewer than two tasks, a name comes twice, or more pairs are asked for than
    exist.
    """
    names = [task.name for task in tasks]
    for kind, given in (("task", names), ("annotator", annotators)):
        for name in given:
            if not name.strip():
                raise ValueError(f"{kind} name {name!r} is blank; give distinct {kind} names")
            if given.count(name) > 1:
                raise ValueError(f"the {kind} {name!r} is there {given.count(name)} times; give distinct {kind} names")
    if len(tasks) < 2:
        raise ValueError(f"{len(tasks)} task; give at least 2 to compare")
    pairs = list(combinations(sorted(tasks, key=lambda task: task.name), 2))
    size = len(pairs) if pairs_per_annotator is None else pairs_per_annotator
    if not 1 <= size <= len(pairs):
        raise ValueError(f"{size} pairs per annotator; {len(tasks)} tasks have 1 to {len(pairs)} pairs")
    chance, texts = random.Random(seed), {}
    deck: list[tuple[Task, Task]] = []
    for annotator in annotators:
        hand, deck = deck[:size], deck[size:]
        if len(hand) < size:
            deck = chance.sample(pairs, len(pairs))
            new = [pair for pair in deck if pair not in hand][: size - len(hand)]
            hand, deck = hand + new, [pair for pair in deck if pair not in new]
        shown = [chance.sample(pair, 2) for pair in chance.sample(hand, size)]
        rows = [(annotator, a.name, _labels(a), b.name, _labels(b), INSTRUCTION, "") for a, b in shown]
        texts[annotator] = csv_text(COLUMNS, [dict(zip(COLUMNS, row, strict=True)) for row in rows])
    return texts


def read_sheet(path: str | Path) -> PairAnswers:
    """Read the answers in a sheet that a person has filled in; a row without one is left out and counted.

    Capitals, and spaces for underscores, are understood. Raises ValueError with the file and the line if an answer is
    neither of the two names, no annotator is named, a task is compared with itself, or the file is not such a sheet.
    """
    comparisons, unanswered = [], 0
    for place, row in read_rows(path, ("annotator", "first", "second", ANSWER), "pairs"):
        first, second, answer = (unguarded(row[name]) for name in ("first", "second", ANSWER))
        if not (row["annotator"] and first and second):
            raise ValueError(f"{place}: annotator, first or second is empty; fill in only {ANSWER}")
        _check_pair(place, first, second)
        if not answer:
            unanswered += 1
            continue
        meant = re.sub(r"[\s-]+", "_", answer.casefold())
        if meant not in (first.casefold(), second.casefold()):
            raise ValueError(f"{place}: {ANSWER} is {answer!r}; write {first} or {second}, or leave it empty")
        winner, loser = (first, second) if meant == first.casefold() else (second, first)
        comparisons.append(Comparison(winner, loser, unguarded(row["annotator"])))
    return PairAnswers(tuple(comparisons), unanswered)


def read_answers(path: str | Path) -> PairAnswers:
    """Read a filled-in sheet or a file of comparisons, told apart by their columns; errors are those of the two."""
    if ANSWER in columns_of(path, "comparisons"):
        return read_sheet(path)
    return PairAnswers(tuple(read_comparisons(path)), 0)


def question(first: Task, second: Task) -> str:
    """Write the same question as a prompt for a stand-in; ask it in both orders, since generators favour one side.

    >>> from dataclasses import replace
    >>> sign = Task(name="sign", labels={"pos": "a kind review", "neg": "a harsh review"}, words=(5, 9),
    ...             context_prompt="You review films.", generation_prompt="Write {description} of {words} words.",
    ...             diversity_prompt="Be different.", demonstrations={"pos": (), "neg": ()})
    >>> print(question(sign, replace(sign, name="topic")).splitlines()[2])
    A: sign. A text is one of: pos (a kind review); neg (a harsh review)
    """
    _check_names(first, second)
    described = "\n".join(
        f"{letter}: {task.name}. A text is one of: {_labels(task)}" for letter, task in (("A", first), ("B", second))
    )
    return f"{OBJECTIVE}\n\n{described}\n\nAnswer with its name only: {first.name} or {second.name}."


def answer_of(text: str, first: Task, second: Task) -> str | None:
    """Find the task that an answer to `question(first, second)` calls the more objective one; None if it names none.

    A verdict ("Answer: ...") counts first, then the first mention, by name or as A or B; if that task is called less
    objective or more subjective, the other is meant. A reasoning model's thoughts do not count. None loses one
    comparison, and a wrong guess would cost more: an answer that names no side is not guessed at.
    """
    _check_names(first, second)
    text = text.rpartition("</think>")[2].replace("\\_", "_").strip()
    if text.startswith("<think>"):
        return None
    sides = _mentions(first.name, second.name)
    verdicts = [text[verdict.end() :].strip() for verdict in _VERDICT.finditer(text)]
    text = next((verdict for verdict in reversed(verdicts) if sides.search(verdict)), text)
    mention = sides.search(text)
    if mention is None:
        return None
    meant = _side(mention)
    others = (later.start() for later in sides.finditer(text, mention.end()) if _side(later) != meant)
    ends = (end.start() for end in re.finditer(r"[.!?](\s|\Z)|\n", text[mention.end() :]))
    sentence = mention.end() + next(ends, len(text))
    if _UNDECIDED.search(text[:sentence]):
        return None
    if _TURNED.search(text[mention.end() : min(sentence, next(others, len(text)))]):
        meant = 1 - meant
    return (first.name, second.name)[meant]


def _mentions(first: str, second: str) -> re.Pattern[str]:
    """Match one of two names, or A or B; the longer name is tried first, as one may be a part of the other."""
    names = {side: name.replace("_", r"[\s_-]?") for side, name in (("first", first), ("second", second))}
    named = "|".join(f"(?P<{side}>{names[side]})" for side in sorted(names, key=lambda side: -len(names[side])))
    return re.compile(
        rf"(?<!\w)(?i:{named})(?!\w)"
        rf"|\b(?i:task|option)\s+(?P<option>[AB])\b"
        rf"|(?:\A|(?<=\n))\W*(?P<letter>[AB]){_AFTER_LETTER}"
        rf"|\A\W*(?P<only>[ABab])\W*\Z"
    )


def _side(mention: re.Match[str]) -> int:
    if mention["first"] or mention["second"]:
        return 0 if mention["first"] else 1
    return "AB".index((mention["option"] or mention["letter"] or mention["only"]).upper())


def _labels(task: Task) -> str:
    return "; ".join(f"{label} ({description})" for label, description in task.labels.items())


def _check_names(first: Task, second: Task) -> None:
    if first.name == second.name:
        raise ValueError(f"{first.name!r} is compared with itself; give two tasks")


def _check_pair(place: Place, first: str, second: str, tasks: Collection[str] = ()) -> None:
    if first == second:
        raise ValueError(f"{place}: {first!r} is compared with itself; a comparison has two tasks")
    for name in (first, second):
        if tasks and name not in tasks:
            raise ValueError(f"{place}: {unknown('task', name, tasks)}")
