"""Two periods compared: what changed is called so, what did not isn't, and where a camera looked is no change."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.evolution import compare as comparing
from paper_repro.evolution import shares
from paper_repro.evolution.compare import compare, exchanged, standardised
from paper_repro.evolution.sightings import Floats
from tests.evolution.test_shares import TRUE, images

OTHER = np.array([0.2, 0.3, 0.5])


def test_differences_are_those_of_the_shares() -> None:
    first, second = images(30, 1), images(40, 2, shares_of=OTHER)
    found = compare(first, second)
    parts = [table["class"].value_counts(normalize=True).sort_index().to_numpy() for table in (first, second)]
    assert found.table["difference"].to_numpy() == pytest.approx(parts[1] - parts[0])
    assert found.moved == pytest.approx(np.abs(parts[1] - parts[0]).sum() / 2)
    assert (found.patches, found.observations, found.blocks) == ((len(first), len(second)), (30, 40), (30, 40))
    squares = found.table["error_first"] ** 2 + found.table["error_second"] ** 2
    assert ((found.table["high"] - found.table["low"]) / 2).to_numpy() == pytest.approx(squares**0.5, rel=0.1)
    assert (found.table["low_95"] < found.table["low"]).all()


def test_a_change_is_told_and_its_direction() -> None:
    found = compare(images(80, 1), images(80, 2, shares_of=OTHER))
    assert found.p_value < 0.01
    assert found.table["changed"].iloc[[0, 2]].all()
    assert found.sentence.startswith("The classes' shares changed beyond their errors (p = ")
    assert "class 0 by -" in found.sentence
    assert "class 2 by +" in found.sentence
    assert "can't be told" in found.sentence


def test_where_nothing_changed_nothing_is_called_changed() -> None:
    found = [compare(images(20, 2 * n), images(20, 2 * n + 1), draws=400, seed=n) for n in range(200)]
    false = np.mean([one.table["changed"].any() for one in found])
    assert false <= 0.09  # 0.05, and what 200 comparisons scatter
    assert 0.01 <= np.mean([one.p_value <= 0.05 for one in found]) <= 0.09
    held = [(one.table["low"] <= 0) & (one.table["high"] >= 0) for one in found]
    assert 0.60 <= np.mean(held) <= 0.76


def test_the_permutation_test_is_the_literal_one() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 9, (4, 2)).astype(float), rng.integers(0, 9, (5, 2)).astype(float)

    def moved(one: Floats, other: Floats) -> float:
        return float(sum(abs(one[:, c].sum() / one.sum() - other[:, c].sum() / other.sum()) for c in range(2)) / 2)

    every, member = np.concatenate([first, second]), np.arange(9) < 4
    deals = np.random.default_rng(7).permuted(np.tile(member, (300, 1)), axis=1)
    more = sum(moved(every[deal], every[~deal]) >= moved(first, second) - 1e-12 for deal in deals)
    assert exchanged(first, second, 300, 7) == pytest.approx((1 + more) / 301)


def at_once(first: Floats, second: Floats, deals: int, seed: int) -> float:
    """The permutation test's p with all deals held in memory."""
    every, rng = np.concatenate([first, second]), np.random.default_rng(seed)
    member = np.arange(len(every)) < len(first)
    orders = np.concatenate([member[None], rng.permuted(np.tile(member, (deals, 1)), axis=1)])
    one, other = orders @ every, ~orders @ every
    moved = np.abs(one / one.sum(1, keepdims=True) - other / other.sum(1, keepdims=True)).sum(axis=1) / 2
    return float((moved >= moved[0] - 1e-12).mean())


@pytest.mark.parametrize("chunk", [1, 100, 999, 1 << 22])
def test_deals_in_chunks_are_those_dealt_at_once(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "CHUNK", chunk)
    rng, found = np.random.default_rng(4), set()
    for seed in range(40):
        k, deals = rng.integers(1, 12), int(rng.integers(0, 150))
        first, second = (rng.integers(1, 90, (rng.integers(1, 60), k)).astype(float) for _ in range(2))
        p_value = exchanged(first, second, deals, seed)
        assert p_value == at_once(first, second, deals, seed)
        found.add(p_value)
    assert len(found) > 20


def test_not_all_deals_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "CHUNK", 1 << 17)
    first, second = (np.random.default_rng(n).integers(1, 9, (2000, 3)).astype(float) for n in range(2))
    tracemalloc.start()
    try:
        exchanged(first, second, 1000, 0)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 4000 * 1000  # a byte for each block and deal


