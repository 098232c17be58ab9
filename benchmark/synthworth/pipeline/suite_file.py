"""The file of a suite, written for a task: one literal that a person reads and edits."""

import json
from collections.abc import Mapping, Sequence

from synthworth.core import Task

TEMPLATE = '''"""{title}: {question}

Run: {command}
"""

from synthworth import Task, TaskSuite


class Test{camel}(TaskSuite):
    """One task; pytest collects its tests."""

    task = Task(
        name={name},
        # What each label means, as it completes the generation prompt: say it better, and the texts get better.
        labels={{
{labels}
        }},
        words={words},
        language={language},
        # What the generator reads; {{description}}, {{label}} and {{words}} are filled in.
        context_prompt={context},
        generation_prompt={generation},
        diversity_prompt={diversity},
        # few_shot shows real training texts, and its recording stays out of this folder. To show texts that you wrote
        # yourself, and can publish, give each label three or more:
        # demonstrations={{{first}: ("...", "...", "..."), ...}},
    )
'''


def suite_file(task: Task, command: str, notes: Mapping[str, Sequence[str]]) -> str:
    """Return the Python text of a suite; `notes` are words beside each label that help to describe it."""
    labels = list(task.labels)
    shown = ", ".join(labels[:4]) + (f" or one of {len(labels) - 4} others" if len(labels) > 4 else "")
    title = task.name.replace("_", " ").capitalize()
    lines = [_label_line(label, description, notes.get(label, ())) for label, description in task.labels.items()]
    return TEMPLATE.format(
        title=title,
        question=_docstring(f"is a text {shown}?"),
        command=_docstring(command),
        camel="".join(part.capitalize() for part in task.name.split("_")),
        name=_literal(task.name),
        labels="\n".join(lines),
        words=tuple(task.words),
        language=_literal(task.language),
        context=_literal(task.context_prompt),
        generation=_literal(task.generation_prompt),
        diversity=_literal(task.diversity_prompt),
        first=_literal(labels[0]),
    )


def _label_line(label: str, description: str, notes: Sequence[str]) -> str:
    told = [word for word in notes if word not in description]
    note = f"  # words that stand out: {', '.join(told)}" if told else ""
    return f"            {_literal(label)}: {_literal(description)},{note}"


def _literal(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")
