"""Features to classes (Sect. 3.3), and their scores."""

__all__ = ["assignment", "chance", "cluster", "reduce", "score", "stability", "ward"]
