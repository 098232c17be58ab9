"""The trained tensors, which an encoder's pass and its optimiser share."""

from typing import Any, NamedTuple


class Weight(NamedTuple):
    """A tensor that a pass computes with, in any precision, and its fp32 value before training.

    `names` are the library's names of the parameters it stacks, from first row to last.
    """

    leaf: Any
    start: Any
    names: tuple[str, ...]
