"""The file of a suite, written for a task: one literal that a person reads and edits."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from synthworth.core import Task, cells, wrapped

WIDTH = 120  # of a line; ruff format keeps what is written here

TEMPLATE = '''"""{question}

{command}
"""

from synthworth import Task, TaskSuite


class Test{camel}(TaskSuite):
    """One task; pytest collects its tests."""

    task = Task(
{name}
        # What each label means, as it completes the generation prompt: say it better, and the texts get better.
        labels={{
{labels}
        }},
        words={words},
        language={language},
        # What the generator reads; {{description}}, {{label}} and {{words}} are filled in.
{context}
{generation}
{diversity}
{demonstrations}
    )
'''


TO_SHOW = (
    "few_shot shows real training texts, and its recording stays out of this folder. To show texts that you wrote "
    "yourself, and can publish, give each label three or more:"
)


def suite_file(task: Task, command: str, notes: Mapping[str, Sequence[str]]) -> str:
    """Return the Python text of a suite, as ruff formats it; `notes` are words that help to describe each label."""
    labels = list(task.labels)
    shown = ", ".join(labels[:4]) + (f" or one of {len(labels) - 4} others" if len(labels) > 4 else "")
    title = task.name.replace("_", " ").capitalize()
    lines = [_label_lines(label, description, notes.get(label, ())) for label, description in task.labels.items()]
    question = wrapped(_docstring(f"{title}: is a text {shown}?"), WIDTH - len('"""'))
    demonstrations = f'demonstrations={{{_literal(labels[0])}: ("...", "...", "..."), ...}},'
    return TEMPLATE.format(
        question="\n".join(question),
        command=_command(_docstring(f"Run: {command}")),
        camel="".join(part.capitalize() for part in task.name.split("_")),
        name=_named("        ", "name=", task.name),
        labels="\n".join(lines),
        words=tuple(task.words),
        language=_literal(task.language),
        context=_named("        ", "context_prompt=", task.context_prompt),
        generation=_named("        ", "generation_prompt=", task.generation_prompt),
        diversity=_named("        ", "diversity_prompt=", task.diversity_prompt),
        demonstrations="\n".join([_comment("        ", TO_SHOW), _comment("        ", demonstrations)]),
    )


def _label_lines(label: str, description: str, notes: Sequence[str]) -> str:
    told = ", ".join(word for word in notes if word not in description)
    indent = "            "
    key = _in_parts(indent, label, ": (")
    first, _, begun = f"{key}: ".rpartition("\n")
    lines = f"{first}\n" * bool(first) + _named(indent, begun.removeprefix(indent), description)
    if not told:
        return lines
    note = f"words that stand out: {told}"
    beside = f"{lines}  # {note}"
    return beside if "\n" not in lines and cells(beside) <= WIDTH else f"{_comment('            ', note)}\n{lines}"


def _named(indent: str, name: str, text: str) -> str:
    """Return a line that gives a name a text, or lines of which each holds a part of it, if one is too short."""
    return _in_parts(f"{indent}{name}", text, ",") + ","


def _in_parts(before: str, text: str, after: str) -> str:
    """Return a text behind what stands `before` it, in brackets with a part a line if `after` no longer fits there."""
    line = f"{before}{_literal(text)}"
    if cells(line + after) <= WIDTH:
        return line
    indent = " " * (len(before) - len(before.lstrip()))
    inner = f"{indent}    "
    parts = "\n".join(f"{inner}{_literal(part)}" for part in _parts(text, WIDTH - len(inner)))
    return f"{before}(\n{parts}\n{indent})"


def _parts(text: str, room: int) -> Iterator[str]:
    """Yield the parts of a text whose literals fit a line, broken behind blanks, or within a word that does not fit."""
    part = ""
    for word in re.findall(r"\S+\s?|\s", text):
        for piece in [word] if cells(_literal(word)) <= room else word:
            if part and cells(_literal(part + piece)) > room:
                yield part
                part = ""
            part += piece
    if part:
        yield part


def _comment(indent: str, text: str) -> str:
    return "\n".join(f"{indent}# {line}" for line in wrapped(text, WIDTH - len(indent) - len("# ")))


def _command(line: str) -> str:
    """Return the line of a command as it is, or an option a line, as a shell takes it, if it is too long."""
    return line if cells(line) <= WIDTH else " \\\n    --".join(line.split(" --"))


def _literal(text: str) -> str:
    """Return a text as Python with the quotation marks of which it has fewer inside."""
    literal = json.dumps(text, ensure_ascii=False)
    if text.count('"') <= text.count("'"):
        return literal
    inner = literal[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{inner}'"


def _docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")
