"""The simulated sample is what its recipe says, and neither too easy nor hopeless."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import AgglomerativeClustering
from torchvision.models import resnet18

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.encoders.weights import load
from paper_repro.simulated.sky_photographs import LAWS, Law, field, generate

SIDE = 48


@pytest.fixture(scope="module")
def sample() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    return generate(20, SIDE, 7)


def test_shapes_and_order_of_the_classes(sample: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    images, labels = sample
    assert images.shape == (120, SIDE, SIDE, 3)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert labels.tolist() == [c for c in range(6) for _ in range(20)]
    assert tuple(LAWS) == paper.CLASS_NAMES


def test_same_seed_same_bytes_other_seed_other_images(sample: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    assert generate(20, SIDE, 7)[0].tobytes() == sample[0].tobytes()
    other = generate(20, SIDE, 8)[0]
    assert not (other == sample[0]).all(axis=(1, 2, 3)).any()


def test_a_larger_sample_begins_with_the_smaller_one(sample: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    small = generate(3, SIDE, 7)[0].reshape(6, 3, SIDE, SIDE, 3)
    assert np.array_equal(small, sample[0].reshape(6, 20, SIDE, SIDE, 3)[:, :3])


def test_no_two_images_are_equal(sample: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    assert len({image.tobytes() for image in sample[0]}) == 120


@pytest.mark.parametrize(("per_class", "side"), [(1, 64), (0, 64), (5, 15)])
def test_too_few_or_too_small(per_class: int, side: int) -> None:
    with pytest.raises(UserError, match=f"found {per_class} of {side} px"):
        generate(per_class, side, 0)


def test_classes_look_like_their_names(sample: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> None:
    images, labels = sample
    mean = images.astype(float).mean(axis=(1, 2))
    blue = np.array([np.median((mean[:, 2] - mean[:, 0])[labels == c]) for c in range(6)])
    bright = np.array([np.median(mean.mean(axis=1)[labels == c]) for c in range(6)])
    rough = np.array([np.median(images[labels == c].mean(axis=-1).std(axis=(1, 2))) for c in range(6)])
    clear, patterned, veil, thin, thick, dark = range(6)
    assert blue.argmax() == clear
    assert bright.argmin() == dark
    assert bright[thick] > bright[dark] + 50
    assert min(rough[[patterned, thin, thick]]) > max(rough[[clear, veil]])


@pytest.mark.parametrize(("one", "other"), [("Clear sky", "Veil"), ("Veil", "Thin white"), ("Patterned", "Thin white"),
                                            ("Thin white", "Thick white"), ("Thick white", "Thick dark")])
def test_neighbouring_classes_overlap_in_every_range_but_their_mark(one: str, other: str) -> None:
    apart = [range_.name for range_ in dataclasses.fields(Law)
             if max(getattr(LAWS[one], range_.name)[0], getattr(LAWS[other], range_.name)[0])
             > min(getattr(LAWS[one], range_.name)[1], getattr(LAWS[other], range_.name)[1])]
    assert apart in ([], ["cellular"])


def law(**changes: tuple[float, float]) -> Law:
    return dataclasses.replace(LAWS["Thin white"], stretch=(1, 1), cellular=(0, 0), **changes)


def test_field_has_mean_0_and_standard_deviation_1() -> None:
    f = field(law(), 64, np.random.default_rng(0))
    assert f.shape == (64, 64)
    assert abs(f.mean()) < 1e-12
    assert abs(f.std() - 1) < 1e-12


def radial_power(f: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power by spatial frequency 1, 2, ... cycles an image, with a window against the edges."""
    window = np.hanning(len(f))
    power = np.abs(np.fft.fft2(f * np.outer(window, window))) ** 2
    k = np.round(np.hypot(*np.meshgrid(*(np.fft.fftfreq(len(f)) * len(f),) * 2))).astype(int)
    total: NDArray[np.float64] = np.bincount(k.ravel(), power.ravel()) / np.bincount(k.ravel())
    return total


@pytest.mark.parametrize("slope", [2.5, 3.5])
def test_power_falls_as_the_slope_says(slope: float) -> None:
    rng = np.random.default_rng(1)
    power = np.mean([radial_power(field(law(slope=(slope, slope)), 96, rng)) for _ in range(40)], axis=0)
    k = np.arange(5, 40)
    assert np.polyfit(np.log(k), np.log(power[k]), 1)[0] == pytest.approx(-slope, abs=0.15)


def test_cells_have_their_number() -> None:
    rng = np.random.default_rng(2)
    cellular = dataclasses.replace(law(cells=(12, 12)), cellular=(1.0, 1.0))
    power = np.mean([radial_power(field(cellular, 96, rng)) for _ in range(20)], axis=0)
    assert abs(int(power[:48].argmax()) - 12) <= 1


def test_stretched_structures_are_longer_than_wide() -> None:
    rng = np.random.default_rng(3)

    def anisotropy(stretch: float) -> float:
        ratios = []
        for _ in range(10):
            down, across = np.gradient(field(dataclasses.replace(law(), stretch=(stretch, stretch)), 64, rng))
            tensor = np.array([[(across * across).sum(), (across * down).sum()],
                               [(across * down).sum(), (down * down).sum()]])
            low, high = np.linalg.eigvalsh(tensor)
            ratios.append(float(np.sqrt(high / low)))
        return float(np.mean(ratios))

    assert anisotropy(1) < 1.3
    assert anisotropy(4) > 2.5


def test_simple_encoder_is_above_chance_and_below_perfect(real_inputs: Path) -> None:
    """Features of ResNet-18 at 64 px, Ward's clustering, best matching: as in Table 1's rows of the Simple encoder."""
    images, labels = generate(25, 150, 20240101)
    network = resnet18(weights=None)
    network.load_state_dict(load(real_inputs / "weights" / "resnet18-imagenet-standin.pth"))
    network.fc = torch.nn.Identity()
    network.eval()
    mean, std = (torch.tensor(values)[:, None, None] for values in (paper.IMAGENET_MEAN, paper.IMAGENET_STD))
    features = []
    with torch.inference_mode():
        for start in range(0, len(images), 50):
            batch = torch.from_numpy(images[start:start + 50]).permute(0, 3, 1, 2)
            small = torch.nn.functional.interpolate(batch / 255, size=(64, 64), mode="bilinear", antialias=True)
            features.append(network((small - mean) / std))
    found = AgglomerativeClustering(n_clusters=6, linkage="ward").fit_predict(torch.cat(features).numpy())
    confusion = np.zeros((6, 6), dtype=int)
    np.add.at(confusion, (labels, found), 1)
    accuracy = confusion[linear_sum_assignment(-confusion)].sum() / len(labels)
    assert 0.45 < accuracy < 0.95, accuracy


def test_laws_are_ranges() -> None:
    for ranges in LAWS.values():
        for low, high in dataclasses.astuple(ranges):
            assert 0 <= low <= high
