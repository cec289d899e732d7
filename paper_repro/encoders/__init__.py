"""Patch sets to features (Sect. 3.2): base weights, training, encoding."""

__all__ = ["checkpoint", "encode", "resnet", "weights"]
