"""The number of predictions that may change when the same training is repeated on another machine."""


def most_changes(rows: int, share: float, *, comparisons: int = 1, false_alarms: float = 0.01) -> int:
    """Return how many of `rows` predictions may change if each changes with a chance of `share`.

    It is the smallest count that a binomial number exceeds with a chance of at most `false_alarms` / `comparisons`
    (Bonferroni): the chance that any of all `comparisons` of honest repetitions exceeds its count is at most
    `false_alarms`. Raises ValueError for fewer than 1 row or comparison, or a share or chance outside of (0, 1).

    >>> most_changes(120, 0.0012), most_changes(7600, 0.0012), most_changes(7600, 0.0012, comparisons=20)
    (1, 17, 21)
    """
    from scipy.stats import binom

    if min(rows, comparisons) < 1 or not 0 < share < 1 or not 0 < false_alarms < 1:
        raise ValueError(
            f"{rows} rows, a share of {share}, {comparisons} comparisons at {false_alarms}; give counts of 1 or more, "
            "and chances between 0 and 1"
        )
    return int(binom.isf(false_alarms / comparisons, rows, share))
