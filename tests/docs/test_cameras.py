"""docs/cameras.md says of each instrument what its record says, and of the two real images what they show."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.optimize import least_squares

from paper_repro.observations import registry

PAGE = Path(__file__).parents[2] / "docs" / "cameras.md"


def test_the_table_is_that_of_the_records() -> None:
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    records = registry.instruments()
    assert rows == [(name, record.pattern, record.band, record.preprocessing.side, record.preprocessing.darkening)
                    for name, record in sorted(records.items(), key=lambda each: list(records).index(each[0]))]


def limb_of(image: NDArray[np.float64], row: float, column: float, radius: float) -> NDArray[np.float64]:
    """Row and column [P, 2] of where the brightness falls steepest, outwards from a centre, by rays a degree apart."""
    far, found = np.arange(0.75 * radius, 1.15 * radius, 0.1), []
    for angle in np.radians(np.arange(360)):
        ray = row + far * np.sin(angle), column + far * np.cos(angle)
        falling = np.convolve(-np.gradient(map_coordinates(image, ray, order=1, cval=np.nan), far), np.ones(7) / 7,
                              "same")
        if not np.isnan(falling).any() and falling.max() > 60:  # the lit limb, in the field of view
            found.append([each[falling.argmax()] for each in ray])
    return np.array(found)


@pytest.mark.parametrize(("name", "expected", "fitted"), [("V0260_0008_UV2", 148.47, 148.6),
                                                          ("V0942_0004_UV2", 121.89, 122.4)])
def test_the_limb_and_the_light_of_the_real_images_are_as_said(name: str, expected: float, fitted: float,
                                                               real_inputs: Path) -> None:
    """A literal fit, from the bytes on."""
    path = real_inputs / "vmc" / f"{name}.IMG"
    if not path.is_file():
        pytest.skip(f"not run: {real_inputs}/vmc has no {name}.IMG")
    text = path.read_bytes()
    pointer, altitude = (re.search(pattern, text) for pattern in (rb"\^IMAGE\s*=\s*(\d+)",
                                                                  rb"SPACECRAFT_ALTITUDE=([\d.]+)"))
    assert pointer is not None
    assert altitude is not None
    image = np.frombuffer(text, ">i2", 512 * 512, (int(pointer[1]) - 1) * 1024).reshape(512, 512).astype(float)
    lit = np.argwhere(image > 300)
    image[image < 0] = np.nan  # outside of the field of view
    radius = float(np.tan(np.arcsin(6111.8 / (6111.8 + float(altitude[1])))) / 6.926e-4)
    assert radius == pytest.approx(expected, abs=0.005)
    circle = np.array([*lit.mean(axis=0), radius])
    for _ in range(3):
        points = limb_of(image, *circle)
        circle = least_squares(lambda at, points=points: np.hypot(*(points - at[:2]).T) - at[2], circle, loss="soft_l1",
                               f_scale=0.3).x
    assert circle[2] == pytest.approx(fitted, abs=0.05)
    assert f"{fitted} for {expected}" in PAGE.read_text(encoding="utf-8")
    assert abs(circle[2] - radius) < 0.5
    assert np.median(np.abs(np.hypot(*(points - circle[:2]).T) - circle[2])) < 0.13
    down, right = lit.mean(axis=0) - circle[:2]
    assert abs(np.degrees(np.arctan2(down, -right))) < 3
