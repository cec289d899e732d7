"""Inputs with known truth: photographs of the sky, and the archive of a small Venus."""

__all__ = ["sky_photographs", "venus_archive", "venus_patches"]
