"""What is measured on the classes of the 500 km patches: small sets whose answers are counted by hand."""

import pytest

from paper_repro.base.run import Run
from tests.verify import runs_made as made
from tests.verify.runs_made import measure

LARGE, MEDIUM = "uvi-3000km", "uvi-500km"


@pytest.mark.parametrize(("hours", "contrast", "expected"), [
    # classes 0 and 1 have more contrast than the set; three of eight patches are after 12 h, whose odds are 3/5
    ([13.0, 13, 13, 11, 9, 9, 9, 9], [3.0, 3, 3, 3, 1, 1, 1, 1], 1.0),  # odds 1 in class 1: less than twice 3/5
    ([13.0, 13, 12.5, 13, 9, 9, 9, 9], [3.0, 3, 3, 3, 1, 1, 1, 1], 2.0),
    ([13.0, 13, 12.0, 12, 9, 9, 9, 9], [3.0, 3, 3, 3, 1, 1, 1, 1], 1.0),  # noon is not after noon
    ([13.0, 13, 13, 13, 9, 9, 13, 13], [3.0, 3, 3, 3, 1, 1, 1, 1], 2.0),  # class 3 is as late, but flat
    ([13.0] * 8, [3.0, 3, 3, 3, 1, 1, 1, 1], 0.0),  # where all are, none mostly is
    ([9.0, 9, 9, 9, 13, 13, 13, 13], [3.0, 3, 3, 3, 1, 1, 1, 1], 0.0),
])
def test_classes_with_contrast_in_the_afternoon(real: Run, hours: list[float], contrast: list[float],
                                                expected: float) -> None:
    made.venus(real, MEDIUM, {"class": [0, 0, 1, 1, 2, 2, 3, 3], "local_time_h": hours, "contrast": contrast})
    assert measure(real, f"classes.{MEDIUM}.afternoon").value == expected


def test_contrast_is_a_median_and_the_afternoon_a_share(real: Run) -> None:
    # a third of class 0 is late, five sixths of class 1; of class 2 one patch alone has contrast; half of all are late
    made.venus(real, MEDIUM, {
        "class": [0] * 3 + [1] * 6 + [2] * 4 + [3] * 7, "contrast": [3.0] * 9 + [1.0, 1.0, 1.0, 50.0] + [1.0] * 7,
        "local_time_h": [13.0, 9, 9, 13, 13, 13, 13, 13, 9] + [13.0] * 4 + [9.0] * 7})
    assert measure(real, f"classes.{MEDIUM}.afternoon").value == 1.0


def test_the_flattest_class(real: Run) -> None:
    # medians of the classes: 2, 8, 1.5; of the set: 3
    made.venus(real, MEDIUM, {"class": [0, 0, 0, 1, 1, 2, 2], "contrast": [1.0, 2.0, 9.0, 7.0, 9.0, 0.0, 3.0]})
    found = measure(real, f"classes.{MEDIUM}.flat")
    assert (found.value, found.shown) == (0.5, "0.50")


# Classes 0, 1, 2 of three patches each; medians of contrast: 1, 5, 3; of the set: 3.
FLAT = {"class": [0, 0, 0, 1, 1, 1, 2, 2, 2], "contrast": [1.0, 1, 3, 5, 5, 2, 3, 4, 1]}


@pytest.mark.parametrize(("waves", "share", "fewest", "streaky"), [
    ([0.1] * 9, 1.0, (1.0, "1 of class 0"), False),
    ([0.25, 0.1, 0.1] + [0.1] * 6, 8 / 9, (1.0, "1 of class 0"), True),
    ([0.25, 0.1, 0.1, 0.25, 0.1, 0.1, 0.25, 0.1, 0.1], 6 / 9, (1.0, "1 of class 0"), False),  # no more than elsewhere
    ([0.25, 0.25, 0.1] + [0.1] * 6, 7 / 9, (1.0, "1 of class 0"), False),  # not occasionally
    ([0.1, 0.1, 0.3] + [0.1] * 6, 8 / 9, (0.0, "0 of class 0"), True),  # the only patch with contrast has streaks
    ([0.1] * 3 + [0.3] * 3 + [0.1] * 3, 6 / 9, (0.0, "0 of class 1"), False),
])
def test_patterns_and_streaks(real: Run, waves: list[float], share: float, fewest: tuple[float, str],
                              streaky: bool) -> None:
    made.venus(real, MEDIUM, {**FLAT, "wave_score": waves})
    assert measure(real, f"classes.{MEDIUM}.mostly-patterned").value == pytest.approx(share, abs=1e-12)
    found = measure(real, f"classes.{MEDIUM}.patterned-everywhere")
    assert (found.value, found.shown) == fewest
    assert measure(real, f"classes.{MEDIUM}.flat-streaky").value is streaky


def test_of_one_class_alone_nothing_is_compared(real: Run) -> None:
    made.venus(real, MEDIUM, {"class": [2, 2], "wave_score": [0.5, 0.1]})
    found = measure(real, f"classes.{MEDIUM}.flat-streaky")
    assert (found.value, found.why) == (None, "there is no other class")


@pytest.mark.parametrize(("hours", "expected"), [
    ([9.0, 9, 9, 13, 13, 13, 9, 9, 9], 1.0),  # 0 is flat, 1 has contrast in the afternoon, 2 is the rest
    ([9.0, 9, 9, 9, 9, 9, 9, 9, 9], 2.0),
    ([13.0, 13, 13, 9, 9, 9, 9, 9, 9], 2.0),  # the flat class counts once
])
def test_the_class_that_is_the_rest(real: Run, hours: list[float], expected: float) -> None:
    made.venus(real, MEDIUM, {**FLAT, "local_time_h": hours})
    assert measure(real, f"classes.{MEDIUM}.rest").value == expected


def test_less_distinct_by_the_mean_silhouette(real: Run) -> None:
    made.venus(real, MEDIUM, {"class": [0, 1, 2], "silhouette": [0.3, 0.0, 0.0]})
    missing = measure(real, f"classes.{MEDIUM}.less-distinct")
    assert (missing.value, missing.why) == (None, "this run has no classes of these patches")
    made.venus(real, LARGE, {"class": [0, 1], "silhouette": [0.05, 0.05]})
    assert measure(real, f"classes.{MEDIUM}.less-distinct").value is False  # 0.1 and 0.05
    made.venus(real, LARGE, {"class": [0, 1], "silhouette": [0.3, 0.0]})
    found = measure(real, f"classes.{MEDIUM}.less-distinct")
    assert found.value is True
    assert len(found.files) == 8
