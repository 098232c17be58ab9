"""This repository's facts: its own tests run pytest inside pytest."""

pytest_plugins = ["pytester"]
