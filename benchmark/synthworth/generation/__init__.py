"""Texts from a generator: prompts, methods, filters, the generator itself, and the recordings of its answers."""

from synthworth.generation import prompts as prompts
