"""Classes in time: their shares with errors, two periods compared, persistence, wind and life times (docs/time.md)."""

__all__ = ["compare", "shares", "sightings"]
