"""What an encoder's pass and its optimiser share: the tensors that are trained."""

from typing import Any, NamedTuple


class Weight(NamedTuple):
    """A tensor that a pass computes with and finds gradients for, in any precision, and what it starts from, in fp32.

    `names` are those of the library's parameters that it holds, one below the other.
    """

    leaf: Any
    start: Any
    names: tuple[str, ...]
