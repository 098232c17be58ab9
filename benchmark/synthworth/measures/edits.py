"""The similarity of two texts by the pieces of their words, in any order and with other spellings."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synthworth.measures.hashes import Hashes, distinct

PIECE = 4  # letters, with the spaces around a word
FREQUENT = 0.05  # share of the texts that have a piece too common to tell them apart
FEW = 3  # texts, if that share is fewer
ROWS = 128  # texts compared at once
BLOCK = 1024  # texts cut into pieces at once
_BITS = np.uint64(54)  # of a piece, which leaves 10 for the place of its text in a block
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


def shared(one: str, other: str) -> float:
    """Return the share of the pieces of the shorter of two plain texts that the other has too, in [0, 1].

    >>> shared("fog shuts the airport", "dense fog shuts the airport"), shared("fog shuts the airport", "it rains")
    (1.0, 0.0)
    """
    ours, theirs = _pieces([one, other])
    return len(np.intersect1d(ours, theirs)) / max(1, min(len(ours), len(theirs)))


def most_similar(
    texts: Sequence[str],
    originals: Sequence[str],
    background: Sequence[str] = (),
    done: Callable[[float], None] = lambda share: None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return for each plain text the row of the most similar original, and the cosine, in [0, 1].

    A text is a vector of its pieces, 4 letters within a word, each weighted by how rare it is among the originals and
    the background (inverse document frequency). A text without rare pieces has the cosine 0. `done` is told the share
    of the texts that are compared.
    """
    rows, cosines = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts))
    if not len(texts) or not len(originals):
        return rows, cosines
    ours, theirs = _pieces(texts), _pieces(originals)
    pieces = distinct(np.concatenate([*ours, *theirs]))
    weight = _weight(pieces, theirs, background)
    columns = _unit_vectors(theirs, pieces, weight).T.tocsr()
    for start in range(0, len(texts), ROWS):
        product = (_unit_vectors(ours[start : start + ROWS], pieces, weight) @ columns).tocsr()
        block = slice(start, start + product.shape[0])
        cosines[block] = product.max(axis=1).toarray().ravel()
        rows[block] = np.asarray(product.argmax(axis=1)).ravel()
        done(block.stop / len(texts))
    return rows, np.clip(cosines, 0, 1)


def overlaps(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return for each pair of plain texts the share of their pieces that both have (Jaccard), shape (texts, texts).

    In [0, 1]; 0 for a text without pieces, which is one of words with fewer than 2 letters.

    >>> overlaps(["red fox", "red fox", "grey wolf"]).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    from scipy import sparse

    sets = _pieces(texts)
    sizes = np.array([len(one) for one in sets])
    if not sizes.sum():
        return np.zeros((len(texts), len(texts)))
    pieces, columns = np.unique(np.concatenate(sets), return_inverse=True)
    owner = np.repeat(np.arange(len(texts)), sizes)
    has = sparse.csr_matrix((np.ones(len(owner)), (owner, columns)), shape=(len(texts), len(pieces)))
    both = (has @ has.T).toarray()
    return np.asarray(both / np.maximum(sizes[:, None] + sizes - both, 1))


def _pieces(texts: Sequence[str]) -> list[Hashes]:
    """Return for each text sorted hashes of its pieces, each once."""
    blocks = (texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK))
    return [hashes for block in blocks for hashes in _pieces_of_block(block)]


def _pieces_of_block(texts: Sequence[str]) -> list[Hashes]:
    # All texts of a block in one array: a call for each text costs more than its letters do.
    padded = [f" {text} " for text in texts]
    letters = np.frombuffer("".join(padded).encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(padded)), [len(text) for text in padded])
    count = len(letters) - PIECE + 1
    if count < 1:
        return [np.zeros(0, dtype=np.uint64)] * len(texts)
    mixed = np.zeros(count, dtype=np.uint64)
    within = owner[:count] == owner[PIECE - 1 :]
    for place in range(PIECE):
        letter = letters[place : place + count]
        mixed = mixed << np.uint64(16) ^ letter ^ letter << np.uint64(43)
        if 0 < place < PIECE - 1:
            within &= letter != ord(" ")
    # Sorted by text and piece as one number, in a third of the time that two take.
    pieces = mixed[within] * _FACTOR >> np.uint64(64) - _BITS
    placed = distinct(owner[:count][within].astype(np.uint64) << _BITS | pieces)
    owner = (placed >> _BITS).astype(np.int64)
    return np.split(placed & ((np.uint64(1) << _BITS) - np.uint64(1)), np.searchsorted(owner, np.arange(1, len(texts))))


def _weight(pieces: Hashes, theirs: Sequence[Hashes], background: Sequence[str]) -> NDArray[np.float64]:
    count, total = np.zeros(len(pieces)), len(theirs) + len(background)
    for start in range(0, total, BLOCK):
        rows = [*theirs[start : start + BLOCK]]
        rows += _pieces(background[max(start - len(theirs), 0) : max(start + BLOCK - len(theirs), 0)])
        every = np.concatenate(rows)
        places = np.searchsorted(pieces, every)
        places[places == len(pieces)] = 0
        count += np.bincount(places[pieces[places] == every], minlength=len(pieces))
    weight = np.log((1 + total) / np.maximum(count, 0.5))
    weight[count > max(FEW, FREQUENT * total)] = 0
    return weight


def _unit_vectors(texts: Sequence[Hashes], pieces: Hashes, weight: NDArray[np.float64]) -> Any:
    """Return a sparse matrix of shape (texts, pieces), whose rows have the length 1, or 0 without a rare piece."""
    from scipy import sparse

    columns = np.searchsorted(pieces, np.concatenate(texts))
    owner = np.repeat(np.arange(len(texts)), [len(hashes) for hashes in texts])
    values = weight[columns]
    lengths = np.sqrt(np.bincount(owner, values**2, minlength=len(texts)))
    values = (values / np.where(lengths > 0, lengths, 1)[owner]).astype(np.float32)
    rare = values > 0
    return sparse.csr_matrix((values[rare], (owner[rare], columns[rare])), shape=(len(texts), len(pieces)))
