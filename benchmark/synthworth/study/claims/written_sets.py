"""Claims about written sets on single tasks: beside real texts, other sets by one generator, and more texts."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

from synthworth.core import Row, Table, with_interval
from synthworth.generation.methods import PROMPTINGS, is_of_files
from synthworth.leaderboard import SizedSet, WrittenSet, difference, p_of_pair
from synthworth.measures.statistics import Sample
from synthworth.pipeline import REAL
from synthworth.study.claims.verdict import (
    CANNOT_TELL,
    CONTRADICTED,
    SUPPORTED,
    WITHHELD,
    ClaimVerdict,
    corrected,
)

# From smallest to largest: 1.5, 3 and 7 billion parameters, then two whose sizes are not published, by their release.
GROWING = ("gpt2-xl", "flan-t5-xl", "llama-2-7b-chat", "gpt-3.5-turbo-instruct", "gpt-4-turbo-preview")


def claims_of(sets: Sequence[WrittenSet], size: int) -> list[ClaimVerdict]:
    """Return the claims about sets of one size, judged as one family.

    Of each set, that as many real texts score higher; of each two sets of one task and generator that were asked for in
    other ways, that the one shown more scores higher: few_shot than zero_shot, grounded than both. Of sets that were
    asked for alike, by the generators of `GROWING`, that the next larger scores higher. Comparisons are on these tasks'
    test rows and over draws of the texts; a set of one draw withholds its claims.
    """
    asked = (_beside_real, _within_generators, _larger_generators)
    return list(corrected([claim for ask in asked for claim in ask(sets, size)]))


def claims_about_more(sets: Sequence[WrittenSet]) -> list[ClaimVerdict]:
    """Return the claims that more texts of a set score higher than fewer of them, as a family of its own.

    Each size that a set was measured at is compared with its next smaller; sizes that lack texts are left out.
    """
    return list(corrected([claim for one in sets for claim in _more(one)]))


def _beside_real(sets: Sequence[WrittenSet], size: int) -> Iterator[ClaimVerdict]:
    for one in sets:
        if (of := one.sizes.get(size)) and of.real is not None and not of.short:
            claim = f"{one.task}: {size:,} real texts per label beat {size:,} by {one.name}"
            yield _compared(claim, of.real, of, [(one.name, of.draws), (REAL, of.real_draws)], one.note)


def _within_generators(sets: Sequence[WrittenSet], size: int) -> Iterator[ClaimVerdict]:
    for less, more in combinations(sets, 2):
        if (less.task, less.generator) != (more.task, more.generator) or less.prompting == more.prompting:
            continue
        if not {less.prompting, more.prompting} <= set(PROMPTINGS) or size not in less.sizes or size not in more.sizes:
            continue
        of_less, of_more = less.sizes[size], more.sizes[size]
        if of_less.short or of_more.short:
            continue
        claim = f"{more.task}, {size:,} per label: {more.name} beats {less.name}"
        note = "; ".join(dict.fromkeys(filter(None, (less.note, more.note))))
        yield _compared(claim, of_more.sample, of_less, [(more.name, of_more.draws), (less.name, of_less.draws)], note)


def _larger_generators(sets: Sequence[WrittenSet], size: int) -> Iterator[ClaimVerdict]:
    alike: dict[tuple[str, str], list[WrittenSet]] = {}
    for one in sets:
        if one.generator in GROWING and is_of_files(one.method) and size in one.sizes and not one.sizes[size].short:
            alike.setdefault((one.task, one.asked), []).append(one)
    for same in alike.values():
        for smaller, larger in pairwise(sorted(same, key=lambda one: GROWING.index(one.generator))):
            of_smaller, of_larger = smaller.sizes[size], larger.sizes[size]
            claim = f"{larger.task}, {size:,} per label: {larger.name} beats the smaller {smaller.name}"
            draws = [(larger.name, of_larger.draws), (smaller.name, of_smaller.draws)]
            note = "; ".join(dict.fromkeys(filter(None, (smaller.note, larger.note))))
            yield _compared(claim, of_larger.sample, of_smaller, draws, note)


def _more(one: WrittenSet) -> Iterator[ClaimVerdict]:
    for fewer, more in pairwise(sorted(size for size, of in one.sizes.items() if not of.short)):
        of_fewer, of_more = one.sizes[fewer], one.sizes[more]
        claim = f"{one.task}: {more:,} per label by {one.name} beat {fewer:,} of them"
        draws = [(f"{size:,} per label", of.draws) for size, of in ((more, of_more), (fewer, of_fewer))]
        yield _compared(claim, of_more.sample, of_fewer, draws, one.note)


def _compared(claim: str, higher: Sample, lower: SizedSet, draws: Sequence[tuple[str, int]], note: str) -> ClaimVerdict:
    """The claim that one sample scores higher than a set."""
    estimate = difference([higher], [lower.sample])
    return ClaimVerdict(
        claim=claim,
        estimate=estimate.value,
        low=estimate.low,
        high=estimate.high,
        p=p_of_pair([higher], [lower.sample]),
        n=min(number for _, number in draws),
        unit="draws a side",
        draws=min(number for _, number in draws),
        one_draw=", ".join(name for name, number in draws if number == 1),
        note=note,
    )


def claims_table(verdicts: Sequence[ClaimVerdict], about: str) -> Table:
    """The verdicts on claims about something, as "100 texts per label", as a table: those that are clear first."""
    order = {word: place for place, word in enumerate((SUPPORTED, CONTRADICTED, CANNOT_TELL, WITHHELD))}
    rows: list[Row] = [
        {
            "claim": one.claim,
            "verdict": one.verdict,
            "difference in Macro-F1 (95 %)": with_interval(one.estimate, one.low, one.high),
            "Holm's p": f"{one.adjusted:.2g}",
            "draws": one.draws,
            "mind": one.note,
        }
        for one in sorted(verdicts, key=lambda one: order.get(one.verdict, len(order)))
    ]
    return Table(
        title=f"Claims about {about}",
        rows=rows,
        note="Supported or contradicted: the interval lies wholly above or below 0, and Holm's p over all claims of "
        "this table is at most 0.05; withheld: one draw of the texts on a side. Sets that are short of texts are "
        "not asked about.",
        left=["claim", "verdict", "difference in Macro-F1 (95 %)", "mind"],
        title_column="",
    )
