"""The generator of the texts: any OpenAI-compatible endpoint, or the embedded one, which needs no key."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
