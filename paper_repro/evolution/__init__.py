"""Classes in time: their shares with errors, two periods compared, persistence, wind and life times (docs/time.md)."""

__all__ = ["compare", "lives", "pairs", "persistence", "shares", "sightings", "wind"]
