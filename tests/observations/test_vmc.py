"""Venus Express VMC: two real images, the reader against plain reads, pairing, broken labels."""

import csv
import hashlib
import re
from pathlib import Path

import numpy as np
import pytest

from paper_repro.observations import pds3, sun
from paper_repro.observations.observation import Header, Pair, ReaderError
from paper_repro.observations.vmc import read_image
from tests.instruments import vmc
from tests.observations import products

# SHA-256 of the decoded arrays (little-endian int16), made once of the archive's files
REAL = {
    "V0260_0008_UV2": "3fd9d303b9c6f72dbea1f4c217d3b735139eea0a628cf0e9951f2384072edc24",
    "V0942_0004_UV2": "32aa0a1ad7cbbd57caa1ca4b5f6161efcea74ffb100c067a6ca77666e178608b",
}


def statistic(label: str, keyword: str) -> float:
    match = re.search(rf"^\s+{keyword}\s+= ([-\d.]+)\s*$", label, re.MULTILINE)
    assert match
    return float(match[1])


@pytest.mark.parametrize("stem", REAL)
def test_real_image_equals_a_plain_read_and_its_labels_statistics(real_inputs: Path, stem: str) -> None:
    path = real_inputs / f"vmc/{stem}.IMG"
    image = read_image(path)
    data = path.read_bytes()
    label = data[:10240].decode("latin-1")
    pointer = re.search(r"\^IMAGE +=\s+(\d+)", label)
    assert pointer
    plain = np.frombuffer(data, ">i2", 512 * 512, (int(pointer[1]) - 1) * 1024).reshape(512, 512)
    np.testing.assert_array_equal(image, plain)
    assert image.dtype == np.int16
    assert hashlib.sha256(image.astype("<i2").tobytes()).hexdigest() == REAL[stem]
    counted = np.where(image == -1, 0, image).astype(np.float64)
    assert image[image != -1].min() == statistic(label, "MINIMUM")
    assert image.max() == statistic(label, "MAXIMUM")
    assert 0 <= counted.mean() - statistic(label, "MEAN") < 0.001
    assert 0 <= counted.std(ddof=0) - statistic(label, "STANDARD_DEVIATION") < 0.001


@pytest.mark.parametrize("stem", REAL)
def test_real_field_of_view(real_inputs: Path, stem: str) -> None:
    expected = np.zeros((512, 512), bool)
    with (real_inputs / "vmc/ref/vmc_uv_valid_rows.csv").open() as handle:
        for row in csv.DictReader(handle):
            expected[int(row["row"]), int(row["first_col"]) : int(row["last_col"]) + 1] = True
    np.testing.assert_array_equal(read_image(real_inputs / f"vmc/{stem}.IMG") != -1, expected)
    assert (~expected).sum() == 78197


def test_real_header(real_inputs: Path) -> None:
    (_, pair) = vmc.pairs(real_inputs / "vmc")
    assert pair.source == "V0942_0004_UV2.IMG"
    head = vmc.header(pair)
    assert (head.time_utc, head.resolution_m_px) == ("2008-11-17T21:54:18.008", 46087.9)
    assert head.subsolar_longitude_deg == pytest.approx(119.99217, abs=0.002)


def test_planes_equal_what_was_written(vmc_pair: Pair) -> None:
    observation = vmc.read(vmc_pair)
    cube = products.vmc_cube((4, 6))
    np.testing.assert_array_equal(observation.image, products.vmc_image((4, 6)).astype(np.float32))
    valid = ~observation.invalid
    assert np.argwhere(observation.invalid).tolist() == [[0, 0], [3, 5]]
    for name, band in (("incidence", 0), ("emission", 1), ("latitude", 3), ("longitude", 4)):
        values = getattr(observation, name)
        assert values.dtype == np.float32
        assert values.dtype.isnative
        np.testing.assert_array_equal(values[valid], cube[band][valid], err_msg=name)
    assert observation.image.dtype == np.float32
    assert (observation.source, observation.instrument) == (vmc_pair.source, "vmc")
    head = Header(observation.time_utc, observation.resolution_m_px, observation.subsolar_longitude)
    assert head == vmc.header(vmc_pair)
    assert head == Header("2008-11-17T21:54:18.008", 46087.9, sun.subsolar_longitude("2008-11-17T21:54:18.008"))


