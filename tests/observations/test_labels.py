"""PDS3 labels as people have them: what is read, and with which value; what is refused, and in which line."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.observations import pds3
from paper_repro.observations.observation import Observation, Pair, ReaderError
from paper_repro.observations.pds3_image import Image
from tests.instruments import vmc
from tests.observations import products
from tests.observations.products import assert_same

SHAPE = (4, 6)


def label(extra: str = "", **changes: str) -> bytes:
    return products.vmc_label((1, *SHAPE), "MSB_INTEGER", 16, 512, extra, **changes)


def read(pair: Pair, head: bytes, stored: NDArray[np.generic] | None = None) -> Observation:
    products.write_vmc(pair.image, products.vmc_image(SHAPE) if stored is None else stored, head)
    return vmc.read(pair)


# what a label may hold beside or around what is needed, without a change of meaning
HARMLESS = {
    "an empty value before a statement": "NOTE =\r\n",
    "an empty value with blanks and a comment": "NOTE =   /* nothing */  \r\n",
    "an empty pointer": "^IMAGE_DESC =\r\n",
    "an empty value before the end of an object": "OBJECT = A\r\n B =\r\nEND_OBJECT = A\r\n",
    "a value in the next line": "NOTE =\r\n   5\r\nOTHER =\r\n  \"text\"\r\nMORE =\r\n (1,\r\n 2)\r\n",
    "letters of other languages in comments": "/* M\xfcller, \xb5m, \xa0 */\r\n",
    "letters of other languages in texts": 'NOTE = "K\xf6ln \xa9 \x96"\r\nPLACE = \'\xc5bo\'\r\n',
    "letters of other languages in plain values": "NOTE = K\xf6ln\r\n",
    "quotes in texts": 'NOTE = "the "best" image, 5" wide"\r\n',
    "quotes at the end of a text": 'NOTE = "see "A""\r\n',
    "apostrophes in texts": 'NOTE = "it\'s Venus\' (\'clouds\')"\r\n',
    "quotes in lists": 'NOTE = ("a (b", "c, \'d", {"e}"})\r\n',
    "equations in texts": 'NOTE = "L = 5\r\n  LINES = 7\r\n  E = mc2"\r\n',
    "an END in a text": 'NOTE = "\r\nEND\r\n"\r\n',
    "two texts in one line": 'A = "x" B = "LINES"\r\n',
    "units of all kinds": "A = 5 <KM / S>\r\nB = (1, 2 <m>) <s>\r\nC = \"x\" <N/A>\r\n",
    "comments at the ends of lines": "A = 5 /* LINES = 7 */\r\nB = \"x\" /* y */\r\n",
    "a namespace": "VEX:LINES = 7\r\n^VEX:IMAGE = 3\r\n",
    "objects and groups with a needed keyword": "GROUP = G\r\n LINES = 7\r\nEND_GROUP\r\nOBJECT = T\r\n LINES = 7\r\n"
                                                "END_OBJECT\r\n",
    "small letters": "object = t\r\n lines = 7\r\nend_object = T\r\n",
    "based integers": "MASK = 2#1111#\r\nOTHER = 16#FFFF#\r\n",
    "an SFDU": "CCSD3ZF0000100000001NJPL3IF0PDSX00000001 = SFDU_LABEL\r\n",
    "lines of text that end with LF": "A = 5\nB = \"x\"\n",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_read_as_if_it_was_not_there(vmc_pair: Pair, name: str) -> None:
    expected = vmc.read(vmc_pair)
    assert_same(read(vmc_pair, label(HARMLESS[name])), expected)


def test_an_empty_value_does_not_swallow_the_pointer_after_it(vmc_pair: Pair) -> None:
    expected = vmc.read(vmc_pair)
    head = label().replace(b"^IMAGE_HEADER                   = 6", b"^IMAGE_HEADER                   =  ")
    assert head != label()
    assert_same(read(vmc_pair, head), expected)


BYTE = 6 * 512 + 1  # the image begins at record 7
# the same in other words
EQUAL = [
    {"LINES": "16#4#"}, {"LINES": "2#100#"}, {"LINES": "+4"}, {"LINES": "\r\n    4"}, {"LINES": "4 /* rows */"},
    {"RECORD_BYTES": "16#200#", "POINTER": "8#7#"}, {"SAMPLE_TYPE": '"MSB_INTEGER"'}, {"SAMPLE_TYPE": "msb_integer"},
    {"SAMPLE_TYPE": "'SUN_INTEGER'"}, {"SAMPLE_TYPE": "\r\n  INTEGER"}, {"SAMPLE_BIT_MASK": "2#1111111111111111#"},
    {"POINTER": f"{BYTE} <BYTES>"}, {"POINTER": f"{BYTE} <bytes>"}, {"POINTER": f"({BYTE}<BYTES>)"},
    {"POINTER": '("V0942_0004_UV2.IMG", 7)'}, {"POINTER": "('v0942_0004_uv2.img',\r\n 7)"},
    {"POINTER": f'("V0942_0004_UV2.IMG", {BYTE} <BYTES>)'},
    {"MAXIMUM_RESOLUTION": "46087.9"}, {"MAXIMUM_RESOLUTION": "46087.9 <M/PIXEL>"},
    {"MAXIMUM_RESOLUTION": "46087.9<m / pixel>"}, {"MAXIMUM_RESOLUTION": "4.60879E+04  < m/pix >"},
    {"MAXIMUM_RESOLUTION": "46.0879 <km/pixel>"},
    {"IMAGE_TIME": "2008-322T21:54:18.008Z"}, {"IMAGE_TIME": "2008-11-17T23:54:18.008+02"},
    {"IMAGE_TIME": "2008-11-17T21:54:18.008"}, {"IMAGE_TIME": '"2008-11-17T21:54:18.008Z "'},
    {"BAND_STORAGE_TYPE": "LINE_INTERLEAVED"}, {"BAND_STORAGE_TYPE": "SAMPLE_INTERLEAVED"},
    {"BAND_STORAGE_TYPE": '"BAND SEQUENTIAL"'}, {"BAND_STORAGE_TYPE": ""}, {"BANDS": ""},
    {"SCALING_FACTOR": "1.0", "OFFSET": "0.0"}, {"SCALING_FACTOR": "N/A", "OFFSET": '"N/A"'},
    {"MISSING_CONSTANT": "-1"}, {"MISSING_CONSTANT": "N/A"}, {"MISSING_CONSTANT": "-1e+32"}, {"ENCODING_TYPE": "NONE"},
    {"LINE_PREFIX_BYTES": "0", "LINE_SUFFIX_BYTES": "0"}, {"RADIANCE_OFFSET": "0.0 <W*m**-3*sr**-1>"},
    {"RADIANCE_OFFSET": "N/A"}, {"RADIANCE_OFFSET": "-1e+32", "RADIANCE_SCALING_FACTOR": "UNK"},
    {"UNIT": '"W*m**-3*sr**-1"'},  # of the image, which are no angles
    {"STRETCHED_FLAG": "FALSE"}, {"STRETCHED_FLAG": "N/A"}, {"INTERCHANGE_FORMAT": ""},
    {"MISSING_CONSTANT": "65535"}, {"MISSING_CONSTANT": "16#8000#"},  # which no sample here has
]


@pytest.mark.parametrize("changes", EQUAL)
def test_other_words_for_the_same(vmc_pair: Pair, changes: dict[str, str]) -> None:
    expected = vmc.read(vmc_pair)
    assert_same(read(vmc_pair, label(**changes)), expected)


def test_a_time_with_an_offset_is_brought_to_utc(vmc_pair: Pair) -> None:
    found = read(vmc_pair, label(IMAGE_TIME="2008-11-17T09:30:15+02"))
    assert found.time_utc == "2008-11-17T07:30:15.000"
    same_time = read(vmc_pair, label(IMAGE_TIME="2008-11-17T07:30:15Z"))
    assert found.subsolar_longitude == same_time.subsolar_longitude


STORED = np.array([[0, 1, -1, 300, 5, -32768], [7, 8, 9, 10, 11, 12]] * 2, np.int16)


@pytest.mark.parametrize(("kind", "bits", "dtype"), [
    ("MSB_INTEGER", 16, ">i2"), ("LSB_INTEGER", 16, "<i2"), ("PC_INTEGER", 32, "<i4"), ("MAC_INTEGER", 32, ">i4"),
    ("IEEE_REAL", 32, ">f4"), ("PC_REAL", 32, "<f4"), ("PC_REAL", 64, "<f8"), ("REAL", 64, ">f8"),
])
@pytest.mark.parametrize(("prefix", "suffix"), [(0, 0), (3, 0), (0, 5), (7, 1)])
def test_samples_of_every_type_with_bytes_beside_each_line(vmc_pair: Pair, kind: str, bits: int, dtype: str,
                                                           prefix: int, suffix: int) -> None:
    head = products.vmc_label((1, *SHAPE), kind, bits, LINE_PREFIX_BYTES=str(prefix), LINE_SUFFIX_BYTES=str(suffix))
    lines = [b"\xff" * prefix + row.astype(dtype).tobytes() + b"\x7f" * suffix for row in STORED]
    vmc_pair.image.write_bytes(head + b" " * 512 + b"".join(lines).ljust(512, b"\0"))
    found = vmc.read(vmc_pair)
    np.testing.assert_array_equal(found.image, STORED.astype(np.float32))
    assert np.argwhere(found.invalid).tolist() == [[0, 0], [0, 2], [0, 5], [2, 2], [2, 5]]  # [0, 0]: no geometry


def test_an_image_of_real_numbers_is_invalid_where_it_has_none(vmc_pair: Pair) -> None:
    stored = STORED.astype(np.float32)
    stored[1, :3] = np.nan, np.inf, -np.inf
    products.write_vmc(vmc_pair.image, stored, products.vmc_label((1, *SHAPE), "IEEE_REAL", 32))
    assert vmc.read(vmc_pair).invalid[1].tolist() == [True, True, True, False, False, False]


def test_scaling_and_offset_are_applied(vmc_pair: Pair) -> None:
    found = read(vmc_pair, label(SCALING_FACTOR="0.5", OFFSET="-3"), STORED)
    np.testing.assert_array_equal(found.image, (STORED * 0.5 - 3).astype(np.float32))
    assert not found.invalid[1, 2]  # 9 becomes 1.5
    assert found.invalid[0, 2]  # -1 as it is stored
    assert not found.invalid[0, 1]  # 1 becomes -2.5, which is no -1


def test_what_makes_radiances_of_numbers_is_added_in_numbers(vmc_pair: Pair) -> None:
    found = read(vmc_pair, label(RADIANCE_OFFSET="178272.6", RADIANCE_SCALING_FACTOR="89136.3 <W*m**-3*sr**-1>"))
    plain = read(vmc_pair, label())
    np.testing.assert_array_equal(found.image, plain.image + 2)
    np.testing.assert_array_equal(found.invalid, plain.invalid)


@pytest.mark.parametrize("changes", [
    {"MISSING_CONSTANT": "300"}, {"INVALID_CONSTANT": "300"}, {"NOT_APPLICABLE_CONSTANT": "300.0"},
    {"NULL_CONSTANT": "16#12C#"}, {"NULL_CONSTANT": "2#100101100#"}, {"UNKNOWN_CONSTANT": '300'},
    {"HIGH_REPR_SATURATION": "(5000, 300)"},
])
def test_what_the_label_calls_missing_is_invalid(vmc_pair: Pair, changes: dict[str, str]) -> None:
    assert not read(vmc_pair, label(), STORED).invalid[0, 3]
    found = read(vmc_pair, label(**changes), STORED)
    assert found.invalid[0, 3]
    assert not found.invalid[1].any()


def test_a_based_integer_is_the_pattern_of_a_samples_bits(vmc_pair: Pair) -> None:
    with vmc_pair.image.open("wb") as file:
        file.write(label(MISSING_CONSTANT="16#FED4#", INVALID_CONSTANT="300"))
    with vmc_pair.image.open("rb") as file:
        image = Image(pds3.read_label(file, vmc_pair.image, 10**6))
        stored = np.array([[-300, 300, 65236 - 65536 + 1]], ">i2")
        assert image.missing(stored).tolist() == [[True, True, False]]


def test_a_value_that_means_none_elsewhere_may_be_the_constant(vmc_pair: Pair) -> None:
    stored = products.vmc_image(SHAPE).astype(np.float32)
    stored[1, 2] = 1e32
    head = products.vmc_label((1, *SHAPE), "IEEE_REAL", 32, MISSING_CONSTANT="1.0E+32")
    assert read(vmc_pair, head, stored).invalid[1, 2]


def cube(pair: Pair, stored: NDArray[np.generic] | None = None, order: str = "", **changes: str) -> Observation:
    """The observation with another geometry file; `order`: of the axes of its samples."""
    values = products.vmc_cube(SHAPE) if stored is None else stored
    head = products.vmc_label((5, *SHAPE), "IEEE_REAL", 8 * values.dtype.itemsize, 512, **changes)
    axes = {"": (0, 1, 2), "LINE_INTERLEAVED": (1, 0, 2), "SAMPLE_INTERLEAVED": (1, 2, 0)}[order]
    data = np.transpose(values, axes).astype(values.dtype.newbyteorder(">")).tobytes()
    products.geometry_of(pair).write_bytes(head + b" " * 512 + data.ljust(2048, b"\0"))
    return vmc.read(pair)


@pytest.mark.parametrize("order", ["LINE_INTERLEAVED", "SAMPLE_INTERLEAVED"])
def test_bands_that_are_interleaved(vmc_pair: Pair, order: str) -> None:
    assert_same(cube(vmc_pair, order=order, BAND_STORAGE_TYPE=order), vmc.read(vmc_pair))
    with pytest.raises(ReaderError, match="without prefix"):
        cube(vmc_pair, order=order, BAND_STORAGE_TYPE=order, LINE_PREFIX_BYTES="2")


@pytest.mark.parametrize("unit", ["RADIAN", '"radians"', "RAD", '("RAD", "RAD", "DEG", "RAD", "RAD")'])
def test_angles_in_radians(vmc_pair: Pair, unit: str) -> None:
    expected = vmc.read(vmc_pair)
    found = cube(vmc_pair, np.radians(products.vmc_cube(SHAPE).astype(np.float64)), UNIT=unit)
    np.testing.assert_array_equal(found.invalid, expected.invalid)
    for name in ("incidence", "emission", "latitude", "longitude"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-6)


@pytest.mark.parametrize("unit", ["DEGREE", '"DEGREES"', "deg", "N/A", "(DEG, DEG, DEG, DEG, DEG)"])
def test_angles_in_degrees(vmc_pair: Pair, unit: str) -> None:
    assert_same(cube(vmc_pair, UNIT=unit), vmc.read(vmc_pair))


@pytest.mark.parametrize("unit", ["HOUR", "(DEG, RAD)", "GRAD", "5"])
def test_angles_in_another_unit_are_refused(vmc_pair: Pair, unit: str) -> None:
    with pytest.raises(ReaderError, match=r"line \d+ of the label: expected UNIT as degrees or radians"):
        cube(vmc_pair, UNIT=unit)


def test_scaled_geometry(vmc_pair: Pair) -> None:
    expected = vmc.read(vmc_pair)
    values = products.vmc_cube(SHAPE)
    found = cube(vmc_pair, (values.astype(np.float64) + 7) * 4, SCALING_FACTOR="0.25", OFFSET="-7")
    np.testing.assert_array_equal(found.invalid, expected.invalid)
    np.testing.assert_allclose(found.latitude, expected.latitude, atol=1e-5)


@pytest.mark.parametrize("changes", [{"MISSING_CONSTANT": "45.5"}, {"INVALID_CONSTANT": "16#42360000#"}])
def test_missing_geometry_by_its_label(vmc_pair: Pair, changes: dict[str, str]) -> None:
    values = products.vmc_cube(SHAPE)
    values[3, 1, 2] = 45.5
    assert not cube(vmc_pair, values).invalid[1, 2]
    found = cube(vmc_pair, values, **changes)
    assert found.invalid[1, 2]
    assert np.isnan(found.latitude[1, 2])


def test_bands_are_found_by_their_names(vmc_pair: Pair) -> None:
    expected = vmc.read(vmc_pair)
    values = products.vmc_cube(SHAPE)
    names = '("LATITUDE", "EAST LONGITUDE", "PHASE ANGLE",\r\n "INCIDENCE_ANGLE", "EMISSION_ANGLE")'
    assert_same(cube(vmc_pair, values[[3, 4, 2, 0, 1]], BAND_NAME=names), expected)
    assert_same(cube(vmc_pair, values[[3, 4, 2, 0, 1]], BAND_SEQUENCE=names), expected)
    for bad in ('("SZA", "EMA", "PHA", "LAT", "LON")', "(LATITUDE, LONGITUDE)",
                "(LATITUDE, LATITUDE, PHASE, INCIDENCE, EMISSION)",
                '(INCIDENCE, EMISSION, PHASE, LATITUDE, "WEST LONGITUDE")',
                '(INCIDENCE, EMISSION, PHASE, LATITUDE, LONGITUDE, "LOCAL TIME")'):
        for keyword in ("BAND_NAME", "BAND_SEQUENCE"):
            with pytest.raises(ReaderError, match=rf"line \d+ of the label: expected {keyword} as incidence, emission"):
                cube(vmc_pair, values, **{keyword: bad})


def test_longitudes_that_are_counted_westward_are_refused(vmc_pair: Pair) -> None:
    expected = vmc.read(vmc_pair)
    for way in ("EAST", '"East"', "N/A"):
        assert_same(cube(vmc_pair, extra=f"POSITIVE_LONGITUDE_DIRECTION = {way}\r\n"), expected)
    with pytest.raises(ReaderError, match="line 18 of the label: expected POSITIVE_LONGITUDE_DIRECTION as EAST"):
        cube(vmc_pair, extra="POSITIVE_LONGITUDE_DIRECTION = WEST\r\n")
    with pytest.raises(ReaderError, match="as EAST, found 'WEST'"):
        vmc.header(vmc_pair)


def test_the_line_is_that_of_the_statement(vmc_pair: Pair) -> None:
    head = label(LINES="many")
    line = head.split(b"LINES ")[0].count(b"\n") + 1
    reason = f"line {line} of the label: expected LINES as a whole number, found 'many'"
    with pytest.raises(ReaderError, match=reason) as found:
        read(vmc_pair, head)
    assert found.value.offset == head.index(b"LINES ")


def test_the_real_labels_are_read(real_inputs: Path) -> None:
    for name, metres in (("V0260_0008_UV2", 37150.1), ("V0942_0004_UV2", 46087.9)):
        path = real_inputs / f"vmc/{name}.IMG"
        head = vmc.header(Pair(path, None, path.name))
        assert (head.resolution_m_px, head.remark) == (metres, "")
