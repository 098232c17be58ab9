"""Each field of a record that users read is documented where it stands."""

import ast
import inspect
from dataclasses import fields

import pytest

from synthworth.core.entry import Entry
from synthworth.core.quality import Quality
from synthworth.core.result import Result
from synthworth.core.tables import Table
from synthworth.leaderboard.columns import Column, View
from synthworth.leaderboard.row import Context, Leaderboard, Row
from synthworth.leaderboard.site.tables import PageRow, PageTable


@pytest.mark.parametrize(
    "record", [Result, Quality, Entry, Table, Row, Leaderboard, Context, Column, View, PageRow, PageTable]
)
def test_each_field_has_a_sentence_below_it(record):
    (defined,) = ast.parse(inspect.getsource(record)).body
    documented = {
        field.target.id
        for field, below in zip(defined.body, defined.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }
    assert documented == {field.name for field in fields(record)}
