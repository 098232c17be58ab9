"""Error lines: for an unknown name, for anything that is printed, and whose mistake an error is."""

import difflib
import dis
import reprlib
from collections.abc import Iterable

SHOWN = 60  # characters of a stranger's value, in a message
NAMED = 12  # labels that a message names


def unknown(kind: str, came: str, allowed: Iterable[str], plural: str = "") -> str:
    """An error line for an unknown name; `plural` if it is not kind + s.

    >>> unknown("method", "few-shot", ["real", "zero_shot", "few_shot"])
    "unknown method 'few-shot'; methods: real, zero_shot, few_shot; did you mean few_shot?"
    """
    names = list(allowed)
    near = difflib.get_close_matches(came, names, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"unknown {kind} {came!r}; {plural or kind + 's'}: {', '.join(names)}{hint}"


def brief(value: object) -> str:
    """Show a value in a message: shortened to about 60 characters, none of which breaks a line or moves a cursor.

    >>> brief("red " + chr(27) + "[31m")
    "'red \\\\x1b[31m'"
    >>> brief([1, "x" * 200])
    "[1, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx']"
    """
    short = reprlib.Repr()
    short.maxlevel, short.maxstring, short.maxother = 3, 61, 61
    return short.repr(value)


def few(said: Iterable[str]) -> str:
    """List what a message says: all of a few, and of many the first `NAMED`, with how many more there are.

    >>> few(["9 of 'spam'", "0 of 'other'"])
    "9 of 'spam', 0 of 'other'"
    """
    all_said = list(said)
    more = f" and {len(all_said) - NAMED:,} more" if len(all_said) > NAMED else ""
    return ", ".join(all_said[:NAMED]) + more


def shown(value: object) -> str:
    """Show a stranger's value in a message: shortened, in ASCII, so that no look-alike letter deceives a reader.

    >>> shown("red " + chr(27) + "[31m")
    "'red \\\\x1b[31m'"
    """
    text = ascii(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."


def escaped(text: str) -> str:
    """Escape the characters of a text that are not printable; a stranger's name may hold anything."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def raised_in(error: Exception, package: str) -> bool:
    """Tell whether a `raise` in the package raised the error, and not a library, or the interpreter because of a bug.

    A file's module is a package too: the name up to its first dot counts.
    """
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or str(last.tb_frame.f_globals.get("__name__", "")).split(".")[0] != package:
        return False
    # A library in C has no frame of its own: what fails in it fails in its caller's, at an instruction that is no
    # `raise`.
    return dis.opname[last.tb_frame.f_code.co_code[last.tb_lasti]] == "RAISE_VARARGS"
