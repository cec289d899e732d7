"""Views of the simulated Venus: the Sun's place, geometry by the cosine rules, k recovered by a plain regression."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.simulated import venus_archive
from paper_repro.simulated.venus_camera import View, geometry, render, subsolar, unit
from paper_repro.simulated.venus_fields import Field

TIME = "2016-06-01T12:00:00.000"
KNOWN = [  # UTC, the archives' own sub-solar longitude
    ("2015-12-07T05:19:53.988", 141.45403), ("2007-01-06T01:39:30.006", 177.66161),
    ("2008-11-17T21:54:18.008", 119.99217), ("2014-05-14T21:45:07.008", 179.64814),
]


def disc() -> View:
    distance = 6051.8 + 1.5e5
    shape = (400, 400)
    return View(TIME, subsolar(TIME)[0] - 20, 4.0, distance, 0.000204619, shape, (199.5, 199.5), 6121.8)


def plain_fit(image: np.ndarray, planes: object) -> float:
    """Eq. 3: slope of log(mu I) on log(mu mu0) within 75 degrees, by the normal equations."""
    xs, ys = [], []
    incidence, emission = planes.incidence, planes.emission  # type: ignore[attr-defined]
    for i, e, v in zip(incidence.ravel(), emission.ravel(), image.ravel(), strict=True):
        if i <= 75 and e <= 75:
            mu0, mu = math.cos(math.radians(i)), math.cos(math.radians(e))
            xs.append(math.log(mu * mu0))
            ys.append(math.log(mu * v))
    x, y = np.array(xs), np.array(ys)
    return float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())


@pytest.mark.parametrize(("time", "expected"), KNOWN)
def test_sun(time: str, expected: float) -> None:
    assert subsolar(time)[0] == pytest.approx(expected, abs=0.002)


def test_geometry_of_a_view() -> None:
    """The aim point is at the boresight, longitudes grow to the right, north is up, angles obey the cosine rules."""
    view = View(TIME, 30.0, 10.0, 30000.0, 2e-4, (201, 301), (100.0, 150.0), 6121.8, aim=(40.0, -5.0))
    planes = geometry(view)
    assert planes.latitude[100, 150] == pytest.approx(-5)
    assert planes.longitude[100, 150] == pytest.approx(40)
    assert planes.longitude[100, 160] > 40
    assert planes.latitude[110, 150] > -5
    flipped = geometry(View(TIME, 30.0, 10.0, 30000.0, 2e-4, (201, 301), (100.0, 150.0), 6121.8, (40.0, -5.0), 0, True))
    assert flipped.latitude[90, 150] == pytest.approx(planes.latitude[110, 150])
    camera = 30000.0 * unit(30, 10)
    point = 6121.8 * unit(planes.longitude[20, 30], planes.latitude[20, 30])
    ray = (camera - point) / np.linalg.norm(camera - point)
    assert math.degrees(math.acos(ray @ point / 6121.8)) == pytest.approx(planes.emission[20, 30])
    i, e, p, a = (math.radians(plane[20, 30]) for plane in
                  (planes.incidence, planes.emission, planes.phase, planes.azimuth))
    assert math.cos(p) == pytest.approx(math.cos(i) * math.cos(e) + math.sin(i) * math.sin(e) * math.cos(a))


@pytest.mark.parametrize("k", [0.7, 0.85])
def test_known_k_comes_back(k: float) -> None:
    image, planes = render(disc(), Field(1, clouds=False), k, 9e7, venus_archive.UVI_NOISE, np.random.default_rng(2))
    assert plain_fit(image, planes) == pytest.approx(k, abs=0.002)


def test_pixels_are_as_large_as_what_they_see(monkeypatch: pytest.MonkeyPatch) -> None:
    """The square root of the area between neighbouring points of the sphere, on a disc and obliquely from nearby."""
    asked: list[NDArray[np.float64]] = []

    def noted(_: Field, longitude: NDArray[np.float64], *others: NDArray[np.float64]) -> NDArray[np.float64]:
        asked.append(others[-1])
        return np.ones(len(longitude))

    monkeypatch.setattr(Field, "brightness", noted)
    oblique = View(TIME, subsolar(TIME)[0], 0.0, 30000.0, 2e-4, (300, 300), (150.0, 150.0), 6121.8,
                   aim=(subsolar(TIME)[0], 40.0))
    for view in (disc(), oblique):
        render(view, Field(1), 0.8, 1.0, (0.0, 0.0), np.random.default_rng(0))
        planes = geometry(view)
        sides = np.full(view.shape, np.nan)
        sides[planes.incidence < 90] = asked.pop()
        ground = np.moveaxis(6051.8 * unit(planes.longitude, planes.latitude), 0, -1)
        across, up = ground[1:-1, 2:] - ground[1:-1, :-2], ground[2:, 1:-1] - ground[:-2, 1:-1]
        area = np.linalg.norm(np.cross(across, up), axis=-1) / 4
        sure = np.isfinite(sides[1:-1, 1:-1]) & (planes.emission[1:-1, 1:-1] < 80)
        np.testing.assert_allclose(sides[1:-1, 1:-1][sure], np.sqrt(area[sure]), rtol=0.02)
