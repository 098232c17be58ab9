"""The gate for prompt changes: the drop of a score, its uncertainty, and what may have caused it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
