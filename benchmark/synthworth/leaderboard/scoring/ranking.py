"""A ranking of files of written texts by how near they lie to unlabelled real ones, with its measured error."""

import itertools
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthworth.core import (
    Frame,
    Progress,
    Row,
    Table,
    UnlabelledTexts,
    column_notes,
    frame,
    names_apart,
    placeholder_notes,
    printable,
    read_texts,
    render,
    unlabelled_texts,
    unreported,
    user_cache,
)
from synthworth.core.words import words
from synthworth.leaderboard.scoring.notebook import report_html
from synthworth.leaderboard.scoring.ranking_error import (
    MEASURES,
    Distances,
    RankingError,
    measured_error,
    measured_errors,
)
from synthworth.measures import median_distance, neighbour_accuracy, proxy_a_distance, squared_mmd
from synthworth.training import EMBEDDER, embed, out_of_sample

TEXTS = 150  # of a file, as in the measurement
LEAST = 100
NOTE = (
    "A ranking, not a score: how near texts lie to real ones says nothing of their labels, and a number means nothing "
    "beside one of other real texts. Ordered by MMD² (0: as real texts are among themselves). Two-sample test: how "
    "often nearest neighbours tell written from real, 0.5 by chance. PAD: proxy A-distance of a "
    "linear classifier, 0 to 2."
)


Unlabelled = str | Path | Iterable[object]
"""Texts whose labels are not needed: a table file, or a list or column of texts."""


@dataclass(frozen=True, kw_only=True)
class TextRanking:
    """Files of written texts, the nearest to unlabelled real ones first, and how far that can be trusted.

    Printed, it is the report of the terminal; as the last line of a notebook's cell, tables.

    >>> from synthworth import TextRanking, rank
    >>> snow, sun = [f"Snow on day {n}." for n in range(100)], [f"A hot, sunny day {n}." for n in range(100)]
    >>> found = rank({"sun": sun, "snow": snow}, unlabelled=[f"Snow fell on day {n}." for n in range(100)])
    >>> isinstance(found, TextRanking), list(found.to_frame()["file"])
    (True, ['snow', 'sun'])
    """

    distances: Mapping[str, Distances]
    """The distances of each file, the first of the ranking first."""
    texts: int
    """Texts of each file, and real ones, that were compared."""
    errors: Mapping[str, RankingError]
    """The measured error of each distance."""
    notes: tuple[str, ...] = ()
    """The draws and guesses, in sentences."""

    def tables(self) -> list[Table]:
        """Return the ranking, and its measured error, as tables."""
        title = "Nearest to the real texts first"
        return [
            Table(title=title, rows=self._ranked(), headers=MEASURES, note=NOTE, left=("file",)),
            measured_error(),
        ]

    def to_frame(self) -> Frame:
        """Return the ranking as a pandas DataFrame, a row for each file."""
        return frame(self._ranked())

    def _ranked(self) -> list[Row]:
        return [
            {"rank": place, "file": name, **found._asdict()}
            for place, (name, found) in enumerate(self.distances.items(), 1)
        ]

    @property
    def answer(self) -> str:
        """One sentence: which texts lie nearest, and how far that can be trusted."""
        first, error = next(iter(self.distances)), self.errors["squared_mmd"]
        answer = (
            f"{first} lies nearest to the real texts. This is a ranking, not a score: of two written sets of one task, "
            f"the nearer one was the better one in {error.pairs:.0%} of the pairs that were measured"
        ).replace("%", " %")
        spread = f" ({error.by_task:.0%} as a mean over tasks), and it can be wrong throughout in one task.".replace(
            "%", " %"
        )
        return answer + spread

    @property
    def sentences(self) -> tuple[tuple[str, str], ...]:
        """All that the report says in words, each with what it is."""
        return ("answer", self.answer), ("embeddings", EMBEDDER), *(("note", note) for note in self.notes)

    def __str__(self) -> str:
        foot = [f"Embeddings: {EMBEDDER}.", *(f"Note: {note}." for note in self.notes)]
        return "\n".join([printable(self.answer), "", render(self.tables()), *map(printable, foot)])

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return report_html(self.answer, (), self.tables(), (f"Embeddings: {EMBEDDER}", *self.notes))


