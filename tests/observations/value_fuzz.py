"""Products with changed values through both readers: what comes out is right, or a ReaderError.

Bytes are never broken here (`fuzz` does that): every file says something, and it is known what. A wrong value that is
read as if it was right is what is looked for.
"""

import datetime
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from paper_repro.base.progress import Progress
from paper_repro.observations import registry, sun
from paper_repro.observations.observation import Observation, ReaderError
from tests.observations import products
from tests.observations.value_products import USED, Expected, Plane, Unreadable, Uvi, Vmc

VALUES = (0.0, -0.0, 1.0, -1.0, 45.5, 89.9999, 90.0, 90.0001, -90.0, -90.001, 179.9999, 180.0, 180.001, -180.0, -180.5,
          270.0, 359.99997, 360.0, 360.01, -360.0, -361.0, 720.0, -999.0, 9999.0, -32768.0, 65535.0, -3.4e38, -3.39e38,
          3.4e38, -1e32, 1e32, 1e30, -1e10, np.nan, np.inf, -np.inf)
NUMBERS = (0.0, -1.0, 1e-9, 0.0002, 6051.8, 6051.9, 72102.7, 360.0, -360.0, 360.1, -3.4e38, 1e30, 141.454, -999.0)
TIMES = (datetime.datetime(1989, 12, 31, 23), datetime.datetime(1990, 1, 1),
         datetime.datetime(2012, 2, 29, 1, 2, 3, 4000),
         datetime.datetime(2027, 12, 31, 23, 59, 59, 999000), datetime.datetime(2028, 1, 1))
EXTRAS = ("", "NOTE =\r\n", "^IMAGE_DESC = \r\n", 'NOTE = "a "b" c"\r\n', "/* \xe4 */\r\n",
          "GROUP = G\r\n LINES = 9\r\nEND_GROUP\r\n", "VEX:LINES = 9\r\n", "NOTE =\r\n 5\r\n",
          "POSITIVE_LONGITUDE_DIRECTION = EAST\r\n", "POSITIVE_LONGITUDE_DIRECTION = WEST\r\n")
Product = Uvi | Vmc
EXPECTED = {"right", "refused"}


def change(product: Product, rng: np.random.Generator) -> None:
    """One to four changes to what a product says."""
    for _ in range(int(rng.integers(1, 5))):
        draw = int(rng.integers(10))
        planes = [*(product.planes if isinstance(product, Uvi) else product.planes.values()), product.image]
        plane = planes[int(rng.integers(len(planes)))]
        if draw < 3:
            _samples(plane, rng)
        elif draw == 3:
            _fill([one for one in planes if one is not product.image], float(rng.choice(VALUES)))
        elif draw < 6:
            _meaning(plane if isinstance(product, Uvi) or plane is product.image else product.geometry, rng)
        elif draw == 6:
            product.time, product.form = TIMES[int(rng.integers(len(TIMES)))], int(rng.integers(8))
        elif isinstance(product, Uvi):
            _uvi(product, rng)
        else:
            _vmc(product, rng)


def _samples(plane: Plane, rng: np.random.Generator) -> None:
    """Values of a few samples, or all fill values of a plane, replaced."""
    value = VALUES[int(rng.integers(len(VALUES)))]
    stored = plane.stored.copy()
    if stored.dtype.kind == "i":
        value = float(rng.integers(-32768, 32768))
    if rng.random() < 0.5:
        stored.flat[rng.integers(0, stored.size, 3)] = value
    elif stored.dtype.kind == "f":
        stored[~(np.abs(stored) < 1e10)] = value
    plane.stored = stored


def _fill(planes: list[Plane], value: float) -> None:
    """The same value wherever there is no geometry, in all planes."""
    for plane in planes:
        plane.stored = np.where(np.abs(plane.stored) < 1e10, plane.stored, np.float32(value))


def _meaning(plane: Plane, rng: np.random.Generator) -> None:
    """Unit, scale or flags of a plane."""
    draw = int(rng.integers(3))
    if draw == 0:
        plane.unit = str(rng.choice(["", "degree", "DEG", "rad", "radians", "hour", "arcsec"]))
    elif draw == 1:
        plane.scale = float(rng.choice([1.0, 0.5, -1.0, 2.0, 0.0], p=[0.24, 0.24, 0.24, 0.24, 0.04]))
        plane.zero = float(rng.choice([0.0, 10.0, -3.25]))
    else:
        sample = plane.stored.flat[int(rng.integers(plane.stored.size))]
        plane.flags = [float(sample) if np.isfinite(sample) else -3.4e38, float(rng.choice([-999.0, 0.0, 45.5]))]


