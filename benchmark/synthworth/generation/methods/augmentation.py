"""A few real texts, and cheap edits of them up to the quota: what needs no generator costs nothing to try first."""

import random
from collections.abc import Callable, Iterator, Sequence

from synthworth.core import Example, Task, is_unspaced
from synthworth.core.words import words
from synthworth.generation.collect import ATTEMPTS, Generated, Generates, Sources
from synthworth.generation.methods.builtin import real

SHARE = 0.1  # of the words that an edit changes: Wei and Zou's alpha, good for small and large sets

Edit = Callable[[Sequence[str], random.Random], list[str]]


def augmented(size: int) -> Generates:
    """Make the method that draws `size` real texts of each label, and fills the quota up with edits of these.

    The texts in turn give an edit each, again and again: random swap or random deletion of words, two of the four
    operations of EDA (Wei and Zou 2019, arXiv 1901.11196), each by itself about as good as all four on small sets; the
    other two need a thesaurus. Edits that repeat a text of the set are dropped; a label whose texts have no more of
    them stays short. For one seed, the texts of a smaller quota are among those of a larger one. Raises ValueError,
    when called, without a quota.
    """

    def make(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
        if not per_label:
            raise ValueError(f"augmented{size} has no quota to fill up to; give one with --synth-per-label")
        drawn, short, every = real(task, sources, min(size, per_label), seed), dict[str, int](), list[Example]()
        for label in task.labels:
            originals = [example for example in drawn.examples if example.label == label]
            quota = sources.quota(label, per_label)
            kept = [*originals, *_edits(originals, quota - len(originals), f"{seed}/{task.name}/{label}")]
            if len(kept) < quota:
                short[label] = len(kept)
            every += kept
        return Generated(examples=tuple(every), short=short)

    return make


def swap(tokens: Sequence[str], draw: random.Random) -> list[str]:
    """Swap two random words, once for every ten words and at least once."""
    swapped = list(tokens)
    for _ in range(max(1, round(SHARE * len(tokens)))):
        one, other = draw.sample(range(len(tokens)), 2)
        swapped[one], swapped[other] = swapped[other], swapped[one]
    return swapped


def delete(tokens: Sequence[str], draw: random.Random) -> list[str]:
    """Leave each word out by a chance of one in ten; of the last one left, a random word stays."""
    return [token for token in tokens if draw.random() >= SHARE] or [draw.choice(tokens)]


EDITS: Sequence[Edit] = (swap, delete)


def _edits(originals: Sequence[Example], wanted: int, place: str) -> Iterator[Example]:
    """Yield so many edits that repeat neither an original nor each other, or fewer if none are found any more."""
    seen = {tuple(words(example.text)) for example in originals}
    for number in range(ATTEMPTS * wanted):
        original, draw = originals[number % len(originals)], random.Random(f"{place}/{number}")
        edit = draw.choice(EDITS)
        text = _edited(original.text, edit, draw)
        if (as_words := tuple(words(text))) in seen or not as_words:
            continue
        seen.add(as_words)
        provenance = {"original": original.id, "edit": edit.__name__}
        yield Example(id=f"{original.id}/{number}", text=text, label=original.label, provenance=provenance)
        wanted -= 1
        if not wanted:
            return


def _edited(text: str, edit: Edit, draw: random.Random) -> str:
    """Return the text with its words edited; in a script without spaces, with its characters."""
    gap = "" if is_unspaced(words(text)) else " "
    tokens = text.split() if gap else list(text)
    return gap.join(edit(tokens, draw)) if len(tokens) > 1 else text
