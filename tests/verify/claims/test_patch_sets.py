"""What is measured on the sets of patches of Venus, against a list written by hand."""

import dataclasses

import pandas as pd
import pytest

from paper_repro.base.files import write_csv
from paper_repro.base.run import Run
from tests.verify import runs_made as made
from tests.verify.runs_made import measure


def patches(run: Run, name: str, latitudes: list[float], source: str = "x.fit", simulated: bool = False,
            **columns: list[float]) -> None:
    table = pd.DataFrame({"id": range(len(latitudes)), "source": source, "latitude_deg": latitudes,
                          "longitude_deg": 0.0, "minnaert_k": 0.75, "density": 1.0,
                          "local_time_h": [8.0 + n for n in range(len(latitudes))]} | columns)
    write_csv(run.patches(name) / "patches.csv", table)
    made.record(run.patches(name) / "provenance.json", run, "patches", simulated)


def test_counts_and_ranges(sample: Run) -> None:
    patches(sample, "uvi-3000km", [-58.0, 0.0, 42.0], "a/uvi_20151207_052330_365_l2b_v10.fit")
    patches(sample, "uvi-500km", [-71.0, 79.0])
    patches(sample, "vmc-25km", [50.0, 75.0])
    assert measure(sample, "sets.uvi-3000km.count").value == 3.0
    assert measure(sample, "sets.uvi-3000km.latitude").value == (-58.0, 42.0)
    assert measure(sample, "sets.uvi-3000km.local-time").value == (8.0, 10.0)
    assert measure(sample, "sets.uvi-500km.south").value == -71.0
    assert measure(sample, "sets.vmc-25km.extent").value == 0.25
    assert measure(sample, "sets.example-k").value == 0.75
    assert not measure(sample, "sets.example-k").simulated


def test_ranges_of_longitude_that_hold_a_patch(sample: Run) -> None:
    whole = [10.0 * n + 5 for n in range(-18, 18)]
    patches(sample, "uvi-3000km", [0.0] * 36, longitude_deg=whole)
    assert measure(sample, "sets.uvi-3000km.longitude").value == 36.0
    for longitudes, expected in (([0.0, 9.9, 10.0], 2.0), ([-180.0, 180.0, -0.1, 359.0], 2.0),
                                 ([-1e-20, 0.0], 1.0), ([350.0, -1e-20], 2.0)):
        patches(sample, "uvi-3000km", [0.0] * len(longitudes), longitude_deg=longitudes)
        found = measure(sample, "sets.uvi-3000km.longitude")
        assert (found.value, found.shown) == (expected, f"{expected:g}")


@pytest.mark.parametrize(("latitudes", "hours", "holds"), [
    ([-70.0, 60.0], [8.0, 16.0], True), ([-70.0, 70.0], [9.0, 17.0], True), ([10.0, 50.0], [7.0, 15.0], True),
    ([-70.0, 70.1], [8.0, 16.0], False), ([-70.0, 49.9], [8.0, 16.0], False), ([-70.0, 60.0], [9.1, 16.0], False),
    ([-70.0, 60.0], [8.0, 17.1], False), ([-70.0, 60.0], [6.9, 16.0], False),
])
def test_similar_ranges(sample: Run, latitudes: list[float], hours: list[float], holds: bool) -> None:
    missing = "this run has no such patches"
    assert measure(sample, "sets.uvi-500km.similar").why == missing
    patches(sample, "uvi-500km", latitudes, local_time_h=hours)
    assert measure(sample, "sets.uvi-500km.similar").why == missing
    patches(sample, "uvi-3000km", [-60.0, 60.0], local_time_h=[8.0, 16.0])
    found = measure(sample, "sets.uvi-500km.similar")
    assert (found.value, len(found.files)) == (holds, 2)


@pytest.mark.parametrize(("ranges", "holds"), [(36, True), (33, True), (32, False)])
def test_similar_ranges_of_longitude(sample: Run, ranges: int, holds: bool) -> None:
    for name, count in (("uvi-3000km", 36), ("uvi-500km", ranges)):
        patches(sample, name, [0.0] * count, longitude_deg=[10.0 * n for n in range(count)], local_time_h=[9.0] * count)
    assert measure(sample, "sets.uvi-500km.similar").value is holds


@pytest.mark.parametrize(("large", "medium", "share"), [([-58.0, 42.0], [-70.0, 130.0], 0.25),
                                                         ([-58.0, 42.0], [0.0, 50.0], 0.5)])
def test_the_extent_is_held_against_the_smaller_of_both_sets(sample: Run, large: list[float], medium: list[float],
                                                             share: float) -> None:
    for name, latitudes in (("uvi-3000km", large), ("uvi-500km", medium), ("vmc-25km", [50.0, 75.0])):
        assert measure(sample, "sets.vmc-25km.extent").value is None
        patches(sample, name, latitudes)
    found = measure(sample, "sets.vmc-25km.extent")
    assert (found.value, found.shown, len(found.files)) == (share, f"{share:.2f}", 3)


