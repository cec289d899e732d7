"""Raw files to observations: a file for each instrument, and the readers that they share."""

__all__ = ["instrument", "observation", "registry"]
