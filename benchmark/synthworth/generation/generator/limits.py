"""Limits of what a run may spend: requests and tokens in a minute, tokens and money in all."""

import asyncio
import contextlib
import math
import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthworth.core import parse_json, usd_text
from synthworth.generation.thoughts import LIMITS

PRICES = Path(__file__).with_name("prices.json")
NO_BOUND = 4096  # tokens of an answer to a request that names no bound
MILLION = 1_000_000
BATCH_SHARE = 0.5  # of the price, that a batch costs
BYTES_PER_TOKEN = 4  # of English text, about
TURN_TOKENS = 16  # what a chat template puts around one message, at most


class BudgetReached(ValueError):
    """The next request might take the run past its budget."""


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens of prompt, and of completion."""

    prompt: float
    completion: float

    def of(self, prompt_tokens: float, completion_tokens: float) -> float:
        """The cost in US dollars.

        >>> Price(prompt=0.25, completion=2.0).of(1_000_000, 100_000)
        0.45
        """
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / MILLION

    def with_batch(self, tokens: tuple[float, float], batch: tuple[float, float]) -> float:
        """The cost in US dollars of tokens of prompt and completion, of which those of a batch cost half.

        >>> Price(prompt=1.0, completion=2.0).with_batch((2_000_000, 0), (1_000_000, 0))
        1.5
        """
        return self.of(*tokens) - (1 - BATCH_SHARE) * self.of(*batch)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The user's limits: requests under way at once, a minute's quotas (0: none), and the budget (None: none).

    A `concurrency` of 0 finds the server's own limit.
    """

    concurrency: int = 64
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    budget_tokens: int | None = None
    budget_usd: float | None = None


def parse_budget(text: str) -> tuple[int | None, float | None]:
    """Tokens and US dollars of a budget: `200000tokens`, `5usd`, or both by comma.

    >>> parse_budget("2.50usd,1000000tokens")
    (1000000, 2.5)
    """
    tokens, usd = None, None
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(tokens|usd)\s*", part, re.IGNORECASE)
        if not match or (match[2].lower() == "tokens" and "." in match[1]):
            raise ValueError(f"budget {text!r}; give 5usd, 200000tokens, or both by comma")
        if match[2].lower() == "usd":
            usd = float(match[1])
        else:
            tokens = int(match[1])
    return tokens, usd


def price_at(host: str, model: str) -> Price | None:
    """Return the price of a model at a provider's own server, by our list; None if it knows none.

    >>> price_at("api.anthropic.com", "claude-haiku-5-5")
    Price(prompt=0.1, completion=0.5)
    """
    servers = parse_json(PRICES.read_text(encoding="utf-8"), PRICES)["servers"]
    listed = servers.get(host, {}).get("usd_per_million_tokens", {})
    return Price(*listed[model]) if model in listed else None


def price_of(model: str, path: Path | None = None, *, ours: bool = True) -> Price | None:
    """The price of the model by the file at `path`, else by our own list; None if neither knows it.

    A file is `{"usd_per_million_tokens": {MODEL: [PROMPT, COMPLETION]}}`; a model is also found with a date behind
    its name, as in gpt-5-mini-2025-08-07. Our list holds for OpenAI's own server: leave it out, without `ours`, for
    others. Raises ValueError if the file is none.
    """
    for file in [*([path] if path else []), *([PRICES] if ours else [])]:
        prices = _read(file)
        if price := prices.get(model) or prices.get(re.sub(r"-\d{4}-\d{2}-\d{2}$", "", model)):
            return price
    return None


