"""Tiny products in the archives' formats, written by hand or by astropy: what the readers are tested on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from paper_repro.observations.observation import Observation, Pair

PLANES = ("Latitude", "Longitude", "Local time", "Phase angle", "Incidence angle", "Emission angle", "Azimuthal angle")
UVI_STEM = "uvi_20151207_052330_365_{}_v10.fit"
VMC_STEM = "V0942_0004_UV2"


def planes(shape: tuple[int, int], seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Planes of geometry, lower-case names; longitude 0..360, one pixel of the corner off the disc."""
    rng = np.random.default_rng(seed)
    ranges = {"latitude": (-90, 90), "longitude": (0, 360), "local time": (0, 24), "phase angle": (40, 60),
              "incidence angle": (0, 90), "emission angle": (0, 90), "azimuthal angle": (0, 360)}
    made = {name: rng.uniform(*limits, shape).astype(np.float32) for name, limits in ranges.items()}
    for values in made.values():
        values[0, 0] = np.nan
    return made


def uvi_cards(**changes: object) -> dict[str, object]:
    """Cards of an l2b image; None leaves one out."""
    cards: dict[str, object] = {
        "DATE-OBS": "2015-12-07T05:23:31.499", "S_IFOV": 0.000204619, "S_DISTAV": 72102.7, "S_SOLLON": 341.454,
        "P_MPIXV": -3.4e38, "P_DPIXV": -3.41e38, "P_SPIXV": -3.39e38,
    }
    cards.update({key.replace("DATE_OBS", "DATE-OBS"): value for key, value in changes.items()})
    return {key: value for key, value in cards.items() if value is not None}


