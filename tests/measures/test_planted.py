"""What the audit for copies finds of edited texts, and what it takes for a copy that is none."""

import random

import pytest

from synthworth.measures.planted import EDITS, UNRELATED, planted_copies

TEXTS = [
    "The night ferry to Holm was late again, so we ate our soup on the pier and counted gulls.",
    "My sister keeps bees on the roof of her flat and sells the honey to a small cafe nearby.",
    "A dull meeting about parking ended with a vote that nobody in the room understood at all.",
    "He bought a cello at the flea market, and now the dog howls with it every single evening.",
    "Snow closed the pass for three days, and the school bus turned back at noon on Tuesday.",
]
OTHERS = ["Rain fell on the old harbour while the market people folded their stands in silence.", "We lost the match."]


@pytest.mark.parametrize("outcome", planted_copies(TEXTS, OTHERS), ids=lambda outcome: outcome.edit)
def test_every_edit_is_found_and_no_unrelated_text(outcome):
    assert outcome.found == (0 if outcome.edit == UNRELATED else 1)


@pytest.mark.parametrize("name", sorted(set(EDITS) - {"none"}))
def test_an_edit_changes_the_text(name):
    assert EDITS[name](TEXTS[0], random.Random(0)) != TEXTS[0]


def test_the_same_seed_plants_the_same_edits():
    assert planted_copies(TEXTS, OTHERS, seed=3) == planted_copies(TEXTS, OTHERS, seed=3)
