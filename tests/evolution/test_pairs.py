"""Pairs of the same place: each against a search through all patches, with distances on the sphere from vectors."""

import numpy as np
import pytest

from paper_repro.evolution import pairs as pairing
from paper_repro.evolution.pairs import Shape
from paper_repro.evolution.sightings import Sightings, sightings
from paper_repro.simulated.venus_camera import unit
from tests.evolution.moving_clouds import Clouds, observe

NEAR_KM, MOST_H = 900.0, 80.0


@pytest.fixture(scope="module")
def seen() -> Sightings:
    """Fourteen images of 16 patches, 8 h apart, drawn in blocks of two days."""
    return sightings(observe(Clouds(30.0), 14 / 3, 8, 3, 40.0), "table", block_h=48)


def literal_rate(latitude: float, wind: float, shape: str) -> float:
    """Degrees an hour: the way of an hour, m/s times 3600 s, on the circle of latitude."""
    bound = min(abs(latitude), 50.0)
    speed = wind if shape == "uniform" else wind * np.cos(np.radians(latitude))
    if shape == "uniform" and abs(latitude) > 50:  # as a solid body, with the rate of 50 degrees
        latitude = bound
    return float(speed * 3.6 / (2 * np.pi * pairing.RADIUS_KM * np.cos(np.radians(latitude))) * 360)


def literal(seen: Sightings, wind: float, shape: str) -> set[tuple[int, int]]:
    found = set()
    for i in range(len(seen)):
        for j in range(len(seen)):
            lag = seen.hours[j] - seen.hours[i]
            if not 0 < lag <= MOST_H:
                continue
            moved = seen.longitude[i] - literal_rate(seen.latitude[i], wind, shape) * lag
            cosine = unit(moved, seen.latitude[i]) @ unit(seen.longitude[j], seen.latitude[j])
            if np.arccos(np.clip(cosine, -1, 1)) * pairing.RADIUS_KM <= NEAR_KM:
                found.add((i, j))
    return found


@pytest.mark.parametrize("shape", ["rigid", "uniform"])
@pytest.mark.parametrize("wind", [-60.0, 0.0, 111.3])
def test_revisits_are_those_of_a_search_through_all(seen: Sightings, wind: float, shape: Shape) -> None:
    found = pairing.revisits(seen, NEAR_KM, MOST_H, wind, shape)
    assert len(found) > 0
    pairs = list(zip(found.i.tolist(), found.j.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert set(pairs) == literal(seen, wind, shape)
    assert found.lag == pytest.approx(seen.hours[found.j] - seen.hours[found.i])


def test_candidates_hold_the_revisits_of_every_wind_between(seen: Sightings) -> None:
    found = pairing.candidates(seen, NEAR_KM, MOST_H, (20.0, 160.0), "rigid")
    for wind in (20.0, 90.0, 160.0):
        kept = pairing.haversine(seen, found, wind, "rigid") <= pairing.reach(NEAR_KM)
        assert set(zip(found.i[kept].tolist(), found.j[kept].tolist(), strict=True)) == literal(seen, wind, "rigid")
    assert len(found) > len(set(zip(found.i.tolist(), found.j.tolist(), strict=True)))  # with whole turns between


def test_of_very_many_observations_a_part_is_looked_at(seen: Sightings, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pairing.candidates(seen, NEAR_KM, MOST_H, (0.0, 200.0), "rigid")
    monkeypatch.setattr(pairing, "MOST_PAIRS", len(whole) // 3)
    part = pairing.candidates(seen, NEAR_KM, MOST_H, (0.0, 200.0), "rigid")
    assert len(whole) // 3 < len(part) < len(whole)
    images, every = (set(seen.observation[pairs.i].tolist()) for pairs in (part, whole))
    assert images < every


def test_expected_shares_are_of_other_blocks_in_the_same_cell_or_belt(seen: Sightings,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    known, pairs = pairing.climate(seen), pairing.revisits(seen, NEAR_KM, MOST_H, 111.3, "rigid")
    for least in (3, 20):
        monkeypatch.setattr(pairing, "LEAST_KNOWN", least)
        found = pairing.expected(seen, known, pairs, pairs.j)
        for n, (i, j) in enumerate(zip(pairs.i, pairs.j, strict=True)):
            others = ~np.isin(seen.block, [seen.block[i], seen.block[j]])
            belt = others & (np.floor(seen.latitude / 15) == np.floor(seen.latitude[j] / 15))
            cell = belt & (np.floor(seen.local_time / 2) == np.floor(seen.local_time[j] / 2))
            rows = cell if cell.sum() >= least else belt
            if rows.sum() < least:
                assert np.isnan(found[n]).all()
            else:
                shares = [(seen.label[rows] == c).mean() for c in range(len(seen.names))]
                assert found[n] == pytest.approx(shares)


def test_no_observations_near_in_time_give_no_pairs(seen: Sightings) -> None:
    found = pairing.revisits(seen, NEAR_KM, 1.0, 111.3, "rigid")
    assert len(found) == 0
    assert pairing.expected(seen, pairing.climate(seen), found, found.i).shape == (0, 4)
