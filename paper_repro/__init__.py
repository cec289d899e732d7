"""Reproduction of "Classifying the clouds of Venus using unsupervised machine learning" (Mittendorf et al. 2024)."""

__all__ = ["cli", "paper"]
__version__ = "0.2.0"
