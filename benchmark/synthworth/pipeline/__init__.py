"""From a task to a training set to a `Result`, in a suite of pytest or without."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
