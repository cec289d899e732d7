"""A profile that is small enough for a test, as the text of a user's own file."""

from collections.abc import Sequence


def text_of(models: Sequence[str], *, per_class: int = 8, epochs: int = 1, repeats: int = 1) -> str:
    """Simulated photographs of 32 px, these encoders trained on them, and Table 1's grid."""
    return f"""
title = "tiny"
[photographs]
source = "simulated"
per_class = {per_class}
side = 32
seed = 1
[encoders]
models = {list(models)}
recipe = "paper"
side = 32
epochs = {epochs}
seeds = [0]
[grid]
repeats = {repeats}
seed = 0
kmeans_n_init = 1
"""


def every_kind() -> str:
    """A profile whose run has a step of every kind, of Venus too, in seconds."""
    return text_of(["simple", "simclr"], epochs=2, repeats=2) + """
[venus]
source = "simulated"
seed = 1
size = 0.2
classes = 2
seeds = [0]
bootstraps = 2
[venus.sets]
uvi-3000km = { instrument = "uvi", scale_km = 3000 }
"""
