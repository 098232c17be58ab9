"""Methods that make a training set: built in, a function of anybody's, or files of texts made elsewhere."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
