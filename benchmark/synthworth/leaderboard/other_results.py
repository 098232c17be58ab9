"""The options that show the results which there are, for a table of which there are none."""

from collections import Counter
from collections.abc import Callable, Sequence

from synthworth.core import BALANCED, Result

GUESSER = "majority"  # learns nothing from a text, so that no table is about it


def shown_with(
    results: Sequence[Result],
    is_shown: Callable[[Result], bool],
    *,
    classifier: str,
    source: str,
    sizes: Sequence[int] = (),
) -> str:
    """Begin a remedy with the options of a command that show most results that it could show; "" if there are none.

    `is_shown` tells of a result if the command is about it, with any options. Without `sizes` it takes every size; with
    them, numbers alone, and not 0 for all texts.
    """
    balanced = [one for one in results if one.shares == BALANCED and (one.per_label or not sizes)]
    there = [one for one in balanced if one.classifier != GUESSER and is_shown(one)]
    counts = Counter((one.classifier, one.data) for one in there)
    if not counts:
        return ""
    best = max(counts, key=lambda pair: (pair == (classifier, source), source == pair[1], counts[pair]))
    measured = sorted({one.per_label for one in there if (one.classifier, one.data) == best})
    options = [f"--classifier {best[0]}"] * (best[0] != classifier) + [f"--source {best[1]}"] * (best[1] != source)
    if sizes and not set(sizes) & set(measured):
        options.append(f"--sizes {','.join(map(str, measured))}")
    return f"add {' '.join(options)}, of which there are some, or " if options else ""
