"""Classes kept in a folder of their own, and new patches assigned to them."""

__all__ = ["document"]
