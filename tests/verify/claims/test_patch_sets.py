"""What is measured on the sets of patches of Venus, against a list written by hand."""

import pandas as pd
import pytest

from paper_repro.base.files import write_csv
from paper_repro.base.run import Run
from tests.verify import runs_made as made
from tests.verify.runs_made import measure


def patches(run: Run, name: str, latitudes: list[float], source: str = "x.fit", simulated: bool = False,
            **columns: list[float]) -> None:
    table = pd.DataFrame({"source": source, "latitude_deg": latitudes, "minnaert_k": 0.75,
                          "local_time_h": [8.0 + n for n in range(len(latitudes))]} | columns)
    write_csv(run.patches(name) / "patches.csv", table)
    made.record(run.patches(name) / "provenance.json", run, "patches", simulated)


def test_counts_and_ranges(sample: Run) -> None:
    patches(sample, "uvi-3000km", [-58.0, 0.0, 42.0], "a/uvi_20151207_052330_365_l2b_v10.fit")
    patches(sample, "uvi-500km", [-71.0, 3.0])
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


def test_what_is_simulated_says_so(sample: Run) -> None:
    patches(sample, "uvi-3000km", [-58.0, 42.0], simulated=True)
    patches(sample, "vmc-25km", [50.0, 75.0])
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
    assert measure(sample, "sets.vmc-25km.extent").why == "the 3000 km patches are all at one latitude"
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
