"""README and the pages of docs/ as data: their blocks of commands, the words in backticks, and links."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"(?:<!-- not run: (?P<reason>.+?) -->\n)?^```sh\n(?P<lines>.*?)^```$", re.M | re.S)


class Command(NamedTuple):
    """One line of a block of commands, and why no test runs it ("" if one does)."""

    words: tuple[str, ...]
    reason: str


def name_of(page: Path) -> str:
    """A page's path from the root of the repository."""
    return page.relative_to(ROOT).as_posix()


def commands(page: Path) -> Iterator[Command]:
    """Yield the commands in a page's `sh` blocks; `A && B` are two."""
    for block in BLOCK.finditer(page.read_text(encoding="utf-8")):
        for line in block["lines"].splitlines():
            for part in line.partition(" #")[0].split("&&"):
                if words := shlex.split(part):
                    yield Command(tuple(words), block["reason"] or "")


def in_backticks(page: Path) -> set[str]:
    """Everything that a page's prose sets in backticks."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return set(re.findall(r"`([^`\n]+)`", prose))


def links(page: Path) -> set[str]:
    """The targets of a page's links and images."""
    return set(re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")))
