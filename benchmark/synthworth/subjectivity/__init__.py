"""Agreement of people on labels, from their votes and from comparisons of tasks."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
