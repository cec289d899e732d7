"""Room 1: where raw files come from."""
