"""Shares of classes: errors against a literal bootstrap, Cochran's formula, and skies whose shares are known."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from paper_repro.evolution import shares
from paper_repro.evolution.sightings import Floats, Sightings, sightings
from tests.counted import Name, calls_of

TRUE = np.array([0.5, 0.3, 0.2])


def images(count: int, seed: int, alike: float = 3.0, shares_of: Floats = TRUE) -> pd.DataFrame:
    """Images of 2 to 12 patches each; those of an image are alike: its own shares are drawn around the true ones."""
    rng = np.random.default_rng(seed)
    rows = [(f"{n:03d}.fit", label) for n in range(count)
            for label in rng.choice(len(shares_of), rng.integers(2, 13), p=rng.dirichlet(alike * shares_of))]
    return pd.DataFrame(rows, columns=["source", "class"])


def seen_in(table: pd.DataFrame) -> Sightings:
    return sightings(table, "table", ("0", "1", "2"))


def test_sums_are_of_one_row_fewer_drawn_with_replacement() -> None:
    counts = np.random.default_rng(1).integers(0, 9, (6, 2, 3)).astype(float)
    rng, expected = np.random.default_rng(5), []
    for _ in range(40):
        total = np.zeros((2, 3))
        for row, times in enumerate(rng.multinomial(5, [1 / 6] * 6)):
            for _ in range(times):
                total += counts[row]
        expected.append(total)
    assert np.array_equal(shares.drawn(counts, 40, 5), expected)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.random.default_rng(1).integers(0, 9, (6, 3)).astype(float)
    whole = shares.drawn(counts, 50, 5)
    monkeypatch.setattr(shares, "CHUNK", 20)
    assert np.array_equal(shares.drawn(counts, 50, 5), whole)


def test_the_error_is_cochrans_of_a_ratio() -> None:
    """Cochran (1977), Sampling Techniques, Eq. 6.13: m / (m - 1) sum (n_ic - p_c n_i)^2 / n^2, m images."""
    table = images(60, 3)
    found = shares.shares(seen_in(table), draws=20_000)
    counts = pd.crosstab(table["source"], table["class"]).to_numpy()
    for c in range(3):
        p, n = counts[:, c].sum() / counts.sum(), counts.sum()
        variance = 60 / 59 * sum((row[c] - p * row.sum()) ** 2 for row in counts) / n**2
        assert found.share[c] == pytest.approx(p, abs=1e-15)
        assert found.error[c] == pytest.approx(variance**0.5, rel=0.03)
        assert found.error[c] > 1.5 * (p * (1 - p) / n) ** 0.5  # what binomial errors would say


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    held = [(found.low <= TRUE) & (found.high >= TRUE) for seed in range(200)
            if (found := shares.shares(seen_in(images(25, seed)), draws=400, seed=seed))]
    assert 0.60 <= np.mean(held) <= 0.76
    assert (np.mean(held, axis=0) >= 0.57).all()


def test_a_class_never_seen_has_an_interval_of_as_many_blocks() -> None:
    table = images(12, 0).assign(**{"class": 1})
    found = shares.shares(seen_in(table))
    tail = (1 - shares.LEVEL) / 2  # Clopper and Pearson: (1 - p)^12 = tail
    assert found.share.tolist() == [0, 1, 0]
    assert found.low.tolist() == pytest.approx([0, tail ** (1 / 12), 0])
    assert found.high.tolist() == pytest.approx([1 - tail ** (1 / 12), 1, 1 - tail ** (1 / 12)])


def test_too_few_blocks_have_no_error() -> None:
    few, enough = (shares.shares(seen_in(images(count, 0))) for count in (shares.LEAST - 1, shares.LEAST))
    assert np.isnan([few.error, few.low, few.high]).all()
    assert few.share.sum() == pytest.approx(1)
    assert np.isfinite([enough.error, enough.low, enough.high]).all()


def test_a_table_has_a_row_for_each_group_and_class() -> None:
    table = images(30, 2)
    group = np.where(table["source"] < "010.fit", "early", "late")
    found = shares.table(seen_in(table), group, seed=4)
    assert found["group"].tolist() == ["early"] * 3 + ["late"] * 3
    for name, part in found.groupby("group"):
        rows = table[group == name]
        assert part["patches"].tolist() == [int((rows["class"] == c).sum()) for c in range(3)]
        assert (part["of"] == len(rows)).all()
        assert (part["observations"] == rows["source"].nunique()).all()
        alone = shares.shares(seen_in(rows), seed=4)
        assert part["error"].tolist() == alone.error.tolist()
        assert part["high"].tolist() == alone.high.tolist()
    assert found.equals(shares.table(seen_in(table), group, seed=4))


def group_by_group(seen: Sightings, group: NDArray[np.str_], draws: int) -> pd.DataFrame:
    """Shares in each group, all sightings read for each."""
    rows = []
    for name in np.unique(group):
        found = shares.shares(seen, np.flatnonzero(group == name), draws=draws)
        rows += [{"group": str(name), "class": label, "patches": int(found.count[c]), "of": found.patches,
                  "observations": found.observations, "blocks": found.blocks, "share": found.share[c],
                  "error": found.error[c], "low": found.low[c], "high": found.high[c]}
                 for c, label in enumerate(seen.names)]
    return pd.DataFrame(rows)


@pytest.mark.parametrize("groups", [1, 2, 5, 40, 400])
def test_groups_are_those_told_one_by_one(groups: int) -> None:
    rng = np.random.default_rng(groups)
    seen = seen_in(images(60, groups).sample(frac=1, random_state=groups))
    group = rng.choice([f"orbit {n}" for n in range(groups)], len(seen))
    pd.testing.assert_frame_equal(shares.table(seen, group, draws=50), group_by_group(seen, group, 50),
                                  check_exact=True)


def test_rows_by_number_are_those_of_a_table_of_their_own() -> None:
    table = images(30, 2)
    rows = np.flatnonzero(np.random.default_rng(1).random(len(table)) < 0.4)
    found, alone = shares.shares(seen_in(table), rows, draws=50), shares.shares(seen_in(table.iloc[rows]), draws=50)
    assert (found.patches, found.observations, found.blocks) == (alone.patches, alone.observations, alone.blocks)
    for name in ("count", "error", "low", "high"):
        assert np.array_equal(getattr(found, name), getattr(alone, name))


def test_twice_the_groups_are_twice_the_work() -> None:
    def calls(groups: int) -> int:
        number = np.arange(groups)
        seen = seen_in(pd.DataFrame({"source": [f"{n:04d}.fit" for n in number], "class": number % 3}))
        group = np.array([Name(f"orbit {n}") for n in range(groups)], dtype=object)
        return calls_of(lambda: shares.table(seen, group))

    assert calls(400) < 2.3 * calls(200)  # some of a sort's work is log N
