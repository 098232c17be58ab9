"""Records that check themselves, and the files they live in."""
