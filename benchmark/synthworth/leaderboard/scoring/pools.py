"""From files to pools of texts: labels matched, copies of test texts out, and sizes that a laptop is done with soon."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.core import (
    NAMED,
    Example,
    LabelledTexts,
    brief,
    few,
    joined,
    label_map_notes,
    listed,
    matched,
    placeholders_in_words,
    renamed,
    respelled,
)
from synthworth.core.words import words
from synthworth.leaderboard.scoring.draws import LEAST, by_label, sampled_in_shares
from synthworth.measures import Copy, Originals

MOST_TRAINED = 2000  # texts of a pool, written or real: more of them hardly move a score, and take minutes to embed
MOST_SCORED = 2000  # test texts
MOST_COMPARED = 20_000  # written texts that are looked through for copies
LEAST_SPLIT = 2 * LEAST  # test texts of the rarest label, if half of them are to stand for real training texts


@dataclass(frozen=True, kw_only=True)
class Pools:
    """Texts to train on and to score on, with the labels of the test texts."""

    labels: tuple[str, ...]
    """The labels of the test texts, the most frequent first."""
    written: tuple[Example, ...]
    """Written texts, without copies of test texts."""
    real: tuple[Example, ...]
    """Real texts to train on; () if there are none."""
    test: tuple[Example, ...]
    """Real texts to score on."""
    copies: tuple[tuple[Example, Copy, Example], ...]
    """Written texts that copy a test text, with the rule and that text."""
    copies_of_real: tuple[tuple[Example, Copy, Example], ...]
    """Written texts that copy a real training text, with the rule and that text."""
    all_written: tuple[Example, ...]
    """All written texts, copies and texts beyond the limit too."""
    lacking: tuple[str, ...] = ()
    """The labels of the test texts that no written text has, or none that copies no test text."""
    short: Mapping[str, int] = field(default_factory=dict)
    """The number of real texts of each label that has too few for a learning curve; {} if none were given."""
    notes: tuple[str, ...] = ()
    """The texts left out, drawn or split, in sentences."""


def pools_of(
    written: LabelledTexts,
    test: LabelledTexts,
    real: LabelledTexts | None,
    names: Mapping[str, str],
    *,
    splits: bool = True,
) -> Pools:
    """Match the labels of the files after renaming them by `names`, and take the texts to train and to score on.

    A real text counts once for a label; one that is a test text too, word for word, is left out, as is a written one
    that copies a test text by any rule of `measures.copies`. Without real texts, half of the test texts stand for them,
    if there are enough and `splits` is true. Raises ValueError if a file has one label alone, or another label than the
    test texts have.
    """
    mapped = label_map_notes(names, written, test, real)
    spelled = renamed(test, names)
    known = list(joined(spelled).counts)
    _check_several(joined(spelled), known, test)
    test, before = joined(spelled), written
    written = matched(renamed(before, names), known, test.name)
    _check_several(written, known, before)
    tests, again = _once(_examples(test, "test"), test.name)
    all_written = _examples(written, "written")
    short: dict[str, int] = {}
    notes = [*mapped, *_left_out(written), *_left_out(test), *_joined(spelled), *again]
    if real is None:
        unsplit = (
            "no worth: with unlabelled texts, all labelled ones are scored on; give real training texts with --real"
        )
        reals, tests, found = _split(tests, test.name) if splits else ((), tests, [unsplit])
    else:
        real = matched(renamed(real, names), known, test.name)
        held = {tuple(words(example.text)) for example in tests}
        given, again = _once(_examples(real, "real"), real.name)
        reals = tuple(e for e in given if tuple(words(e.text)) not in held)
        found = [*_left_out(real), *again, *_twice(real.name, test.name, len(given) - len(reals))]
        counts = Counter(example.label for example in reals)
        short = {label: counts[label] for label in known if counts[label] < LEAST}
        found += _too_few(real.name, short)
    notes += found
    compared = all_written[:MOST_COMPARED]
    if len(compared) < len(all_written):
        notes.append(f"copies were looked for in the first {MOST_COMPARED:,} texts of {written.name}")
    copies, of_real = _copies(compared, tests, reals), _copies(compared, reals, tests)
    copied = {example.id for example, _, _ in copies}
    kept = tuple(example for example in all_written if example.id not in copied)
    if len(by_label(kept)) < 2:
        raise ValueError(
            f"{written.name}: without the {len(copies):,} copies of test texts, fewer than two labels have texts left; "
            "give texts that are not those of the test"
        )
    of_label = by_label(kept)
    if lacking := tuple(label for label in known if label not in of_label):
        left = " left without the copies of test texts" if any(label in written.counts for label in lacking) else ""
        notes.append(
            f"{written.name} has no text with the label {listed(lacking)}{left}: nothing can learn it from there"
        )
    limited = [(written.name, kept, MOST_TRAINED, "trained on")]
    limited += [(real.name if real else "the test texts", reals, MOST_TRAINED, "trained on")]
    limited += [(test.name, tests, MOST_SCORED, "scored on")]
    pools = [sampled_in_shares(examples, most) for _, examples, most, _ in limited]
    for (name, examples, _, use), pool in zip(limited, pools, strict=True):
        if len(pool) < len(examples):
            notes.append(f"{len(pool):,} of the {len(examples):,} texts of {name} are {use}, drawn with their shares")
    return Pools(
        labels=tuple(known),
        written=pools[0],
        real=pools[1],
        test=pools[2],
        copies=copies,
        copies_of_real=of_real,
        all_written=all_written,
        lacking=lacking,
        short=short,
        notes=tuple(notes),
    )


def _check_several(given: LabelledTexts, known: Sequence[str], before: LabelledTexts) -> None:
    """Raise ValueError if the texts have one label alone; `before` are the same texts as they came."""
    if len(given.counts) < 2:
        (only,) = given.counts
        merged = [label for label in joined(before).counts if label not in given.mapped_out]
        if len(merged) > 1:
            raise ValueError(
                f"{given.name}: the label map makes {listed(merged)} one, {only!r}, the label of all "
                f"{len(given.texts):,} texts; leave two labels at least"
            )
        others = listed(label for label in known if label != only)
        remedy = f"add texts with the label {others}" if others else "add texts with another label"
        raise ValueError(f"{given.name}: all {len(given.texts):,} texts have the label {only!r}; {remedy}")


def _examples(given: LabelledTexts, prefix: str) -> tuple[Example, ...]:
    pairs = zip(given.texts, given.labels, strict=True)
    return tuple(
        Example(id=f"{prefix}-{number}", text=text, label=label) for number, (text, label) in enumerate(pairs, 1)
    )


def _once(examples: tuple[Example, ...], name: str) -> tuple[tuple[Example, ...], list[str]]:
    """Keep real texts once for each label, since a repeated one tells nothing new; notes say what was found."""
    first: dict[tuple[str, object], Example] = {}
    for example in examples:
        first.setdefault((example.label, tuple(words(example.text)) or example.text), example)
    kept = tuple(first.values())
    torn = sum(count > 1 for count in Counter(text for _, text in first).values())
    notes = []
    if again := len(examples) - len(kept):
        notes.append(f"{name}: {again:,} {'text' if again == 1 else 'texts'} that another repeats left out")
    if torn:
        notes.append(f"{name}: {torn:,} {'text comes' if torn == 1 else 'texts come'} under several labels")
    return kept, notes


def _left_out(given: LabelledTexts) -> list[str]:
    rows = "row" if given.left_out == 1 else "rows"
    words = f"; {placeholders_in_words(given.placeholders)}" if given.placeholders else ""
    incomplete = [f"{given.name}: {given.left_out:,} {rows} without a text or a label left out{words}"]
    mapped = [f"{given.name}: the label map leaves out {counted(given.mapped_out)}"]
    return incomplete * bool(given.left_out) + mapped * bool(given.mapped_out)


def _too_few(real: str, short: Mapping[str, int]) -> list[str]:
    if not short:
        return []
    return [f"no worth: a learning curve needs {LEAST} texts of each label; {real}: {counted(short)}"]


def counted(counts: Mapping[str, int]) -> str:
    """Say how many texts labels have; of many labels, those of the first, the fewest and the most.

    >>> counted({"spam": 9, "other": 0})
    "9 of 'spam', 0 of 'other'"
    """
    said = ", ".join(f"{count:,} of {brief(label)}" for label, count in list(counts.items())[:NAMED])
    more = len(counts) - NAMED
    if more <= 0:
        return said
    fewest, most = min(counts.values()), max(counts.values())
    return f"{said} and {fewest:,}{f' to {most:,}' * (fewest < most)} of {more:,} more"


def _joined(spelled: LabelledTexts) -> list[str]:
    changed = [f"{brief(label)} as {brief(same)}" for label, same in respelled(spelled.labels).items()]
    return [f"{spelled.name}: labels that differ in spelling alone are one, {few(changed)}"] if changed else []


def _twice(real: str, test: str, count: int) -> list[str]:
    return [f"{count:,} texts of {real} are in {test} too and left out of it"] if count else []


def _split(tests: tuple[Example, ...], name: str) -> tuple[tuple[Example, ...], tuple[Example, ...], list[str]]:
    """Split test texts by the hash of their words: half to train on, half to score on; none of few to train on."""
    from synthworth.pipeline import half_of

    halves = [tuple(e for e in tests if half_of(e.text) == side) for side in (0, 1)]
    labels = {example.label for example in tests}
    fewest = min(len(by_label(side).get(label, ())) for side in halves for label in labels)
    if fewest < LEAST:
        return (
            (),
            tests,
            [
                f"no worth: it needs real texts to train on, and {name} is too small to be split "
                f"({LEAST} texts of each label in each half); give them with --real (real= in Python)"
            ],
        )
    split = (
        f"{len(halves[0]):,} of the {len(tests):,} texts of {name}, picked by their hash, stand for real training texts"
    )
    return halves[0], halves[1], [f"{split}; the others are scored on; --real (real= in Python) leaves all to score on"]


def _copies(
    ours: Sequence[Example], theirs: Sequence[Example], background: Sequence[Example]
) -> tuple[tuple[Example, Copy, Example], ...]:
    if not theirs:
        return ()
    originals = Originals([e.text for e in theirs], background=[e.text for e in background])
    return tuple((ours[copy.text], copy, theirs[copy.row]) for copy in originals.copies([e.text for e in ours]))
