"""Life times and transitions: known ones recovered, literal counts, and what is refused with the number of pairs."""

import numpy as np
import pandas as pd
import pytest

from paper_repro.evolution import lives, persistence
from paper_repro.evolution import pairs as pairing
from paper_repro.evolution.sightings import Sightings, sightings
from tests.evolution.moving_clouds import Clouds, observe
from tests.evolution.recovery import WIND

NEAR_KM, MOST_H = 600.0, 120.0
SHARES = (0.4, 0.3, 0.2, 0.1)


def measured(seen: Sightings, most_h: float = MOST_H, wind: float = float(WIND)) -> lives.Lives:
    known, pairs = pairing.climate(seen), pairing.revisits(seen, NEAR_KM, most_h, wind, "rigid")
    pairs, made = persistence.terms(seen, known, pairs)
    return lives.measure(seen, persistence.by_lag(seen, pairs, made, np.linspace(0, most_h, 11)))


def seen_in(days: float, every_h: float, life_h: float, seed: int = 1) -> Sightings:
    return sightings(observe(Clouds(life_h, SHARES, SHARES), days, every_h, seed, 30.0), "table")


@pytest.fixture(scope="module")
def long() -> Sightings:
    """1,200 images of clouds that live 30 h."""
    return seen_in(300, 6, 30.0)


def test_life_times_are_recovered_of_all_classes_and_of_each(long: Sightings) -> None:
    found = measured(long).lives.set_index("class")
    assert found.index.tolist() == ["all", "0", "1", "2", "3"]
    assert (found["refused"] == "").all()
    assert found.loc["all", "life_h"] == pytest.approx(30, rel=0.1)
    for name, share in zip("0123", SHARES, strict=True):
        one = found.loc[name]
        assert one["share"] == pytest.approx(share, abs=0.03)
        assert one["life_h"] == pytest.approx(30, rel=0.25)
        # a two-state chain: decay d = (1 - p) / T, formation f = p / T
        assert one["stay_h"] == pytest.approx(one["life_h"] / (1 - one["share"]))
        assert one["wait_h"] == pytest.approx(one["life_h"] / one["share"])
        assert one["stay_h_low"] < one["stay_h"] < one["stay_h_high"]
        assert one["life_h_low"] < one["life_h"] < one["life_h_high"]


def test_the_curve_is_persistence_by_lag(long: Sightings) -> None:
    curve = measured(long).curve
    whole = curve[(curve["class"] == "all") & curve["r"].notna()]
    kept = whole["r"] / np.exp(-whole["lag_h"] / 30)
    assert (kept.iloc[:3] > 0.6).all()  # patches beside a cell's border lower all alike
    assert kept.iloc[:3].max() / kept.iloc[:3].min() < 1.15
    assert (whole["low"] <= whole["r"]).all()
    assert (whole["r"] <= whole["high"]).all()
    assert ((whole["high"] - whole["low"]) / 2).to_numpy() == pytest.approx(whole["error"], rel=0.35)
    few = curve[curve["pairs"] < 100]
    assert few["r"].isna().all()


def test_transitions_are_counted_literally(long: Sightings) -> None:
    known, pairs = pairing.climate(long), pairing.revisits(long, NEAR_KM, 24.0, float(WIND), "rigid")
    found = lives.transitions(long, known, pairs, 12.0)
    p, q = (pairing.expected(long, known, pairs, of) for of in (pairs.i, pairs.j))
    chosen = (pairs.lag <= 12.0) & np.isfinite(p[:, 0]) & np.isfinite(q[:, 0])
    counts = pd.crosstab(long.label[pairs.i[chosen]], long.label[pairs.j[chosen]]).to_numpy()
    for n, row in enumerate(found.itertuples()):
        c, d = divmod(n, 4)
        assert (row.first, row.then) == (str(c), str(d))
        assert row.pairs == counts[c, d]
        assert row.of == counts[c].sum()
        assert row.share == pytest.approx(counts[c, d] / counts[c].sum())
        total = sum(p[pair, c] * q[pair] for pair in np.flatnonzero(chosen))
        assert row.expected == pytest.approx(total[d] / total.sum())
    stay = found[found["first"] == found["then"]]
    assert (stay["low"] > stay["expected"]).all()
    assert (found["high"] >= found["share"]).all()


