"""The simulated archive as a step: when it is made again, and that nothing of another size or seed stays in it."""

import os
from pathlib import Path

import pytest

from paper_repro.base import step
from paper_repro.base.code import hash_of_module
from paper_repro.simulated import venus_archive
from paper_repro.simulated.venus_fields import Field
from tests.simulated.archive_made import files, sample
from tests.steps_made import damage, make_alone, stale

STEP = "archive"
pytestmark = pytest.mark.usefixtures("few_bytes")


def fresh(out: Path, seed: int = 3, size: float = 0.06) -> dict[str, str]:
    """The files of an archive that was made from nothing."""
    make_alone(sample(out, seed, size), STEP)
    return files(sample(out).raw)


def test_of_another_size_or_seed_nothing_stays(tmp_path: Path) -> None:
    larger, smaller = fresh(tmp_path / "a", size=1), fresh(tmp_path / "b", seed=4, size=0.1)
    assert smaller.keys() < larger.keys()
    assert all(smaller[name] != larger[name] for name in smaller if not name.startswith("truth/obs"))
    out = tmp_path / "out"
    for seed, size, expected in ((3, 1.0, larger), (4, 0.1, smaller), (3, 1.0, larger)):
        assert STEP in stale(sample(out, seed, size), STEP)
        make_alone(sample(out, seed, size), STEP)
        assert files(sample(out).raw) == expected
        assert stale(sample(out, seed, size), STEP) == {}


@pytest.mark.parametrize("earlier", [False, True])
def test_interrupted_it_is_not_there_and_nothing_of_it_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                             earlier: bool) -> None:
    """Images that an interrupted run of another size left would be read as observations."""
    take, left = venus_archive.take, iter(range(30))

    def stop(raw: Path, shot: venus_archive.Shot, field: Field, seed: int) -> float:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return take(raw, shot, field, seed)

    run, larger = sample(tmp_path / "out"), sample(tmp_path / "out", size=1)
    if earlier:
        make_alone(sample(tmp_path / "out", seed=9), STEP)
    with monkeypatch.context() as patch:
        patch.setattr(venus_archive, "take", stop)
        with pytest.raises(KeyboardInterrupt):
            make_alone(larger, STEP)
    assert STEP in stale(larger, STEP)
    assert STEP in stale(run, STEP)
    make_alone(run, STEP)
    assert files(run.raw) == fresh(tmp_path / "fresh")


@pytest.mark.parametrize("how", ["gone", "other"])
@pytest.mark.parametrize("suffix", [".IMG", ".fit", ".csv"])
def test_damaged_it_is_made_again(tmp_path: Path, how: str, suffix: str) -> None:
    before = fresh(tmp_path)
    raw = sample(tmp_path).raw
    path = next(raw.rglob(f"*{suffix}"))
    why = f"{path.relative_to(raw).as_posix()} is {damage(path, how, -1)}"
    assert stale(sample(tmp_path), STEP) == {STEP: why}
    make_alone(sample(tmp_path), STEP)
    assert files(raw) == before
    assert stale(sample(tmp_path), STEP) == {}


def test_it_is_left_alone_until_what_decides_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh(tmp_path)
    for path in sample(tmp_path).raw.rglob("*"):
        os.utime(path, (1, 1))
    assert stale(sample(tmp_path), STEP) == {}
    assert stale(sample(tmp_path, seed=4), STEP) == {STEP: "seed changed from 3 to 4"}
    for module, stays in (("simulated.venus_camera", False), ("simulated.sky_photographs", True)):
        with monkeypatch.context() as patch:
            patch.setattr(step, "hash_of_module",
                          lambda name, module=module: "0" if name == module else hash_of_module(name))
            assert (stale(sample(tmp_path), STEP) == {}) == stays
