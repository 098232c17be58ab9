"""The jackknife's standard error: that of a mean by its formula, and near the true one where there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import sem

from synthworth.measures.statistics import jackknife_error


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30))
def test_the_error_of_a_mean_is_scipy_s(sample):
    means = [(sum(sample) - left_out) / (len(sample) - 1) for left_out in sample]
    assert jackknife_error(means) == pytest.approx(sem(sample), abs=1e-9)


def test_the_error_of_a_variance_is_near_that_over_many_samples():
    samples = np.random.default_rng(0).normal(size=(400, 40))
    errors = [jackknife_error([np.delete(one, left_out).var(ddof=1) for left_out in range(40)]) for one in samples]
    assert np.mean(np.square(errors)) == pytest.approx(samples.var(axis=1, ddof=1).var(ddof=1), rel=0.15)


def test_one_part_has_no_error():
    with pytest.raises(ValueError, match=r"^1 part of a sample; a jackknife leaves out one of at least 2$"):
        jackknife_error([0.5])