def test_standardised_shares_are_the_literal_ones() -> None:
    rng = np.random.default_rng(3)
    counts, weight = rng.integers(0, 4, (5, 3, 2)).astype(float), np.array([0.2, 0.3, 0.5])
    counts[0, 1] = 0
    counts[1] = 0
    found = standardised(counts, weight)
    for row, share in zip(counts, found, strict=True):
        used = [n for n in range(3) if row[n].sum()]
        if not used:
            assert np.isnan(share).all()
            continue
        total = sum(weight[n] for n in used)
        assert share == pytest.approx(sum(weight[n] / total * row[n] / row[n].sum() for n in used))


def placed(count: int, seed: int, north: float) -> pd.DataFrame:
    """Images whose classes depend on latitude alone: `north` of the patches lie where class 2 is common."""
    rng = np.random.default_rng(seed)
    table = images(count, seed)
    high = rng.random(len(table)) < north
    draw = [rng.choice(3, p=OTHER if one else TRUE) for one in high]
    table["class"] = draw
    return table.assign(latitude_deg=np.where(high, 50.0, 10.0), local_time_h=12.5)


def test_looking_elsewhere_is_no_change_at_equal_coverage() -> None:
    found = compare(placed(60, 1, 0.2), placed(60, 2, 0.8))
    assert found.table["changed"].tolist() == [True, False, True]
    assert not found.table["changed_equal"].any()
    assert found.table["difference_equal"].abs().max() < 0.06
    assert found.covered == (1.0, 1.0)
    assert found.sentence.endswith("At equal coverage (places that both periods have: 100 % and 100 % of their "
                                   "patches) no class changed beyond its error.")


def test_places_that_only_one_period_has_are_left_out_and_told() -> None:
    first, second = placed(40, 1, 0.5), placed(40, 2, 0.5)
    half = compare(first, second[second["latitude_deg"] < 40])
    assert half.covered == ((first["latitude_deg"] < 40).mean(), 1.0)
    none = compare(first[first["latitude_deg"] < 40], second[second["latitude_deg"] > 40])
    assert none.covered == (0.0, 0.0)
    assert none.table["difference_equal"].isna().all()
    assert "can't be told" in none.sentence


def test_too_few_images_are_refused_with_their_number() -> None:
    found = compare(images(3, 1), images(40, 2), where=("a.csv", "b.csv"))
    assert found.sentence == ("a.csv: 3 observations, each image by itself, no times known: too few for an error; "
                              "5 images are needed.")
    timed = images(3, 1).assign(time_utc="2016-01-01")
    assert compare(timed, images(40, 2), where=("a.csv", "b.csv")).sentence == (
        "a.csv: 3 observations in 1 block of 240 h: too few for an error; 5 blocks are needed.")
    assert compare(timed, images(40, 2), where=("a.csv", "b.csv"), block_h=0).sentence == (
        "a.csv: 3 observations, each image by itself: too few for an error; 5 images are needed.")
    assert found.table[["error_first", "low", "high", "low_95"]].isna().all(axis=None)
    assert not found.table["changed"].any()
    assert np.isnan(found.p_value)
    assert found.table["difference"].notna().all()


def test_few_images_in_common_places_have_no_interval_there() -> None:
    first, second = placed(40, 1, 0.5), placed(40, 2, 0.5)
    second.loc[second["source"] >= "003.fit", "latitude_deg"] = -60.0
    found = compare(first, second).table
    assert found["low_equal"].isna().all()
    assert found["difference_equal"].notna().all()
    assert not found["changed_equal"].any()


def test_a_class_that_one_period_lacks_has_a_row() -> None:
    found = compare(images(9, 1).replace({"class": {2: 1}}), images(9, 2)).table
    assert found["class"].tolist() == ["0", "1", "2"]
    assert found["share_first"].iloc[2] == 0
    assert comparing.SURE == 0.05


def test_noise_has_its_share_and_is_called_so() -> None:
    first, second = images(80, 1), images(80, 2, shares_of=OTHER)
    known = compare(first, second)
    found = compare(*(table.assign(**{"class": table["class"].replace({2: -1})}) for table in (first, second)))
    assert found.table["class"].tolist() == ["0", "1", "noise"]
    pd.testing.assert_frame_equal(found.table.drop(columns="class"), known.table.drop(columns="class"))
    assert ", noise by +" in found.sentence
    assert "class noise" not in found.sentence


@pytest.mark.parametrize("place", [0, 1])
def test_an_empty_class_is_refused_in_a_sentence(place: int) -> None:
    tables = [images(40, 1), images(40, 2)]
    tables[place]["class"] = tables[place]["class"].where(tables[place].index != 3)
    with pytest.raises(UserError, match=f"^{'ab'[place]}.csv: expected a class in each row, found none in row 3 "):
        compare(*tables, where=("a.csv", "b.csv"))
    del tables[place]["class"]
    with pytest.raises(UserError, match=f"^{'ab'[place]}.csv: expected a column 'class'"):
        compare(*tables, where=("a.csv", "b.csv"))