def _uvi(product: Uvi, rng: np.random.Generator) -> None:
    draw = int(rng.integers(7))
    if draw == 6:
        key = str(rng.choice(list(product.numbers)))
        product.again = key, float(rng.choice([product.numbers[key], product.numbers[key], rng.choice(NUMBERS)]))
    elif draw < 2:
        key = str(rng.choice(list(product.numbers)))
        product.numbers[key] = float(rng.choice(NUMBERS))
    elif draw == 2:
        product.system = [None, "UTC", "TDB", "TAI"][int(rng.integers(4))]
    elif draw == 3:
        rng.shuffle(product.planes)
    elif draw == 4:
        plane = product.planes[int(rng.integers(len(product.planes)))]
        plane.name = [None, "SZA", "Latitude", "EMISSION  ANGLE", "incidence angle"][int(rng.integers(5))]
    else:
        _unnamed(product, rng)


def _unnamed(product: Uvi, rng: np.random.Generator) -> None:
    """No plane has a name; in the archive's order, as nothing else would tell; sometimes one is missing."""
    fresh = {plane.name: plane for plane in product.planes}
    if list(fresh) == list(products.PLANES):
        product.planes = product.planes[: int(rng.choice([7, 7, 6]))]
        for plane in product.planes:
            plane.name = None


def _vmc(product: Vmc, rng: np.random.Generator) -> None:
    match int(rng.integers(10)):
        case 0:
            product.resolution = float(rng.choice(NUMBERS))
        case 1:
            product.unit = str(rng.choice(["", " <M/PIXEL>", "< m / pix >", " <km/pixel>"]))
        case 2:
            product.bias, product.factor = float(rng.choice([0.0, 1e5, -3e4])), float(rng.choice([89136.3, 0.0, -1.0]))
        case 3:
            product.names = str(rng.choice(["BAND_NAME", "BAND_SEQUENCE"]))
            rng.shuffle(product.order)
        case 4:
            product.layouts[1] = str(rng.choice(["LINE_INTERLEAVED", "SAMPLE_INTERLEAVED"]))
        case 5:
            product.layouts[0] = str(rng.choice(["LINE_INTERLEAVED", "SAMPLE_INTERLEAVED"]))
            product.little = bool(rng.random() < 0.5)
        case 6:
            product.prefix, product.suffix = (int(number) for number in rng.integers(0, 9, 2))
        case 7:
            product.samples = [{}, {"INTERCHANGE_FORMAT": "ASCII"}, {"STRETCHED_FLAG": "TRUE"},
                               {"STRETCHED_FLAG": "FALSE"}][int(rng.integers(4))]
        case 8:
            product.pointer = str(rng.choice(["8#7#", "3073 <BYTES>", '("V0942_0004_UV2.IMG", 7)']))
        case _:
            product.extra = EXTRAS[int(rng.integers(len(EXTRAS)))]


def difference(found: Observation, expected: Expected) -> str:
    """What is read otherwise than it must be; "" where nothing is."""
    if found.time_utc != expected.time_utc:
        return "time"
    longitude = sun.subsolar_longitude(expected.time_utc) if expected.subsolar is None else expected.subsolar
    if not (np.isclose(found.resolution_m_px, expected.resolution, rtol=1e-14)
            and np.isclose(found.subsolar_longitude, longitude, rtol=0, atol=1e-9)):
        return "numbers"
    if not np.array_equal(found.invalid, expected.invalid):
        return "invalid"
    if not np.array_equal(found.image, expected.image, equal_nan=True):
        return "image"
    for name in USED:
        if not np.array_equal(getattr(found, name), expected.angles[name], equal_nan=True):
            return name
    return ""


def run(instrument: str, count: int, seed: int, folder: Path, progress: Progress | None = None) -> Counter[str]:
    """`count` changed products of an instrument; counted: "right", "refused" rightly, and what must not happen.

    The first product of each such failure is kept in `folder`.
    """
    counts: Counter[str] = Counter()
    for number in range(count):
        product: Product = Uvi() if instrument == "uvi" else Vmc()
        change(product, np.random.default_rng([seed, number]))
        result = verdict(product, instrument, folder)
        if result not in counts and result not in EXPECTED:
            product.write(folder / f"failure-{instrument}-values-{number}")
        counts[result] += 1
        if progress:
            progress.step()
    return counts


def verdict(product: Product, instrument: str, folder: Path) -> str:
    """Read a product, whose files lie in `folder`."""
    pair = product.write(folder)
    record = registry.get(instrument)
    try:
        expected: Expected | None = product.expected()
    except Unreadable:
        expected = None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            head, found = record.header(pair), record.read(pair)
        except ReaderError:
            return "refused" if expected is None else "refused what can be read"
        except Warning as warning:
            return f"warning: {warning}"
    if expected is None:
        return "read what can't be"
    if (head.time_utc, head.resolution_m_px) != (found.time_utc, found.resolution_m_px):
        return "header and observation differ"
    wrong = difference(found, expected)
    return f"wrong {wrong}" if wrong else "right"
