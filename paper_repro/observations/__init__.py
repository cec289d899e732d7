"""Room 2: raw files to observations."""
