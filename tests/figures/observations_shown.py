"""Observations made up for the figures, archives that hold them, and what a drawn figure shows.

An orthographic disc under Minnaert's law with stripes, and a close-up with hot pixels.
"""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from paper_repro.base.run import Run
from paper_repro.figures import examples
from paper_repro.observations import registry
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import Observation, Pair, ReaderError
from tests.instruments import uvi, vmc

SIDE, DISC_PX, K = 560, 268, 0.8
Saved = dict[str, Figure]


def orthographic(side: int, radius_px: float, k: float, seed: int) -> Observation:
    """A disc seen from above longitude 179, latitude 10, the Sun 50 degrees to the east; beyond the border: cut off."""
    rng = np.random.default_rng(seed)
    across, up = np.meshgrid(*[(np.arange(side) - side / 2) / radius_px] * 2)
    towards = np.sqrt(1 - (across**2 + up**2), where=across**2 + up**2 < 1, out=np.full(across.shape, np.nan))
    tilt = np.radians(10.0)
    z = up * np.cos(tilt) + towards * np.sin(tilt)
    level = towards * np.cos(tilt) - up * np.sin(tilt)
    longitude = 179.0 + np.degrees(np.arctan2(across, level))
    latitude = np.degrees(np.arcsin(np.clip(z, -1, 1)))
    sun = np.radians(179.0 + 50.0)
    mu0 = np.cos(np.radians(latitude)) * np.cos(np.radians(longitude) - sun)
    clouds = 1 + 0.2 * np.sin(np.radians(12 * latitude + 6 * longitude)) + rng.normal(0, 0.01, across.shape)
    image = 1e7 * clouds * np.maximum(mu0, 0) ** k * towards ** (k - 1)
    return Observation(
        image=np.nan_to_num(image, nan=-3.4e38).astype(np.float32),
        incidence=np.degrees(np.arccos(np.clip(mu0, -1, 1))).astype(np.float32),
        emission=np.degrees(np.arccos(towards)).astype(np.float32),
        latitude=latitude.astype(np.float32), longitude=((longitude + 180) % 360 - 180).astype(np.float32),
        invalid=np.isnan(towards), subsolar_longitude=229.0 - 360, resolution_m_px=6051800 / radius_px,
        time_utc="2015-12-07T05:23:30.500", source="made-up", instrument="uvi",
    )


DISC = orthographic(SIDE, DISC_PX, K, 1)


CLEAN = dataclasses.replace(orthographic(150, 900.0, K, 2), instrument="vmc", resolution_m_px=6724.0)


def close_up() -> Observation:
    """The middle of a large disc with 40 hot pixels, most of them in one corner."""
    image = CLEAN.image.copy()
    rng = np.random.default_rng(3)
    image[rng.integers(20, 60, 30), rng.integers(80, 120, 30)] *= 3
    image[rng.integers(0, 150, 10), rng.integers(0, 150, 10)] *= 3
    return dataclasses.replace(CLEAN, image=image)


CLOSE_UP = close_up()


PHASE = np.linspace(48, 52, SIDE * SIDE, dtype=np.float32).reshape(SIDE, SIDE)
AZIMUTH = PHASE.T * 7 - 100


class Archive:
    """An instrument with made-up files: `observations` by name; None is a broken file."""

    def __init__(self, record: Instrument, folder: Path, observations: dict[str, Observation | None]) -> None:
        self.name, self.origin, self.product = record.name, record.origin, record.product
        self.observations, self.asked = observations, list[str]()
        for name in observations:
            for path in (folder / name, folder / f"{name}.geometry"):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(name, encoding="utf-8")

    def pairs(self, root: Path) -> list[Pair]:
        return [Pair(root / name, root / f"{name}.geometry", name) for name in self.observations]

    def read(self, pair: Pair) -> Observation:
        self.asked.append(pair.image.name)
        found = self.observations[pair.image.name]
        if found is None:
            raise ReaderError(pair.image, 0, "broken")
        return found

    def plane(self, pair: Pair, name: str) -> NDArray[np.float32]:
        """A plane that an Observation doesn't carry; some value off the planet, too."""
        return {"phase angle": PHASE, "azimuthal angle": AZIMUTH}[name]


def archives(run: Run, monkeypatch: pytest.MonkeyPatch, of_uvi: dict[str, Observation | None],
             of_vmc: dict[str, Observation | None]) -> tuple[Archive, Archive]:
    """Give a run these two archives."""
    made = (Archive(uvi, run.archive("uvi"), of_uvi), Archive(vmc, run.archive("vmc"), of_vmc))
    given: dict[str, Any] = {each.name: each for each in made}
    recorded = registry.get
    monkeypatch.setattr(registry, "get", lambda name: given[name] if name in given else recorded(name))
    return made


def image_of(axes: Axes) -> NDArray[np.float64]:
    """The first image of a panel; NaN where it is masked."""
    shown = axes.images[0].get_array()
    assert shown is not None
    return np.asarray(np.ma.getdata(shown) if not np.ma.isMaskedArray(shown) else np.ma.filled(shown, np.nan))


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


def projection(empty: int, verdict: str, count: int = 9) -> examples.Projection:
    """A projection with so many empty bins of 64."""
    bins = np.full((8, 8), 300)
    bins.ravel()[:empty] = 0
    window = np.random.default_rng(0).uniform(-0.37, 0.37, (3, count))
    return examples.Projection(np.array([1.0, 0, 0]), window, 0.248, bins, verdict)