@pytest.mark.parametrize(("drawn", "holds", "shown"), [
    ([0.0, 0.0, 0.0, 0.11], True, "25.0%"), ([0.0, 0.0, 0.0, 0.1], False, "0.0%"),
    ([0.0, 0.0, 0.2, 0.2], False, "50.0%")])
def test_holes_occur_occasionally(sample: Run, drawn: list[float], holds: bool, shown: str) -> None:
    patches(sample, "vmc-25km", [1.0] * 4)
    missing = measure(sample, "sets.vmc-25km.holes")
    assert (missing.value, missing.why) == (None, "how much of each patch is drawn out wasn't measured")
    folder = sample.patches("vmc-25km")
    write_csv(folder / "drawn_out.csv", pd.DataFrame({"id": range(4), "drawn_out": drawn}))
    made.record(folder / "drawn_out.json", sample, "drawn-out")
    found = measure(sample, "sets.vmc-25km.holes")
    assert (found.value, found.shown, len(found.files)) == (holds, shown, 2)
    write_csv(folder / "drawn_out.csv", pd.DataFrame({"id": range(5), "drawn_out": [*drawn, 0.0]}))
    assert measure(sample, "sets.vmc-25km.holes").value is None  # of other patches


def test_points_for_each_pixel_and_contrast(sample: Run) -> None:
    patches(sample, "uvi-3000km", [0.0] * 3, density=[4.0, 8.0, 90.0], value_min=[1.0] * 3, value_max=[3.0] * 3)
    patches(sample, "uvi-500km", [0.0] * 3, density=[2.0, 1.0, 9.0], value_min=[1.0] * 3, value_max=[4.0] * 3)
    found = measure(sample, "sets.uvi-500km.resolution")
    assert (found.value, found.shown) == (0.25, "0.25")
    assert measure(sample, "sets.uvi-contrast").value is None
    patches(sample, "vmc-25km", [0.0] * 3, value_min=[3.0, 3.0, 0.0], value_max=[5.0, 5.0, 9.0])
    found = measure(sample, "sets.uvi-contrast")
    assert (found.value, found.shown, len(found.files)) == (2.0, "2.00", 3)  # 1/2 over 1/4, the other has 3/5
    patches(sample, "vmc-25km", [0.0] * 3, value_min=[3.0] * 3, value_max=[3.0] * 3)
    assert measure(sample, "sets.uvi-contrast").why == "the 25 km patches have no contrast"


def test_what_is_simulated_says_so(sample: Run) -> None:
    patches(sample, "uvi-3000km", [-58.0, 42.0], simulated=True)
    for name in ("uvi-500km", "vmc-25km"):
        patches(sample, name, [50.0, 75.0])
    for name in ("sets.uvi-3000km.count", "sets.vmc-25km.extent"):
        found = measure(sample, name)
        assert (found.simulated, found.why) == (True, "simulated input")


def test_what_is_missing_says_so(sample: Run) -> None:
    assert measure(sample, "sets.vmc-25km.count").why == "this run has no such patches"
    for name in ("vmc-25km.extent", "uvi-500km.south", "uvi-3000km.longitude", "uvi-3000km.latitude", "example-k"):
        assert measure(sample, f"sets.{name}").value is None
    patches(sample, "uvi-3000km", [1.0, 1.0])
    patches(sample, "vmc-25km", [1.0])
    assert measure(sample, "sets.example-k").why == "no patch of that image"
    assert measure(sample, "sets.vmc-25km.extent").why == "the patches of uvi-3000km are all at one latitude"
    patches(sample, "vmc-25km", [])
    assert measure(sample, "sets.vmc-25km.count").why == "the set is empty"


def test_patches_of_500_km_of_vmc_are_counted(real: Run) -> None:
    missing = measure(real, "text.noisy-500km")
    assert missing.value is None
    assert missing.why.startswith("no such patches were made")
    made.patches(real, "vmc-500km", {"density": [1.0] * 7})
    found = measure(real, "text.noisy-500km")
    assert (found.value, found.shown, found.comparable) == (7.0, "7", True)
    made.patches(real, "vmc-500km", {"density": [1.0] * 7}, simulated=True)
    assert measure(real, "text.noisy-500km").why == "simulated input"
    (real.patches("vmc-500km") / "patches.csv").unlink()
    assert measure(real, "text.noisy-500km").value is None


def test_sets_that_lie_there_from_another_run_are_none_of_this_one(real: Run) -> None:
    for name in ("uvi-3000km", "vmc-25km"):
        made.patches(real, name, {"latitude_deg": [1.0, 2.0], "longitude_deg": [3.0, 4.0]})
    assert measure(real, "sets.uvi-3000km.count").value == 2
    others = dataclasses.replace(real, instruments=("uvi",), scales=(1000.0,))
    for name in ("uvi-3000km", "vmc-25km"):
        assert measure(others, f"sets.{name}.count").why == "this run has no such patches"
