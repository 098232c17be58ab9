"""`synthworth mix` and `synthworth matrix` read results that lie in several files, and only of the names given."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.cli import chosen, read_all
from synthworth.core.result import read

SUITES = Path(__file__).parents[2] / "suites"
BASELINE, MIXING = SUITES / "baseline.jsonl", SUITES / "mixing.jsonl"


def test_a_result_that_two_files_hold_counts_once():
    assert read_all([BASELINE, MIXING, BASELINE]) == [*read(BASELINE), *read(MIXING)]


def of_tasks(names):
    return [SimpleNamespace(task=name) for name in names]


NAMES = st.sampled_from(["imdb", "toy", "trec", "typo", "other"])


@given(st.lists(NAMES, min_size=1), st.sets(NAMES))
def test_what_is_chosen_has_the_names_given_and_a_name_that_nothing_has_is_refused(there, wanted):
    every = of_tasks(there)
    if wanted <= set(there):
        kept = chosen(every, "task", ", ".join(wanted))
        assert kept == [one for one in every if one.task in wanted or not wanted]
    else:
        with pytest.raises(ValueError, match=f"^unknown task '{min(wanted - set(there))}'; tasks: {min(there)}"):
            chosen(every, "task", ", ".join(wanted))


def test_files_are_a_name_where_there_are_any():
    every = of_tasks(["toy", "imdb", ""])
    assert chosen(every, "task", "files,toy", every[2:]) == [every[0], every[2]]
    with pytest.raises(ValueError, match=r"^unknown task 'files'; tasks: imdb, toy$"):
        chosen(every, "task", "files,toy")
