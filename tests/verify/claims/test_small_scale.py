"""What is measured on waves in the 25 km patches: small sets whose answers are counted by hand."""

import numpy as np
import pytest

from paper_repro.base.run import Run
from tests.verify import runs_made as made
from tests.verify.runs_made import literal_silhouettes, measure

SMALL = "vmc-25km"
# Wave patches (0.25 or more): 3 of class 7's 5, 1 of class 2's 5, none of class 4's 2.
CLASS = [7, 7, 7, 7, 7, 2, 2, 2, 2, 2, 4, 4]
WAVES = [0.25, 0.9, 0.3, 0.249, 0.1, 0.5, 0.1, 0.1, 0.1, 0.1, 0.2, 0.0]


def test_wave_patches_are_counted_by_class(real: Run) -> None:
    made.venus(real, SMALL, {"class": CLASS, "wave_score": WAVES})
    found = {name: measure(real, f"classes.{SMALL}.{name}")
             for name in ("few-waves", "waves-gathered", "featureless", "mixed")}
    assert {name: one.value for name, one in found.items()} == {
        "few-waves": 4 / 12, "waves-gathered": True, "featureless": 1 / 5, "mixed": 2.0}
    assert [one.shown for one in found.values()] == ["33%", "75% in class 7, 42% of all", "20% of class 2", "2"]


@pytest.mark.parametrize(("with_waves", "without", "holds"), [
    ([3, 1], [3, 5], True),   # three quarters of them in a class of half of all patches: odds 3 and 1
    ([3, 1], [6, 2], False),  # in one of three quarters of all: odds 3 and 3
    ([2, 1, 1], [0, 5, 5], True),  # half of them
    ([2, 2, 1], [0, 9, 9], False),  # not half
])
def test_waves_are_gathered_in_one_class_by_more_than_its_size(real: Run, with_waves: list[int], without: list[int],
                                                               holds: bool) -> None:
    classes = [name for counts in (with_waves, without) for name, count in enumerate(counts) for _ in range(count)]
    made.venus(real, SMALL, {"class": classes, "wave_score": [1.0] * sum(with_waves) + [0.0] * sum(without)})
    found = measure(real, f"classes.{SMALL}.waves-gathered")
    assert found.value is holds
    size = (with_waves[0] + without[0]) / len(classes)
    assert found.shown == f"{with_waves[0] / sum(with_waves):.0%} in class 0, {size:.0%} of all"


def test_the_largest_share_elsewhere_is_not_that_of_the_most_patches(real: Run) -> None:
    # 3 waves in class 0, 2 of 9 in class 1, 1 of 2 in class 2
    made.venus(real, SMALL, {"class": [0] * 3 + [1] * 9 + [2] * 2,
                             "wave_score": [1.0] * 3 + [1.0] * 2 + [0.0] * 7 + [1.0, 0.0]})
    found = measure(real, f"classes.{SMALL}.featureless")
    assert (found.value, found.shown) == (0.5, "50% of class 2")
    assert measure(real, f"classes.{SMALL}.mixed").value == 0.0


def test_contrast_and_place_of_patches_with_and_without_waves(real: Run) -> None:
    contrast = [4.0, 8.0, 6.0, 1.0, 2.0, 5.0, 3.0, 3.0, 3.0, 9.0, 1.0, 2.0]  # with waves 4, 8, 6, 5
    x, y = [0.0] * 12, [float(n) for n in range(12)]
    made.venus(real, SMALL, {"class": CLASS, "wave_score": WAVES, "contrast": contrast, "x": x, "y": y})
    found = measure(real, f"classes.{SMALL}.featureless-contrast")
    assert (found.value, found.shown) == (2.5 / 5.5, "0.45")
    places, waves = list(zip(x, y, strict=True)), [int(score >= 0.25) for score in WAVES]
    blended = measure(real, f"classes.{SMALL}.waves-blended")
    assert blended.value == pytest.approx(float(np.mean(literal_silhouettes(places, waves))), abs=1e-12)
    apart = [100.0 * one + 0.1 * n for n, one in enumerate(waves)]
    made.venus(real, SMALL, {"class": CLASS, "wave_score": WAVES, "x": apart})
    assert measure(real, f"classes.{SMALL}.waves-blended").shown == "1.00"


@pytest.mark.parametrize(("score", "why"), [(0.1, "no patch shows waves"), (0.5, "every patch shows waves")])
def test_without_two_kinds_of_patches_nothing_is_compared(real: Run, score: float, why: str) -> None:
    made.venus(real, SMALL, {"class": CLASS, "wave_score": score})
    for name in ("featureless-contrast", "waves-blended"):
        found = measure(real, f"classes.{SMALL}.{name}")
        assert (found.value, found.why, len(found.files)) == (None, why, 4)


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
