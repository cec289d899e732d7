"""The classes of a set of Venus followed in time (Sect. 5's outlook): shares, persistence, life times, transitions.

See docs/time.md. What the images can't tell is refused in a sentence with the number of pairs that there are.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.in_time import InTime
from paper_repro.base.provenance import Made
from paper_repro.base.run import FLAT, Run
from paper_repro.evolution import lives, pairs, persistence, shares, wind
from paper_repro.evolution.sightings import Sightings, sightings
from paper_repro.experiments.settings import evolution_folder
from paper_repro.observations.season import solar_longitude

BINS = 10  # of lag, up to `most_h`
SEASON_DEG = 30  # of solar longitude
STATED, FITTED = "stated", "fitted"


def follow(run: Run, name: str) -> Made:
    """Follow the classes of the flattened set `name` in time.

    Writes into results/<set>/time/: shares.csv, wind.csv, winds.csv, persistence.csv, lives.csv, transitions.csv
    (docs/time.md has their columns).
    """
    folder, chosen = evolution_folder(run, name), run.profile.time
    seen, groups = opened(run, name)
    near_km = chosen.near * next(one.scale_km for one in run.venus_sets if one.name + FLAT == name)
    write_csv(folder / "shares.csv", pd.concat(
        shares.table(seen, group, seed=run.profile.grid.seed).assign(by=by) for by, group in groups.items()))
    for file, table in tracked(seen, chosen, near_km, run.profile.grid.seed).items():
        write_csv(folder / f"{file}.csv", table)
    return Made()


def opened(run: Run, name: str) -> tuple[Sightings, dict[str, NDArray[np.str_]]]:
    """The classified patches of a set, and the groups that their shares are told in: by orbit, month, ...

    An archive has the images of an orbit in one folder, by which it is named here.
    """
    table = read_csv(run.results / name / "classes.csv").merge(read_csv(run.patches(name) / "patches.csv"), on="id")
    seen = sightings(table, str(run.results / name / "classes.csv"), block_h=run.profile.time.block_h)
    times, number = np.unique(table["time_utc"].to_numpy(str), return_inverse=True)
    season = (solar_longitude(times.tolist()) // SEASON_DEG * SEASON_DEG).astype(int)[number]
    hour = np.floor(seen.local_time).astype(int)
    groups = {
        "all": ["all"] * len(seen), "orbit": [PurePosixPath(source).parent.name for source in table["source"]],
        "month": [time[:7] for time in table["time_utc"]],
        "solar longitude": [f"{low:03d}-{low + SEASON_DEG:03d} deg" for low in season],
        "local time": [f"{low:02d}-{low + 1:02d} h" for low in hour],
    }
    return seen, {by: np.array(group) for by, group in groups.items()}


def tracked(seen: Sightings, chosen: InTime, near_km: float, seed: int) -> dict[str, pd.DataFrame]:
    """Tables of what the same place seen again tells: winds, persistence, lives, transitions.

    Persistence, lives and transitions stand there at the stated wind, and at the fitted one where there is one. Noise
    is left out: that a place is of no class twice doesn't tell that it is the same clouds.
    """
    seen = seen.without_noise()
    known = pairs.climate(seen)
    found = wind.fit(seen, known, near_km, chosen.most_h, (chosen.slowest_m_s, chosen.fastest_m_s), chosen.wind_shape,
                     seed)
    best = {key: getattr(found, key) for key in ("value", "low", "high", "pairs", "blocks", "refused")}
    tried = {"wind_m_s": found.tried, "fit": found.fit, "r": found.r, "pairs": found.pairs_at}
    made = {"wind": [pd.DataFrame([best])], "winds": [pd.DataFrame(tried)]}
    for which, speed in ((STATED, chosen.wind_m_s), (FITTED, found.value)):
        if np.isfinite(speed):
            for file, table in _at(seen, known, chosen, near_km, speed, seed).items():
                made.setdefault(file, []).append(table.assign(wind=which, wind_m_s=speed))
    return {file: pd.concat(tables) for file, tables in made.items()}


def _at(seen: Sightings, known: pairs.Climate, chosen: InTime, near_km: float, speed: float, seed: int
        ) -> Mapping[str, Any]:
    """The tables at one wind."""
    again = pairs.revisits(seen, near_km, chosen.most_h, speed, chosen.wind_shape, seed)
    sure, made = persistence.terms(seen, known, again)
    sums = persistence.by_lag(seen, sure, made, np.linspace(0, chosen.most_h, BINS + 1))
    found = lives.measure(seen, sums, seed)
    return {"persistence": found.curve, "lives": found.lives.assign(seen_again=len(again)),
            "transitions": lives.transitions(seen, known, again, chosen.step_h, seed)}
