"""The simulated archive as a whole: the same bytes again, its layout, its faults, its size."""

import math
from pathlib import Path

import pandas as pd
import pytest

from paper_repro.base import stopping
from paper_repro.base.errors import UserError
from paper_repro.simulated import venus_archive
from paper_repro.simulated.venus_fields import Field
from paper_repro.steps import steps_of
from tests.simulated.archive_made import files, sample
from tests.steps_made import make


def test_same_seed_same_bytes(raw: Path, tmp_path: Path) -> None:
    venus_archive.make(tmp_path, seed=3, size=0.06)
    assert files(tmp_path) == files(raw)


def made(out: Path, seed: int, size: float) -> dict[str, str]:
    """Bring the archive up to date; its files."""
    run = sample(out, seed, size)
    make(run, "archive")
    return files(run.raw)


def why_made(out: Path, seed: int, size: float) -> str:
    """Why the archive would be made again; "" where it is up to date."""
    steps = steps_of(sample(out, seed, size))
    return steps.why_stale(steps.by_name["archive"])


@pytest.mark.usefixtures("few_bytes")
def test_another_seed_and_size(tmp_path: Path) -> None:
    larger = made(tmp_path, seed=3, size=1)
    smaller = made(tmp_path, seed=4, size=0.1)  # what is too much now goes away
    assert smaller.keys() < larger.keys()
    assert all(smaller[name] != larger[name] for name in smaller if name != "truth/observations.csv")
    assert why_made(tmp_path, seed=3, size=0.1)
    assert why_made(tmp_path, seed=4, size=1)
    assert made(tmp_path, seed=3, size=1) == larger


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


def test_an_archive_that_goes_on_has_other_files_later() -> None:
    one, two = (list(venus_archive.schedule(0.3, first)) for first in (0, 5))
    assert len(one) == len(two)
    assert not {name for shot in one for name in shot.files} & {name for shot in two for name in shot.files}
    last, first = (pick(shot.view.time_utc for shot in shots if shot.kind == "disc")
                   for pick, shots in ((max, one), (min, two)))
    assert last < first


@pytest.mark.usefixtures("few_bytes")
def test_complete_is_left_alone_and_incomplete_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = made(tmp_path, seed=3, size=0.06)
    with monkeypatch.context() as patch:
        patch.setattr(venus_archive, "take", lambda *_: pytest.fail("was made again"))
        assert made(tmp_path, seed=3, size=0.06) == before
    next(tmp_path.rglob("*.IMG")).unlink()
    assert made(tmp_path, seed=3, size=0.06) == before


@pytest.mark.usefixtures("few_bytes")
@pytest.mark.parametrize("earlier", [None, (3, 0.06)])
def test_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: tuple[int, float] | None) -> None:
    """Nothing that was begun passes for complete, with its settings or those of before; nothing of it stays."""
    fresh = made(tmp_path / "fresh", 3, 0.06)
    out = tmp_path / "out"
    if earlier:
        made(out, *earlier)
    begun: list[str] = []
    take = venus_archive.take

    def stop(raw: Path, shot: venus_archive.Shot, field: Field, seed: int) -> float:
        if shot.image not in fresh and begun:  # what only the larger archive has is there by now
            raise KeyboardInterrupt
        begun.extend(shot.files if shot.image not in fresh else [])
        return take(raw, shot, field, seed)

    with monkeypatch.context() as patch:
        patch.setattr(venus_archive, "take", stop)
        with pytest.raises(KeyboardInterrupt):
            made(out, seed=1, size=1)
    stopping.forget()
    raw = sample(out, 1, 1).raw
    assert begun
    assert all((raw / name).is_file() for name in begun)
    assert not list(raw.rglob("*.partial*"))
    assert why_made(out, seed=1, size=1)
    assert why_made(out, seed=3, size=0.06)
    assert made(out, seed=3, size=0.06) == fresh


def test_a_stopped_run_ends_after_the_image_at_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def take(_: Path, shot: venus_archive.Shot, *__: object) -> float:
        taken.append(shot.image)
        stopping.ask()
        return 0.8

    monkeypatch.setattr(venus_archive, "take", take)
    try:
        with pytest.raises(stopping.Stopped):
            venus_archive.make(tmp_path, seed=3, size=1)
    finally:
        stopping.forget()
    assert len(taken) == 1


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
