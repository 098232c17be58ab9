"""Agreement of people on labels, from their votes and from comparisons of tasks."""
