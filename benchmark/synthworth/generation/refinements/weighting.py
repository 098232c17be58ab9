"""The refinement that removes no text: each counts in the loss as a classifier trusts its label."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from synthworth.core import Example
from synthworth.generation.refinements.draft import Draft, Refined


def reweight(draft: Draft, examples: Sequence[Example], *, q: float) -> Refined:
    """Remove nothing, and let each text count in the loss by p^q, where p is how likely its label is to a classifier
    that is cross-validated on the set itself; the mean of each label's weights is 1.

    p^q is the weight that the generalised cross entropy gives a text (Zhang and Sabuncu 2018, arXiv 1805.07836), which
    is robust to wrong labels; `q` is 0.7 there. The classifier is that of `consistency`. Texts beyond the quota are
    left as they are. A label with one text, or one label alone, leaves nothing to weigh.
    """
    from synthworth.training import out_of_sample, robust_weights

    seen, within = Counter[str](), list[int]()
    for place, example in enumerate(examples):
        seen[example.label] += 1
        if seen[example.label] <= (draft.quota(example.label) or len(examples)):
            within.append(place)
    labels = [examples[place].label for place in within]
    counts = Counter(labels)
    if len(counts) < 2 or min(counts.values()) < 2:
        return Refined(examples=examples)
    likely = out_of_sample(draft.embed([examples[place].text for place in within]), labels, seed=draft.seed)
    weights = dict(zip(within, robust_weights(labels, likely, q=q), strict=True))
    return Refined(examples=[replace(e, weight=weights.get(place, e.weight)) for place, e in enumerate(examples)])
