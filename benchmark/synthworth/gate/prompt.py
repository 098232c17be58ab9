"""Changes in a task's prompts between two versions of its suite's file, in words; the file is never executed."""

import ast
import difflib
from collections.abc import Iterator, Sequence

FIELDS = ("words", "context_prompt", "generation_prompt", "diversity_prompt", "labels", "demonstrations")


def prompt_lines(source: str, task: str) -> tuple[str, ...] | None:
    """Return the prompt fields of a task in a suite's file, a line each; None if the file states no such task.

    `source` is Python; the task is the call `Task(name="...", ...)`. A value that is not a literal appears as its code.

    >>> source = 'Task(name="toy", words=(1, 9), labels={"a": "kind"}, demonstrations={"a": ("so kind",) * 3})'
    >>> prompt_lines(source, "toy")
    ('words: 1 to 9', 'labels, a: kind', "demonstrations: {'a': ('so kind',) * 3}")
    """
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except (SyntaxError, ValueError):  # a null byte is a ValueError
        return None
    for call in calls:
        given = {word.arg: word.value for word in call.keywords if word.arg}
        if ast.unparse(call.func).rpartition(".")[2] == "Task" and _value(given.get("name")) == task:
            return tuple(line for name in FIELDS if name in given for line in _lines(name, given[name]))
    return None


def changed_lines(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that a unified diff removes (-) and adds (+); () if nothing changed.

    >>> changed_lines(["words: 1 to 9", "labels, a: kind"], ["words: 1 to 5", "labels, a: kind"])
    ('- words: 1 to 9', '+ words: 1 to 5')
    """
    diff = list(difflib.unified_diff(list(before), list(after), n=0, lineterm=""))[2:]
    return tuple(f"{line[0]} {line[1:]}" for line in diff if not line.startswith("@@"))


def _lines(name: str, node: ast.expr) -> Iterator[str]:
    value = _value(node)
    if value is None:
        yield f"{name}: {ast.unparse(node)}"
    elif name == "words" and isinstance(value, tuple | list) and len(value) == 2:
        yield f"words: {value[0]} to {value[1]}"
    elif isinstance(value, dict):
        for label, given in value.items():
            for one in given if isinstance(given, tuple | list) else [given]:
                yield f"{name}, {label}: {_in_one_line(one)}"
    else:
        yield f"{name}: {_in_one_line(value)}"


def _value(node: ast.expr | None) -> object:
    """Return the value of a literal; None for other code."""
    try:
        return None if node is None else ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _in_one_line(value: object) -> str:
    return str(value).replace("\r", "\\r").replace("\n", "\\n")
