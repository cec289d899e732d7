"""Room 7: one file a figure."""
