"""The simulated archive: its formats read by independent means, its truth recovered by plain formulas."""

import hashlib
import json
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from paper_repro import paper
from paper_repro.archives import sample_venus, venus_fields
from paper_repro.archives.venus_camera import View, geometry, render, subsolar, unit
from paper_repro.archives.venus_fields import TYPES, Field, Spot
from paper_repro.profiles.errors import UserError

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it recommends a library that it can do without, and has a deprecated class
    import pvl

TIME = "2016-06-01T12:00:00.000"
KNOWN = [  # UTC, the archives' own sub-solar longitude
    ("2015-12-07T05:19:53.988", 141.45403), ("2007-01-06T01:39:30.006", 177.66161),
    ("2008-11-17T21:54:18.008", 119.99217), ("2014-05-14T21:45:07.008", 179.64814),
]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("raw")
    sample_venus.make(folder, seed=3, size=0.06)
    return folder


def files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}


def disc() -> View:
    distance = 6051.8 + 1.5e5
    shape = (400, 400)
    return View(TIME, subsolar(TIME)[0] - 20, 4.0, distance, 0.000204619, shape, (199.5, 199.5), 6121.8)


def northern(roll: float = 0.0, longitude: float = 10.0, latitude: float = 89.5) -> View:
    return View(TIME, longitude, latitude, 6451.8, 6.9261e-4, (512, 512), (270.0, 278.0), 6111.8, roll=roll,
                north_up=True)


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


