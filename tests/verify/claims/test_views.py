"""What is measured on the augmentations: choices drawn by hand, and once with a part of the views spoiled."""

import pytest

from paper_repro.base.run import Run
from paper_repro.encoders import augment
from paper_repro.encoders.augment import Draw
from paper_repro.verify.claims import views
from tests.verify.runs_made import measure, with_encoders


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
    four = views._views.__wrapped__()
    monkeypatch.setattr(views, "_views", lambda: four)
    assert {name: measure(sample, f"views.{name}").value for name in
            ("crop-scale", "brightness", "contrast", "blur-sigma", "blur-share")} == {
        "crop-scale": (0.25, 1.0), "brightness": (0.6, 1.5), "contrast": (0.5, 1.4), "blur-sigma": (0.25, 1.75),
        "blur-share": 0.5}


def test_views_as_they_are_drawn_reach_the_ends_of_the_papers_ranges(sample: Run) -> None:
    for name, (low, high) in {"crop-scale": (0.5, 1), "brightness": (0.5, 1.5), "contrast": (0.5, 1.5),
                              "blur-sigma": (0.1, 2)}.items():
        found = measure(sample, f"views.{name}").value
        assert isinstance(found, tuple)
        assert found == pytest.approx((low, high), abs=0.01)
    assert measure(sample, "views.blur-share").value == pytest.approx(0.5, abs=0.02)


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
