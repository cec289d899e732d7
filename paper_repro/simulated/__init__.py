"""Inputs with known truth: photographs of the sky, and the archive of a small Venus."""
