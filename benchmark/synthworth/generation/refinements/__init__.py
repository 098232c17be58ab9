"""Refinements: what a training set loses or has relabelled after a method has made it, before it is trained on."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
