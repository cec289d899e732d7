"""What is measured on the classes of the 3000 km and 500 km patches: small sets whose answers are counted by hand."""

from typing import Any

import numpy as np
import pytest

from paper_repro.base.run import Run
from tests.verify import runs_made as made
from tests.verify.runs_made import measure

LARGE, MEDIUM = "uvi-3000km", "uvi-500km"
# Class 0 lies in the wake with 3 of its 4 patches, class 1 at high latitudes with all, class 3 near the morning edge
# with 2 of 3, and class 2 nowhere. The ends count as the claims say: not at noon, from 40 deg on, before 10 h.
CLASS = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3]
LATITUDE = [39.9, -39.9, 0.0, 10.0, 40.0, -55.0, 0.0, 20.0, 0.0, 10.0, -10.0]
HOURS = [12.1, 15.0, 13.0, 12.0, 12.0, 11.0, 11.0, 12.0, 9.9, 8.0, 10.0]
CONTRAST = [5.0, 6.0, 7.0, 8.0, 4.0, 6.0, 1.0, 1.0, 2.0, 3.0, 40.0]
REGIONS = {"class": CLASS, "latitude_deg": LATITUDE, "local_time_h": HOURS, "contrast": CONTRAST}


def renumbered(columns: dict[str, Any], new: list[int]) -> dict[str, Any]:
    return {**columns, "class": [new[one] for one in columns["class"]]}


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 5, 9, 4]])
def test_regions_are_found_whatever_the_numbers_of_the_classes(real: Run, numbers: list[int]) -> None:
    made.venus(real, LARGE, renumbered(REGIONS, numbers))
    assert measure(real, f"classes.{LARGE}.count").value == 4.0
    wake, high, morning = (measure(real, f"classes.{LARGE}.{name}") for name in ("wake", "high-latitudes", "morning"))
    assert (wake.value, wake.shown) == (0.75, f"75% of class {numbers[0]}")
    assert (high.value, high.shown) == (1.0, f"100% of class {numbers[1]}")
    assert (morning.value, morning.shown) == (2 / 3, f"67% of class {numbers[3]}")
    assert measure(real, f"classes.{LARGE}.three-regions").value is True
    # medians: 6.5 in the wake, 5 at high latitudes, 3 in the morning
    assert measure(real, f"classes.{LARGE}.morning-contrast").value is True


def test_one_class_with_the_largest_share_of_two_regions_is_not_three_classes(real: Run) -> None:
    # class 1 moves to the early morning
    made.venus(real, LARGE, {**REGIONS, "local_time_h": [*HOURS[:4], 9.0, 9.0, *HOURS[6:]]})
    assert measure(real, f"classes.{LARGE}.morning").shown == "100% of class 1"
    assert measure(real, f"classes.{LARGE}.three-regions").value is False


@pytest.mark.parametrize(("contrasts", "holds"), [
    ({0: 3.0, 1: 2.0, 3: 1.0}, True), ({0: 3.0, 1: 1.0, 3: 2.0}, False), ({0: 1.0, 1: 3.0, 3: 2.0}, False),
    ({0: 2.0, 1: 2.0, 3: 2.0}, False), ({0: 1.0, 1: 1.0, 3: 3.0}, False),
])
def test_the_morning_class_is_compared_with_both_others(real: Run, contrasts: dict[int, float], holds: bool) -> None:
    # the class that is the rest has the least contrast, and isn't asked for
    made.venus(real, LARGE, {**REGIONS, "contrast": [contrasts.get(one, 0.0) for one in CLASS]})
    assert measure(real, f"classes.{LARGE}.morning-contrast").value is holds


