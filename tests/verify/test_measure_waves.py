"""What is measured on waves in the 25 km patches, and on how separated the classes are on the maps."""

from typing import Any

import numpy as np
import pytest

from paper_repro.base.run import COLOUR, Run
from tests.verify import runs_made as made
from tests.verify.runs_made import literal_silhouettes, measure

SMALL = "vmc-25km"
# Wave patches (0.25 or more): 3 of class 7's 5, 1 of class 2's 5, none of class 4's 2.
CLASS = [7, 7, 7, 7, 7, 2, 2, 2, 2, 2, 4, 4]
WAVES = [0.25, 0.9, 0.3, 0.249, 0.1, 0.5, 0.1, 0.1, 0.1, 0.1, 0.2, 0.0]
VENUS = [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (5.0, 5.0), (5.0, 6.5), (2.0, 2.0), (9.0, 1.0)]
EARTH = [(0.0, 0.0), (0.0, 1.0), (20.0, 0.0), (21.0, 0.0), (0.0, 30.0), (1.0, 31.0), (2.0, 30.0)]
OF_VENUS = [1, 1, 0, 0, 2, 1, 2]
OF_EARTH = ["Veil", "Veil", "Clear sky", "Clear sky", "Patterned", "Patterned", "Patterned"]


def test_wave_patches_are_counted_by_class(real: Run) -> None:
    made.venus(real, SMALL, {"class": CLASS, "wave_score": WAVES})
    found = {name: measure(real, f"classes.{SMALL}.{name}")
             for name in ("few-waves", "waves-gathered", "featureless", "mixed")}
    assert {name: one.value for name, one in found.items()} == {
        "few-waves": 4 / 12, "waves-gathered": 3 / 4, "featureless": 1 / 5, "mixed": 2.0}
    assert [one.shown for one in found.values()] == ["33%", "75% in class 7", "20% of class 2", "2"]


def test_the_largest_share_elsewhere_is_not_that_of_the_most_patches(real: Run) -> None:
    # 3 waves in class 0, 2 of 9 in class 1, 1 of 2 in class 2
    made.venus(real, SMALL, {"class": [0] * 3 + [1] * 9 + [2] * 2,
                             "wave_score": [1.0] * 3 + [1.0] * 2 + [0.0] * 7 + [1.0, 0.0]})
    found = measure(real, f"classes.{SMALL}.featureless")
    assert (found.value, found.shown) == (0.5, "50% of class 2")
    assert measure(real, f"classes.{SMALL}.mixed").value == 0.0


def test_without_waves_nothing_is_said_about_their_class(real: Run) -> None:
    made.venus(real, SMALL, {"class": CLASS, "wave_score": 0.1})
    assert measure(real, f"classes.{SMALL}.few-waves").value == 0.0
    for name in ("waves-gathered", "featureless", "mixed"):
        found = measure(real, f"classes.{SMALL}.{name}")
        assert (found.value, found.why, len(found.files)) == (None, "no patch shows waves", 4)


def test_with_one_class_there_is_no_other(real: Run) -> None:
    made.venus(real, SMALL, {"class": [0, 0], "wave_score": [0.5, 0.1]})
    found = measure(real, f"classes.{SMALL}.featureless")
    assert (found.value, found.why) == (None, "there is no other class")


@pytest.mark.parametrize("name", ["uvi-3000km", "uvi-500km", SMALL])
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
    made.venus(real, SMALL, {"class": OF_VENUS, "x": x, "y": y})
    x, y = zip(*EARTH, strict=True)
    made.photographs(real, COLOUR, {"label": OF_EARTH, "x": x, "y": y})
    for path in sorted((real.results / COLOUR).iterdir()):
        aside = path.rename(path.with_suffix(".aside"))
        found = measure(real, f"classes.{SMALL}.separation")
        assert (found.value, found.why) == (None, "the benchmark's colour photographs were not classified")
        aside.rename(path)
    made.photographs(real, COLOUR, {"label": ["Veil", "Clear sky"] * 3 + ["Veil"], "x": x, "y": y})
    found = measure(real, f"classes.{SMALL}.separation")
    assert found.value is None
    assert found.why.startswith("the benchmark's map isn't separated either (silhouettes ")
    assert len(found.files) == 6
    made.photographs(real, COLOUR, {"label": OF_EARTH})  # all at one place
    assert measure(real, f"classes.{SMALL}.separation").why.endswith(", 0.00)")


@pytest.mark.parametrize(("venus", "earth", "why"), [
    ({}, {"notes": (made.STAND_IN,)}, "stand-in weights"), ({"notes": (made.STAND_IN,)}, {}, "stand-in weights"),
    ({"simulated": True}, {}, "simulated input"), ({}, {"encoder": "autoencoder"}, "encoder Autoencoder"),
])
def test_separation_is_compared_only_if_both_maps_are_the_papers(real: Run, venus: dict[str, Any],
                                                                 earth: dict[str, Any], why: str) -> None:
    made.venus(real, SMALL, {"class": OF_VENUS, "x": range(7)}, **venus)
    made.photographs(real, COLOUR, {"label": OF_EARTH, "x": [0.0, 0, 5, 5, 9, 9, 9]}, **earth)
    found = measure(real, f"classes.{SMALL}.separation")
    assert found.value is not None
    assert (found.why, found.comparable, found.simulated) == (why, False, "simulated" in why)
