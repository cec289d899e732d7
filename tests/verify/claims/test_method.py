"""What is measured on the method itself: against plain computations, and once with a part of the method spoiled."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from torchvision.models import resnet18

from paper_repro.base.run import Run
from paper_repro.clustering import score
from paper_repro.patches.viewpoints import Viewpoints, grid
from paper_repro.verify.claims import method
from tests.verify.runs_made import BY_ID, measure, with_encoders

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


def test_the_network_measured_is_the_runs(sample: Run) -> None:
    other = with_encoders(sample, base="resnet50")
    found = measure(other, "method.features")
    assert (found.value, found.shown, found.why) == (2048.0, "2048", "the base model is resnet50")
    assert not BY_ID["method.features"].fits(2048.0)
    assert measure(with_encoders(sample, base="resnet34"), "method.features").value == 512.0
    assert measure(other, "method.parameters").why == "this run's base model is resnet50"
    own = dataclasses.replace(sample, encoder_file=sample.out / "mine.onnx", normalisation="unit")
    for name in ("features", "parameters"):
        found = measure(own, f"method.{name}")
        assert (found.value, found.why) == (None, "this run's base model is mine.onnx")
    for name, value in (("gray-mean", 0.0), ("gray-std", 1.0), ("imagenet-mean.red", 0.0), ("imagenet-std.blue", 1.0)):
        assert measure(own, f"method.{name}").value == pytest.approx(value, abs=1e-6)
        assert not BY_ID[f"method.{name}"].fits(value)


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


@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_weights_of_the_gray_version(sample: Run, monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    run = with_encoders(sample, recipe=recipe)
    names = {f"method.gray-weight.{channel}": weight for channel, weight in
             (("red", 0.2989), ("green", 0.587), ("blue", 0.114))}
    for name, weight in names.items():
        found = measure(run, name)
        assert found.value == math.floor(255 * weight) / 255
        assert (BY_ID[name].expected, BY_ID[name].fits(found.value)) == (weight, True)

    def weighed(*weights: float) -> list[bool]:
        """Which weights fit where the gray version is made with these."""
        monkeypatch.setattr(method, "to_gray", lambda rgb, _: np.floor(rgb @ np.array(weights)).astype(np.uint8))
        return [BY_ID[name].fits(measure(run, name).value or 0.0) for name in names]

    assert weighed(0.2989, 0.587, 0.114) == [True, True, True]
    assert weighed(0.2126, 0.7152, 0.0722) == [False, False, False]
    assert weighed(0.114, 0.587, 0.2989) == [False, True, False]


def test_no_mapping_of_labels_has_a_higher_total_accuracy(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert measure(sample, "method.matching").value is True

    def greedy(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """The largest count first, then the largest of the classes and clusters that are left."""
        left, chosen = counts.astype(float), np.zeros(len(counts), np.int64)
        for _ in counts:
            row, column = np.unravel_index(left.argmax(), left.shape)
            chosen[column] = row
            left[row], left[:, column] = -1, -1
        return chosen

    for other in (greedy, lambda counts: np.arange(len(counts))):
        monkeypatch.setattr(score, "best_permutation", other)
        assert measure(sample, "method.matching").value is False
