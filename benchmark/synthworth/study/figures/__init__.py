"""Figures of numbers that are already computed, as PNG and SVG with their caption inside and their numbers beside."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
