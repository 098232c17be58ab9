"""Results as a table: one row for each task, method and classifier, with what real data give beside it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
