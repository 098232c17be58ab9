"""Advice for a task that is not measured: what a pilot of written texts lets one expect, and what each way costs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
