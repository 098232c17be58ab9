"""A classifier from texts: recipes, encoders, and where they are trained: here, in processes, or on Ray."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
