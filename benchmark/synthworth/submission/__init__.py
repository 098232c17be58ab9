"""Bundles of texts, recordings and results that a stranger can verify: `submit` makes one, `verify` judges it.

A bundle is data: nothing of it is executed, imported or unpickled.
"""
