from pathlib import Path

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.base.profile import MODELS
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import reduce
from paper_repro.clustering.score import match
from paper_repro.experiments import grid, settings
from paper_repro.experiments.grid import Task, Unit, plan, seed_of, work


def test_reductions_are_those_of_the_paper_in_a_fixed_order() -> None:
    assert settings.REDUCTIONS == (("tsne", 3), ("pca", 256), ("pca", 64), ("pca", 16), ("none", 0))
    cells = {(m, r, d, c) for m in MODELS for r, d in settings.REDUCTIONS for c in settings.CLUSTERINGS}
    assert cells == {(row.encoder, row.reduction, row.dims, row.clustering) for row in paper.TABLE1}


def test_every_cell_and_repeat_is_in_one_unit() -> None:
    units = plan(dict.fromkeys(MODELS, (2100, 512)), 8)
    runs = [(u.encoder, u.reduction, u.dims, r) for u in units for r in u.repeats]
    assert len(runs) == len(set(runs)) == 3 * 5 * 8  # and two clusterings each: 240 runs
    assert len({u.key for u in units}) == len(units)


def test_what_draws_nothing_is_reduced_once_for_all_repeats() -> None:
    units = plan({"simple": (2100, 512), "simclr": (300, 512)}, 3)
    every = {(u.encoder, u.reduction, u.dims) for u in units if u.repeats == (0, 1, 2)}
    # 256 components of 300 images: more than 80 % of what there can be, so PCA is exact
    assert every == {("simple", "none", 0), ("simclr", "none", 0), ("simclr", "pca", 256)}
    assert all(len(u.repeats) == 1 for u in units if (u.encoder, u.reduction, u.dims) not in every)


def test_the_longest_come_first() -> None:
    kinds = [unit.reduction for unit in plan({"simple": (2100, 512), "simclr": (2100, 512)}, 2)]
    assert kinds[:4] == ["tsne"] * 4
    assert kinds[4:6] == ["none"] * 2


def test_seeds_differ_between_units_and_stay_the_same() -> None:
    seeds = {seed_of(b, m, r, d, i) for b in (0, 1) for m in MODELS for r, d in settings.REDUCTIONS for i in range(8)}
    assert len(seeds) == 2 * 3 * 5 * 8
    assert all(0 <= seed < 2**31 for seed in seeds)
    # written down once: a change here changes every result
    assert seed_of(0, "simple", "tsne", 3, 0) == int(
        np.random.SeedSequence([0, 0, 0, 3, 0]).generate_state(1, np.uint32)[0]
    ) // 2


@pytest.mark.parametrize(("repeats", "text"), [((4,), "repeat 4"), ((0, 1, 2), "repeat 0-2")])
def test_a_key_names_the_unit(repeats: tuple[int, ...], text: str) -> None:
    assert Unit("simclr", "pca", 64, repeats).key == f"simclr, pca 64, {text}"


def test_a_unit_uses_the_seed_of_its_repeat_for_reduction_and_kmeans(tmp_path: Path) -> None:
    # No groups and no falling variances, so that the randomised PCA finds other axes with each seed.
    x = np.random.default_rng(0).normal(size=(520, 40)).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    true = np.arange(520) % 6
    found = []
    for repeat in (0, 1):
        rows = work(Task(Unit("simclr", "pca", 8, (repeat,)), tmp_path / "x.npy", true, 6, 3, 1))
        seed = seed_of(3, "simclr", "pca", 8, repeat)
        reduced = reduce(x, "pca", 8, seed)
        expected = [match(true, labels, 6).ari for labels in (kmeans(reduced, 6, seed, 1), hac(reduced, 6))]
        assert [row["ari"] for row in rows] == expected
        assert [(row["clustering"], row["repeat"], row["seed"]) for row in rows] == [("kmeans", repeat, seed),
                                                                                      ("hac", repeat, seed)]
        found.append(expected)
    assert found[0][1] != found[1][1]


def test_identical_images_are_in_one_cluster_after_tsne_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where a class ended between the places that t-SNE gives them."""
    of = np.concatenate([np.arange(40), np.arange(40)])
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)[of])
    seen: list[np.ndarray] = []

    def noted(true: np.ndarray, labels: np.ndarray, classes: int) -> object:
        seen.append(labels)
        return match(true, labels, classes)

    monkeypatch.setattr(grid, "match", noted)
    monkeypatch.setattr(grid, "kmeans", lambda x, k, *_: np.arange(len(x)) % k)
    work(Task(Unit("simple", "tsne", 2, (0,)), tmp_path / "x.npy", of % 3, 3, 0, 1))
    assert len(seen) == 2
    for labels in seen:
        assert (labels[:40] == labels[40:]).all()
