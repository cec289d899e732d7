"""Room 7: one file a table."""
