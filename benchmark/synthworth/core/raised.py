"""Whose mistake an error is: that of the code with the `raise`, or of whatever that code called."""

import dis


def raised_in(error: Exception, package: str) -> bool:
    """Whether a `raise` in the package raised it, and not a library or the interpreter for a mistake in its code.

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
