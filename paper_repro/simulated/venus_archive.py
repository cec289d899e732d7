"""The simulated archive: a small Venus with known truth, in the layouts, names and formats of DARTS and PSA.

Below `raw`: the archives' trees `darts` and `psa`, and `truth`: observations.csv (a row for each usable image: what was
put in), field.json (the seed `venus_fields.Field` gives the clouds of).
Kinds of images: disc (3000 km patches), close-up (500 km), northern close-up (25 km), and the faults readers must note:
an image without geometry, a truncated file, an older version of an image.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_bytes, write_csv, write_json
from paper_repro.base.progress import Progress
from paper_repro.simulated.venus_camera import CloudField, Light, View, disc_window, render, subsolar
from paper_repro.simulated.venus_fields import Field
from paper_repro.simulated.venus_products import MISSING, OUTSIDE, iso, write_uvi, write_vmc

UVI_IMAGES = "darts/vco-v-uvi-3-cdr-v1.0/vcouvi_1001/data/l2b"
UVI_GEOMETRY = "darts/extras/vco_uvi_l3_v1.0/vcouvi_7001/data/l3bx/fits"
VMC_SET = "psa/VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR-V3.0"
DISCS, CLOSE_UPS, NORTHERN = 17, 8, 18  # observations of each kind at size 1
UVI_IFOV, VMC_IFOV = 0.000204619, 6.9261e-4  # radians a pixel
UVI_RADIUS, VMC_RADIUS = paper.VENUS_RADIUS_KM + 70, paper.VENUS_RADIUS_KM + 60
UVI_LEVEL, VMC_LEVEL = 9e7, 2600.0  # I0: W/m2/sr/m, DN
UVI_NOISE, VMC_NOISE = (0.004, 1e5), (0.003, 1.5)
FIRST_UVI, VMC_942 = "2015-12-07T05:23:30.500", "2008-11-18T09:24:18.000"  # first image; periapsis of orbit 942
HOT_PIXELS = 24  # defects of the VMC detector, the same in every image; FIG6 has more
FIG6 = (2496, 41)
FAULTY_ORBITS = (2500, 2501)
TRUTH = ("truth/observations.csv", "truth/field.json")
BEGUN = "truth/begun.json"  # names of the files that are being made, for the next run to find if this one is stopped
SPREAD = (0.7548776662466927, 0.5698402909980532)  # multiples, modulo 1, cover the unit square evenly (Roberts 2018)


@dataclass(frozen=True)
class Shot:
    """One image to be taken. kind: disc, close-up or northern; fault: "", no-geometry, truncated or old-version.

    light: where it comes from; level: the radiance at mu = mu0 = 1, or what stands for it; ks: range of the exponent.
    """

    kind: str
    image: str
    geometry: str
    view: View
    orbit: int
    window: tuple[int, int] = (0, 0)
    binning: int = 1
    lost_rows: int = 0
    hot_pixels: int = 0
    fault: str = ""
    instrument: str = "uvi"
    light: Light = "sun"
    level: float = UVI_LEVEL
    noise: tuple[float, float] = UVI_NOISE
    ks: tuple[float, float] = (0.70, 0.85)

    @property
    def files(self) -> list[str]:
        """Files this makes, relative to `raw`."""
        return [self.image] if self.fault == "no-geometry" else [self.image, self.geometry]


def make(raw: Path, seed: int, size: float = 1.0, more: Sequence[Shot] = (), *, first: int = 0,
         north_deg: float = 0.0) -> list[Path]:
    """Write the simulated archive below `raw`; returns its files.

    size: multiplies the number of observations (at least one of each kind); at 1, 297 MB. more: those of cameras that
    the paper doesn't use. first: number of the first observation of each kind, to go on where an earlier archive ends
    (discs are 37 days apart); north_deg: see `Field`. Raises UserError for a size that is not positive. Files that an
    unfinished archive left and that aren't of this one are removed; BEGUN stays, for the caller to remove once the
    files are recorded.
    """
    if not 0 < size <= 1000:
        raise UserError(f"The size of the simulated archive must lie between 0 and 1000, found {size}; "
                        "change it in the profile.")
    shots = [*schedule(size, first), *faults(), *more]
    files = [*TRUTH, *sorted(name for shot in shots for name in shot.files)]
    begun = _begun(raw)
    write_json(raw / BEGUN, {"files": sorted({*files, *begun})})
    for name in begun - set(files):
        (raw / name).unlink(missing_ok=True)
    field, progress, truth = Field(seed, north_deg=north_deg), Progress("simulated archive", len(shots), "images"), []
    for shot in shots:
        truth.append(record(shot, take(raw, shot, field, seed)))
        progress.step()
    write_csv(raw / TRUTH[0], pd.DataFrame(truth))
    drifted = {"north_deg": north_deg} if north_deg else {}
    write_json(raw / TRUTH[1], {"seed": seed, "field": "paper_repro.simulated.venus_fields.Field", **drifted})
    return [raw / name for name in files]


def _begun(raw: Path) -> set[str]:
    """The files of an unfinished archive; none that lies elsewhere, whatever the note says."""
    names = (read_json(raw / BEGUN) or {}).get("files")
    return {name for name in names if isinstance(name, str) and "\0" not in name and ".." not in Path(name).parts
            and not Path(name).is_absolute() and (raw / name).is_file()} if isinstance(names, list) else set()


def schedule(size: float, first: int = 0) -> Iterator[Shot]:
    """The usable observations from number `first` of each kind on; the first n are the same at every size."""
    discs, close_ups, northern = (max(1, round(count * size)) for count in (DISCS, CLOSE_UPS, NORTHERN))
    yield from (disc(first + i) for i in range(discs))
    yield from (close_up(first + i) for i in range(close_ups))
    yield from (north(first + i) for i in range(northern))


def disc(i: int) -> Shot:
    """A whole disc in a window of the detector. Number 0 has the name of the paper's example, 2 is binned."""
    time = uvi_time(373 * i)
    binning = 2 if i == 2 else 1
    u, v = spread(i)
    # number 0, which the figures show, is nearer, so that patches towards its limb are dense enough to be looked at
    distance = paper.VENUS_RADIUS_KM + ((1.2e5 + 9e3 * u) / binning if i else 9.2e4)
    local, latitude = 12 + 4 * (u - 0.5), 24 * (v - 0.5)
    view = uvi_view(time, local, latitude, distance, binning, (0, 0), None)
    columns = disc_window(view, 6)
    rows = int(columns * 0.9) // 16 * 16 if i else columns  # a window often cuts the poles off
    view = uvi_view(time, local, latitude, distance, binning, (rows, columns), None)
    window = ((1024 - rows * binning) // 2, (1024 - columns * binning) // 2)
    return uvi_shot("disc", view, window, binning, lost_rows=8 if i == 1 else 0)


def close_up(i: int) -> Shot:
    """512 x 512 px of a disc larger than the detector, between 10 and 14.4 h of local time and within 50 degrees."""
    u, v = spread(i)
    local, latitude = 10 + 4.4 * u, 100 * (v - 0.5)
    time = uvi_time(419 * i + 31.4)
    aim = (subsolar(time)[0] - (local - 12) * 15, latitude)
    view = uvi_view(time, local, 0.75 * latitude, paper.VENUS_RADIUS_KM + 23400 + 600 * u, 1, (512, 512), aim)
    return uvi_shot("close-up", view, (256, 256), 1)


def uvi_time(tenths: float) -> str:
    """Time of an image that many tenths of a day after the first, brought back into the mission's 3000 days.

    Discs have whole numbers of tenths, close-ups and faults other fractions, so that no two share a name.
    """
    return iso(FIRST_UVI, round(tenths % 30000 * 8640))


def spread(i: int) -> tuple[float, float]:
    """The i-th of points that fill the unit square evenly, whatever their number."""
    return ((i + 0.5) * SPREAD[0]) % 1, ((i + 0.5) * SPREAD[1]) % 1


def uvi_view(time: str, local: float, latitude: float, distance: float, binning: int, shape: tuple[int, int],
             aim: tuple[float, float] | None) -> View:
    """View from above a local time (hours) and latitude, aimed at (longitude, latitude) or straight down."""
    centre = ((shape[0] - 1) / 2, (shape[1] - 1) / 2)
    longitude = (subsolar(time)[0] - (local - 12) * 15) % 360
    return View(time, longitude, latitude, distance, UVI_IFOV * binning, shape, centre, UVI_RADIUS, aim)


def uvi_shot(kind: str, view: View, window: tuple[int, int], binning: int, lost_rows: int = 0, fault: str = "",
             version: int = 10) -> Shot:
    """Name the files as the archive does: by time, in a folder an orbit of 10.8 days."""
    when = datetime.fromisoformat(view.time_utc)
    orbit = 1 + int((when - datetime.fromisoformat(FIRST_UVI)) / timedelta(days=10.8))
    name = f"r{orbit:04d}/uvi_{when:%Y%m%d_%H%M%S}_365_{{}}_v{version}.fit"
    return Shot(kind, f"{UVI_IMAGES}/{name.format('l2b')}", f"{UVI_GEOMETRY}/{name.format('l3bx')}", view, orbit,
                window, binning, lost_rows, fault=fault)


def north(i: int, fault: str = "") -> Shot:
    """A VMC close-up from an eccentric polar orbit, shortly before its periapsis in the north. Number 0 is Fig. 6's."""
    # 61 has no factor in common with 2400, so each orbit comes once before the first comes again
    orbit, number = FIG6 if i == 0 else (2496 - 61 * i % 2400, 20 + (7 * i + i // 2400) % 400)
    orbit = i if fault else orbit
    u, v = spread(i)
    altitude = 402 + 14 * u
    local, latitude = 12 + 4.4 * (u - 0.5), 51 + 15 * v
    time = iso(VMC_942, (orbit - 942) * 86400 - 420 + 7 * number)
    sun = subsolar(time)
    view = View(time, (sun[0] - (local - 12) * 15) % 360, latitude, paper.VENUS_RADIUS_KM + altitude, VMC_IFOV,
                (512, 512), (270.0, 278.0), VMC_RADIUS, roll=137.5 * i, north_up=True)
    name = f"{orbit:04d}/V{orbit:04d}_{number:04d}_UV2"
    return Shot("northern", f"{VMC_SET}/DATA/{name}.IMG", f"{VMC_SET}/GEOMETRY/{name}.GEO", view, orbit,
                hot_pixels=90 if i == 0 else HOT_PIXELS, fault=fault, instrument="vmc", level=VMC_LEVEL,
                noise=VMC_NOISE)


def faults() -> Iterator[Shot]:
    """What readers must note and step over: for each instrument no geometry and a truncated file; an old version."""
    for days, fault in ((7.77, "no-geometry"), (9.27, "truncated"), (14.37, "old-version"), (14.37, "")):
        time = uvi_time(10 * days)
        view = uvi_view(time, 12.4, -4.0, 31000.0, 1, (192, 256), (subsolar(time)[0] - 8, 5.0))
        yield uvi_shot("close-up", view, (400, 384), 1, fault=fault, version=20 if not fault else 10)
    for orbit, fault in zip(FAULTY_ORBITS, ("no-geometry", "truncated"), strict=True):
        yield north(orbit, fault)


def take(raw: Path, shot: Shot, field: CloudField, seed: int) -> float:
    """Render and write the files of one image; returns its exponent k, drawn from the range of its light."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(shot.image.encode())))
    k = float(rng.uniform(*shot.ks))
    image_path, geometry_path = raw / shot.image, raw / shot.geometry
    geometry = None if shot.fault == "no-geometry" else geometry_path
    image, planes = render(shot.view, field, k, shot.level, shot.noise, rng, shot.light)
    if shot.image.endswith(".fit"):
        values = image.astype(np.float32)
        if shot.lost_rows:  # a lost packet
            start = values.shape[0] // 3
            values[start : start + shot.lost_rows] = MISSING
        write_uvi(image_path, geometry, values, planes, shot.view, shot.window, shot.binning, shot.orbit)
    else:
        periapsis = (iso(VMC_942, (shot.orbit - 942) * 86400), 250.0)
        write_vmc(image_path, geometry, digitise(image, shot.hot_pixels, rng), planes, shot.view, shot.orbit, periapsis)
    if shot.fault == "truncated":
        whole = geometry_path.read_bytes()
        write_bytes(geometry_path, whole[: len(whole) * 2 // 5])
    return k


def digitise(image: NDArray[np.float64], hot_pixels: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Numbers of the VMC camera: defects added, whole, from 0 up; -1 outside its round field of view."""
    detector = np.random.default_rng(365)
    rows, columns = detector.integers(0, 512, size=(2, 400))
    image = image.copy()
    image[rows[:hot_pixels], columns[:hot_pixels]] += rng.uniform(300, 1500, size=hot_pixels)
    numbers = np.clip(np.rint(image), 0, 4095).astype(np.int16)
    row, column = np.ogrid[:512, :512]
    numbers[(row - 270.0) ** 2 + (column - 278.0) ** 2 > 226.0**2] = OUTSIDE
    return numbers


def record(shot: Shot, k: float) -> dict[str, object]:
    """The row of an image in observations.csv."""
    view = asdict(shot.view)
    return {"source": shot.image.split("/", 1)[1], "instrument": shot.instrument, "kind": shot.kind,
            "fault": shot.fault, "time_utc": view["time_utc"], "hours": shot.view.hours, "k": k,
            "subsolar_longitude_deg": (shot.view.sun[0] + 180) % 360 - 180,
            "subspacecraft_longitude_deg": (view["longitude"] + 180) % 360 - 180,
            "subspacecraft_latitude_deg": view["latitude"], "pixel_km": shot.view.pixel_km}
