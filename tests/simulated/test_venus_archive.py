"""The simulated archive as a whole: the same bytes again, its layout, its faults, its size."""

import math
from pathlib import Path

import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.simulated import venus_archive
from tests.simulated.archive_made import files


def test_same_seed_same_bytes(raw: Path, tmp_path: Path) -> None:
    venus_archive.make(tmp_path, seed=3, size=0.06)
    assert files(tmp_path) == files(raw)


def test_names_are_unique_at_any_size() -> None:
    shots = [*venus_archive.schedule(20), *venus_archive.faults()]
    names = [name for shot in shots for name in shot.files]
    assert len(set(names)) == len(names)
    assert max(shot.view.time_utc for shot in shots) < "2025"
    assert min(shot.orbit for shot in shots) > 0


def test_a_larger_sample_begins_with_the_smaller() -> None:
    smaller, larger = list(venus_archive.schedule(0.3)), list(venus_archive.schedule(1))
    assert all(shot in larger for shot in smaller)
    assert {s.kind for s in smaller} == {"disc", "close-up", "northern"}


@pytest.mark.parametrize("size", [0.0, -1.0, math.inf, math.nan])
def test_size(size: float, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="size"):
        venus_archive.make(tmp_path, seed=1, size=size)


def test_layout_and_faults(raw: Path) -> None:
    names = set(files(raw))
    example = "uvi_20151207_052330_365_{}_v10.fit"
    assert f"{venus_archive.UVI_IMAGES}/r0001/{example.format('l2b')}" in names
    assert f"{venus_archive.UVI_GEOMETRY}/r0001/{example.format('l3bx')}" in names
    assert f"{venus_archive.VMC_SET}/DATA/2496/V2496_0041_UV2.IMG" in names
    truth = pd.read_csv(raw / "truth/observations.csv", keep_default_na=False)
    assert sorted(truth.fault) == [*[""] * 4, *["no-geometry"] * 2, "old-version", *["truncated"] * 2]
    assert truth.k.between(0.70, 0.85).all()
    assert {f"{'darts' if row.instrument == 'uvi' else 'psa'}/{row.source}" for row in truth.itertuples()} == {
        name for name in names if name.endswith("IMG") or "l2b" in name}
    assert len([n for n in names if "l2b" in n]) == len([n for n in names if "l3bx" in n]) + 1
    assert len([n for n in names if n.endswith("IMG")]) == len([n for n in names if n.endswith("GEO")]) + 1
    versions = [n for n in names if "l2b/" in n and n.endswith("_v20.fit")]
    assert len(versions) == 1
    assert versions[0].replace("v20", "v10") in names


def expected_bytes(shots: list[venus_archive.Shot]) -> float:
    """Planes of 4 bytes (image + 7, or a cube of 5 beside 2-byte pixels) and headers; 2/5 of a truncated geometry."""
    total = 0.0
    for shot in shots:
        pixels = math.prod(shot.view.shape)
        image, cube = (4 * pixels + 17e3, 28 * pixels + 45e3) if shot.instrument == "uvi" else (540e3, 5260e3)
        share = {"no-geometry": 0.0, "truncated": 0.4}.get(shot.fault, 1.0)
        total += image + share * cube
    return total


def test_budget(raw: Path) -> None:
    """The whole sample has at most 300 MB, extrapolated by a rule that holds for the small one."""
    faults = list(venus_archive.faults())
    found = sum(path.stat().st_size for path in raw.rglob("*") if path.is_file())
    assert expected_bytes([*venus_archive.schedule(0.06), *faults]) == pytest.approx(found, rel=0.01)
    shots = [*venus_archive.schedule(1.0), *faults]
    assert expected_bytes(shots) < 299e6
    assert len({shot.image for shot in shots}) == len(shots)
    kinds = [shot.kind for shot in venus_archive.schedule(1.0)]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"disc": 17, "close-up": 8, "northern": 18}
