"""What is measured on the method itself: against plain computations, and once with a part of the method spoiled."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from torchvision.models import resnet18

from paper_repro.base.run import Run
from paper_repro.patches.viewpoints import Viewpoints, grid
from paper_repro.verify.claims import method
from tests.verify.runs_made import measure

RADIUS_KM = 6051.8


def test_numbers_of_the_method(sample: Run) -> None:
    network = resnet18(weights=None)
    count = sum(each.numel() for name, each in network.named_parameters() if not name.startswith("fc."))
    luma = (0.2989, 0.587, 0.114)
    expected = {
        "parameters": count, "features": network.fc.in_features, "head-hidden": 256, "head-out": 64,
        "train-images": 1680, "window": 1.5, "blur-km": 16 / 128 * 3000, "blur-kernel": 97,
        "gray-mean": float(np.dot(luma, (0.485, 0.456, 0.406))),
        "gray-std": float(np.dot(luma, (0.229, 0.224, 0.225))),
    }
    for name, value in expected.items():
        found = measure(sample, f"method.{name}")
        assert found.value == pytest.approx(value, rel=1e-12), name
        assert found.comparable
        assert not found.simulated
    assert (measure(sample, "method.gray-mean").shown, measure(sample, "method.gray-std").shown) == (
        "0.4589225", "0.2255861")


def test_viewpoints(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = grid(3000.0, (-1.0, 1.0), (-1.0, 1.0)).vectors
    level = [one for one in vectors if abs(one[2]) < 1e-9]
    apart = min(math.dist(one, other) for one, other in itertools.combinations(level, 2)) * RADIUS_KM
    found = measure(sample, "method.spacing-km")
    assert found.value == pytest.approx(apart, rel=1e-9)
    assert found.shown == "3000"
    assert measure(sample, "method.central-viewpoint").value is True

    def beside(scale: float, *ranges: tuple[float, float]) -> Viewpoints:
        """At one of the scales no viewpoint looks at the centre."""
        made = grid(scale, *ranges)
        return dataclasses.replace(made, vectors=made.vectors + (1e-3 if scale == 500 else 0.0))

    monkeypatch.setattr(method, "grid", beside)
    assert measure(sample, "method.central-viewpoint").value is False


@pytest.mark.parametrize(("settings", "name", "value", "words"), [
    ("KMEANS_SETTINGS", "algorithm", "elkan", "KMeans algorithm"),
    ("TSNE_SETTINGS", "init", "random", "TSNE init"),
    ("PCA_SETTINGS", "whiten", True, "PCA whiten"),
    ("HAC_SETTINGS", "linkage", "single", "AgglomerativeClustering linkage"),
])
def test_a_setting_that_is_no_default_is_named(
    sample: Run, monkeypatch: pytest.MonkeyPatch, settings: str, name: str, value: object, words: str
) -> None:
    assert measure(sample, "method.library-defaults").value is True
    monkeypatch.setitem(getattr(method, settings), name, value)
    found = measure(sample, "method.library-defaults")
    assert (found.value, found.shown) == (False, words)


@pytest.mark.parametrize(("starts", "holds"), [(1, True), (10, True), (5, False)])
def test_the_starts_of_k_means_are_a_default_of_now_or_then(sample: Run, starts: int, holds: bool) -> None:
    profile = sample.profile
    changed = dataclasses.replace(profile, grid=dataclasses.replace(profile.grid, kmeans_n_init=starts))
    found = measure(dataclasses.replace(sample, profile=changed), "method.library-defaults")
    assert (found.value, found.shown) == (holds, "yes" if holds else "KMeans n_init")
