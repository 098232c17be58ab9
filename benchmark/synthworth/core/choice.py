"""The one line that answers a name nobody knows: what came, what is allowed, and the nearest match."""

import difflib
from collections.abc import Iterable


def unknown(kind: str, came: str, allowed: Iterable[str], plural: str = "") -> str:
    """An error line for an unknown name; `plural` where it is not kind + s.

    >>> unknown("method", "few-shot", ["real", "zero_shot", "few_shot"])
    "unknown method 'few-shot'; methods: real, zero_shot, few_shot; did you mean few_shot?"
    """
    names = list(allowed)
    near = difflib.get_close_matches(came, names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown {kind} {came!r}; {plural or kind + 's'}: {', '.join(names)}{hint}"
