"""The tables of the study, from evidence to Markdown and CSV."""
