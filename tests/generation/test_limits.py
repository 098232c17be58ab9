"""Quotas and budgets under a clock that does not wait, and prices."""

import asyncio
import json
import math
import random
import re
import selectors
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthworth.generation.generator import Limits, Price, most_tokens, parse_budget, price_of
from synthworth.generation.generator.limits import PRICES, BudgetReached, Spending

MINUTE = 60
TICK = 1e-6
LATE = 0.01  # what the ticks of a test may come to
KNOWN = json.loads(PRICES.read_text())["usd_per_million_tokens"]


class Clock(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self):
        super().__init__(Now())

    def time(self):
        return self._selector.now


class Now(selectors.DefaultSelector):
    """Where an event loop would sleep, its clock is set forward."""

    now = 0.0

    def select(self, timeout=None):
        assert timeout is not None, "all tasks wait for each other"
        self.now += max(timeout, TICK)  # work takes time too, or what rounding leaves is waited for without end
        return super().select(0)


def run(work):
    """Runs a coroutine on a clock that does not wait."""
    with asyncio.Runner(loop_factory=Clock) as runner:
        return runner.run(work)


async def spend(spending, asks, concurrency, *, took_s=0.0):
    """Sends requests of (bound of prompt, bound of completion, share of it taken); when each was sent, and its bounds.

    Stops as an endpoint does, at the first that may not go: its bounds come second, and third what all others took.
    """
    queue, sent, stopped, taken = iter(asks), [], [], []
    now = asyncio.get_running_loop().time

    async def work():
        for prompt, completion, share in queue:
            try:
                async with spending.allowed(prompt, completion) as took:
                    await spending.paced()
                    sent.append((now(), prompt, completion))
                    await asyncio.sleep(took_s)
                    taken.append((math.ceil(prompt * share), math.ceil(completion * share)))
                    took(*taken[-1])
            except BudgetReached:
                stopped.append((prompt, completion))
                return

    await asyncio.gather(*(work() for _ in range(concurrency)))
    return sent, stopped, taken


def asks_of(count, seed):
    """Requests of any size: the most of prompt and completion, and the share of it that the server counts."""
    random_ = random.Random(seed)
    return [(random_.randint(10, 400), random_.randint(10, 300), random_.uniform(0.1, 1)) for _ in range(count)]


ASKS = st.builds(asks_of, st.integers(1, 300), st.integers(0, 2**32))


@given(st.integers(2, 300), st.integers(1, 200), st.integers(1, 64), st.floats(0, 20))
@settings(max_examples=50)
def test_no_minute_sees_more_requests_than_the_quota(quota, count, concurrency, took_s):
    spending = Spending(Limits(requests_per_minute=quota), None)
    sent, *_ = run(spend(spending, [(10, 10, 1)] * count, concurrency, took_s=took_s))
    times = [at for at, _, _ in sent]
    assert len(times) == count
    assert all(late - early > MINUTE - LATE for early, late in zip(times, times[quota:], strict=False))


def test_the_quota_of_requests_is_used_up():
    sent, *_ = run(spend(Spending(Limits(requests_per_minute=60), None), [(10, 10, 1)] * 100, 8))
    assert sent[-1][0] == pytest.approx(99 * MINUTE / 59, rel=1e-3)


def most_in_a_minute(sent):
    """The most tokens that any minute has seen, as servers count them before they answer."""
    counted = [(at, prompt / 4 + completion) for at, prompt, completion in sent]
    return max(sum(size for at, size in counted if start <= at < start + MINUTE - LATE) for start, _ in counted)


@given(st.integers(4000, 20_000), ASKS, st.integers(1, 64), st.floats(0, 20))
@settings(max_examples=50)
def test_no_minute_sees_more_tokens_than_the_quota(quota, asks, concurrency, took_s):
    sent, *_ = run(spend(Spending(Limits(tokens_per_minute=quota), None), asks, concurrency, took_s=took_s))
    assert len(sent) == len(asks)
    assert most_in_a_minute(sent) <= quota * (1 + 1e-9)


