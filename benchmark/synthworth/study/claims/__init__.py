"""The claims of Li et al. 2023 (arXiv 2310.07849) as questions to results: supported, contradicted, or cannot tell."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
