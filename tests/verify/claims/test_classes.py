"""What holds for the classes of every set of Venus: when they may be compared, and their separation on the map."""

from typing import Any

import numpy as np
import pytest

from paper_repro.base.run import COLOUR, Run
from tests.verify import runs_made as made
from tests.verify.runs_made import literal_silhouettes, measure

LARGE, MEDIUM, SMALL = "uvi-3000km", "uvi-500km", "vmc-25km"
VENUS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (5.0, 5.0), (5.0, 6.5), (2.0, 2.0), (9.0, 1.0)]
EARTH = [(0.0, 0.0), (0.0, 1.0), (20.0, 0.0), (21.0, 0.0), (0.0, 30.0), (1.0, 31.0), (2.0, 30.0)]
OF_VENUS = [1, 1, 0, 0, 2, 1, 2]
OF_EARTH = ["Veil", "Veil", "Clear sky", "Clear sky", "Patterned", "Patterned", "Patterned"]


@pytest.mark.parametrize(("name", "what"), [
    (LARGE, ["count", "wake", "three-regions", "morning-contrast", "morning-edge", "separation", "rest",
             "wake-patterned", "high-latitudes-streaky", "morning-mixed", "distinct-regions"]),
    (MEDIUM, ["afternoon", "flat", "less-distinct", "mostly-patterned", "patterned-everywhere", "flat-streaky",
              "rest"]),
    ("vmc-25km", ["few-waves", "waves-gathered", "featureless", "mixed", "featureless-contrast", "waves-blended"]),
])
def test_not_run_without_each_file(real: Run, name: str, what: list[str]) -> None:
    made.venus(real, name, {"class": [0, 1, 1]})
    results = real.results / f"{name}-flat"
    for path in (real.patches(f"{name}-flat") / "patches.csv", *sorted(results.iterdir())):
        aside = path.rename(path.with_suffix(".aside"))
        for one in what:
            found = measure(real, f"classes.{name}.{one}")
            assert (found.value, found.why) == (None, "this run has no classes of these patches"), path
        aside.rename(path)


@pytest.mark.parametrize(("of_record", "why", "simulated"), [
    ({"simulated": True}, "simulated input", True), ({"notes": (made.STAND_IN,)}, "stand-in weights", False),
    ({"encoder": "simple"}, "encoder Simple", False),
    ({"notes": ("Made with the authors' trained encoder for simclr, random weights aside.",)}, "", False),
])
def test_what_may_be_held_against_the_paper(real: Run, of_record: dict[str, Any], why: str, simulated: bool) -> None:
    made.venus(real, LARGE, {"class": [0, 1, 2]}, **of_record)
    for name in ("count", "wake", "three-regions", "morning-contrast"):
        found = measure(real, f"classes.{LARGE}.{name}")
        assert (found.why, found.simulated, found.comparable) == (why, simulated, not why)
        assert found.value is not None
    made.venus(real, MEDIUM, {"class": [0, 1, 2]})
    assert measure(real, f"classes.{MEDIUM}.less-distinct").comparable is not bool(why)


@pytest.mark.parametrize("name", [LARGE, MEDIUM])
def test_separation_is_a_ratio_of_silhouettes(real: Run, name: str) -> None:
    x, y = zip(*VENUS, strict=True)
    made.venus(real, name, {"class": OF_VENUS, "x": x, "y": y})
    x, y = zip(*EARTH, strict=True)
    made.photographs(real, COLOUR, {"label": OF_EARTH, "matched": "Veil", "x": x, "y": y})  # the true class counts
    ours, theirs = (float(np.mean(literal_silhouettes(*one))) for one in ((VENUS, OF_VENUS), (EARTH, OF_EARTH)))
    assert theirs > 0.5
    found = measure(real, f"classes.{name}.separation")
    assert found.value == pytest.approx(ours / theirs, abs=1e-12)
    assert found.shown == f"{ours / theirs:.2f} ({ours:.2f} / {theirs:.2f})"
    assert (found.comparable, len(found.files)) == (True, 6)


def test_separation_is_not_run_without_the_benchmark(real: Run) -> None:
    x, y = zip(*VENUS, strict=True)
    made.venus(real, MEDIUM, {"class": OF_VENUS, "x": x, "y": y})
    x, y = zip(*EARTH, strict=True)
    made.photographs(real, COLOUR, {"label": OF_EARTH, "x": x, "y": y})
    for path in sorted((real.results / COLOUR).iterdir()):
        aside = path.rename(path.with_suffix(".aside"))
        found = measure(real, f"classes.{MEDIUM}.separation")
        assert (found.value, found.why) == (None, "the benchmark's colour photographs were not classified")
        aside.rename(path)
    made.photographs(real, COLOUR, {"label": ["Veil", "Clear sky"] * 3 + ["Veil"], "x": x, "y": y})
    found = measure(real, f"classes.{MEDIUM}.separation")
    assert found.value is None
    assert found.why.startswith("the benchmark's map isn't separated either (silhouettes ")
    assert len(found.files) == 6
    made.photographs(real, COLOUR, {"label": OF_EARTH})  # all at one place
    assert measure(real, f"classes.{MEDIUM}.separation").why.endswith(", 0.00)")


@pytest.mark.parametrize(("venus", "earth", "why"), [
    ({}, {"notes": (made.STAND_IN,)}, "stand-in weights"), ({"notes": (made.STAND_IN,)}, {}, "stand-in weights"),
    ({"simulated": True}, {}, "simulated input"), ({}, {"encoder": "autoencoder"}, "encoder Autoencoder"),
])
def test_separation_is_compared_only_if_both_maps_are_the_papers(real: Run, venus: dict[str, Any],
                                                                 earth: dict[str, Any], why: str) -> None:
    made.venus(real, MEDIUM, {"class": OF_VENUS, "x": range(7)}, **venus)
    made.photographs(real, COLOUR, {"label": OF_EARTH, "x": [0.0, 0, 5, 5, 9, 9, 9]}, **earth)
    found = measure(real, f"classes.{MEDIUM}.separation")
    assert found.value is not None
    assert (found.why, found.comparable, found.simulated) == (why, False, "simulated" in why)
