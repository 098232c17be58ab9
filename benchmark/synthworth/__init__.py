"""synthworth: what is LLM-written training data worth? Tasks as pytest suites, results as a leaderboard.

Every name of `__all__` is loaded when it is first used: `import synthworth` loads neither pytest nor torch. The stub
`__init__.pyi` beside this file is the list of names, for type checkers and for the loader alike.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
