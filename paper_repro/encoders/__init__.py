"""Room 4: patches to feature vectors."""