@given(st.integers(100, 4000), ASKS, st.integers(1, 64))
@settings(max_examples=50)
def test_a_request_of_more_than_a_tenth_of_the_quota_waits_for_all_it_takes(quota, asks, concurrency):
    sent, *_ = run(spend(Spending(Limits(tokens_per_minute=quota), None), asks, concurrency))
    largest = max(prompt / 4 + completion for _, prompt, completion in sent)
    assert len(sent) == len(asks)
    assert most_in_a_minute(sent) <= quota * (1 + 1e-9) + largest


def test_the_quota_of_tokens_is_used_up():
    sent, *_ = run(spend(Spending(Limits(tokens_per_minute=1000), None), [(160, 60, 1)] * 100, 8))
    # 100 requests of 100 tokens: the first goes at once, the others at 900 a minute.
    assert sent[-1][0] == pytest.approx(99 * 100 / 900 * MINUTE, rel=1e-3)


@given(st.integers(0, 100_000), ASKS, st.integers(1, 64), st.floats(0, 1))
def test_a_budget_in_tokens_is_never_passed_and_stops_only_where_the_next_might_pass_it(
    budget, asks, concurrency, took_s
):
    spending = Spending(Limits(budget_tokens=budget), None)
    sent, stopped, taken = run(spend(spending, asks, concurrency, took_s=took_s))
    spent = sum(prompt + completion for prompt, completion in taken)
    assert spent == spending.tokens <= budget
    assert bool(stopped) == (len(sent) < len(asks))
    assert all(spent + prompt + completion > budget for prompt, completion in stopped[:1])


@given(
    st.floats(0, 2),
    st.tuples(st.floats(0, 30), st.floats(0, 30)),
    ASKS,
    st.integers(1, 64),
    st.floats(0, 1),
)
def test_a_budget_in_usd_is_never_passed_and_stops_only_where_the_next_might_pass_it(
    budget, price, asks, concurrency, took_s
):
    spending = Spending(Limits(budget_usd=budget), Price(*price))
    sent, stopped, taken = run(spend(spending, asks, concurrency, took_s=took_s))
    spent = sum(Price(*price).of(*one) for one in taken)
    assert spent <= budget + 1e-12
    assert bool(stopped) == (len(sent) < len(asks))
    assert all(spent + Price(*price).of(*one) > budget - 1e-12 for one in stopped[:1])


@given(ASKS, st.integers(1, 16))
def test_of_two_budgets_neither_is_passed(asks, concurrency):
    price = Price(prompt=1.0, completion=4.0)
    spending = Spending(Limits(budget_tokens=5000, budget_usd=0.008), price)
    *_, taken = run(spend(spending, asks, concurrency, took_s=0.1))
    assert sum(prompt + completion for prompt, completion in taken) <= 5000
    assert sum(price.of(*one) for one in taken) <= 0.008


@pytest.mark.parametrize(
    ("limits", "line"),
    [
        ({"budget_tokens": 100}, "100 tokens: 0 spent, the next request may take 110"),
        ({"budget_usd": 0.0001}, r"0.0001 usd: 0.0000 spent, the next request may take 0.00023"),
        ({"budget_tokens": 100, "budget_usd": 9.0}, "100 tokens: 0 spent, the next request may take 110"),
        ({"budget_tokens": 900, "budget_usd": 0.0001}, r"0.0001 usd: 0.0000 spent, the next request may take 0.00023"),
    ],
)
def test_the_budget_that_is_reached_is_the_one_that_is_named(limits, line):
    async def ask():
        async with Spending(Limits(**limits), Price(prompt=1.0, completion=5.0)).allowed(80, 30):
            pass

    with pytest.raises(BudgetReached, match=f"^{line}$"):
        run(ask())


def test_a_request_that_failed_gives_back_what_it_reserved():
    async def ask_twice(spending):
        with pytest.raises(LookupError):
            async with spending.allowed(50, 40):
                raise LookupError
        async with spending.allowed(50, 40) as took:
            took(50, 40)

    spending = Spending(Limits(budget_tokens=100), None)
    run(ask_twice(spending))
    assert spending.tokens == 90


def test_a_server_that_counts_no_tokens_is_counted_by_the_bound():
    async def ask(spending):
        async with spending.allowed(50, 40) as took:
            took(0, 0)

    spending = Spending(Limits(), None)
    run(ask(spending))
    assert spending.tokens == 90


