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
