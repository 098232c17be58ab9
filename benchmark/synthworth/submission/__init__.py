"""Bundles of texts, recordings and results that a stranger can verify by data alone, with nothing of them executed."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
