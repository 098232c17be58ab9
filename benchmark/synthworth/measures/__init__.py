"""Texts or predictions in, numbers with intervals out."""
