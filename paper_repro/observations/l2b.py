"""What the headers of an Akatsuki image (l2b) and of its geometry (l3bx) say, read from FITS units of either."""

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from paper_repro.observations import fits
from paper_repro.observations.fits_planes import find
from paper_repro.observations.observation import VENUS, Header, Pair, ReaderError, Start, opened
from paper_repro.observations.times import utc

# the order of the HDUs of a geometry file, from HDU 1 on
PLANES = ("latitude", "longitude", "local time", "phase angle", "incidence angle", "emission angle", "azimuthal angle")
_USED = ("incidence angle", "emission angle", "latitude", "longitude")
# values of missing, dead and saturated pixels; BLANK is for whole numbers, but what it says is clear
FLAGS = ("P_MPIXV", "P_DPIXV", "P_SPIXV", "BLANK")


def header(pair: Pair) -> Header:
    """Time, resolution and sub-solar longitude; of the pixels only that the files are long enough for them.

    At most 128 KiB of each header are read. Raises ReaderError.
    """
    with opened(pair.image) as (handle, size):
        units = fits.units(handle, pair.image, size, 2)
    image = image_unit(units, pair.image)
    remarks = {"image": fits.remark(units, size)}
    if pair.geometry is not None:
        with opened(pair.geometry) as (handle, size):
            _check_start(handle, pair.geometry, size, image)
            units = fits.units(handle, pair.geometry, size)
        used_planes(units, pair.geometry, image)
        remarks["geometry"] = fits.remark(units, size)
    return header_in(image, "; ".join(f"{name}: {text}" for name, text in remarks.items() if text))


def header_of(image: Start, geometry: Start | None) -> Header:
    """The same from the first bytes of both files, wherever they are; a FITS header ends at byte 23,040 or sooner.

    Of the planes of geometry only the first is looked at: the others lie far apart.
    """
    unit = image_unit(fits.units(BytesIO(image.data), image.path, image.size, 2), image.path)
    if geometry is not None:
        _check_start(BytesIO(geometry.data), geometry.path, geometry.size, unit)
    return header_in(unit)


def _check_start(handle: BinaryIO, path: Path, size: int, image: fits.Unit) -> None:
    """Raise ReaderError unless a geometry file begins as the image's does and is long enough."""
    first = fits.units(handle, path, size, 2)[-1]
    _check_shape(first, image)
    # each plane up to the last one that is used has a header of its own, the last may lack its padding
    planes = PLANES.index("emission angle")
    least = first.end + planes * (first.end - first.data_offset + fits.BLOCK) - (first.end - first.data_offset
                                                                               ) + first.data_bytes
    if size < least:
        raise ReaderError(path, size, f"truncated: its planes need {least} bytes or more")


def check(path: Path, *, geometry: bool) -> None:
    """Raise ReaderError unless this is a whole image, or a whole geometry file, as far as all its headers say."""
    with opened(path) as (handle, size):
        units = fits.units(handle, path, size)
    if geometry:
        used_planes(units, path)
    else:
        header_in(image_unit(units, path))


def image_unit(units: list[fits.Unit], path: Path) -> fits.Unit:
    """HDU 1, whatever its name; its shape held against its own window and binning."""
    if len(units) < 2:
        raise ReaderError(path, units[0].end, "expected the image in HDU 1, found none")
    unit = units[1]
    unit.check_meaning(FLAGS)
    for length, low, high in zip(unit.shape, ("P_POSLLY", "P_POSLLX"), ("P_POSURY", "P_POSURX"), strict=True):
        if not all(map(unit.has, (low, high, "P_BINN"))):
            continue
        window = unit.integer(high) - unit.integer(low) + 1
        binning = unit.integer("P_BINN")
        # no document says whether a window counts pixels before or after binning
        if binning < 1 or length not in {window, window // binning}:
            raise unit.error(f"wrong shape: {length} px, for {window} px by {low} and {high}, binned by {binning}")
    return unit


def used_planes(units: list[fits.Unit], path: Path, image: fits.Unit | None = None) -> list[fits.Unit]:
    """The planes of geometry that are used, of one shape, that of the image where there is one. Raises ReaderError."""
    planes = [find(units, name, PLANES, path) for name in _USED]
    for plane in planes:
        _check_shape(plane, image or planes[0])
        plane.check_meaning(FLAGS, angles=True)
    return planes


def _check_shape(plane: fits.Unit, image: fits.Unit) -> None:
    if plane.shape != image.shape:
        raise plane.error(f"wrong shape: the image is {image.shape}, this plane of its geometry is {plane.shape}")


def header_in(unit: fits.Unit, remark: str = "") -> Header:
    """Resolution: S_IFOV [rad] x (S_DISTAV [km] - 6051.8 km)."""
    view, distance = unit.real("S_IFOV"), unit.real("S_DISTAV")
    if not view > 0:
        raise unit.error(f"expected S_IFOV above 0 rad, found {view:g}")
    if not distance > VENUS.radius_km:
        raise unit.error(f"expected S_DISTAV above {VENUS.radius_km:g} km, Venus' radius, found {distance:g}")
    if unit.has("TIMESYS") and unit.text("TIMESYS").strip().upper() != "UTC":
        raise unit.error(f"expected times in UTC, found TIMESYS {unit.text('TIMESYS')!r:.40}")
    time = utc(unit.path, unit.header_offset, unit.text("DATE-OBS").strip())
    return Header.checked(unit.path, unit.header_offset, time, view * (distance - VENUS.radius_km) * 1000,
                          unit.real("S_SOLLON"), remark)
