"""The cost of a generator's answers, real or estimated, as a table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from synthworth.core import Table, grid, usd_text

HEADERS = {"kept": "texts kept"}


@dataclass(frozen=True, kw_only=True)
class UsageRow:
    """The requests of one task and method, retries among them, their tokens and cost, and the texts that came of them.

    `usd` is None if the generator's price is unknown, `kept` if nothing has been generated. Of the tokens of
    completion, `thinking_tokens` are known to be thoughts.
    """

    task: str
    method: str
    requests: int
    retries: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None
    kept: int | None
    thinking_tokens: int = 0


def render_usage(rows: Sequence[UsageRow]) -> str:
    """Render the rows as a table with a line of totals.

    Lines below it say how many of the tokens were thoughts, and that the generator's price is unknown.
    """
    total = UsageRow(
        task="all",
        method="",
        requests=sum(row.requests for row in rows),
        retries=sum(row.retries for row in rows),
        prompt_tokens=sum(row.prompt_tokens for row in rows),
        completion_tokens=sum(row.completion_tokens for row in rows),
        usd=None if any(row.usd is None for row in rows) else sum(row.usd or 0 for row in rows),
        kept=None if any(row.kept is None for row in rows) else sum(row.kept or 0 for row in rows),
    )
    cells = [
        {name: value for name, value in asdict(row).items() if name != "thinking_tokens"}
        | {"usd": "unknown" if row.usd is None else usd_text(row.usd)}
        for row in [*sorted(rows, key=lambda row: (row.task, row.method)), total]
    ]
    table = grid(Table(title="usage", rows=cells, headers=HEADERS, left=("task", "method")))
    unknown = any(row.usd is None for row in rows)
    if thinking := sum(row.thinking_tokens for row in rows):
        table += f"\nOf the completion tokens, {thinking:,} are thoughts."
    return table + ("\nThe generator's price is unknown: give --synth-prices FILE." if unknown else "")
