"""Bundles of texts, recordings and results that a stranger can verify by data alone, with nothing of them executed."""
