"""How far people agree on labels, by their votes and by comparing tasks."""
