"""What is measured on the augmentations: choices drawn by hand, and once with a part of the views spoiled."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper_repro.base.run import Run, open_run
from paper_repro.encoders import augment
from paper_repro.encoders.augment import Augmenter, Draw
from paper_repro.paper import AUGMENTATION, Augmentation
from paper_repro.verify.claims import views
from tests.verify.runs_made import BY_ID, measure, with_encoders

CHOICES = ("crop-scale", "brightness", "contrast", "blur-sigma", "blur-share")


def with_views(run: Run, **changes: Any) -> Run:
    """The run with other parameters of its views."""
    changed = dataclasses.replace(run.profile.augmentation, **changes)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, augmentation=changed))


def fits(run: Run, name: str) -> bool:
    """Whether the claim on a choice is as specified."""
    value = measure(run, f"views.{name}").value
    assert value is not None
    return BY_ID[f"views.{name}"].fits(value)


def test_choices_of_the_views(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    side = 224
    draws = iter([
        Draw(0.0, (0, 0, side, side // 2), False, (0.6, 1.4, True), 0.0),
        Draw(0.0, (0, 0, side, side), False, (1.5, 0.5, False), 0.25),
        Draw(0.0, (9, 9, side // 2, side // 2), False, (1.0, 1.0, True), 1.75),
        Draw(0.0, (0, 0, side, side), False, (0.7, 0.9, True), 0.0),
    ])
    monkeypatch.setattr(views, "draw_view", lambda *_, **__: next(draws))
    monkeypatch.setattr(views, "VIEWS", 4)
    four = views._views.__wrapped__(AUGMENTATION)
    monkeypatch.setattr(views, "_views", lambda _: four)
    assert {name: measure(sample, f"views.{name}").value for name in CHOICES} == {
        "crop-scale": (0.25, 1.0), "brightness": (0.6, 1.5), "contrast": (0.5, 1.4), "blur-sigma": (0.25, 1.75),
        "blur-share": 50.0}


def test_views_as_they_are_drawn_reach_the_ends_of_the_papers_ranges(sample: Run) -> None:
    for name, (low, high) in {"crop-scale": (0.5, 1), "brightness": (0.5, 1.5), "contrast": (0.5, 1.5),
                              "blur-sigma": (0.1, 2)}.items():
        found = measure(sample, f"views.{name}").value
        assert isinstance(found, tuple)
        assert found == pytest.approx((low, high), abs=0.01)
    assert measure(sample, "views.blur-share").value == pytest.approx(50, abs=2)
    assert BY_ID["views.blur-share"].value == "50"
    assert BY_ID["views.blur-share"].allowed == "3"


@pytest.mark.parametrize(("name", "changes", "value"), [
    ("crop-scale", {"crop_scale": (0.25, 1.0)}, (0.25, 1.0)), ("brightness", {"brightness": 0.3}, (0.7, 1.3)),
    ("contrast", {"contrast": 0.2}, (0.8, 1.2)), ("blur-sigma", {"blur_sigma": (0.5, 3.0)}, (0.5, 3.0)),
    ("blur-share", {"blur_probability": 0.8}, 80.0),
])
def test_the_views_are_those_of_the_runs_profile(sample: Run, name: str, changes: dict[str, Any],
                                                 value: tuple[float, float] | float) -> None:
    other = with_views(sample, **changes)
    assert measure(other, f"views.{name}").value == pytest.approx(value, abs=1 if name == "blur-share" else 0.02)
    assert [choice for choice in CHOICES if not fits(other, choice)] == [name]
    assert all(fits(sample, choice) for choice in CHOICES)


def test_a_crop_that_a_profile_sets_differs(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "sample"\ntitle = "mine"\n[augmentation]\ncrop_scale = [0.25, 1]\n')
    assert not fits(open_run(str(path), tmp_path), "crop-scale")


def test_where_nothing_is_blurred_there_is_no_width(sample: Run) -> None:
    sharp = with_views(sample, blur_probability=0.0)
    assert measure(sharp, "views.blur-sigma").why == "no view of this run is blurred"
    assert measure(sharp, "views.blur-share").value == 0.0


@pytest.mark.parametrize("name", ["flip", "no-hue", "no-empty-area"])
def test_what_is_rendered_is_rendered_with_the_runs_parameters(
    sample: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made = list[Augmentation]()

    class Noted(Augmenter):
        def __init__(self, side: int, colour: bool, recipe: Any, setting: Augmentation = AUGMENTATION, **other: Any
                     ) -> None:
            made.append(setting)
            super().__init__(side, colour, recipe, setting, **other)

    monkeypatch.setattr(views, "Augmenter", Noted)
    assert measure(with_views(sample, brightness=0.3), f"views.{name}").value is True
    assert [each.brightness for each in made] == [0.3]


@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_a_flip_that_is_never_or_always_or_mirrors_nothing_is_seen(
    sample: Run, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    run = with_encoders(sample, recipe=recipe)
    assert measure(run, "views.flip").value is True
    draws = views._views(AUGMENTATION)
    for flip in (True, False):
        monkeypatch.setattr(views, "_views", lambda _, flip=flip: draws.assign(flip=flip))
        assert measure(run, "views.flip").value is False
    monkeypatch.setattr(views, "_views", lambda _: draws)
    monkeypatch.setattr(views, "Draw", lambda angle, box, _: Draw(angle, box, flip=False))
    assert measure(run, "views.flip").value is False


@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_a_jitter_of_hue_or_saturation_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    run = with_encoders(sample, recipe=recipe)
    assert measure(run, "views.no-hue").value is True
    assert measure(with_views(run, brightness=1.0), "views.no-hue").value is True  # doubled at most
    render = Augmenter.drawn
    for spoiled in (lambda made: made.roll(1, 1), lambda made: 0.9 * made + 0.1 * made.mean(1, keepdim=True)):
        monkeypatch.setattr(Augmenter, "drawn", lambda self, images, draws, spoiled=spoiled:
                            spoiled(render(self, images, draws)))
        assert measure(run, "views.no-hue").value is False


def test_draws_say_whether_they_are_mirrored(sample: Run) -> None:
    share = float(np.mean(views._views(sample.profile.augmentation)["flip"]))
    assert share == pytest.approx(0.5, abs=0.02)


def test_the_kernel_of_the_blur_is_that_of_the_recipe(sample: Run) -> None:
    assert measure(sample, "views.blur-kernel").value == 25.0
    assert measure(with_encoders(sample, recipe="authors"), "views.blur-kernel").value == 45.0
    assert measure(with_encoders(sample, switches={"blur_kernel": 11}), "views.blur-kernel").value == 11.0


@pytest.mark.parametrize("views", ["fused", "chain"])
def test_an_empty_corner_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch, views: str) -> None:
    for crop in ("inside", "authors"):
        run = with_encoders(sample, switches={"views": views, "rotation_crop": crop})
        assert measure(run, "views.no-empty-area").value is (crop == "inside")
    run = with_encoders(sample, switches={"views": views})
    margin = augment.inscribed_margin
    for less in (1, 1000):
        monkeypatch.setattr(augment, "inscribed_margin", lambda *of, less=less: max(margin(*of) - less, 0))
        assert measure(run, "views.no-empty-area").value is False


def test_a_view_that_is_not_white_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = augment.Augmenter.plain
    monkeypatch.setattr(augment.Augmenter, "plain", lambda self, images: plain(self, images // 2))
    assert measure(sample, "views.no-empty-area").value is False
