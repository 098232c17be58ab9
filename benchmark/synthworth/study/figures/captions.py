"""Titles and captions of figures: content, n, sources of the intervals, origin of the numbers."""

from collections.abc import Iterable

from synthworth.study.figures.numbers import (
    AgreementCurves,
    Diversity,
    DropAgainstSubjectivity,
    Figure,
    LearningCurves,
    Scores,
    Similarity,
    WorthAgainstTokens,
    Worths,
    pairs,
)

AFTER = "of Li et al. 2023, arXiv 2310.07849"


def title(figure: Figure) -> str:
    """Return a figure's title, with the figure or table of the paper that it follows."""
    match figure:
        case Diversity():
            return f"Diversity of real and synthetic texts (after Figure 1 {AFTER})"
        case Similarity():
            return f"Similarity of real and synthetic texts (after Figure B.2 {AFTER})"
        case Scores():
            return f"Macro-F1 of classifiers trained on real and synthetic texts (after Table 1 {AFTER})"
        case AgreementCurves():
            return f"Accuracy against the agreement of annotators (after Figures 2 and C.1 {AFTER})"
        case LearningCurves():
            return f"{figure.score} against the number of training texts (after Figure B.1 {AFTER})"
        case DropAgainstSubjectivity():
            return f"Drop in {figure.score} against the subjectivity of tasks"
        case Worths():
            return "Worth of written texts in real ones, task by generator"
        case WorthAgainstTokens():
            return "Worth of written texts in real ones, against the tokens that they took"


def caption(figure: Figure) -> str:
    """Return the caption: content, n, sources of the intervals, origin of the numbers, missing series, and the note.

    >>> from synthworth.study.figures import MeasuredPoint, Similarity
    >>> one = MeasuredPoint(task="imdb", method="few_shot", value=0.41, low=0.40, high=0.42, n=200)
    >>> figure = Similarity(cosines=(one,), embedder="minilm", source="toys", interval="95 % over texts")
    >>> print(caption(figure))    # doctest: +NORMALIZE_WHITESPACE
    For each real text the mean cosine to its 5 nearest synthetic texts, averaged over the real ones. Embedder: minilm.
    n: 200 synthetic texts. Intervals: 95 % over texts. Source: toys.
    """
    parts = [
        *_content(figure),
        f"Intervals: {figure.interval}",
        f"Source: {figure.source}",
        f"Not measured: {'; '.join(absent)}" if (absent := _absent(figure)) else "",
        figure.note,
    ]
    return " ".join(part.strip().removesuffix(".") + "." for part in parts if part.strip())


def _content(figure: Figure) -> list[str]:
    match figure:
        case Diversity():
            return [
                f"Remote clique, the mean {figure.distance} of the texts of a set to all its others, and Chamfer, that "
                "to the nearest other; higher is more diverse",
                f"Embedder: {figure.embedder}",
                f"n: {_span(m.n for m in (*figure.remote_clique, *figure.chamfer))} texts a set",
            ]
        case Similarity():
            return [
                f"For each real text the mean cosine to its {figure.nearest} nearest synthetic texts, averaged over "
                "the real ones",
                f"Embedder: {figure.embedder}",
                f"n: {_span(m.n for m in figure.cosines)} synthetic texts",
            ]
        case Scores():
            return [
                "Macro-F1 on real test texts by what a classifier was trained on; the upright lines are the scores of "
                "real texts",
                f"n: {_span(m.n for scores in figure.macro_f1.values() for m in scores)} test texts",
            ]
        case AgreementCurves():
            return _agreement(figure)
        case LearningCurves():
            return _learning(figure)
        case DropAgainstSubjectivity():
            return _drop(figure)
        case Worths():
            return [
                "For each written set the number of real texts per label that reach the same Macro-F1, on the learning "
                "curve of real texts; arrows lie beyond its ends",
                "A set on the upright line of its size is worth as many real texts as it holds",
                f"n: {len({(p.task, p.name) for p in figure.points})} sets",
            ]
        case WorthAgainstTokens():
            return [
                "For each written set the number of real texts per label that reach the same mean Macro-F1, on the "
                "learning curve of real texts, against its tokens, prompts and dropped answers among them; triangles "
                "lie beyond the ends of the curve",
                "The line joins the Pareto front, the sets that no other beats for as few tokens, with their texts per "
                "label",
                f"Mean of {len(figure.tasks)} task{'s' * (len(figure.tasks) > 1)}: {', '.join(figure.tasks)}",
                f"n: {len(figure.points)} sets",
            ]


def _agreement(figure: AgreementCurves) -> list[str]:
    points = [(curve, point) for curve in figure.curves for point in curve.points]
    left_out = {(curve.task, point.threshold) for curve, point in points if point.accuracy is None}
    kept = f"n: {_span(point.n for _, point in points if point.accuracy is not None)} test instances"
    omitted = (
        f"; {len(left_out)} threshold{'s' if len(left_out) > 1 else ''} with fewer than {figure.least} instances left "
        "out (n in brackets)"
        if left_out
        else f"; no threshold has fewer than {figure.least} instances"
    )
    return [
        "Accuracy on the test instances whose agreement, the share of annotators who chose the most frequent label, "
        "is at least the threshold γ, with the regression line over thresholds, its R² and Spearman's ρ",
        "All panels span the same range of accuracy, so that slopes compare",
        kept + omitted,
        f"p of ρ, and its interval in the CSV: {figure.p}",
    ]


def _learning(figure: LearningCurves) -> list[str]:
    worth = (
        "Worth in real: the number of real texts per label whose score, on the learning curve of real texts, is that "
        "of the largest synthetic set (across from its point, the band is the interval; < and > where the curve does "
        "not reach)"
    )
    return [
        f"{figure.score} on real test texts against the number of training texts per label",
        "All panels span the same range of scores",
        *([worth] if any(point.worth is not None for point in figure.points) else []),
        f"n: {_span(point.n for point in figure.points)} test texts",
    ]


def _drop(figure: DropAgainstSubjectivity) -> list[str]:
    ranks = [
        f"{method} {rank.rho:.2f} ({rank.low:.2f} to {rank.high:.2f}), p "
        + (f"{rank.p:.3f}" if rank.p >= 0.001 else "< 0.001")
        for method, rank in figure.rank.items()
    ]
    tasks = len({drop.task for drop in figure.drops})
    return [
        f"{figure.score} of real texts minus that of synthetic ones, for each task, against its {figure.subjectivity}",
        *([f"Spearman's ρ: {'; '.join(ranks)}", f"Its p and interval: {figure.p}"] if ranks else []),
        f"n: {tasks} task{'s' if tasks > 1 else ''}, {_span(drop.n for drop in figure.drops)} test texts",
    ]


def _absent(figure: Figure) -> list[str]:
    """Return the missing tasks of each method that another method or panel of the figure has."""
    there = pairs(figure)
    tasks, methods = (list(dict.fromkeys(pair[i] for pair in there)) for i in (0, 1))
    absent = {method: [task for task in tasks if (task, method) not in there] for method in methods}
    return [f"{method} of {', '.join(missing)}" for method, missing in absent.items() if missing]


def _span(numbers: Iterable[int]) -> str:
    ordered = sorted(numbers)
    return f"{ordered[0]:,}" if ordered[0] == ordered[-1] else f"{ordered[0]:,} to {ordered[-1]:,}"