def with_step(side: int, classes: list[int], first: int, last: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Noise; in the classes listed, columns first ... last - 1 are brighter, or darker in every other image."""
    images = np.random.default_rng(0).integers(100, 110, (len(CLASS), side, side), dtype=np.uint8)
    for n, one in enumerate(CLASS):
        if one in classes:
            images[n, :, first:last] += np.uint8(80) if n % 2 else np.uint8(176)  # modulo 256: 80 less
    return images


@pytest.mark.parametrize(("classes", "first", "last", "holds"), [
    ([3], 30, 32, True),     # the last sixteenth of 32 columns
    ([3], 28, 30, True),     # the one before it
    ([3], 0, 2, None),       # on the left: noise decides
    ([0], 30, 32, False),
    ([0, 3], 30, 32, None),
])
def test_a_step_at_the_right_edge(real: Run, classes: list[int], first: int, last: int, holds: bool | None) -> None:
    images = with_step(32, classes, first, last)
    made.venus(real, LARGE, REGIONS, images)
    steps: dict[int, list[float]] = {}
    for one, image in zip(CLASS, images.astype(float), strict=True):
        steps.setdefault(one, []).append(abs(float(np.mean(image[:, 30:32])) - float(np.mean(image[:, 28:30]))))
    literal = max(steps, key=lambda one: float(np.mean(steps[one]))) == 3
    found = measure(real, f"classes.{LARGE}.morning-edge")
    assert found.value is literal
    assert holds in {None, literal}
    assert real.patches(f"{LARGE}-flat") / "images.npy" in found.files


@pytest.mark.parametrize(("hours", "contrast", "expected"), [
    # classes 0 and 1 have more contrast than the set; of class 1 half the patches are after 12 h
    ([13.0, 13, 13, 11, 9, 9, 9, 9], [3.0, 3, 3, 3, 1, 1, 1, 1], 2.0),
    ([13.0, 13, 12.5, 11, 9, 9, 9, 9], [3.0, 3, 3, 3, 1, 1, 1, 1], 2.0),  # half of them, though their median is before
    ([13.0, 13, 12.0, 11, 9, 9, 9, 9], [3.0, 3, 3, 3, 1, 1, 1, 1], 1.0),
    ([13.0, 13, 12.0, 12, 9, 9, 9, 9], [3.0, 3, 3, 3, 1, 1, 1, 1], 1.0),
    ([13.0] * 8, [2.0] * 8, 0.0),
    ([9.0, 9, 9, 9, 13, 13, 13, 13], [3.0, 3, 3, 3, 1, 1, 1, 1], 0.0),
])
def test_classes_with_contrast_in_the_afternoon(real: Run, hours: list[float], contrast: list[float],
                                                expected: float) -> None:
    made.venus(real, MEDIUM, {"class": [0, 0, 1, 1, 2, 2, 3, 3], "local_time_h": hours, "contrast": contrast})
    assert measure(real, f"classes.{MEDIUM}.afternoon").value == expected


def test_contrast_is_a_median_and_the_afternoon_a_share(real: Run) -> None:
    # a third of class 0 is late, two thirds of class 1; of class 2 one patch alone has contrast; the set's median is 2
    made.venus(real, MEDIUM, {
        "class": [0] * 3 + [1] * 3 + [2] * 4 + [3] * 4, "contrast": [3.0] * 6 + [1.0, 1.0, 1.0, 50.0] + [1.0] * 4,
        "local_time_h": [13.0, 9, 9, 13, 13, 9] + [13.0] * 4 + [9.0] * 4})
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


@pytest.mark.parametrize(("name", "what"), [
    (LARGE, ["count", "wake", "three-regions", "morning-contrast", "morning-edge", "separation"]),
    (MEDIUM, ["afternoon", "flat", "less-distinct"]),
    ("vmc-25km", ["few-waves", "waves-gathered", "featureless", "mixed"]),
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
    made.venus(real, LARGE, REGIONS, **of_record)
    for name in ("count", "wake", "three-regions", "morning-contrast"):
        found = measure(real, f"classes.{LARGE}.{name}")
        assert (found.why, found.simulated, found.comparable) == (why, simulated, not why)
        assert found.value is not None
    made.venus(real, MEDIUM, {"class": [0, 1, 2]})
    assert measure(real, f"classes.{MEDIUM}.less-distinct").comparable is not bool(why)
