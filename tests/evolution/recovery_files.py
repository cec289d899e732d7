"""Known truth recovered from archive files: simulated UVI images, patches, features, classes, then wind and life time.

python -m tests.evolution.recovery_files [--skies 4] [--jobs 1] [--weights FILE]: tables of docs/time.md, some two
minutes a sky on one core. Without weights (torchvision's resnet18) the encoder has random ones.
"""

import argparse
import dataclasses
import functools
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from tabulate import tabulate

from paper_repro.base import cleaning
from paper_repro.base.files import read_csv
from paper_repro.base.profile import Venus, VenusSet, load
from paper_repro.base.run import FLAT, Run
from paper_repro.clustering import nearest_class, ward
from paper_repro.clustering.stability import agreement
from paper_repro.encoders import encode, resnet, weights
from paper_repro.paper import VENUS_CLASSES
from paper_repro.patches.dataset import open_set
from paper_repro.simulated.venus_archive import TRUTH
from tests import steps_made
from tests.evolution import moving_fields
from tests.evolution.moving_clouds import Clouds
from tests.evolution.moving_fields import MovingField
from tests.evolution.recovery import HEADINGS, SEEN, Sky, numbers, told

SET = VenusSet("uvi", 1400.0)
NAME = SET.name + FLAT
SIDE = 32  # of the encoder's input in px; patches are 24
TREE = 3000  # patches that Ward's tree is of; the others go to the nearest class
NEAR_KM = 700.0  # half a patch's side, as in a run
SKY = Sky(300, 12)
KINDS = {"middle": "the class of the region at the patch's middle", "patch": "the class that most of the patch shows",
         "found": "the class found from the pixels"}


def clouds_of(sky: Sky) -> Clouds:
    """Three classes."""
    return Clouds(sky.life_h, (0.4, 0.35, 0.25), (0.25, 0.35, 0.4))


def run_of(out: Path) -> Run:
    """A run on the simulated files in `out`/raw: coarse patches within 70 degrees of the point below Sun and camera."""
    profile = load("sample")
    patches = dataclasses.replace(profile.patches, resolution_px=24, angle_threshold_deg=70.0, flatten_sigma_px=3,
                                  flatten_kernel_px=19)
    profile = dataclasses.replace(profile, name="moving", venus=Venus("folder", (SET,), (0,), 1), patches=patches)
    run = Run(profile, out, folders={"uvi": out / "raw" / "darts"})
    cleaning.mark(run.data)
    return run


def classified(out: Path, sky: Sky, seed: int, base: Path | None) -> pd.DataFrame:
    """The patches of a sky of which images are made in `out`: patches.csv with the columns of KINDS, and share.

    share: of the patch's largest region. base: torchvision's weights, None for random ones.
    """
    field, run = moving_fields.make(out / "raw", clouds_of(sky), sky.days, sky.every_h, seed), run_of(out)
    steps_made.make(run, f"patches {NAME}")
    patches = open_set(run.patches(NAME))
    hours = patches.table["source"].map(read_csv(out / "raw" / TRUTH[0]).set_index("source")["hours"])
    true = known_truth(field, patches.table, hours.to_numpy(np.float64))
    encoder = resnet.ResNetEncoder(weights.random_state(seed=0) if base is None else weights.load(base))
    features = encode.encode_images(encoder, patches.images, SIDE, False, torch.device("cpu"))
    some = features[:: -(-len(features) // TREE)]
    centres = nearest_class.centres_of(some, ward.cut(ward.linkage(some), VENUS_CLASSES))
    known = nearest_class.Known(centres, centres, np.arange(VENUS_CLASSES))
    return patches.table.assign(**true, found=nearest_class.distances(features, known, "centre").argmin(axis=1))


def known_truth(field: MovingField, table: pd.DataFrame, hours: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """What patches seen at times [N] since the epoch show: the columns middle, patch and share."""
    longitude, latitude = (table[f"{axis}_deg"].to_numpy(np.float64) for axis in ("longitude", "latitude"))
    middle, patch, share = (np.zeros(len(table), kind) for kind in (np.int64, np.int64, np.float64))
    for hour in np.unique(hours):
        rows = hours == hour
        middle[rows] = field.label[field.region(longitude[rows], latitude[rows], hour)]
        patch[rows], share[rows] = field.truth(longitude[rows], latitude[rows], hour, SET.scale_km)
    return {"middle": middle, "patch": patch, "share": share}


def track(sky: Sky, base: Path | None, seed: int) -> tuple[dict[str, dict[str, SEEN]], dict[str, str]]:
    """What a sky's patches tell by the classes of each of KINDS, and a row about the sky."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        table = classified(Path(folder), sky, seed, base)
    found = {kind: numbers(table.assign(**{"class": table[kind]}), sky, NEAR_KM, seed) for kind in KINDS}
    labels = {kind: table[kind].to_numpy(np.int64) for kind in KINDS}
    row = {"sky": str(seed), "patches": f"{len(table):,}", "in one region": f"{table['share'].mean():.0%}",
           "ARI": f"{agreement(labels['patch'], labels['found']):.2f}"}
    for kind, told_by in found.items():
        row |= {f"wind ({kind})": shown(told_by["wind"]), f"life ({kind})": shown(told_by["life time, stated wind"])}
    return found, row


def shown(seen: SEEN) -> str:
    """`111.2 [109.8, 112.4]`."""
    return f"{seen[0]:.4g} [{seen[1]:.4g}, {seen[2]:.4g}]"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table of the skies, and one of all for each kind of classes; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.evolution.recovery_files")
    parser.add_argument("--skies", type=int, default=4)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--weights", type=Path)
    asked = parser.parse_args(arguments)
    with ProcessPoolExecutor(asked.jobs) as pool:
        skies = list(pool.map(functools.partial(track, SKY, asked.weights), range(asked.skies)))
    print(tabulate([row for _, row in skies], headers="keys", tablefmt="pipe", disable_numparse=True))
    for kind, meaning in KINDS.items():
        print(f"\n{meaning}:\n")
        print(tabulate(told(SKY, [found[kind] for found, _ in skies]), headers=HEADINGS, tablefmt="pipe",
                       disable_numparse=True), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