def test_the_bound_of_a_request_is_no_less_than_its_bytes_and_the_tokens_it_allows():
    messages = [{"role": "system", "content": "naïve ☕"}, {"role": "user", "content": "x"}]
    prompt, completion = most_tokens({"messages": messages, "max_tokens": 40})
    assert prompt >= len("naïve ☕x".encode())
    assert completion == 40


def test_a_request_that_bounds_no_answer_is_bound_all_the_same():
    assert most_tokens({"messages": []}) == (0, 4096)


def test_a_budget_in_usd_without_a_price_is_refused():
    with pytest.raises(ValueError, match="needs the model's price; give --synth-prices FILE, or a budget in tokens"):
        Spending(Limits(budget_usd=1.0), None)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("5usd", (None, 5.0)),
        ("0.25 USD", (None, 0.25)),
        ("200000tokens", (200_000, None)),
        ("2.50usd, 1000tokens", (1000, 2.5)),
    ],
)
def test_a_budget_is_tokens_or_usd_or_both(text, budget):
    assert parse_budget(text) == budget


@pytest.mark.parametrize("text", ["", "5", "usd", "5eur", "-1usd", "1.5tokens", "5usd,", "nanusd", "1e3tokens"])
def test_a_budget_that_is_neither_is_refused_with_what_to_give(text):
    with pytest.raises(ValueError, match=r"; give 5usd, 200000tokens, or both by comma$"):
        parse_budget(text)


@given(st.floats(0, 100), st.floats(0, 100), st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))))
def test_a_cost_is_the_sum_of_the_costs_of_its_parts(prompt, completion, parts):
    price = Price(prompt, completion)
    whole = price.of(sum(p for p, _ in parts), sum(c for _, c in parts))
    assert math.isclose(whole, [0.0, *accumulate(price.of(*part) for part in parts)][-1], abs_tol=1e-12)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_known_model_is_found_by_its_name_and_with_a_date_behind_it(name):
    assert price_of(name) == price_of(f"{name}-2025-08-07") == Price(*KNOWN[name])


@pytest.mark.parametrize("name", ["unknown", "gpt-5-mini-pro", "gpt-5-mini-2025", "gpt-5-mini-2025-08-07-x", ""])
def test_a_model_that_is_not_in_the_file_has_no_price(name):
    assert price_of(name) is None


def prices(folder, content):
    path = folder / "prices.json"
    path.write_text(content if isinstance(content, str) else json.dumps({"usd_per_million_tokens": content}))
    return path


def test_a_file_of_ones_own_overrides_ours_and_adds_to_it(tmp_path):
    path = prices(tmp_path, {"gpt-5-mini": [1, 2], "mine": [0, 0.5]})
    assert price_of("gpt-5-mini", path) == price_of("gpt-5-mini-2025-08-07", path) == Price(1, 2)
    assert price_of("mine", path) == Price(0, 0.5)
    assert price_of("gpt-5", path) == price_of("gpt-5")


def test_a_dated_name_in_the_file_is_found_before_the_name_without_date(tmp_path):
    path = prices(tmp_path, {"m": [1, 1], "m-2026-01-01": [2, 2]})
    assert price_of("m-2026-01-01", path) == Price(2, 2)


MALFORMED = [
    *("", "[" * 100_000, "{", "[]", "{}", "null", '{"usd_per_million_tokens": [1, 2]}'),
    *({"m": 1}, {"m": [1]}, {"m": [1, 2, 3]}, {"m": ["a", "b"]}, {"m": None}),
    *({"m": [-1, 2]}, {"m": [1, float("nan")]}, {"m": [float("inf"), 1]}),
]


@pytest.mark.parametrize("content", MALFORMED, ids=lambda given: str(given)[:60])
def test_a_file_that_holds_no_prices_is_one_line_that_shows_what_one_looks_like(tmp_path, content):
    line = r'prices\.json is not a file of prices; give {"usd_per_million_tokens": {"MODEL": \[PROMPT, COMPLETION\]}}$'
    with pytest.raises(ValueError, match=line) as raised:
        price_of("m", prices(tmp_path, content))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"^cannot read the prices in .*none\.json: No such file or directory$"):
        price_of("m", tmp_path / "none.json")


def test_every_price_has_its_date_and_its_source():
    listed = json.loads(PRICES.read_text())
    for entry in (listed, *listed["read"].values(), *listed["servers"].values()):
        assert re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", entry["date"])
        assert entry["source"]
