"""Observations and folders of images to patch sets (Sect. 3.1)."""

__all__ = ["dataset", "flatten", "preprocess", "project", "viewpoints"]
