"""Files of the simulated archive, read by independent means: astropy, pvl, plain numpy."""

import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from paper_repro.simulated import venus_archive
from paper_repro.simulated.venus_camera import subsolar, unit
from paper_repro.simulated.venus_fields import Field

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it recommends a library that it can do without, and has a deprecated class
    import pvl


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
    with fits.open(raw / venus_archive.UVI_GEOMETRY / image_path.parent.name / name) as planes:
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
    for shot in (venus_archive.disc(1), venus_archive.disc(2)):
        venus_archive.take(tmp_path, shot, Field(1, clouds=False), 1)
        with fits.open(tmp_path / shot.image) as image:
            header, data = image[1].header, image[1].data
            assert header["P_BINN"] == shot.binning
            assert data.shape[0] * shot.binning == header["P_POSURY"] - header["P_POSLLY"] + 1
            lost = np.float32(header["P_MPIXV"]) == data
            assert lost.sum() == shot.lost_rows * data.shape[1]
            assert header["P_POSURX"] <= 1024


def test_vmc_format(raw: Path) -> None:
    path = raw / venus_archive.VMC_SET / "DATA/2496/V2496_0041_UV2.IMG"
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

    geo = (raw / venus_archive.VMC_SET / "GEOMETRY/2496/V2496_0041_UV2.GEO").read_bytes()
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
