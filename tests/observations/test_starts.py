"""What is said of files from their names and first bytes equals what is said of the files themselves."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import Pair, ReaderError, Start
from tests.instruments import uvi, vmc
from tests.observations.products import (
    PLANES,
    geometry_of,
    planes,
    uvi_pair,
    vmc_cube,
    vmc_pair,
    write_uvi_geometry,
    write_vmc,
)

FIRST = {"uvi": 24576, "vmc": 16384}
READERS = {"uvi": uvi, "vmc": vmc}


def start_of(path: Path, count: int) -> Start:
    return Start(path, path.read_bytes()[:count], path.stat().st_size)


def make(name: str, root: Path) -> tuple[Instrument, Pair]:
    return READERS[name], uvi_pair(root, (60, 80)) if name == "uvi" else vmc_pair(root, (60, 80))


@pytest.mark.parametrize("name", ["uvi", "vmc"])
def test_first_bytes_say_what_the_files_say(name: str, tmp_path: Path) -> None:
    reader, pair = make(name, tmp_path)
    image, geometry = (start_of(path, FIRST[name]) for path in (pair.image, geometry_of(pair)))
    assert len(geometry.data) < geometry.size
    assert reader.header_of(image, geometry) == reader.header_of(image, None) == reader.header(pair)


@pytest.mark.parametrize("name", ["uvi", "vmc"])
@pytest.mark.parametrize("which", ["image", "geometry"])
def test_a_truncated_file_is_seen_by_its_size(name: str, which: str, tmp_path: Path) -> None:
    reader, pair = make(name, tmp_path)
    path = pair.image if which == "image" else geometry_of(pair)
    with path.open("r+b") as handle:
        handle.truncate(path.stat().st_size * 2 // 5 // 2880 * 2880)
    with pytest.raises(ReaderError) as by_file:
        reader.header(pair)
    with pytest.raises(ReaderError) as by_start:
        reader.header_of(*(start_of(one, FIRST[name]) for one in (pair.image, geometry_of(pair))))
    assert str(by_start.value) == str(by_file.value)
    with pytest.raises(ReaderError, match="truncated"):
        reader.check(path, geometry=which == "geometry")


@pytest.mark.parametrize("name", ["uvi", "vmc"])
def test_geometry_of_another_shape(name: str, tmp_path: Path) -> None:
    reader, pair = make(name, tmp_path)
    if name == "uvi":
        write_uvi_geometry(geometry_of(pair), planes((60, 81)))
    else:
        write_vmc(geometry_of(pair), vmc_cube((60, 81)))
    with pytest.raises(ReaderError, match="wrong shape"):
        reader.header_of(*(start_of(one, FIRST[name]) for one in (pair.image, geometry_of(pair))))


@pytest.mark.parametrize("name", ["uvi", "vmc"])
def test_header_that_is_not_all_there(name: str, tmp_path: Path) -> None:
    reader, pair = make(name, tmp_path)
    with pytest.raises(ReaderError):
        reader.header_of(start_of(pair.image, 500), None)


@pytest.mark.parametrize("name", ["uvi", "vmc"])
def test_check_of_whole_files_and_of_the_other_kind(name: str, tmp_path: Path) -> None:
    reader, pair = make(name, tmp_path)
    reader.check(pair.image, geometry=False)
    reader.check(geometry_of(pair), geometry=True)
    with pytest.raises(ReaderError):
        reader.check(pair.image, geometry=True)
    with pytest.raises(ReaderError):
        reader.check(geometry_of(pair), geometry=False)


def test_check_of_geometry_whose_last_used_plane_has_another_shape(tmp_path: Path) -> None:
    values = planes((6, 8))
    values["emission angle"] = np.zeros((6, 9), np.float32)
    write_uvi_geometry(tmp_path / "a.fit", values, PLANES)
    with pytest.raises(ReaderError, match="wrong shape"):
        uvi.check(tmp_path / "a.fit", geometry=True)


UVI_FOLDERS = st.sampled_from(["", "other/", "vco-v-uvi-3-cdr-v1.0/vcouvi_1001/r0001/", "vco_uvi_l3_v1.0/vcouvi_7001/",
                               "vco_uvi_l3_v1.1/vcouvi_7001/", "vco_uvi_l3_v1.0/vcouvi_7002/"])
UVI_NAMES = st.builds("{}uvi_20160101_00000{}_365_{}_v{}.fit".format, UVI_FOLDERS, st.integers(0, 1),
                      st.sampled_from(["l2b", "l3bx"]), st.sampled_from([9, 10, 20]))
VMC_NAMES = st.builds("VEX-V-VMC-3-RDR-V{}/{}/0001/V0001_0001_UV2.{}".format, st.sampled_from(["2.0", "3.0", "10.0"]),
                      st.sampled_from(["DATA", "GEOMETRY", "x"]), st.sampled_from(["IMG", "GEO", "img"]))


@given(names=st.one_of(st.tuples(st.just("uvi"), st.sets(UVI_NAMES)), st.tuples(st.just("vmc"), st.sets(VMC_NAMES))))
def test_choice_among_names_is_that_among_files(names: tuple[str, set[str]], tmp_path_factory: pytest.TempPathFactory
                                                ) -> None:
    reader, root = READERS[names[0]], tmp_path_factory.mktemp("names")
    for name in names[1]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    chosen = reader.choose(names[1])
    assert reader.pairs(root) == [Pair(root / image, root / geometry if geometry else None, image)
                                  for image, geometry in chosen]
    kinds = {name: kind for name in names[1] if (kind := reader.product(name))}
    images = {key for key, is_geometry in kinds.values() if not is_geometry}
    assert sorted(images) == sorted(kinds[image][0] for image, _ in chosen)
    for image, geometry in chosen:
        assert geometry is None or kinds[geometry] == (kinds[image][0], True)


def test_versions_are_numbers() -> None:
    stem = "uvi_20160101_000000_365_l2b_v{}.fit"
    assert uvi.choose([stem.format(9), stem.format(10)]) == [(stem.format(10), None)]
    names = [f"VEX-V-VMC-3-RDR-V{release}/DATA/0001/V0001_0001_UV2.IMG" for release in ("10.0", "9.0")]
    assert vmc.choose(names) == [(names[0], None)]
