"""The bound on changed predictions is what honest repetitions stay within, as often as it says."""

import numpy as np
import pytest
from scipy import stats

from synthworth.measures.statistics.repetition import most_changes


@pytest.mark.parametrize("rows", [1, 60, 400, 7600, 100_000])
@pytest.mark.parametrize("comparisons", [1, 20])
def test_the_bound_is_the_smallest_that_a_binomial_number_exceeds_rarely_enough(rows, comparisons):
    bound = most_changes(rows, 0.0012, comparisons=comparisons)

    def chance_of(changes):
        """That many or more."""
        return stats.binomtest(changes, rows, 0.0012, alternative="greater").pvalue if changes <= rows else 0.0

    assert chance_of(bound + 1) <= 0.01 / comparisons
    assert bound == 0 or chance_of(bound) > 0.01 / comparisons


def test_honest_repetitions_exceed_any_bound_as_rarely_as_it_says():
    sizes = (60, 400, 872, 7600)
    bounds = [most_changes(rows, 0.0012, comparisons=len(sizes), false_alarms=0.05) for rows in sizes]
    changed = np.random.default_rng(0).binomial(sizes, 0.0012, (10_000, len(sizes)))
    assert (changed > bounds).any(axis=1).mean() <= 0.05


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"share": 0.0}, {"comparisons": 0}, {"false_alarms": 1.0}])
def test_numbers_that_cannot_be_are_refused(wrong):
    given = {"rows": 10, "share": 0.1, "comparisons": 1, "false_alarms": 0.01} | wrong
    with pytest.raises(ValueError, match="give counts of 1 or more"):
        most_changes(
            given["rows"], given["share"], comparisons=given["comparisons"], false_alarms=given["false_alarms"]
        )
