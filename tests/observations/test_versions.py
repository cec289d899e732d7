"""Which version of an image counts: one rule, on the archives' own names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.observations.versions import Version, newest
from tests.instruments import uvi, vmc


def uvi_names(version: int, release: str = "v1.0", geometry: str | None = "same", copy: str = "") -> list[str]:
    stem = f"r0001/uvi_20160101_000000_365_{{}}_v{version}.fit"
    image = f"{copy}vco-v-uvi-3-cdr-{release}/vcouvi_1001/data/l2b/{stem.format('l2b')}"
    of = release if geometry == "same" else geometry
    return [image, *([] if of is None else [f"extras/vco_uvi_l3_{of}/vcouvi_7001/data/l3bx/{stem.format('l3bx')}"])]


def vmc_names(data_set: str, *, geometry: bool = True) -> list[str]:
    folder = f"VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR{data_set}"
    return [f"{folder}/DATA/0942/V0942_0001_UV2.IMG", *([f"{folder}/GEOMETRY/0942/V0942_0001_UV2.GEO"] * geometry)]


@pytest.mark.parametrize(("chosen", "others"), [
    (uvi_names(20), [uvi_names(10)]),
    (uvi_names(10), [uvi_names(9)]),
    (uvi_names(20), [uvi_names(10, "v1.1")]),  # the version in the name before that of the data set
    (uvi_names(10, "v1.1"), [uvi_names(10)]),
    (uvi_names(10, "v1.10"), [uvi_names(10, "v1.9")]),
    (uvi_names(10), [uvi_names(20, geometry=None)]),  # one that can be used before one that can't
    (uvi_names(10), [uvi_names(10, "v1.1", geometry=None)]),
    (uvi_names(10), [uvi_names(10, geometry="v1.1")]),  # l3_v1.1 beside l3_v1.0: that of the image's own data set
    (uvi_names(10, copy="a/"), [uvi_names(10, copy="b/")]),
])
def test_of_uvi(chosen: list[str], others: list[list[str]]) -> None:
    names = [name for each in (chosen, *others) for name in each]
    for order in (names, names[::-1]):
        assert uvi.choose(order) == [(chosen[0], chosen[1])]


def test_geometry_of_the_highest_data_set_beside_an_image_whose_folder_says_none() -> None:
    stem = "uvi_20160101_000000_365_{}_v10.fit"
    geometries = [f"vco_uvi_l3_v{release}/{stem.format('l3bx')}" for release in ("1.0", "1.10", "1.9")]
    assert uvi.choose([stem.format("l2b"), *geometries]) == [(stem.format("l2b"), geometries[1])]


@pytest.mark.parametrize(("chosen", "other"), [
    (vmc_names("-V3.1"), vmc_names("-V3.0")),
    (vmc_names("-V10.0"), vmc_names("-V9.9")),
    (vmc_names("-EXT1-V3.1"), vmc_names("-V3.0")),
    (vmc_names("-V3.1"), vmc_names("-EXT2-V3.0")),
    (vmc_names("-V3.0"), vmc_names("-V3.1", geometry=False)),
    (vmc_names("-EXT1-V3.0"), vmc_names("-EXT2-V3.0")),  # copies
])
def test_of_vmc(chosen: list[str], other: list[str]) -> None:
    for order in ([*chosen, *other], [*other, *chosen]):
        assert vmc.choose(order) == [(chosen[0], chosen[1])]


def test_an_image_without_geometry_in_any_version() -> None:
    names = [*vmc_names("-V3.0", geometry=False), *vmc_names("-V3.1", geometry=False)]
    assert vmc.choose(names) == [(names[1], None)]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.tuples(st.integers(0, 2), st.integers(0, 12)),
                          st.sampled_from("xyz"), st.booleans()), unique_by=lambda each: each[:3]))
def test_the_rule_in_other_words(drawn: list[tuple[str, tuple[int, int], str, bool]]) -> None:
    versions = [Version(key, rank, f"{folder}/{key}{rank}", f"{folder}/g{key}{rank}" if whole else None)
                for key, rank, folder, whole in drawn]
    expected = []
    for key in sorted({each.key for each in versions}):
        of_key = [each for each in versions if each.key == key]
        whole = [each for each in of_key if each.geometry] or of_key
        highest = [each for each in whole if each.rank == max(one.rank for one in whole)]
        first = min(highest, key=lambda each: each.image.split("/"))
        expected.append((first.image, first.geometry))
    assert newest(versions) == newest(versions[::-1]) == sorted(expected)
