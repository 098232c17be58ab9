"""The table of what a generator's answers have cost."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthworth.generation.usage import UsageRow, render_usage

ROW = UsageRow(
    task="toy",
    method="zero_shot",
    requests=1210,
    retries=10,
    prompt_tokens=123456,
    completion_tokens=7890,
    usd=0.12345,
    kept=1000,
)


def test_a_line_below_says_how_many_tokens_were_thoughts():
    assert render_usage([ROW, replace(ROW, thinking_tokens=6_000)]).splitlines()[-1] == (
        "Of the completion tokens, 6,000 are thoughts."
    )
    assert "thoughts" not in render_usage([ROW])


NUMBERS = st.integers(0, 10**9)
ROWS = st.lists(
    st.builds(
        UsageRow,
        task=st.sampled_from(["toy", "game"]),
        method=st.sampled_from(["zero_shot", "few_shot"]),
        requests=NUMBERS,
        retries=NUMBERS,
        prompt_tokens=NUMBERS,
        completion_tokens=NUMBERS,
        usd=st.one_of(st.none(), st.integers(0, 10**6).map(lambda n: n / 4)),
        kept=st.one_of(st.none(), NUMBERS),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda row: (row.task, row.method),
)


def cells(text):
    """The cells of the table, header and rows."""
    lines = text.splitlines()
    spans = [match.span() for match in re.finditer(r"-+", lines[1])]
    table = [line for line in (lines[0], *lines[2:]) if not line.startswith("The generator's")]
    return [[line[start:end].strip() for start, end in spans] for line in table]


def test_a_row_says_task_method_requests_retries_tokens_cost_and_texts():
    assert cells(render_usage([ROW])) == [
        ["task", "method", "requests", "retries", "prompt tokens", "completion tokens", "usd", "texts kept"],
        ["toy", "zero_shot", "1,210", "10", "123,456", "7,890", "0.1235", "1,000"],
        ["all", "", "1,210", "10", "123,456", "7,890", "0.1235", "1,000"],
    ]


def test_rows_are_sorted_by_task_and_method_and_the_totals_come_last():
    rows = [replace(ROW, task=task, method=method) for task in ("toy", "game") for method in ("zero_shot", "few_shot")]
    assert [(row[0], row[1]) for row in cells(render_usage(rows))[1:]] == [
        ("game", "few_shot"),
        ("game", "zero_shot"),
        ("toy", "few_shot"),
        ("toy", "zero_shot"),
        ("all", ""),
    ]


@given(ROWS)
def test_the_totals_are_the_sums_of_the_rows(rows):
    *_, totals = cells(render_usage(rows))
    counted = [(row.requests, row.retries, row.prompt_tokens, row.completion_tokens) for row in rows]
    sums = [sum(column) for column in zip(*counted, strict=True)]
    assert [int(cell.replace(",", "")) for cell in totals[2:6]] == sums
    known = [row.usd for row in rows if row.usd is not None]
    assert totals[6] == (f"{sum(known):.4f}" if len(known) == len(rows) else "unknown")
    kept = [row.kept for row in rows if row.kept is not None]
    assert totals[7] == (f"{sum(kept):,}" if len(kept) == len(rows) else "")


def test_a_price_that_is_not_known_is_said_and_so_is_what_to_give():
    shown = render_usage([replace(ROW, usd=None)])
    assert [row[6] for row in cells(shown)[1:]] == ["unknown", "unknown"]
    assert shown.endswith("\nThe generator's price is unknown: give --synth-prices FILE.")


@pytest.mark.parametrize("usd", [0.0, 1.5])
def test_a_price_that_is_known_is_not_asked_for(usd):
    assert "unknown" not in render_usage([replace(ROW, usd=usd)])


def test_texts_that_nobody_made_are_no_number():
    assert [row[7] for row in cells(render_usage([replace(ROW, kept=None)]))[1:]] == ["", ""]


def test_no_texts_are_a_number():
    assert [row[7] for row in cells(render_usage([replace(ROW, kept=0)]))[1:]] == ["0", "0"]


def test_a_tiny_sum_has_digits_and_no_sum_is_zero():
    assert [row[6] for row in cells(render_usage([replace(ROW, usd=0.0000213)]))[1:]] == ["0.000021", "0.000021"]


def test_without_rows_the_totals_are_zero():
    assert cells(render_usage([]))[1:] == [["all", "", "0", "0", "0", "0", "0.0000", "0"]]


def test_the_numbers_stand_right_under_their_heads():
    head, _, *rows = render_usage([ROW]).splitlines()
    names = ["requests", "retries", "prompt tokens", "completion tokens", "usd", "texts kept"]
    assert all(row[: head.index(name) + len(name)][-1].isdigit() for row in rows for name in names)
