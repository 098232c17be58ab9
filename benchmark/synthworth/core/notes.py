"""Warnings about training sets, that stand beside their numbers wherever these are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from synthworth.core.records import read_records

# Beside results, or beside the texts of an entry: no name of a task has a hyphen, so that it is no file of texts.
NOTES = "entry-notes.jsonl"


@dataclass(frozen=True, kw_only=True)
class EntryNote:
    """A warning about the numbers of some entries. Raises ValueError if it says nothing.

    >>> note = EntryNote(text="edits of satire headlines", methods=["data-mine"], tasks=["news"])
    >>> [note.is_about(*row) for row in (("data-mine", "news"), ("real10+data-mine", "news"), ("data-mine", "mail"))]
    [True, True, False]
    """

    text: str
    """The warning, without a full stop."""
    methods: Sequence[str] = ()
    """The methods that it is about; () for the entry that the file lies beside."""
    tasks: Sequence[str] = ()
    """The tasks that it is about; () for all."""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a note has no text; say what a reader must know")
        object.__setattr__(self, "methods", tuple(self.methods))
        object.__setattr__(self, "tasks", tuple(self.tasks))

    def is_about(self, method: str, task: str) -> bool:
        """Tell whether it is about a method on a task; one mixed with real texts or refined is warned of too."""
        return method.partition("|")[0].rpartition("+")[2] in self.methods and (not self.tasks or task in self.tasks)


def notes_about(notes: Iterable[EntryNote], method: str, tasks: Iterable[str]) -> str:
    """Return the notes about a method on any of the tasks, each once; "" without any."""
    named = list(tasks)
    return "; ".join(dict.fromkeys(note.text for note in notes if any(note.is_about(method, task) for task in named)))


def read_notes(path: Path) -> list[EntryNote]:
    """Read a file of one note a line; raises ValueError with the file and the line that is none."""
    return read_records(path, EntryNote, "notes")


def notes_beside(path: Path) -> list[EntryNote]:
    """Read the notes in the folder of a file, [] if there are none; raises ValueError as `read_notes` does."""
    beside = path.with_name(NOTES)
    return read_notes(beside) if beside.is_file() else []
