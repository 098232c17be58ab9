"""Claims about the texts themselves: how diverse they are, and how similar to real ones.

An embedder alone is deceived: texts that repeat one phrase may lie far apart, and so do texts under wrong labels. So
the verdict on a diversity stands beside the other measure, distinct-n and label fidelity, and says where one of them is
clear in the other direction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from types import MappingProxyType

from synthworth.study.claims.over_tasks import COMPARED, Scores, check_scores, verdict_over_tasks
from synthworth.study.claims.verdict import Beside, ClaimVerdict, corrected

NOTHING: Mapping[str, Scores] = MappingProxyType({})


def diversity_order(
    diversity: Mapping[str, Scores],
    *,
    beside: Mapping[str, Scores] = NOTHING,
    methods: Sequence[str] = COMPARED,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[ClaimVerdict, ...]:
    """Claim 4: the first method's texts are more diverse than the second's, these than the third's, and so on; and of
    three, the second is nearer to the first than the third is.

    `diversity` maps each measure that is asked about to the measure of every set of texts by task and method (sets of
    equal size, higher is more diverse; one for each draw). `beside` holds measures that nobody claims anything about,
    on the same tasks or fewer: their contrasts are shown, and dispute a verdict that they contradict. So do the other
    measures of `diversity`. Nearer is |first - third| - |first - second| > 0. For each measure a verdict for each two
    methods in a row, and one for nearer. Unit and variance as in `method_order`: tasks, of which each has one number,
    the contrast of means over draws; what a draw and the texts in it did is in the number. The interval of a measure
    over the texts of one set has no part in it. Raises ValueError if a task lacks a method.

    >>> table = {f"task {i}": {"real": [0.9], "few_shot": [0.8 - i / 100], "zero_shot": [0.6]} for i in range(10)}
    >>> found = diversity_order({"remote clique": table})
    >>> [(verdict.verdict, round(verdict.estimate, 3)) for verdict in found]
    [('supported', 0.145), ('supported', 0.155), ('supported', 0.155)]
    >>> loops = {task: {"real": [0.9], "few_shot": [0.2], "zero_shot": [0.5 + i / 100]} for i, task in enumerate(table)}
    >>> diversity_order({"remote clique": table}, beside={"distinct-2": loops})[1].verdict
    'disputed'
    """
    for of in (*diversity.values(), *beside.values()):
        check_scores(of, methods)
    found = []
    measured = {name: _contrasts(of, methods) for name, of in {**diversity, **beside}.items()}
    tested = {
        name: {what: verdict_over_tasks(what, values, level=level, seed=seed) for what, values in contrasts.items()}
        for name, contrasts in measured.items()
    }
    for name in diversity:
        for what, verdict in tested[name].items():
            others = tuple(
                Beside(other, of[what].estimate, of[what].low, of[what].high)
                for other, of in tested.items()
                if other != name
            )
            found.append(replace(verdict, claim=f"{name}: {what}", about_texts=True, beside=others))
    return corrected(found)


def similarity_order(
    similarity: Scores, *, methods: Sequence[str] = COMPARED[1:], level: float = 0.95, seed: int = 0
) -> tuple[ClaimVerdict, ...]:
    """Claim 6: the first method's texts are more similar to real ones than the second's, on average over tasks.

    `similarity` maps task and method to that of every set of texts: the mean over real test texts of their five
    largest cosines to a text of the set (Figure B.2 of Li et al. 2023), one for each draw, of sets of equal size. Unit
    and variance as in `diversity_order`, and the same errors. With one draw of each set the tasks are still units of a
    sign test, and its verdict is about the average over these tasks of these very texts.

    >>> table = {f"task {i}": {"few_shot": [0.4 + i / 100], "zero_shot": [0.35]} for i in range(10)}
    >>> (found,) = similarity_order(table)
    >>> found.claim, found.verdict
    ('few_shot texts are more similar to real ones than zero_shot texts, on average over tasks', 'supported')
    """
    check_scores(similarity, methods)
    return corrected(
        [
            replace(
                verdict_over_tasks(
                    f"{more} texts are more similar to real ones than {less} texts, on average over tasks",
                    [fmean(of[more]) - fmean(of[less]) for of in similarity.values()],
                    level=level,
                    seed=seed,
                ),
                about_texts=True,
            )
            for more, less in pairwise(methods)
        ]
    )


def _contrasts(measured: Scores, methods: Sequence[str]) -> dict[str, list[float]]:
    """The contrasts that are claimed to be above 0, by their words; a number for each task."""
    means = [{method: fmean(of[method]) for method in methods} for of in measured.values()]
    contrasts = {
        f"{more} > {less} on average over tasks": [of[more] - of[less] for of in means]
        for more, less in pairwise(methods)
    }
    if len(methods) == 3:
        first, second, third = methods
        contrasts[f"{second} is nearer to {first} than {third} is, on average over tasks"] = [
            abs(of[first] - of[third]) - abs(of[first] - of[second]) for of in means
        ]
    return contrasts
