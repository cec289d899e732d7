"""Room 5: feature vectors to classes."""
