import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.clustering.reduce import TSNE_SETTINGS, can_reduce, is_random, pca_solver, reduce
from paper_repro.paper import Reduction


def mixture(n: int, d: int, seed: int = 0) -> NDArray[np.float32]:
    """Three groups of points."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) + 4 * rng.normal(size=(3, d))[np.arange(n) % 3]).astype(np.float32)


@pytest.mark.parametrize(("method", "dims"), [("tsne", 3), ("tsne", 2), ("pca", 8)])
def test_same_seed_same_bytes_on_one_and_two_threads(
    method: Reduction, dims: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Large enough that two threads, were they allowed to share the sums, would give other bytes (at 600 x 64 they
    # would not); t-SNE, which begins with a PCA, shows that long before its end.
    monkeypatch.setitem(TSNE_SETTINGS, "max_iter", 250)
    x = mixture(600, 256)
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(reduce(x, method, dims, seed=5))
    assert found[0].shape == (len(x), dims)
    assert found[0].dtype == np.float32
    assert found[0].tobytes() == found[1].tobytes()


@pytest.mark.parametrize(("n", "d", "dims"), [(60, 16, 4), (600, 64, 8), (600, 64, 60)])
def test_pca_equals_the_literal_projection_on_principal_axes(n: int, d: int, dims: int) -> None:
    # Falling variances, so that each axis is well defined.
    x = mixture(n, d).astype(np.float64) * 0.7 ** np.arange(d)
    centred = x - x.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    expected = centred @ axes[:, np.argsort(values)[::-1][:dims]]
    found = reduce(x, "pca", dims, seed=3)
    signs = np.sign((found * expected).sum(axis=0))  # axes have none
    error = np.abs(found * signs - expected).max() / np.abs(expected).max()
    assert error < (1e-6 if pca_solver(n, d, dims) == "full" else 1e-4)


@pytest.mark.parametrize(
    ("n", "d", "dims", "solver"),
    [
        (2100, 512, 256, "randomized"),  # the paper's three, on Cloud-ImVN
        (2100, 512, 64, "randomized"),
        (2100, 512, 16, "randomized"),
        (500, 500, 16, "full"),
        (501, 500, 16, "randomized"),
        (784, 512, 409, "randomized"),
        (784, 512, 410, "full"),
        (300, 512, 240, "full"),
        (300, 512, 239, "randomized"),
    ],
)
def test_solver_follows_the_rule_of_the_papers_time(n: int, d: int, dims: int, solver: str) -> None:
    assert pca_solver(n, d, dims) == solver
    assert is_random(n, d, "pca", dims) == (solver == "randomized")


def test_what_is_said_to_draw_nothing_does_not_depend_on_the_seed() -> None:
    x = mixture(60, 16)
    assert not is_random(60, 16, "pca", 4)
    assert not is_random(60, 16, "none", 0)
    assert reduce(x, "pca", 4, seed=1).tobytes() == reduce(x, "pca", 4, seed=2).tobytes()
    big = mixture(600, 64)
    assert is_random(600, 64, "pca", 8)
    assert reduce(big, "pca", 8, seed=1).tobytes() != reduce(big, "pca", 8, seed=2).tobytes()


def test_tsne_keeps_groups_together() -> None:
    y = reduce(mixture(120, 64), "tsne", 3, seed=0).astype(np.float64)
    distances = np.linalg.norm(y[:, None] - y[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert (distances.argmin(axis=1) % 3 == np.arange(120) % 3).mean() > 0.9


def test_tsne_leaves_nothing_to_the_library_that_a_version_changed() -> None:
    # The defaults that changed: init and learning_rate in 1.2, n_iter's name in 1.5.
    assert TSNE_SETTINGS["init"] == "pca"
    assert TSNE_SETTINGS["learning_rate"] == "auto"
    assert TSNE_SETTINGS["max_iter"] == 1000


def test_no_reduction_gives_the_features_back() -> None:
    x = mixture(10, 4)
    assert reduce(x, "none", 0, seed=0) is x


@pytest.mark.parametrize(
    ("n", "d", "method", "dims", "word"),
    [
        (255, 512, "pca", 256, "256 components need at least 256 images, there are 255"),
        (256, 512, "pca", 256, None),
        (300, 16, "pca", 64, "64 components need at least 64 features, there are 16"),
        (30, 512, "tsne", 3, "perplexity 30 needs more"),
        (31, 512, "tsne", 3, None),
        (1, 1, "none", 0, None),
    ],
)
def test_impossible_reductions_say_why(n: int, d: int, method: Reduction, dims: int, word: str | None) -> None:
    reason = can_reduce(n, d, method, dims)
    if word is None:
        assert reason is None
        return
    assert reason is not None
    assert word in reason
    with pytest.raises(ValueError, match=word):
        reduce(np.zeros((n, d), np.float32), method, dims, seed=0)


def test_the_smallest_set_that_can_be_reduced_is_reduced() -> None:
    assert reduce(mixture(31, 8), "tsne", 3, seed=0).shape == (31, 3)
    assert reduce(mixture(8, 8), "pca", 8, seed=0).shape == (8, 8)


def test_a_long_reduction_is_announced(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    features = np.random.default_rng(0).normal(size=(60, 8))
    reduce(features, "tsne", 2, 0)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("paper_repro.clustering.reduce.TELL_ABOVE", 50)
    reduce(features, "pca", 2, 0)
    assert capsys.readouterr().err == ""
    reduce(features, "tsne", 2, 0)
    assert "t-SNE of 60 images" in capsys.readouterr().err
