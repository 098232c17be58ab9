"""The study of Li et al. 2023 on the project's own results: figures, tables, and verdicts on its claims."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
