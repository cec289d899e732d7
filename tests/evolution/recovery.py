"""Known truth recovered: wind, life time and shares of many simulated skies, and how often intervals hold the truth.

python -m tests.evolution.recovery [--skies 200] [--jobs 1]: the tables of docs/time.md, about 20 minutes on one core.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from paper_repro.base.in_time import InTime
from paper_repro.evolution import shares
from paper_repro.evolution.pairs import RADIUS_KM
from paper_repro.evolution.sightings import sightings
from paper_repro.experiments.evolution import tracked
from paper_repro.simulated.venus_fields import ROTATION_H
from tests.evolution.moving_clouds import Clouds, observe

NEAR_KM = 600.0
WIND = 2 * np.pi * RADIUS_KM / ROTATION_H / 3.6  # m/s, of the simulated clouds
SEEN = tuple[float, float, float]


@dataclass(frozen=True)
class Sky:
    """Images every `every_h` hours for `days` days, drawn in blocks of `block_h`, of clouds that live `life_h`."""

    days: float
    every_h: float
    life_h: float = 30.0
    block_h: float = 240.0


HEADINGS = ("images", "every", "block", "quantity", "true", "mean", "scatter", "within 10 %", "intervals hold it")
TRACKED = (Sky(100, 8), Sky(200, 6), Sky(200, 6, 60.0))
SHARED = (Sky(600, 120, block_h=0), Sky(100, 2, block_h=0), Sky(100, 2), Sky(200, 2), Sky(400, 4))


def track(sky: Sky, seed: int) -> dict[str, SEEN]:
    """Wind, and life time at the stated and at the fitted wind, each with its interval."""
    return numbers(observe(Clouds(sky.life_h), sky.days, sky.every_h, seed, 30.0), sky, NEAR_KM, seed)


def numbers(table: pd.DataFrame, sky: Sky, near_km: float, seed: int) -> dict[str, SEEN]:
    """What classified patches of a sky tell, each number with its interval; NaN where it is refused."""
    seen = sightings(table, "sky", block_h=sky.block_h)
    made = tracked(seen, InTime(wind_shape="rigid", block_h=sky.block_h), near_km, seed)
    wind = made["wind"].iloc[0]
    found = {"wind": (float(wind["value"]), float(wind["low"]), float(wind["high"]))}
    for _, row in made["lives"][made["lives"]["class"] == "all"].iterrows():
        found[f"life time, {row['wind']} wind"] = (row["life_h"], row["life_h_low"], row["life_h_high"])
    return found


def share(sky: Sky, seed: int) -> dict[str, SEEN]:
    """Shares of the four classes."""
    table = observe(Clouds(sky.life_h), sky.days, sky.every_h, seed)
    found = shares.shares(sightings(table, "sky", ("0", "1", "2", "3"), sky.block_h), draws=500, seed=seed)
    return {f"share {c}": (found.share[c], found.low[c], found.high[c]) for c in range(4)}


def truth(quantity: str, sky: Sky) -> float:
    """What is to be recovered."""
    if quantity.startswith("share"):
        return Clouds(sky.life_h).equator[int(quantity[-1])]
    return float(WIND) if quantity == "wind" else sky.life_h


def told(sky: Sky, found: Sequence[dict[str, SEEN]]) -> list[list[str]]:
    """A row for each quantity: truth, mean and scatter of the estimates, within 10 %, intervals that hold the truth."""
    rows = []
    for quantity in dict.fromkeys(key for one in found for key in one):
        values: NDArray[np.float64] = np.array([one[quantity] for one in found if quantity in one])
        true, estimate = truth(quantity, sky), values[:, 0]
        held = (values[:, 1] <= true) & ((values[:, 2] >= true) | np.isnan(values[:, 2])) & np.isfinite(values[:, 1])
        rows.append([f"{sky.days * 24 / sky.every_h:,.0f}", f"{sky.every_h:g} h", f"{sky.block_h:g} h", quantity,
                     f"{true:.4g}", f"{np.nanmean(estimate):.4g}", f"{np.nanstd(estimate):.3g}",
                     f"{np.mean(np.abs(estimate / true - 1) <= 0.1):.0%}", f"{held.mean():.0%}"])
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table for each sky; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.evolution.recovery")
    parser.add_argument("--skies", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args(arguments)
    with ProcessPoolExecutor(asked.jobs) as pool:
        for measure, sky in (*((track, sky) for sky in TRACKED), *((share, sky) for sky in SHARED)):
            rows = told(sky, list(pool.map(measure, [sky] * asked.skies, range(asked.skies))))
            print(tabulate(rows, headers=HEADINGS, tablefmt="pipe", disable_numparse=True), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
