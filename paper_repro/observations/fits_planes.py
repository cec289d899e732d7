"""Planes of geometry in the units of a FITS file: found by their names, read in degrees."""

from collections.abc import Sequence
from io import BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations.fits import Unit
from paper_repro.observations.observation import ReaderError


def find(units: Sequence[Unit], name: str, order: Sequence[str], path: Path) -> Unit:
    """The plane of a name (in small letters) by its EXTNAME; by its place in `order` only where no plane has a name.

    Raises ReaderError where there is none or more than one, or where no plane has a name and there are more or fewer
    than in `order`.
    """
    planes = units[1:]
    if not any(plane.name for plane in planes):
        if len(planes) != len(order):
            raise ReaderError(path, None, f"wrong shape: its planes have no names, and there are {len(planes)}, not "
                                          f"{len(order)}: which is which isn't known")
        return planes[order.index(name)]
    found = [plane for plane in planes if plane.name == name]
    if len(found) > 1:
        raise found[1].error(f"{found[1].place}: it is the second of this name")
    if not found:
        unknown = next((plane for plane in planes if plane.name not in order), units[0])
        hint = f"; what is {unknown.place}?" if unknown.number else ""
        raise unknown.error(f"wrong shape: it has no plane {name!r}{hint}")
    return found[0]


def angles(plane: Unit, handle: BufferedReader, flags: Sequence[str]) -> NDArray[np.float32]:
    """A plane in degrees, float32 [H, W], NaN where a keyword among `flags` calls its values missing.

    Raises ReaderError.
    """
    stored = plane.read(handle)
    values = plane.physical(stored)
    if plane.degrees != 1:
        with np.errstate(over="ignore", invalid="ignore"):
            values = (plane.degrees * values.astype(np.float64)).astype(np.float32)
    flagged = plane.flagged(stored, flags)
    return np.where(flagged, np.float32(np.nan), values) if flagged.any() else values
