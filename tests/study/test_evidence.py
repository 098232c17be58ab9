"""Which series count as written, and so have claims about them."""

import pytest

from synthworth.study.evidence import Series


@pytest.mark.parametrize(
    ("method", "written"),
    [
        ("few_shot", True),
        ("zero_shot", True),
        ("data-texts", True),
        ("real", False),
        ("augmented10", False),
        ("real10+few_shot", False),
        ("labels", False),
        ("demonstrations", False),
    ],
)
def test_a_series_is_written_if_all_its_texts_were_written_to_train_on(method, written):
    assert Series(method, "", "").is_written == written
