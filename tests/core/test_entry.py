"""An entry declares itself within a few fixed words."""

import pytest

from synthworth.core.entry import Entry


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"name": " "}, "an entry has no name"),
        ({"state": "verified"}, "unknown state 'verified'"),
        ({"division": "half"}, "unknown division 'half'"),
        ({"variants": 0}, "0 variants"),
        ({"date": "2999-01-01"}, "date is 2999-01-01; allowed: 2020-01-01 to today"),
        ({"date": "1999-01-01"}, "allowed: 2020-01-01 to today"),
        ({"date": "2026-02-30"}, "give a day, as 2026-11-20"),
        ({"date": "20261120"}, "give a day, as 2026-11-20"),
        ({"date": "yesterday\x1b[31m"}, r"date is 'yesterday\\x1b\[31m'; give a day"),
    ],
)
def test_what_is_none_of_the_words_is_refused(changed, problem):
    with pytest.raises(ValueError, match=problem):
        Entry(**{"name": "mine", "method": "few_shot", "generator": "smollm2-135m"} | changed)


def test_flags_read_back_from_a_list_are_the_same():
    given = {"name": "mine", "method": "few_shot", "generator": "g"}
    assert Entry(**given, flags=["above real"]) == Entry(**given, flags=("above real",))