@pytest.mark.parametrize(("days", "every_h", "life_h", "most_h", "said"), [
    (400, 200, 30.0, 120.0, "too few for a life time: 0 pairs of the same place seen again within 120 h where other "
                            "blocks of time tell what to expect, in 0 blocks of time; 100 in 5 blocks are needed."),
    (36, 8, 30.0, 120.0, "too few for a life time: "),
    (100, 8, 30.0, 16.0, "too few to see a decay: "),
    (100, 8, 1.0, 120.0, "no persistence beyond what is expected in "),
    (200, 6, 1e6, 40.0, "longer than "),
])
def test_what_cannot_be_told_is_refused_with_the_number_of_pairs(days: float, every_h: float, life_h: float,
                                                                 most_h: float, said: str) -> None:
    seen = seen_in(days, every_h, life_h)
    found = measured(seen, most_h).lives.iloc[0]
    assert found["refused"].startswith(said)
    assert f"{found['pairs']:,} pairs" in found["refused"]
    assert found[[name for name in lives.NUMBERS if name != "amplitude"]].isna().all()


def of_decay(life_h: float, scatter: float = 0.3, seed: int = 0) -> pd.Series:
    """The life of a class of share 0.3 whose persistence is exp(-lag / life_h) in 12 blocks, with a scatter in each."""
    edges = np.linspace(0, MOST_H, 11)
    lag, shape = (edges[:-1] + edges[1:]) / 2, (12, 10, 1)
    upper = 100 * np.exp(-lag / life_h)[None, :, None] + np.random.default_rng(seed).normal(0, scatter, shape)
    seen = sightings(pd.DataFrame({"class": [0], "source": ["a"]}), "table")
    sums = persistence.ByLag(edges, lag, upper, np.full(shape, 100.0), np.full(shape, 30.0), np.full(shape[:2], 100.0))
    return lives.measure(seen, sums).lives.iloc[1]


@pytest.mark.parametrize(("life_h", "scatter", "said"), [
    (3.0, 0.3, "shorter than 7.5 h: persistence falls faster than can be told from 12,000 pairs "),
    (7.4, 0.3, "shorter than 7.5 h: persistence falls faster than can be told from 12,000 pairs "),
    (5.0, 20.0, "below 16.9 h: the interval reaches the shortest life time tried, 7.5 h, in 12,000 pairs "),
    (5.0, 40.0, "anything from below 7.5 h to above 120 h, in 12,000 pairs "),
])
def test_what_may_be_shorter_than_all_life_times_tried_is_no_number(life_h: float, scatter: float, said: str) -> None:
    found = of_decay(life_h, scatter)
    assert found["refused"].startswith(said)
    assert found["refused"].endswith("would tell.")
    assert found[list(lives.NUMBERS)].isna().all()


def test_a_life_time_just_above_the_shortest_tried_is_told() -> None:
    found = of_decay(8.5)
    assert found["refused"] == ""
    assert found["life_h"] == pytest.approx(8.5, rel=0.02)
    assert 7.5 < found["life_h_low"] < found["life_h"] < found["life_h_high"]


def test_an_interval_without_an_upper_end_has_none_for_stays_and_waits_either() -> None:
    found = of_decay(8.5, 60.0)
    assert found["refused"] == ""
    assert found[["life_h", "stay_h", "wait_h", "life_h_low", "stay_h_low", "wait_h_low"]].notna().all()
    assert found[["life_h_high", "stay_h_high", "wait_h_high"]].isna().all()


def test_too_few_pairs_have_no_share_of_transitions() -> None:
    seen = seen_in(36, 24, 30.0)
    pairs = pairing.revisits(seen, NEAR_KM, 24.0, float(WIND), "rigid")
    found = lives.transitions(seen, pairing.climate(seen), pairs, 24.0)
    assert (found["of"] < 100).all()
    assert found[["share", "expected", "error", "low", "high"]].isna().all(axis=None)