def rank(
    written: Mapping[str, Unlabelled] | Iterable[str | Path],
    *,
    unlabelled: Unlabelled,
    progress: Progress = unreported,
) -> TextRanking:
    """Rank several sets of written texts by how near they lie to real ones, with no label looked at.

    `written` are table files, or texts by a name for each set; `unlabelled` are 100 or more real texts, as a file or a
    list. It is a ranking and no score, and says how often such a ranking was right. It works inside a running event
    loop, and sends nothing. Raises ValueError, in one line, for fewer than two sets, or fewer than 100 texts in one.

    >>> kind = [f"Thank you for page {n}." for n in range(100)]
    >>> rude = [f"Nobody needs the nonsense on page {n}." for n in range(100)]
    >>> found = rank({"rude": rude, "kind": kind}, unlabelled=[f"Many thanks for page {n}!" for n in range(100)])
    >>> next(iter(found.distances))
    'kind'
    """
    if isinstance(written, Mapping):
        sets = [replace(unlabelled_source(one, str(name)), name=str(name)) for name, one in written.items()]
    else:
        files = [written] if isinstance(written, str | Path) else list(written)
        if not all(isinstance(file, str | Path) for file in files):
            raise ValueError("sets of texts without names; give files, or a dict of texts by the name of each set")
        sets = told_apart(files, [read_texts(file) for file in files])
    return rank_texts(sets, unlabelled_source(unlabelled, "the real texts"), progress)


def told_apart(files: Sequence[str | Path], sets: Sequence[UnlabelledTexts]) -> list[UnlabelledTexts]:
    """Name the sets of files of one name, as a folder for each generator has them, by their paths as given."""
    return [replace(one, name=name) for name, one in zip(names_apart(files), sets, strict=True)]


def unlabelled_source(source: Unlabelled, name: str) -> UnlabelledTexts:
    """Read the texts of a file, or take those of a list, with a name for messages; raises ValueError for none."""
    return read_texts(source) if isinstance(source, str | Path) else unlabelled_texts(name, source)


def rank_texts(
    written: Sequence[UnlabelledTexts], real: UnlabelledTexts, progress: Progress = unreported
) -> TextRanking:
    """Rank files of written texts by their distance from unlabelled real ones, on embeddings; labels are not looked at.

    150 texts of each file are drawn, or as many as the smallest has. Raises ValueError, in one line, for fewer than two
    files, two of one name, fewer than 100 texts in one, or if the embedder is not installed.
    """
    _check(written, real)
    size = min(TEXTS, *(len(given.texts) for given in (*written, real)))
    drawn = {given.name: _drawn(given.texts, size, "written") for given in written}
    drawn_real = _drawn(real.texts, size, "real")
    together = [*drawn_real, *itertools.chain.from_iterable(drawn.values())]
    vectors = embed(together, cache=user_cache() / "embeddings", progress=progress)
    parts = np.split(vectors, len(vectors) // size)
    found = {name: distances(parts[0], part) for name, part in zip(drawn, parts[1:], strict=True)}
    held = {tuple(words(text)) for text in real.texts}
    notes = [
        f"{copied:,} texts of {given.name} are among the real ones, word for word: they bring it nearer"
        for given in written
        if (copied := sum(tuple(words(text)) in held for text in given.texts))
    ]
    return TextRanking(
        distances=dict(sorted(found.items(), key=lambda one: one[1].squared_mmd)),
        texts=size,
        errors=measured_errors(),
        notes=(
            *column_notes(*written, real),
            f"{size} texts of each file are compared, drawn",
            *notes,
            *placeholder_notes(real, *written),
        ),
    )


def distances(real: NDArray[np.floating], written: NDArray[np.floating]) -> Distances:
    """Return the distances of embeddings of written texts from those of real ones, both of shape (texts, d).

    The kernel of the MMD has the median distance of the real texts as its width, so that all files share it; the
    two-sample test is by neighbours and the PAD by a linear classifier, both cross-validated.
    """
    origin = ["real"] * len(real) + ["written"] * len(written)
    is_written = np.array([one == "written" for one in origin])
    guessed = out_of_sample(np.concatenate([real, written]), origin, seed=0)[:, 1] > 0.5
    return Distances(
        squared_mmd(real, written, median_distance(real)),
        neighbour_accuracy(real, written),
        proxy_a_distance(float((guessed != is_written).mean())),
    )


def _check(written: Sequence[UnlabelledTexts], real: UnlabelledTexts) -> None:
    names = [given.name for given in written]
    if len(set(names)) < len(names) or len(names) < 2:
        came = f"{max(names, key=names.count)} comes twice" if len(names) > 1 else "one file"
        raise ValueError(f"{came}; a ranking needs at least two files of written texts, each once")
    for given in (real, *written):
        if len(given.texts) < LEAST:
            raise ValueError(f"{given.name}: {len(given.texts)} different texts; a ranking needs at least {LEAST}")


def _drawn(texts: Sequence[str], size: int, seed: str) -> list[str]:
    return random.Random(seed).sample(list(texts), size)
