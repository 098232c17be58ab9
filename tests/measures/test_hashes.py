"""Hashes of pieces: each once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.measures.hashes import distinct

NUMBERS = st.one_of(st.integers(0, 3), st.integers(2**63 - 2, 2**63 - 1))


@pytest.mark.parametrize("kind", [np.uint64, np.int64])
@given(numbers=st.lists(NUMBERS, max_size=30))
def test_numbers_are_those_that_numpy_finds(kind, numbers):
    array = np.array(numbers, dtype=kind)
    assert distinct(array).tolist() == np.unique(array).tolist()
    assert distinct(array).dtype == kind