def test_same_seed_same_bytes(raw: Path, tmp_path: Path) -> None:
    sample_venus.make(tmp_path, seed=3, size=0.06)
    assert files(tmp_path) == files(raw)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few bytes that depend on name and seed, where only the book-keeping is tested."""
    def take(raw: Path, shot: sample_venus.Shot, field: Field, seed: int) -> float:
        for name in shot.files:
            (raw / name).parent.mkdir(parents=True, exist_ok=True)
            (raw / name).write_text(f"{name} {seed}")
        return 0.8

    monkeypatch.setattr(sample_venus, "take", take)


@pytest.mark.usefixtures("tiny")
def test_another_seed_and_size(tmp_path: Path) -> None:
    sample_venus.make(tmp_path, seed=3, size=1)
    larger = files(tmp_path)
    sample_venus.make(tmp_path, seed=4, size=0.1)  # what is too much now goes away
    smaller = files(tmp_path)
    assert smaller.keys() < larger.keys()
    assert all(smaller[name] != larger[name] for name in smaller)
    sample_venus.make(tmp_path, seed=3, size=1)
    assert files(tmp_path) == larger


def test_names_are_unique_at_any_size() -> None:
    shots = [*sample_venus.schedule(20), *sample_venus.faults()]
    names = [name for shot in shots for name in shot.files]
    assert len(set(names)) == len(names)
    assert max(shot.view.time_utc for shot in shots) < "2025"
    assert min(shot.orbit for shot in shots) > 0


def test_a_larger_sample_begins_with_the_smaller() -> None:
    smaller, larger = list(sample_venus.schedule(0.3)), list(sample_venus.schedule(1))
    assert all(shot in larger for shot in smaller)
    assert {s.kind for s in smaller} == {"disc", "close-up", "northern"}


@pytest.mark.usefixtures("tiny")
def test_complete_is_left_alone_and_incomplete_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sample_venus.make(tmp_path, seed=3, size=0.06)
    before = files(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(sample_venus, "take", lambda *_: pytest.fail("was made again"))
        sample_venus.make(tmp_path, seed=3, size=0.06)
    next(tmp_path.rglob("*.IMG")).unlink()
    sample_venus.make(tmp_path, seed=3, size=0.06)
    assert files(tmp_path) == before


def test_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was begun with other settings passes for complete."""
    calls: list[object] = []
    take = sample_venus.take

    def stop(*args: object) -> float:
        if calls:
            raise KeyboardInterrupt
        calls.append(args)
        return take(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(sample_venus, "take", stop)
    with pytest.raises(KeyboardInterrupt):
        sample_venus.make(tmp_path, seed=1, size=0.06)
    manifest = json.loads((tmp_path / "truth/manifest.json").read_text())
    assert "seed" not in manifest
    assert not sample_venus.complete(tmp_path, manifest["files"])


@pytest.mark.parametrize("size", [0.0, -1.0, math.inf, math.nan])
def test_size(size: float, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="size"):
        sample_venus.make(tmp_path, seed=1, size=size)


def test_layout_and_faults(raw: Path) -> None:
    names = set(files(raw))
    example = "uvi_20151207_052330_365_{}_v10.fit"
    assert f"{sample_venus.UVI_IMAGES}/r0001/{example.format('l2b')}" in names
    assert f"{sample_venus.UVI_GEOMETRY}/r0001/{example.format('l3bx')}" in names
    assert f"{sample_venus.VMC_SET}/DATA/2496/V2496_0041_UV2.IMG" in names
    truth = pd.read_csv(raw / "truth/observations.csv", keep_default_na=False)
    assert sorted(truth.fault) == [*[""] * 4, *["no-geometry"] * 2, "old-version", *["truncated"] * 2]
    assert truth.k.between(0.70, 0.85).all()
    assert {f"{'darts' if row.instrument == 'uvi' else 'psa'}/{row.source}" for row in truth.itertuples()} == {
        name for name in names if name.endswith("IMG") or "l2b" in name}
    assert len([n for n in names if "l2b" in n]) == len([n for n in names if "l3bx" in n]) + 1
    assert len([n for n in names if n.endswith("IMG")]) == len([n for n in names if n.endswith("GEO")]) + 1
    versions = [n for n in names if "l2b/" in n and n.endswith("_v20.fit")]
    assert len(versions) == 1
    assert versions[0].replace("v20", "v10") in names


def expected_bytes(shots: list[sample_venus.Shot]) -> float:
    """Planes of 4 bytes (image + 7, or a cube of 5 beside 2-byte pixels) and headers; 2/5 of a truncated geometry."""
    total = 0.0
    for shot in shots:
        pixels = math.prod(shot.view.shape)
        image, cube = (4 * pixels + 17e3, 28 * pixels + 45e3) if shot.instrument == "uvi" else (540e3, 5260e3)
        share = {"no-geometry": 0.0, "truncated": 0.4}.get(shot.fault, 1.0)
        total += image + share * cube
    return total


def test_budget(raw: Path) -> None:
    """The whole sample has at most 300 MB, extrapolated by a rule that holds for the small one."""
    faults = list(sample_venus.faults())
    found = sum(path.stat().st_size for path in raw.rglob("*") if path.is_file())
    assert expected_bytes([*sample_venus.schedule(0.06), *faults]) == pytest.approx(found, rel=0.01)
    shots = [*sample_venus.schedule(1.0), *faults]
    assert expected_bytes(shots) < 295e6
    assert len({shot.image for shot in shots}) == len(shots)
    kinds = [shot.kind for shot in sample_venus.schedule(1.0)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"disc": 18, "close-up": 8, "northern": 17}


def test_uvi_format(raw: Path) -> None:
    truth = pd.read_csv(raw / "truth/observations.csv", keep_default_na=False)
    row = truth[truth.kind == "disc"].iloc[0]
    image_path = raw / "darts" / row.source
    with fits.open(image_path) as image:
        image.verify("exception")
        header, data = image[1].header, image[1].data
        assert image[0].data is None
        assert image[1]._header_offset == 2880
        assert data.dtype == ">f4"
        assert (header["P_POSURX"] - header["P_POSLLX"] + 1) // header["P_BINN"] == data.shape[1]
        assert (header["P_POSURY"] - header["P_POSLLY"] + 1) // header["P_BINN"] == data.shape[0]
        assert header["S_SOLLON"] == pytest.approx(row.subsolar_longitude_deg % 360, abs=1e-9)
        assert header["S_APPDIA"] == pytest.approx(2 * math.degrees(math.asin(6121.8 / header["S_DISTAV"])))
        assert header["DATE-OBS"] == row.time_utc
        assert "SIMULATED" in str(header["HISTORY"])
        for keyword in ("TELESCOP", "FILTER", "EXPOSURE", "P_MPIXV", "P_DPIXV", "P_SPIXV", "S_IFOV", "S_SSCPX",
                        "S_NPVAZM", "S_CLDALT", "S_TGRADI", "S_ORBITN"):
            assert keyword in header
        shape = data.shape
    name = image_path.name.replace("l2b", "l3bx")
    with fits.open(raw / sample_venus.UVI_GEOMETRY / image_path.parent.name / name) as planes:
        planes.verify("exception")
        assert [hdu.name.lower() for hdu in planes[1:]] == [
            "latitude", "longitude", "local time", "phase angle", "incidence angle", "emission angle",
            "azimuthal angle"]
        assert all(hdu.data.shape == shape and hdu.data.dtype == ">f4" for hdu in planes[1:])
        longitude, local = planes["Longitude"].data, planes["Local time"].data
        assert np.nanmin(longitude) >= 0
        assert np.nanmax(longitude) <= 360
        assert np.isnan(longitude[0, 0])
        expected = ((row.subsolar_longitude_deg - longitude + 180) % 360) / 15
        assert np.nanmax(np.abs((local - expected + 12) % 24 - 12)) < 1e-4


def test_binned_and_lost_rows(tmp_path: Path) -> None:
    for shot in (sample_venus.disc(1), sample_venus.disc(2)):
        sample_venus.take(tmp_path, shot, Field(1, clouds=False), 1)
        with fits.open(tmp_path / shot.image) as image:
            header, data = image[1].header, image[1].data
            assert header["P_BINN"] == shot.binning
            assert data.shape[0] * shot.binning == header["P_POSURY"] - header["P_POSLLY"] + 1
            lost = np.float32(header["P_MPIXV"]) == data
            assert lost.sum() == shot.lost_rows * data.shape[1]
            assert header["P_POSURX"] <= 1024


def test_vmc_format(raw: Path) -> None:
    path = raw / sample_venus.VMC_SET / "DATA/2496/V2496_0041_UV2.IMG"
    content = path.read_bytes()
    label = pvl.loads(content[: content.index(b"END\r\n") + 5].decode("ascii"))
    start = (label["^IMAGE"] - 1) * label["RECORD_BYTES"]
    assert label["^IMAGE_HEADER"] == label["LABEL_RECORDS"] + 1
    assert label["^IMAGE"] == label["LABEL_RECORDS"] + 7
    assert len(content) == label["FILE_RECORDS"] * label["RECORD_BYTES"]
    vicar = content[label["LABEL_RECORDS"] * 1024 : start]
    assert vicar.startswith(b"LBLSIZE=6144  ")
    assert vicar.endswith(b"\0")
    assert content[: label["LABEL_RECORDS"] * 1024].count(b"\n") == content[: start].count(b"\r\n")
    image = np.frombuffer(content, ">i2", offset=start).reshape(512, 512)
    seen = image[image >= 0]
    assert image.min() == -1
    assert 75_000 < (image == -1).sum() < 105_000
    filled = np.where(image < 0, 0, image).astype(np.float64)
    assert label["IMAGE"]["MINIMUM"] == seen.min()
    assert label["IMAGE"]["MAXIMUM"] == seen.max()
    assert 0 <= filled.mean() - label["IMAGE"]["MEAN"] < 0.0011
    assert 0 <= filled.std() - label["IMAGE"]["STANDARD_DEVIATION"] < 0.0011
    assert "SIMULATED" in label["NOTE"]

    geo = (raw / sample_venus.VMC_SET / "GEOMETRY/2496/V2496_0041_UV2.GEO").read_bytes()
    label = pvl.loads(geo[: geo.index(b"END\r\n") + 5].decode("ascii"))
    assert (label["RECORD_BYTES"], label["IMAGE"]["BANDS"], label["IMAGE"]["SAMPLE_TYPE"]) == (2048, 5, "IEEE_REAL")
    cube = np.frombuffer(geo, ">f4", offset=(label["^IMAGE"] - 1) * 2048).reshape(5, 512, 512)
    truth = pd.read_csv(raw / "truth/observations.csv", keep_default_na=False)
    row = truth[truth.source.str.endswith("V2496_0041_UV2.IMG")].iloc[0]
    incidence, emission, _, latitude, longitude = cube.astype(np.float64)
    on = incidence > -1e10
    sun = unit(*subsolar(row.time_utc))
    ground = np.array([np.cos(np.radians(latitude[on])) * np.cos(np.radians(longitude[on])),
                       np.cos(np.radians(latitude[on])) * np.sin(np.radians(longitude[on])),
                       np.sin(np.radians(latitude[on]))])
    assert np.abs(np.degrees(np.arccos(sun @ ground)) - incidence[on]).max() < 1e-3
    assert (emission[on].min(), np.abs(longitude[on]).max() <= 180) == (pytest.approx(0, abs=0.1), True)


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
    image, planes = render(disc(), Field(1, clouds=False), k, 9e7, sample_venus.UVI_NOISE, np.random.default_rng(2))
    assert plain_fit(image, planes) == pytest.approx(k, abs=0.002)


@pytest.mark.parametrize(("longitude", "latitude"), [(10.0, 89.5), (180.0, 65.0), (-180.0, -70.0)])
def test_spot_is_where_it_was_put(longitude: float, latitude: float) -> None:
    view = northern(30.0, longitude, latitude)
    field = Field(1, clouds=False, spots=(Spot(longitude, latitude, 3.0),))
    planes = geometry(view)
    value = field.brightness(planes.longitude.ravel(), planes.latitude.ravel(), 0.0, 0.0, 0.2).reshape(view.shape)
    assert value.argmax() == 270 * 512 + 278
    assert value.max() == pytest.approx(1.5, abs=1e-4)
    width = np.flatnonzero(value[270] > 1 + 0.5 * math.exp(-0.5)).size * view.pixel_km * 6051.8 / 6111.8
    assert width == pytest.approx(6.0, abs=0.4)


def test_clouds_turn_in_four_days() -> None:
    """Away from the wake, what is at a longitude now is 90 degrees further west a day later."""
    rng = np.random.default_rng(5)
    longitude, latitude = rng.uniform(0, 360, 200), rng.uniform(45, 50, 200)
    field = Field(7)
    now = field.brightness(longitude, latitude, 0.0, 0.0, 20.0)
    later = field.brightness(longitude - 90, latitude, 0.0 - 90, 24.0, 20.0)
    assert np.abs(now - later).max() < 1e-9
    assert now.std() > 0.01


def test_types() -> None:
    field, rng = Field(7), np.random.default_rng(6)
    def share(latitude: tuple[float, float], local: tuple[float, float], scale: float) -> dict[str, float]:
        lat, hour = rng.uniform(*latitude, 400), rng.uniform(*local, 400)
        found = field.feature_type((12 - hour) * 15, lat, 0.0, 0.0, scale)
        return {name: float((found == name).mean()) for name in TYPES}

    assert share((-15, 15), (13.5, 15), 3000)["mottled"] > 0.8
    assert share((-15, 15), (8, 9.5), 500)["featureless"] > 0.8
    assert share((-55, -48), (8, 16), 500)["streak"] > 0.7
    north = share((56, 68), (9, 15), 25)
    assert min(north.values()) > 0.05
    assert share((56, 68), (9, 15), 500)["wave"] == 0


def test_waves() -> None:
    """Trains of 5 to 12 km, in the north only; the envelope is where the displacement is."""
    angles = np.linspace(0, 2 * np.pi, 20000)
    for latitude, some in ((62.0, True), (40.0, False), (-62.0, False)):
        z = math.sin(math.radians(latitude))
        found = np.array([venus_fields.waves(math.cos(math.radians(latitude)) * math.cos(a),
                                             math.cos(math.radians(latitude)) * math.sin(a), z, 7) for a in angles])
        assert (found[:, 1].max() > 0.9) == some
        assert (np.abs(found[:, 0]) <= 4 * found[:, 1] + 1e-12).all()


def test_no_scale_is_preferred() -> None:
    """At any scale from 25 to 3000 km there is structure, and finer pixels only add to it."""
    field, lat = Field(7), 5.0
    for scale in (25.0, 500.0, 3000.0):
        step = math.degrees(scale / 128 / paper.VENUS_RADIUS_KM)
        longitude = -38 + step * np.arange(128)  # 14.5 h
        value = field.brightness(longitude, np.full(128, lat), 0.0, 0.0, scale / 128)
        assert value.std() > 0.003
        assert np.abs(np.diff(value)).mean() > 0.05 * value.std()
