"""What is measured on the sets of patches of Venus, against a list written by hand."""

from pathlib import Path

import pandas as pd
import pytest

from paper_repro.profiles.files import write_csv
from paper_repro.profiles.provenance import Provenance
from paper_repro.profiles.run import Run, open_run
from tests.verify.runs_made import measure


def patches(run: Run, name: str, latitudes: list[float], source: str = "x.fit", simulated: bool = False) -> None:
    table = pd.DataFrame({"source": source, "latitude_deg": latitudes, "minnaert_k": 0.75,
                          "local_time_h": [8.0 + n for n in range(len(latitudes))]})
    write_csv(run.patches(name) / "patches.csv", table)
    Provenance("patches", "patches", run.profile.name, simulated).write(run.patches(name) / "provenance.json")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return open_run("sample", tmp_path)


def test_counts_and_ranges(run: Run) -> None:
    patches(run, "uvi-3000km", [-58.0, 0.0, 42.0], "a/uvi_20151207_052330_365_l2b_v10.fit")
    patches(run, "uvi-500km", [-71.0, 3.0])
    patches(run, "vmc-25km", [50.0, 75.0])
    assert measure(run, "sets.uvi-3000km.count").value == 3.0
    assert measure(run, "sets.uvi-3000km.latitude").value == (-58.0, 42.0)
    assert measure(run, "sets.uvi-3000km.local-time").value == (8.0, 10.0)
    assert measure(run, "sets.uvi-500km.south").value == -71.0
    assert measure(run, "sets.vmc-25km.extent").value == 0.25
    assert measure(run, "sets.example-k").value == 0.75
    assert not measure(run, "sets.example-k").simulated


def test_what_is_simulated_says_so(run: Run) -> None:
    patches(run, "uvi-3000km", [-58.0, 42.0], simulated=True)
    patches(run, "vmc-25km", [50.0, 75.0])
    for name in ("sets.uvi-3000km.count", "sets.vmc-25km.extent"):
        found = measure(run, name)
        assert (found.simulated, found.why) == (True, "simulated input")


def test_what_is_missing_says_so(run: Run) -> None:
    assert measure(run, "sets.vmc-25km.count").why == "this run has no such patches"
    assert measure(run, "sets.vmc-25km.extent").value is None
    patches(run, "uvi-3000km", [1.0, 1.0])
    patches(run, "vmc-25km", [1.0])
    assert measure(run, "sets.example-k").why == "no patch of that image"
    assert measure(run, "sets.vmc-25km.extent").why == "the 3000 km patches are all at one latitude"
    patches(run, "vmc-25km", [])
    assert measure(run, "sets.vmc-25km.count").why == "the set is empty"
