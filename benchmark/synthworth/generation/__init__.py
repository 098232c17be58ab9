"""Texts from a generator: prompts, methods, filters, the generator itself, and the recordings of its answers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
