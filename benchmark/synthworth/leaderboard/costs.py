"""The cost of a row's written texts, in tokens and in US dollars: the one owner of both for every table."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from synthworth.core import Quality, Result

if TYPE_CHECKING:
    from synthworth.generation.generator import Price


class Costs:
    """The tokens behind the draws of written texts, and their price.

    `quality` holds the tokens of results that do not state them, and those that came in batches, at half the price.
    `prices` is a file of prices of models, as `--synth-prices` takes it; before our own list, the tables of the
    project's pyproject.toml are asked.
    """

    def __init__(self, quality: Sequence[Quality] = (), prices: Path | None = None) -> None:
        self._measured = {(q.task, q.data_version, q.train_version): q for q in quality}
        self._prices_file = prices
        self._price: dict[str, Price | None] = {}

    def measured(self, results: Sequence[Result]) -> list[Quality]:
        """Return the measurements of a row's training sets, one for each draw that has any."""
        draws = {(result.task, result.data_version, result.train_version): None for result in results}
        return [self._measured[key] for key in draws if key in self._measured]

    def tokens(self, results: Sequence[Result]) -> list[tuple[int, int]]:
        """Return the tokens of prompts and answers behind each draw of a row, as results state them, else as measured.

        [] if nobody knows them, or no generator was asked.
        """
        draws = {(result.task, result.data_version, result.train_version): result for result in results}
        stated = [(result.prompt_tokens, result.completion_tokens) for result in draws.values()]
        known = [(prompt, completion) for prompt, completion in stated if prompt is not None and completion is not None]
        if not known:
            known = [(quality.prompt_tokens, quality.completion_tokens) for quality in self.measured(results)]
        return [each for each in known if any(each)]

    def usd(self, results: Sequence[Result], same_texts: Sequence[Result] = ()) -> float | None:
        """Return what one draw of a row cost in US dollars, as a mean; None if its tokens or their price are unknown.

        `same_texts` are results on the same written texts, as without the real ones beside them: what nobody measured
        of the row is taken from these. Raises ValueError if the file of prices cannot be read.
        """
        price = self._price_of(results[0].generator)
        if price is None:
            return None
        if not price.of(1, 1):  # whatever the tokens: it runs on this machine
            return 0.0
        if not (tokens := self.tokens(results) or self.tokens(same_texts)):
            return None
        return price.with_batch(_means(tokens), _means(self._batches(results) or self._batches(same_texts)))

    def _batches(self, results: Sequence[Result]) -> list[Sequence[int]]:
        """The tokens that came in batches, of each draw whose tokens were measured."""
        return [q.batch_tokens for q in self.measured(results) if q.prompt_tokens or q.completion_tokens]

    def _price_of(self, generator: str) -> "Price | None":
        from synthworth.generation.generator import price_of_named

        if generator not in self._price:
            self._price[generator] = price_of_named(generator, self._prices_file)
        return self._price[generator]


def _means(tokens: Sequence[Sequence[int]]) -> tuple[float, float]:
    """The means of tokens of prompts and of answers, over draws; 0 without any."""
    prompts, answers = zip(*tokens, strict=True) if tokens else ((0,), (0,))
    return fmean(prompts), fmean(answers)
