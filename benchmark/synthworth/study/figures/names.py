"""Placement of names beside their dots, clear of each other, of the dots and of the lines; lengths in points.

A box is (left, bottom, right, top); functions of boxes take arrays of shape (..., 4).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

DISTANCES = (4.0, 8.0, 13.0, 19.0, 26.0, 34.0)  # from a dot to its name
DIRECTIONS = 24
PASSES = 5
FAR = 7.0  # above which a line leads from a dot to its name
DOT = 3.5  # half of what a dot takes
OUTSIDE = 100.0  # above the cost of the longest way from a dot to its name
NEAR = 4.0  # what is as near to another dot may be taken for its name


def arranged(dots: ArrayLike, sizes: ArrayLike, lines: ArrayLike, frame: ArrayLike) -> Array:
    """Return a box of each size near its dot and inside the frame, of shape (dots, 4).

    `dots` and `sizes` have the shape (dots, 2), `lines` is of boxes. A name covers no other name and no dot if it can,
    then no line, then it is near. Each takes its best place by itself, then in turns beside the others: among many dots
    at one place some may stay covered.

    >>> arranged([(50.0, 50.0)], [(20.0, 8.0)], lines=[], frame=(0.0, 0.0, 100.0, 100.0)).tolist()
    [[54.0, 46.0, 74.0, 54.0]]
    """
    places, extents = np.asarray(dots, float).reshape(-1, 2), np.asarray(sizes, float).reshape(-1, 2)
    drawn, edges = np.asarray(lines, float).reshape(-1, 4), np.asarray(frame, float)
    choices = [_choices(dot, size) for dot, size in zip(places, extents, strict=True)]
    own = [_cost(i, places, boxes, drawn, edges) for i, boxes in enumerate(choices)]
    chosen = [boxes[cost.argmin()] for boxes, cost in zip(choices, own, strict=True)]
    for _ in range(PASSES):
        for i, boxes in enumerate(choices):
            others = [_conflict(places[i], boxes, places[j], chosen[j]) for j in range(len(places)) if j != i]
            chosen[i] = boxes[np.sum([own[i], *others], axis=0).argmin()]
    return np.array(chosen).reshape(-1, 4)


def _choices(dot: Array, size: Array) -> Array:
    """Return boxes around a dot, the nearest first."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    ways = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    centres = (dot + ways * (np.array(DISTANCES)[:, None, None] + size / 2)).reshape(-1, 2)
    return np.hstack([centres - size / 2, centres + size / 2])


def _cost(own: int, dots: Array, boxes: Array, lines: Array, frame: Array) -> Array:
    """Return the cost of each box for a dot, independent of the other names."""
    dot, size = dots[own], boxes[0, 2:] - boxes[0, :2]
    cost = 2 * np.repeat(DISTANCES, DIRECTIONS) + 6 * leads(dot, boxes)
    outside = size.prod() - shared(boxes, frame)
    # A sliver outside would else cost less than a longer way to the dot.
    cost += 20 * outside + OUTSIDE * (outside > 1e-9 * size.prod())
    for line in lines:
        cost += 3 * shared(boxes, line) + 2 * _along(dot, boxes, line)
    for place, other in enumerate(dots):
        taken = wider(np.hstack([other, other]), DOT)
        cost += 10 * shared(boxes, taken)
        if place != own:
            cost += 10 * np.maximum(NEAR + DOT - _distance(other, boxes), 0) + 20 * _along(dot, boxes, taken)
    return np.asarray(cost)


def _conflict(dot: Array, boxes: Array, other_dot: Array, other: Array) -> Array:
    """Return the cost of each box beside another name: overlap, or a line of one through the other."""
    through = (_along(dot, boxes, other) > 0).astype(float)
    if leads(other_dot, other):
        steps = _steps(other_dot, other)
        through += np.any(np.all((steps >= boxes[:, None, :2]) & (steps <= boxes[:, None, 2:]), axis=2), axis=1)
    return np.asarray(20 * shared(wider(boxes, 0.5), other) + 60 * through)


def leads(dot: Array, boxes: Array) -> NDArray[np.bool_]:
    """Return True for names so far from their dot that a line has to lead there.

    >>> leads(np.zeros(2), np.array([[4.0, 0.0, 30.0, 8.0], [20.0, 0.0, 46.0, 8.0]])).tolist()
    [False, True]
    """
    return np.asarray(_distance(dot, boxes) > FAR)


def _distance(dot: Array, boxes: Array) -> Array:
    return np.asarray(np.linalg.norm(np.clip(dot, boxes[..., :2], boxes[..., 2:]) - dot, axis=-1))


def _steps(dot: Array, boxes: Array) -> Array:
    """Return five points on the line from a dot to each box, of shape (..., 5, 2)."""
    end = np.clip(dot, boxes[..., :2], boxes[..., 2:])[..., None, :]
    return np.asarray(dot + (end - dot) * np.linspace(0.2, 1, 5)[:, None])


def _along(dot: Array, boxes: Array, other: Array) -> Array:
    """Return the number of these points in another box, for each box with a line to its dot."""
    steps = _steps(dot, boxes)
    inside = ((steps >= other[:2]) & (steps <= other[2:])).all(axis=-1).sum(axis=-1)
    return np.asarray(inside * leads(dot, boxes), dtype=float)


def shared(one: ArrayLike, other: ArrayLike) -> Array:
    """Return the area that two boxes have in common.

    >>> float(shared((0.0, 0.0, 2.0, 2.0), (1.0, 1.0, 5.0, 5.0)))
    1.0
    """
    a, b = np.asarray(one, float), np.asarray(other, float)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return np.asarray(np.maximum(sides, 0).prod(axis=-1))


def wider(boxes: ArrayLike, by: float) -> Array:
    """Return the boxes, larger by that much on each side.

    >>> wider((0.0, 0.0, 2.0, 2.0), 1.0).tolist()
    [-1.0, -1.0, 3.0, 3.0]
    """
    return np.add(boxes, (-by, -by, by, by))
