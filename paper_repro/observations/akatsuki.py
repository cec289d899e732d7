"""Akatsuki's cameras: the l2b image and its l3bx geometry, FITS files of one form for all of them (Sect. 2.2)."""

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.preprocessing import Preprocessing
from paper_repro.observations import fits, l2b
from paper_repro.observations.fits_planes import angles, find
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import Observation, Pair, ReaderError, opened, wrap
from paper_repro.observations.versions import Numbers, Version, by_folder, newest

_MISSING = -1e38  # missing pixels are about -3.4e38
_EXTREME = 3.2e38  # valid radiances stay within +-0.95 of the largest float32


@dataclass(frozen=True)
class Filter:
    """A filter of a camera. kind: as file names have it; band: what light it passes; checkpoints: see `Instrument`."""

    kind: str
    band: str
    preprocessing: Preprocessing
    checkpoints: str = ""


def instruments(*, name: str, title: str, archive: str, files: str, filters: Mapping[str, Filter]
                ) -> dict[str, Instrument]:
    """The records of a camera's filters by the instruments' names; `filters` likewise."""
    made = {}
    for each, passed in filters.items():
        reader = _Reader(name, passed.kind)
        made[each] = reader.record = Instrument(
            name=each,
            title=title,
            archive=archive,
            files=files,
            layout=f"as DARTS lays them out: images in vco-v-{name}-3-cdr-v1.0/vco{name}_1001/data/l2b/..., "
                   f"geometry in extras/vco_{name}_l3_v1.0/vco{name}_7001/data/l3bx/fits/...",
            pattern=f"{name}_*_{passed.kind}_l2b_v*.fit",
            band=passed.band,
            product=reader.product,
            choose=reader.choose,
            header=l2b.header,
            check=l2b.check,
            read=reader.read,
            plane=plane,
            header_of=l2b.header_of,
            preprocessing=passed.preprocessing,
            origin="lower",
            checkpoints=passed.checkpoints,
        )
    return made


class _Reader:
    """What depends on names: those of files and folders of one camera, with one of its filters."""

    record: Instrument

    def __init__(self, camera: str, kind: str) -> None:
        self._name = _pattern(rf"({camera}_\d{{8}}_\d{{6}}_{kind})_(l2b|l3bx)_v(\d{{1,4}})\.fit")
        self._volume = _pattern(rf"vco{camera}_[17](\d{{3}})")
        self._data_set = _pattern(rf"(?:vco-v-{camera}-3-cdr-|vco_{camera}_l3_)v(\d{{1,4}})\.(\d{{1,4}})")

    def choose(self, names: Iterable[str]) -> list[tuple[str, str | None]]:
        """Of files below an archive's root (relative, posix), the images that count, each with its geometry, sorted.

        Versions of an image (v20 in its name before the v1.1 of its data set) count by the rule of `versions.newest`.
        The geometry has the same name with l3bx for l2b, and lies in the volume of the same number (vcouvi_1NNN,
        vcouvi_7NNN) of the same data-set version, as far as folders tell; of several the one of the highest data-set
        version.
        """
        geometries: dict[str, list[str]] = {}
        images: list[tuple[re.Match[str], str]] = []
        for name in by_folder(names):
            if match := self._name.fullmatch(name.rpartition("/")[2]):
                if match[2].lower() == "l3bx":
                    geometries.setdefault(match[0].lower(), []).append(name)
                else:
                    images.append((match, name))
        return newest(
            Version(match[1].lower(), (int(match[3]), *self._place(name)[1]), name,
                    self._geometry(name, geometries.get(match[0].lower().replace("_l2b_", "_l3bx_"), [])))
            for match, name in images)

    def product(self, name: str) -> tuple[str, bool] | None:
        """Of a file name: what all versions of an image share, and whether it is their geometry; None if neither."""
        match = self._name.fullmatch(name.rpartition("/")[2])
        return (match[1].lower(), match[2].lower() == "l3bx") if match else None

    def _place(self, name: str) -> tuple[str, Numbers]:
        """Volume number (NNN) and data-set version of a file by its folders; empty where they do not say."""
        volume: str = ""
        release: Numbers = ()
        for part in name.split("/")[:-1]:
            if match := self._volume.fullmatch(part):
                volume = match[1]
            elif match := self._data_set.fullmatch(part):
                release = (int(match[1]), int(match[2]))
        return volume, release

    def _geometry(self, image: str, candidates: Iterable[str]) -> str | None:
        """Of files of the right name the one that belongs to an image."""
        here = self._place(image)
        fitting = [name for name in candidates
                   if all(not a or not b or a == b for a, b in zip(here, self._place(name), strict=True))]
        return max(fitting, key=lambda name: self._place(name)[1], default=None)

    def read(self, pair: Pair) -> Observation:
        """Read image and geometry of a pair.

        Invalid: not finite, below -1e38 or beyond +-3.2e38, equal to one of the header's flags (missing, dead,
        saturated), or without geometry. Window and binned frames have planes of their own size. Raises ReaderError.
        """
        if pair.geometry is None:
            raise _without_geometry(pair)
        with opened(pair.image) as (handle, size):
            unit = l2b.image_unit(fits.units(handle, pair.image, size, 2), pair.image)
            head = l2b.header_in(unit)
            stored = unit.read(handle)
        with opened(pair.geometry) as (handle, size):
            units = fits.units(handle, pair.geometry, size)
            incidence, emission, latitude, longitude = (angles(each, handle, l2b.FLAGS)
                                                        for each in l2b.used_planes(units, pair.geometry, unit))
        # NaN isn't usual, either
        usual = (stored >= np.float32(_MISSING)) & (stored <= np.float32(_EXTREME))
        # wrapped here, since the archive's convention is another one: each value in float32, the paper's way
        return self.record.observation(pair, head, unit.physical(stored), incidence, emission, latitude,
                                       wrap(longitude), ~usual | unit.flagged(stored, l2b.FLAGS))


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.ASCII)


def plane(pair: Pair, name: str) -> NDArray[np.float32]:
    """One plane of a pair's geometry, float32 [H, W], by its name in lower case: "phase angle", "azimuthal angle", ...

    Angles in degrees. For what an `Observation` doesn't carry. Raises ReaderError, also if the file has no such plane.
    """
    if pair.geometry is None:
        raise _without_geometry(pair)
    with opened(pair.geometry) as (handle, size):
        found = find(fits.units(handle, pair.geometry, size), name, l2b.PLANES, pair.geometry)
        return found.physical(found.read(handle)) if name == "local time" else angles(found, handle, l2b.FLAGS)


def _without_geometry(pair: Pair) -> ReaderError:
    return ReaderError(pair.image, None, "it has no geometry file of the same name, version and volume (l3bx)")
