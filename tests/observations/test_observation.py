"""What both readers share: the error, times, longitudes, and files that are no files."""

import dataclasses
import os
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.base.errors import UserError
from paper_repro.observations.observation import Pair, ReaderError, opened, read_array, wrap
from tests.instruments import uvi, vmc
from tests.observations import products

Make = Callable[..., Pair]
READERS = [(products.uvi_pair, uvi), (products.vmc_pair, vmc)]


def test_the_error_names_file_offset_reason_and_what_to_do() -> None:
    error = ReaderError(Path("a/b.fit"), 2880, "no END")
    assert str(error) == "a/b.fit, byte 2880: no END; fetch this file again from the archive, or remove it."
    assert str(ReaderError(Path("b"), None, "gone")).startswith("b: gone; ")
    assert isinstance(error, UserError)


def test_the_error_comes_back_whole_from_another_process() -> None:
    error = pickle.loads(pickle.dumps(ReaderError(Path("a"), 7, "why")))  # noqa: S301  (as an executor does)
    assert (error.path, error.offset, error.reason) == (Path("a"), 7, "why")


@given(st.floats(-360, 360, width=32))
def test_longitudes_are_wrapped_in_float32(value: float) -> None:
    literal = np.float32(np.float32(np.float32(value) + np.float32(180)) % np.float32(360)) - np.float32(180)
    assert wrap(np.array([value], np.float32))[0] == literal
    assert -180 <= literal <= 180
    assert abs((float(literal) - value + 180) % 360 - 180) < 1e-3


def test_wrapping_whole_planes_equals_the_remainder_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    edges = np.array([-180, np.nextafter(np.float32(180), np.float32(0)), 180, 359.99997, 360], np.float32)
    for low, high in ((-180, 360), (0, 360), (-360, 360)):
        plane = rng.uniform(low, high, 200_000).astype(np.float32)
        plane[: len(edges)] = edges
        literal = (plane + np.float32(180)) % np.float32(360) - np.float32(180)
        assert wrap(plane).tobytes() == literal.tobytes()
        plane[7] = np.nan
        assert np.isnan(wrap(plane)[7])


@pytest.mark.parametrize("value", [-3.4e38, -1e32, -999, -360.001, 360.1, 9999, np.inf])
def test_what_is_no_longitude_by_any_convention_is_nan(value: float) -> None:
    assert np.isnan(wrap(np.array([10, value], np.float32))).tolist() == [False, True]


def test_wrapping_keeps_float32_and_knows_no_warning() -> None:
    wrapped = wrap(np.array([0, 179.5, 180, 359.5, 360, -180, np.nan, np.inf], np.float32))
    assert wrapped.dtype == np.float32
    np.testing.assert_array_equal(wrapped, [0, 179.5, -180, -0.5, 0, -180, np.nan, np.nan])


@pytest.mark.parametrize(("make", "reader"), READERS)
def test_a_pair_without_geometry_file(tmp_path: Path, make: Make, reader: Any) -> None:
    pair = make(tmp_path)
    products.geometry_of(pair).unlink()
    (found,) = reader.pairs(tmp_path)
    assert found.geometry is None
    with pytest.raises(ReaderError, match="no geometry file") as caught:
        reader.read(found)
    assert caught.value.path == pair.image
    assert reader.header(found) == reader.header(make(tmp_path))


@pytest.mark.attack("pipes-and-devices")
@pytest.mark.parametrize(("make", "reader"), READERS)
@pytest.mark.parametrize("which", ["image", "geometry"])
def test_a_file_that_went_away_and_one_that_is_a_pipe(
    tmp_path: Path, make: Make, reader: Any, which: str
) -> None:
    pair = make(tmp_path)
    path = getattr(pair, which)
    path.unlink()
    with pytest.raises(ReaderError, match="cannot be read") as caught:
        reader.read(pair)
    assert caught.value.path == path
    os.mkfifo(path)
    with pytest.raises(ReaderError, match="regular file"):
        reader.read(pair)


@pytest.mark.parametrize(("make", "reader"), READERS)
@pytest.mark.parametrize("which", ["image", "geometry"])
def test_every_truncation_of_the_data_is_refused(tmp_path: Path, make: Make, reader: Any, which: str) -> None:
    pair = make(tmp_path)
    path = getattr(pair, which)
    whole = path.read_bytes()
    end = products.data_end(path)
    for length in [*range(0, end, 97), end - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(ReaderError) as caught:
            reader.read(pair)
        assert caught.value.path == path
        assert caught.value.offset is None or caught.value.offset <= length


@pytest.mark.parametrize(("make", "reader"), READERS)
@pytest.mark.parametrize("which", ["image", "geometry"])
@pytest.mark.parametrize("trailing", [None, b"\0", b"x" * 700, b"\0" * 2880, b" " * 2880 * 3])
def test_missing_padding_and_trailing_bytes_are_read_with_a_remark(tmp_path: Path, make: Make, reader: Any, which: str,
                                                                   trailing: bytes | None) -> None:
    pair = make(tmp_path)
    expected = reader.read(pair)
    assert reader.header(pair).remark == ""
    path = getattr(pair, which)
    whole, end = path.read_bytes(), products.data_end(path)
    assert end < len(whole)
    path.write_bytes(whole[:end] if trailing is None else whole + trailing)
    found = reader.read(pair)
    for field in dataclasses.fields(found):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(expected, field.name))
    assert reader.header(pair).remark.startswith(f"{which}: ")
    assert dataclasses.replace(reader.header(pair), remark="") == dataclasses.replace(reader.header(make(tmp_path)))
    reader.check(path, geometry=which == "geometry")


@pytest.mark.parametrize(("make", "reader"), READERS)
def test_image_and_geometry_of_other_shapes(tmp_path: Path, make: Make, reader: Any) -> None:
    pair = make(tmp_path / "a", (4, 6))
    other = make(tmp_path / "b", (6, 4))
    products.geometry_of(pair).write_bytes(products.geometry_of(other).read_bytes())
    with pytest.raises(ReaderError, match=r"wrong shape.*\(4, 6\).*\(6, 4\)") as caught:
        reader.read(pair)
    assert caught.value.path == pair.geometry
    with pytest.raises(ReaderError, match="wrong shape"):
        reader.header(pair)


@pytest.mark.attack("fits-sizes")
def test_nothing_is_allocated_before_the_size_is_known(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(100))
    tracemalloc.start()
    try:
        with opened(path) as (handle, size):
            assert size == 100
            with pytest.raises(ReaderError, match="truncated"):
                read_array(handle, path, 0, ">f4", (1 << 20, 1 << 20))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
