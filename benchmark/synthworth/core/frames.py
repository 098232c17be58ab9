"""Rows as a pandas DataFrame, for notebooks; pandas is loaded when the first one is made."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from synthworth.core.tables import Row

if TYPE_CHECKING:
    from pandas import DataFrame

    Frame: TypeAlias = DataFrame
else:
    Frame = object


def frame(rows: Sequence[Row], columns: Sequence[str] | None = None) -> Frame:
    """Return rows as a DataFrame with these columns, or with one for each name of the first row.

    >>> frame([{"task": "imdb", "macro_f1": 0.5}]).shape
    (1, 2)
    """
    from pandas import DataFrame

    made: Frame = DataFrame(list(rows), columns=columns)
    return made
