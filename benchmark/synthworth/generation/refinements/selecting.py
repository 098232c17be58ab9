"""Refinements that remove texts for what they are beside the others: copies, doubtful labels, more than is needed."""

from collections import Counter
from collections.abc import Sequence

from synthworth.core import Example
from synthworth.generation.refinements.draft import Draft, Refined, parted
from synthworth.measures import facility_location, k_centre, unlike_earlier, without_repeats

K_CENTRE, FACILITY_LOCATION = SELECTIONS = ("k-centre", "facility-location")


def dedup(draft: Draft, examples: Sequence[Example], *, cosine: float | None = None) -> Refined:
    """Remove each text that repeats an earlier one, whatever their labels: to the letter, or by 70 % of the pieces of
    its words; with a cosine, by that of the embeddings.

    Pieces are those of `measures.without_repeats`. With `cosine`, two texts are one if theirs is as high or higher.
    """
    texts = [example.text for example in examples]
    kept = (
        {*(without_repeats(texts) if cosine is None else unlike_earlier(draft.embed(texts), cosine))} if texts else ()
    )
    return parted(examples, [place in kept for place in range(len(texts))], "dedup")


def consistency(draft: Draft, examples: Sequence[Example]) -> Refined:
    """Remove texts that a classifier, cross-validated on the set itself, is confident to be of another label.

    Confident learning (Northcutt et al. 2021) with logistic regression on embeddings, in 5 folds drawn by the seed. A
    label with one text, or one label alone, leaves nothing to doubt.
    """
    from synthworth.training import out_of_sample, suspected

    labels = [example.label for example in examples]
    counts = Counter(labels)
    if len(counts) < 2 or min(counts.values()) < 2:
        return Refined(examples=examples)
    embeddings = draft.embed([example.text for example in examples])
    doubted = {*suspected(labels, out_of_sample(embeddings, labels, seed=draft.seed))}
    return parted(examples, [place not in doubted for place in range(len(labels))], "consistency")


def select(draft: Draft, examples: Sequence[Example], *, by: str) -> Refined:
    """Keep of each label as many texts as the quota says, chosen by their embeddings from twice as many.

    `k-centre` leaves no text far from all that are chosen, so that rare ones stay; `facility-location` chooses those
    that the others are near to, so that rare ones go. Raises ValueError without a quota.
    """
    if not draft.per_label:
        raise ValueError(f"task {draft.task.name!r}: select needs a quota; give one with --synth-per-label")
    choose = k_centre if by == K_CENTRE else facility_location
    chosen: set[int] = set()
    for label in draft.task.labels:
        places = [place for place, example in enumerate(examples) if example.label == label]
        if len(places) <= draft.quota(label):
            chosen.update(places)
        else:
            embeddings = draft.embed([examples[place].text for place in places])
            chosen.update(places[row] for row in choose(embeddings, draft.quota(label)))
    return parted(examples, [place in chosen for place in range(len(examples))], "select")


def balance(draft: Draft, examples: Sequence[Example]) -> Refined:
    """Keep the first texts of each label, as many as of the rarest one, or in the shares that the labels are to have.

    Texts beyond the quota, which no training set would hold, are not counted as removed.
    """
    counts = Counter(example.label for example in examples)
    quotas = {label: draft.quota(label) or len(examples) for label in draft.task.labels}
    full = min((counts[label] / max(quota, 1) for label, quota in quotas.items()), default=0)
    most = {label: round(full * quota) for label, quota in quotas.items()}
    seen, places = Counter[str](), list[int]()
    for example in examples:
        places.append(seen[example.label])
        seen[example.label] += 1
    within = [(e, n) for e, n in zip(examples, places, strict=True) if n < max(most[e.label], quotas[e.label])]
    return parted([example for example, _ in within], [n < most[e.label] for e, n in within], "balance")
