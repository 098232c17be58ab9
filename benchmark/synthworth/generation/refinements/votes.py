"""Refinements that ask which label a text has: the generator, several times, or a classifier of the demonstrations."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from synthworth.core import Example, Task
from synthworth.core.words import words
from synthworth.generation import prompts
from synthworth.generation.filters import DUPLICATE
from synthworth.generation.methods.labelling import label_request
from synthworth.generation.refinements.draft import Draft, Refined, added, parted

DEMONSTRATIONS = "demonstrations"
TEMPERATURE = 0.7  # of a vote: at 0, all would be the same


@dataclass(frozen=True, kw_only=True)
class Ballot:
    """The votes about one text: how many each label got, of how many; votes that name no label count for none."""

    votes: Counter[str]
    of: int

    @property
    def winner(self) -> str:
        """The label with most votes; "" if two share the first place, or no vote names a label."""
        first, second = [*self.votes.most_common(2), ("", 0), ("", 0)][:2]
        return first[0] if first[1] > second[1] else ""

    def agreement(self, label: str) -> str:
        """The votes for a label, as `2/3`.

        >>> Ballot(votes=Counter({"ad": 2}), of=3).agreement("ad")
        '2/3'
        """
        return f"{self.votes[label]}/{self.of}"


def relabel(draft: Draft, examples: Sequence[Example], *, votes: int = 3, by: str | None = None) -> Refined:
    """Give each text the label that most votes of the generator name, or a classifier of the demonstrations (`by`), and
    keep one of copies under one label.

    A text goes if two labels share the first place, or no vote names one. The provenance of a text whose label changed
    says which it was asked for. Of copies, the first stays.
    """
    if by == DEMONSTRATIONS:
        return _relabelled(examples, _predicted(draft, examples))
    ballots = _ballots(draft, examples, votes)
    most = [max(ballot.votes.values(), default=0) for ballot in ballots]
    reasons = [f"relabel {count}/{votes}" for count in most]
    clear = parted(examples, [bool(ballot.winner) for ballot in ballots], reasons)
    winners = [ballot.winner for ballot in ballots if ballot.winner]
    relabelled = _relabelled(clear.examples, winners)
    return Refined(examples=relabelled.examples, removed=added(clear.removed, relabelled.removed))


def filter_by_votes(
    draft: Draft,
    examples: Sequence[Example],
    *,
    agreement: float | None = 0.6,
    votes: int = 3,
    by: str | None = None,
) -> Refined:
    """Remove texts whose label got a smaller share of the generator's votes than `agreement`, or (`by`) another label
    from a classifier of the demonstrations.

    The votes are those of `relabel`, and asked for once.
    """
    if by == DEMONSTRATIONS:
        given = _predicted(draft, examples)
        return parted(examples, [e.label == label for e, label in zip(examples, given, strict=True)], "filter")
    ballots = _ballots(draft, examples, votes)
    enough = [b.votes[e.label] >= (agreement or 0) * votes - 1e-9 for e, b in zip(examples, ballots, strict=True)]
    reasons = [f"filter {b.agreement(e.label)}" for e, b in zip(examples, ballots, strict=True)]
    return parted(examples, enough, reasons)


def _ballots(draft: Draft, examples: Sequence[Example], votes: int) -> list[Ballot]:
    """Ask for the votes that are not known yet, and count those about each text."""
    label_of = {example.text: example.label for example in reversed(examples)}
    new = [(text, vote) for text in label_of for vote in range(votes) if (text, vote) not in draft.answers]
    requests = [
        label_request(draft.task, text, asked=label_of[text], sample=vote, temperature=TEMPERATURE)
        for text, vote in new
    ]
    answers = draft.sources.client.complete(requests) if requests else []
    labels = tuple(draft.task.labels)
    draft.answers.update(zip(new, [prompts.named_label(a.text, labels) for a in answers], strict=True))
    counted = [Counter(draft.answers[e.text, vote] for vote in range(votes)) for e in examples]
    return [
        Ballot(votes=Counter({label: n for label, n in votes_for.items() if label}), of=votes) for votes_for in counted
    ]


def _predicted(draft: Draft, examples: Sequence[Example]) -> list[str]:
    from synthworth.training import fit_frozen

    if not examples:
        return []
    shown = draft.task.pool
    _check(draft.task, shown)
    embeddings = draft.embed([example.text for example in (*shown, *examples)])
    return fit_frozen(embeddings[: len(shown)], [example.label for example in shown])(embeddings[len(shown) :])


def _check(task: Task, shown: Sequence[Example]) -> None:
    if lacking := [label for label in task.labels if label not in {example.label for example in shown}]:
        raise ValueError(
            f"task {task.name!r}: no demonstration of {lacking[0]!r}; by=demonstrations learns from those: "
            "give each label some, or let the generator vote with votes=3"
        )


def _relabelled(examples: Sequence[Example], labels: Sequence[str]) -> Refined:
    """Give each text its label; of those that then have the same words and label, keep the first."""
    first: dict[tuple[str, ...], int] = {}
    for place, (example, label) in enumerate(zip(examples, labels, strict=True)):
        first.setdefault((label, *words(example.text)), place)
    kept = {*first.values()}
    stay = parted(examples, [place in kept for place in range(len(examples))], f"relabel {DUPLICATE}")
    given = [labels[place] for place in sorted(kept)]
    return Refined(
        examples=[_labelled(example, label) for example, label in zip(stay.examples, given, strict=True)],
        removed=stay.removed,
    )


def _labelled(example: Example, label: str) -> Example:
    if label == example.label:
        return example
    return replace(example, label=label, provenance={**example.provenance, "asked": example.label})