def test_longitudes_beyond_the_range_are_wrapped_and_no_others_changed(vmc_pair: Pair) -> None:
    cube = products.vmc_cube((4, 6))
    cube[4, 1] = [180, -180, 359.5, 0.1, -0.0001, 179.99]
    products.write_vmc(products.geometry_of(vmc_pair), cube)
    expected = np.array([-180, -180, -0.5, 0.1, -0.0001, 179.99], np.float32)
    np.testing.assert_array_equal(vmc.read(vmc_pair).longitude[1], expected)


@pytest.mark.parametrize("value", [-1.1e10, -1e32, np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("band", "counts"), [(0, True), (1, True), (2, False), (3, True), (4, True)])
def test_invalid_geometry(vmc_pair: Pair, value: float, band: int, counts: bool) -> None:
    cube = products.vmc_cube((4, 6))
    cube[band, 1, 2] = value
    products.write_vmc(products.geometry_of(vmc_pair), cube)
    assert vmc.read(vmc_pair).invalid[1, 2] == counts


@pytest.mark.parametrize("kind", ["REAL", "SUN_REAL", "MSB", '"IEEE_REAL"'])
@pytest.mark.parametrize("record", [512, 2048])
def test_other_spellings_of_big_endian_reals_and_record_sizes(vmc_pair: Pair, kind: str, record: int) -> None:
    cube = products.vmc_cube((4, 6))
    expected = vmc.read(vmc_pair)
    label = products.vmc_label((5, 4, 6), kind, 32, record)
    products.write_vmc(products.geometry_of(vmc_pair), cube, label, record)
    np.testing.assert_array_equal(vmc.read(vmc_pair).latitude, expected.latitude)


DEEP = "OBJECT = A\r\n" * 9
BROKEN = [
    ({"PDS_VERSION_ID": ""}, "the label has no PDS_VERSION_ID"),
    ({"PDS_VERSION_ID": "PDS4"}, "PDS3"),
    ({"RECORD_TYPE": "STREAM"}, "fixed length"),
    ({"RECORD_BYTES": "1"}, "the label ends at byte"),
    ({"LABEL_RECORDS": "1"}, "the label ends at byte"),
    ({"LABEL_RECORDS": "5000"}, "the file has"),
    ({"LABEL_RECORDS": "-5"}, "LABEL_RECORDS as a whole number"),
    ({"LABEL_RECORDS": "5.0"}, "LABEL_RECORDS as a whole number"),
    ({"LABEL_RECORDS": "9" * 40}, "LABEL_RECORDS as a whole number"),
    ({"LABEL_RECORDS": "9" * 41}, "as a plain value"),
    ({"LABEL_RECORDS": "5 <RECORDS>"}, "LABEL_RECORDS as a whole number"),
    ({"POINTER": ""}, "the label has no \\^IMAGE"),
    ({"POINTER": "5"}, "behind the label"),
    ({"POINTER": "0"}, "number of a record"),
    ({"POINTER": "5000"}, "truncated: by its label"),
    ({"POINTER": '("A.IMG", 7)'}, "in this file, V0942_0004_UV2.IMG, found "),
    ({"POINTER": '"A.IMG"'}, "in this file, V0942_0004_UV2.IMG"),
    ({"POINTER": '"V0942_0004_UV2.IMG"'}, "number of a record"),
    ({"POINTER": "7 <BYTES>"}, "behind the label"),
    ({"POINTER": "7 <LINES>"}, "number of a record"),
    ({"POINTER": "(7, 8)"}, "number of a record"),
    ({"LINES": "1000000000"}, "truncated: by its label"),
    ({"LINES": "0"}, "wrong shape"),
    ({"LINES": "1 = X = 2"}, "no plain value"),  # pvl's parser does not come back from this one
    ({"LINES": '"'}, "no end"),
    ({"LINES": "'4\r\n'"}, "no end"),
    ({"LINES": "((1, 2)"}, "no end"),
    ({"LINES": "(" * 200}, "lists are nested"),
    ({"BANDS": "2"}, "wrong shape"),
    ({"SAMPLE_TYPE": "MSB_UNSIGNED_INTEGER"}, "signed whole numbers .* found 'MSB_UNSIGNED_INTEGER' of 16"),
    ({"SAMPLE_TYPE": "VAX_REAL", "SAMPLE_BITS": "32"}, "'VAX_REAL' of 32"),
    ({"SAMPLE_BITS": "8"}, "'MSB_INTEGER' of 8"),
    ({"SAMPLE_BIT_MASK": "2#0000111111111111#"}, "SAMPLE_BIT_MASK"),
    ({"ENCODING_TYPE": '"HUFFMAN FIRST DIFFERENCE"'}, "encoded"),
    ({"BAND_STORAGE_TYPE": "TILED"}, "BAND_SEQUENTIAL"),
    ({"LINE_SUFFIX_BYTES": "4000"}, "truncated"),
    ({"SCALING_FACTOR": "0.5 <KM>"}, "SCALING_FACTOR as a number without a unit"),
    ({"SCALING_FACTOR": "0"}, "SCALING_FACTOR other than 0"),
    ({"OFFSET": "5 <DEGREES>"}, "OFFSET as a number without a unit"),
    ({"INTERCHANGE_FORMAT": "ASCII"}, "binary samples, found INTERCHANGE_FORMAT ASCII"),
    ({"STRETCHED_FLAG": "TRUE"}, "STRETCHED_FLAG as FALSE"),
    ({"STRETCHED_FLAG": '"true"'}, "STRETCHED_FLAG as FALSE"),
    ({"OFFSET": "(1, 2)"}, "OFFSET as a plain value"),
    ({"MISSING_CONSTANT": "many"}, "MISSING_CONSTANT as a number"),
    ({"IMAGE_TIME": ""}, "the label has no IMAGE_TIME"),
    ({"IMAGE_TIME": "2008-11-17"}, "expected a time"),
    ({"IMAGE_TIME": "UNK"}, "expected a time .* found 'UNK'"),
    ({"IMAGE_TIME": '"N/A"'}, "expected a time .* found 'N/A'"),
    ({"IMAGE_TIME": "NULL"}, "expected a time .* found 'NULL'"),
    ({"IMAGE_TIME": "1008-11-17T21:54:18"}, "between 1990"),
    ({"MAXIMUM_RESOLUTION": "UNK"}, "m/pixel"),
    ({"MAXIMUM_RESOLUTION": "46.0879 <deg/pixel>"}, "m/pixel"),
    ({"MAXIMUM_RESOLUTION": "0.0 <m/pixel>"}, "resolution above 0"),
    ({"MAXIMUM_RESOLUTION": "-5 <m/pixel>"}, "resolution above 0"),
    ({"RADIANCE_OFFSET": "5.0", "RADIANCE_SCALING_FACTOR": "-1.0"}, "RADIANCE_SCALING_FACTOR above 0"),
    ({"RADIANCE_OFFSET": "5.0"}, "no RADIANCE_SCALING_FACTOR"),
    ({"RADIANCE_OFFSET": "5.0 <JY>", "RADIANCE_SCALING_FACTOR": "1.0"}, "RADIANCE_OFFSET as a number"),
    ({"MAXIMUM_RESOLUTION": "-1e+32 <m/pixel>"}, "m/pixel"),
    ({"extra": DEEP}, "objects are nested"),
    ({"extra": "OBJECT = A\r\n" * 3000}, "objects are nested"),
    ({"extra": "END_OBJECT = A\r\n"}, "without its beginning"),
    ({"extra": "OBJECT = A\r\nEND_OBJECT = B\r\n"}, "without its beginning"),
    ({"extra": "OBJECT = A\r\n"}, "has no END_OBJECT"),
    ({"extra": "LINES\r\n"}, "has no value"),
    ({"extra": "/* no end"}, "broken label"),
    ({"extra": "\xc9 = 5\r\n"}, "line 18: expected KEYWORD = VALUE"),
    ({"extra": "A = 5 B = 6\r\n"}, "more than one statement"),
    ({"extra": 'A = "no end\r\nLINES = 9\r\nB = "5"\r\n'}, "no end"),
    ({"extra": "A = (no end\r\nLINES = 9)\r\n"}, "no end"),
    ({"extra": "END = 5\r\n"}, "END has a value"),
    ({"extra": "RECORD_BYTES = 512\r\n"}, "twice"),
    ({"extra": "OBJECT = IMAGE\r\n LINES = 4\r\nEND_OBJECT = IMAGE\r\n"}, "twice"),
    ({"extra": "A = 1\r\n" * 10000}, "broken label"),
    ({"extra": "A = " + " " * 70000}, "no end"),
]


@pytest.mark.attack("pds-labels")
@pytest.mark.parametrize(("changes", "reason"), BROKEN)
def test_a_broken_label(vmc_pair: Pair, changes: dict[str, str], reason: str) -> None:
    image = products.vmc_image((4, 6))
    products.write_vmc(vmc_pair.image, image, products.vmc_label((1, 4, 6), "MSB_INTEGER", 16, 512, **changes))
    for call in (vmc.read, vmc.header):
        with pytest.raises(ReaderError, match=reason) as caught:
            call(vmc_pair)
        assert caught.value.path == vmc_pair.image
        assert caught.value.offset is not None


def test_a_label_may_nest_and_say_things_nobody_asks_for(vmc_pair: Pair) -> None:
    extra = ('GROUP = A\r\n OBJECT = B\r\n  LINES = 9\r\n END_OBJECT\r\nEND_GROUP = A\r\n'
             'C = {1, "}", (2, 3)} <m> /* d */\r\n'
             "E = 'F' /* ** */\r\nNOTE = \"END\r\nEND\r\n\"\r\n")
    label = products.vmc_label((1, 4, 6), "MSB_INTEGER", 16, extra=extra)
    expected = vmc.read(vmc_pair)
    products.write_vmc(vmc_pair.image, products.vmc_image((4, 6)), label)
    np.testing.assert_array_equal(vmc.read(vmc_pair).image, expected.image)


@pytest.mark.parametrize("data", [b"", b"<html>", b"\0" * 100, b"PDS_VERSION_ID = PDS3\r\nEND\r\n", b"END\r\n"])
def test_a_file_that_is_no_product(vmc_pair: Pair, data: bytes) -> None:
    products.geometry_of(vmc_pair).write_bytes(data)
    with pytest.raises(ReaderError) as caught:
        vmc.read(vmc_pair)
    assert caught.value.path == products.geometry_of(vmc_pair)


def test_a_cube_is_no_image_and_an_image_no_cube(vmc_pair: Pair) -> None:
    with pytest.raises(ReaderError, match="expected 1 band of whole numbers or real numbers, found 5 of real numbers"):
        vmc.read(Pair(products.geometry_of(vmc_pair), vmc_pair.geometry, "a"))
    with pytest.raises(ReaderError, match="expected 5 bands of real numbers, found 1 of whole numbers"):
        vmc.read(Pair(vmc_pair.image, vmc_pair.image, "a"))


def test_values_are_those_of_pvl(real_inputs: Path) -> None:
    import pvl

    text = (real_inputs / "vmc/ref/V0942_0004_UV2.pds3label.txt").read_text()
    whole = pvl.loads(text)
    path = real_inputs / "vmc/V0942_0004_UV2.IMG"
    with path.open("rb") as handle:
        label = pds3.read_label(handle, path, path.stat().st_size)
    found = dict(label.statements)
    assert found.pop("IMAGE_TIME").text == "2008-11-17T21:54:18.008Z"
    assert len(found) == 16
    for key, statement in found.items():
        value, unit = statement.value()
        expected = (whole["IMAGE"] if statement.part else whole)[key]
        assert (value, unit) == ((expected.value, expected.units.lower()) if unit else (expected, "")), key


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_ultraviolet_images_of_the_latest_data_set(tmp_path: Path) -> None:
    old = products.vmc_paths(tmp_path, data_set="VEX-V-VMC-3-RDR-EXT1-V2.0")
    new = products.vmc_paths(tmp_path)
    touch(*old, *new, *products.vmc_paths(tmp_path, stem="V0942_0004_VI2"))
    (pair,) = vmc.pairs(tmp_path)
    assert (pair.image, pair.geometry) == new
    new[1].unlink()
    (pair,) = vmc.pairs(tmp_path)
    assert (pair.image, pair.geometry) == old  # that of the older data set does not belong to the newer image
    old[1].unlink()
    (pair,) = vmc.pairs(tmp_path)
    assert (pair.image, pair.geometry) == (new[0], None)


def test_the_geometry_is_that_of_the_same_orbit(tmp_path: Path) -> None:
    root = tmp_path / "data"
    image, geometry = products.vmc_paths(root)
    touch(image, geometry.parent.parent / "0943" / geometry.name)
    assert vmc.pairs(root)[0].geometry is None
    touch(geometry)
    assert vmc.pairs(root) == [Pair(image, geometry, image.relative_to(root).as_posix())]
    # a folder of the user's own that is called data does not count
    assert vmc.pairs(tmp_path)[0].geometry == geometry


def test_files_without_the_archives_folders_are_paired_by_name(tmp_path: Path) -> None:
    touch(tmp_path / "V0942_0004_UV2.IMG", tmp_path / "v0942_0004_uv2.geo", tmp_path / "V0001_0001_UV2.IMG")
    first, second = vmc.pairs(tmp_path)
    assert (first.source, first.geometry) == ("V0001_0001_UV2.IMG", None)
    assert (second.source, second.geometry) == ("V0942_0004_UV2.IMG", tmp_path / "v0942_0004_uv2.geo")