def write_uvi_image(path: Path, image: NDArray[np.float32], cards: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unit = fits.ImageHDU(image.astype(">f4"))
    for key, value in cards.items():
        unit.header[key] = value
    fits.HDUList([fits.PrimaryHDU(), unit]).writeto(path, overwrite=True)


def write_uvi_geometry(
    path: Path, values: Mapping[str, NDArray[np.float32]], order: Sequence[str] = PLANES, *, named: bool = True
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    units = [fits.ImageHDU(values[name.lower()].astype(">f4"), name=name if named else None) for name in order]
    fits.HDUList([fits.PrimaryHDU(), *units]).writeto(path, overwrite=True)


def uvi_paths(root: Path, *, volume: str = "001", release: str = "1.0", stem: str = UVI_STEM) -> tuple[Path, Path]:
    image = root / f"vco-v-uvi-3-cdr-v{release}/vcouvi_1{volume}/data/l2b/r0001" / stem.format("l2b")
    geometry = root / f"extras/vco_uvi_l3_v{release}/vcouvi_7{volume}/data/l3bx/fits/r0001" / stem.format("l3bx")
    return image, geometry


def uvi_pair(root: Path, shape: tuple[int, int] = (4, 6)) -> Pair:
    """A whole pair in the archive's layout; the image counts up from 1."""
    image, geometry = uvi_paths(root)
    write_uvi_image(image, np.arange(1, 1 + shape[0] * shape[1], dtype=np.float32).reshape(shape), uvi_cards())
    write_uvi_geometry(geometry, planes(shape))
    return Pair(image, geometry, image.relative_to(root).as_posix())


def vmc_label(
    shape: tuple[int, int, int], kind: str, bits: int, record: int = 512, extra: str = "", **changes: str
) -> bytes:
    """A PDS3 label like the archive's, padded to LABEL_RECORDS records; changes replace values ("" leaves one out)."""
    bands, lines, samples = shape
    data = -(-bands * lines * samples * bits // 8 // record)
    top = {
        "PDS_VERSION_ID": "PDS3", "RECORD_TYPE": "FIXED_LENGTH", "RECORD_BYTES": record, "FILE_RECORDS": 6 + data,
        "LABEL_RECORDS": 5, "^IMAGE_HEADER": 6, "^IMAGE": 7, "PRODUCER_INSTITUTION_NAME":
        '"DEUTSCHES ZENTRUM FUER LUFT- UND \r\n  RAUMFAHRT"', "IMAGE_TIME": "2008-11-17T21:54:18.008Z",
        "MAXIMUM_RESOLUTION": "46087.9 <m/pixel>", "FOOTPRINT_POINT_LATITUDE": "(-8.5,1\r\n   ,2.25)",
        "VEX:SCIENCE_CASE_ID": '"3"', "EXPOSURE_DURATION": "15.12 <ms>",
    }
    image = {"INTERCHANGE_FORMAT": "BINARY", "LINES": lines, "LINE_SAMPLES": samples, "SAMPLE_TYPE": kind,
             "SAMPLE_BITS": bits, "BANDS": bands, "BAND_STORAGE_TYPE": "BAND_SEQUENTIAL", "MAXIMUM": 10}
    for key, value in changes.items():
        name = {"POINTER": "^IMAGE"}.get(key, key)
        (top if name in top or name.startswith("RADIANCE") else image)[name] = value
    text = "".join(f"{key:<32}= {value}\r\n" for key, value in top.items() if value != "")
    text += f"\r\n/* DATA OBJECT DEFINITIONS */\r\n{extra}OBJECT = IMAGE\r\n"
    text += "".join(f"  {key:<30}= {value}\r\n" for key, value in image.items() if value != "")
    text += "END_OBJECT = IMAGE\r\n\r\nOBJECT = IMAGE_HEADER\r\n BYTES = 512\r\nEND_OBJECT = IMAGE_HEADER\r\nEND\r\n"
    return text.encode("latin-1").ljust(5 * record)


def write_vmc(path: Path, values: NDArray[np.generic], label: bytes | None = None, record: int = 512) -> None:
    """An .IMG (int16 [H, W]) or .GEO (float32 [5, H, W]): label, a VICAR record, big-endian samples, padding."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cube = values if values.ndim == 3 else values[None]
    kind, bits, dtype = ("MSB_INTEGER", 16, ">i2") if values.dtype == np.int16 else ("IEEE_REAL", 32, ">f4")
    shape = (cube.shape[0], cube.shape[1], cube.shape[2])
    head = (label or vmc_label(shape, kind, bits, record)) + b"LBLSIZE=512".ljust(record, b"\0")
    data = cube.astype(dtype).tobytes()
    path.write_bytes(head + data.ljust(-(-len(data) // record) * record, b"\0"))


def vmc_cube(shape: tuple[int, int], seed: int = 0) -> NDArray[np.float32]:
    """Incidence, emission, phase, latitude, longitude (-180..180); the corner off the planet."""
    made = planes(shape, seed)
    names = ("incidence angle", "emission angle", "phase angle", "latitude", "longitude")
    cube = np.stack([made[name] for name in names])
    cube[4] -= 180
    cube[:, 0, 0] = -1e32
    return cube


def vmc_image(shape: tuple[int, int]) -> NDArray[np.int16]:
    """Counts up from 0; the last pixel is outside of the field of view."""
    image = np.arange(shape[0] * shape[1], dtype=np.int16).reshape(shape)
    image[-1, -1] = -1
    return image


def vmc_paths(root: Path, *, data_set: str = "VEX-V-VMC-3-RDR-EXT1-V3.0", stem: str = VMC_STEM) -> tuple[Path, Path]:
    folder = root / "VENUS-EXPRESS/VMC" / data_set
    return folder / f"DATA/0942/{stem}.IMG", folder / f"GEOMETRY/0942/{stem}.GEO"


def vmc_pair(root: Path, shape: tuple[int, int] = (4, 6)) -> Pair:
    image, geometry = vmc_paths(root)
    write_vmc(image, vmc_image(shape))
    write_vmc(geometry, vmc_cube(shape))
    return Pair(image, geometry, image.relative_to(root).as_posix())


def geometry_of(pair: Pair) -> Path:
    """The geometry file of a pair that has one."""
    assert pair.geometry is not None
    return pair.geometry


def data_end(path: Path) -> int:
    """Where the data of a product end that are needed: its padding follows."""
    size = path.stat().st_size
    if path.suffix == ".fit":
        with fits.open(path) as units:
            unused = 2 * 2880 if len(units) == 8 else 0  # the azimuthal angle comes last
            return size - unused - 2880 + units[1].data.nbytes
    return size - 512 + (48 if path.suffix == ".IMG" else 480)


def assert_same(found: Observation, expected: Observation, tolerance: float = 0) -> None:
    """That two observations have the same planes, to a relative tolerance, and the same header."""
    for name in ("image", "incidence", "emission", "latitude", "longitude", "invalid"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=tolerance, err_msg=name)
    assert found.time_utc == expected.time_utc
    assert found.resolution_m_px == pytest.approx(expected.resolution_m_px, rel=1e-15)
