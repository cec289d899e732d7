"""Features to classes (Sect. 3.3), and their scores."""

__all__ = ["assignment", "chance", "cluster", "duplicates", "reduce", "score", "stability", "ward"]