def _read(path: Path) -> dict[str, Price]:
    try:
        prices = parse_json(path.read_text(encoding="utf-8"), path)["usd_per_million_tokens"]
        listed = {model: Price(float(prompt), float(completion)) for model, (prompt, completion) in prices.items()}
        if not all(0 <= price.prompt < math.inf and 0 <= price.completion < math.inf for price in listed.values()):
            raise ValueError
        return listed
    except OSError as error:
        raise ValueError(f"cannot read the prices in {path}: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
        raise ValueError(
            f'{path} is not a file of prices; give {{"usd_per_million_tokens": {{"MODEL": [PROMPT, COMPLETION]}}}}'
        ) from None


def most_tokens(body: Mapping[str, Any]) -> tuple[int, int]:
    """An upper bound of the tokens of a request and of its answer: no tokenizer makes two tokens of one byte."""
    texts = [str(message["content"]) for message in body["messages"]]
    bound = next((body[name] for name in LIMITS if name in body), NO_BOUND)
    return sum(len(text.encode()) + TURN_TOKENS for text in texts), int(bound)


class Spending:
    """A guard that holds back what would break a quota, and refuses what might break the budget.

    A request reserves the most that it may take before it is sent, and settles for what it took; near its end, the
    budget therefore lets fewer and fewer requests go at once, and stops when not even one alone is safe. So does a
    batch, from before it is submitted until its answers are recorded: several are under way at once.
    """

    def __init__(self, limits: Limits, price: Price | None) -> None:
        if limits.budget_usd is not None and price is None:
            raise ValueError("a budget in usd needs the model's price; give --synth-prices FILE, or a budget in tokens")
        self.tokens = 0
        self.usd = 0.0
        self._limits = limits
        self._price = price or Price(0, 0)
        self._reserved: list[tuple[int, int]] = []
        self._batches: dict[Path, tuple[int, int]] = {}  # the most that those under way may take
        self._settled = asyncio.Condition()
        self._requests = _per_minute(limits.requests_per_minute, at_once=1)
        self._tokens = _per_minute(limits.tokens_per_minute, at_once=limits.tokens_per_minute / 10)
        self._gathering = asyncio.Lock()

    def spend(self, prompt: int, completion: int, *, share: float = 1.0) -> None:
        """Count tokens that were taken, at this share of their price."""
        self.tokens += prompt + completion
        self.usd += share * self._price.of(prompt, completion)

    def allow_batch(self, state: Path, forms: Iterable[Mapping[str, Any]]) -> None:
        """Reserve the most that a batch of these requests may take; `state` is the file that tells it from others.

        Raises BudgetReached, and reserves nothing, if it might cost too much beside what else is under way.
        """
        prompt, completion = most = _most_of(forms)
        usd = BATCH_SHARE * self._price.of(prompt, completion)
        if not (self._has_tokens(prompt + completion) and self._has_usd(usd)):
            raise BudgetReached(self._why(prompt, completion, usd, "batch"))
        self._batches[state] = most

    def hold_batch(self, state: Path, forms: Iterable[Mapping[str, Any]]) -> None:
        """Reserve for a batch that is under way already, whatever the budget; what `allow_batch` reserved stays."""
        self._batches.setdefault(state, _most_of(forms))

    def release_batch(self, state: Path) -> None:
        """Reserve nothing more for a batch: its answers are counted, or it brings none."""
        self._batches.pop(state, None)

    async def paced(self) -> None:
        """Wait until one more request may be sent in this minute."""
        if self._requests:
            await self._requests.acquire()

    @contextlib.asynccontextmanager
    async def allowed(self, prompt: int, completion: int) -> AsyncIterator[Callable[[int, int], None]]:
        """Wait until a request of at most that many tokens may go; call what it yields with the tokens that it took.

        Raises BudgetReached if it may not go at all. Of a count that is 0, the server's or what was read of it, the
        most is taken. A request that failed without an answer has cost nothing.
        """
        async with self._settled:
            while not self._fits(prompt, completion):
                if not self._reserved:
                    raise BudgetReached(self._why(prompt, completion, self._price.of(prompt, completion), "request"))
                await self._settled.wait()
            self._reserved.append((prompt, completion))

        def settle(prompt_tokens: int, completion_tokens: int) -> None:
            prompt_tokens, completion_tokens = prompt_tokens or prompt, completion_tokens or completion
            self.spend(prompt_tokens, completion_tokens)

        try:
            if self._tokens:
                # As servers count a request before they answer it.
                await self._gather(prompt / BYTES_PER_TOKEN + completion)
            yield settle
        finally:
            async with self._settled:
                self._reserved.remove((prompt, completion))
                self._settled.notify_all()

    async def _gather(self, tokens: float) -> None:
        # Piece by piece, if it is more than may go at once; one request at a time, so that no two meet at the end.
        async with self._gathering:
            while tokens > 0:
                piece = min(tokens, self._tokens.max_rate)
                await self._tokens.acquire(piece)
                tokens -= piece

    def _fits(self, prompt: int, completion: int) -> bool:
        prompts = prompt + sum(p for p, _ in self._reserved)
        completions = completion + sum(c for _, c in self._reserved)
        return self._has_tokens(prompts + completions) and self._has_usd(self._price.of(prompts, completions))

    def _has_tokens(self, tokens: int) -> bool:
        budget = self._limits.budget_tokens
        return budget is None or self.tokens + sum(self._of_batches()) + tokens <= budget

    def _has_usd(self, usd: float) -> bool:
        budget = self._limits.budget_usd
        return budget is None or self.usd + self._usd_of_batches() + usd <= budget

    def _of_batches(self) -> tuple[int, int]:
        return sum(p for p, _ in self._batches.values()), sum(c for _, c in self._batches.values())

    def _usd_of_batches(self) -> float:
        return BATCH_SHARE * self._price.of(*self._of_batches())

    def _why(self, prompt: int, completion: int, usd: float, what: str) -> str:
        tokens, batches = prompt + completion, ""
        if not self._has_tokens(tokens):
            if self._batches:
                batches = f" batches under way may take {sum(self._of_batches())},"
            spent = f"{self.tokens} spent,{batches} the next {what} may take {tokens}"
            return f"{self._limits.budget_tokens} tokens: {spent}"
        if self._batches:
            batches = f" batches under way may take {usd_text(self._usd_of_batches())},"
        spent = f"{usd_text(self.usd)} spent,{batches} the next {what} may take {usd_text(usd)}"
        return f"{self._limits.budget_usd:g} usd: {spent}"


def _most_of(forms: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
    """Return an upper bound of the tokens of all requests, and of all their answers."""
    most = [most_tokens(form) for form in forms]
    return sum(prompt for prompt, _ in most), sum(completion for _, completion in most)


def _per_minute(quota: int, at_once: float) -> Any:
    """A leaky bucket that lets `at_once` through at any time, and no more than `quota` in any minute."""
    from aiolimiter import AsyncLimiter

    if not quota:
        return None
    return AsyncLimiter(at_once, 60 * at_once / (quota - at_once) if quota > at_once else 60)
