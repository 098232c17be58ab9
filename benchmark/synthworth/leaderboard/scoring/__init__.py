"""The score of a file of texts: what they are worth in real ones, without a task, a prompt or a generator."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
