"""Methods that make a training set: built in, a function of anybody's, or files of texts made elsewhere."""

from synthworth.generation.methods.admission import generator_of
from synthworth.generation.methods.registry import (
    BUILT_IN,
    FILES,
    FORMS,
    GROUP,
    OF_FILES,
    Method,
    holds_real_texts,
    resolve,
)

__all__ = ["BUILT_IN", "FILES", "FORMS", "GROUP", "OF_FILES", "Method", "generator_of", "holds_real_texts", "resolve"]
