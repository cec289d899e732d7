"""Files of profiles, and the sentence that one is refused with."""

from pathlib import Path
from typing import Any

import pytest

from paper_repro.base import profile
from paper_repro.base.errors import UserError

WHOLE = """
title = "All that can be said"
[photographs]
source = "simulated"
per_class = 2
side = 32
seed = 2147483647
[encoders]
models = ["simclr", "simple"]
recipe = "authors"
side = 64
epochs = 1
seeds = [3, 0]
base = "resnet50"
[encoders.switches]
keep_best = true
blur_kernel = 7
weight_decay = 0
[grid]
repeats = 1
seed = 5
kmeans_n_init = 10
[effects]
side = 4096
epochs = 2
seeds = [9]
[truth]
patches = 16
contrast = 0.5
seeds = [4]
[truth.turned]
contrast = [0, 1.5]
patches = [17]
blending = [0.49]
limb_darkening = [1]
holes = [0.25]
[venus]
source = "simulated"
seed = 1
size = 2
seeds = [1, 2]
bootstraps = 4
classes = 5
clustering = "kmeans"
drawn_out = "drop"
[venus.sets]
uvi-500km = { instrument = "uvi", scale_km = 500 }
uvi-12103.6km = { instrument = "uvi", scale_km = 12103.6 }
vmc-12.5km = { instrument = "vmc", scale_km = 12.5 }
[venus.preprocessing]
vmc = { side = "both", darkening = "none" }
[patches]
angle_threshold_deg = 60
outlier_sigmas = 3.5
min_density = 0.25
density_bins = 2
min_bin_density = 0.2
interpolation = "cubic"
resolution_px = 64
flatten_sigma_px = 8
flatten_kernel_px = 49
contrast = 0.5
[training]
batch_size = 64
loss_temperature = 0.5
base_learning_rate = 0.075
lars_coefficient = 0.01
lars_momentum = 0
[augmentation]
crop_scale = [0.25, 1]
brightness = 0
contrast = 1
blur_probability = 0.25
blur_sigma = [0.5, 0.5]
""".replace("uvi-12103.6km", '"uvi-12103.6km"').replace("vmc-12.5km", '"vmc-12.5km"')


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def refusal(choice: str, **given: Any) -> str:
    """The sentence that a profile is refused with: one line that ends in a full stop."""
    with pytest.raises(UserError) as error:
        profile.load(choice, **given)
    assert "\n" not in str(error.value)
    assert str(error.value).endswith(".")
    return str(error.value)
