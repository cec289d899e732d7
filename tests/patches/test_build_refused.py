"""Patch sets of Venus that can't be made: what is said, and what is left."""

import re
from pathlib import Path

import pytest

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.walk import walk
from paper_repro.patches import build, dataset
from paper_repro.steps import steps_of
from tests.patches import tiny_archive
from tests.patches.tiny_archive import reasons_of, run_of


def test_a_set_without_a_patch_is_an_error_and_the_others_are_made(tmp_path: Path) -> None:
    root = tmp_path / "in"
    tiny_archive.add(root, 0)
    run = run_of(tmp_path / "out", root, (3000.0, 100.0))
    failed = walk(steps_of(run), ["statistics"], 1)
    assert re.search(r"uvi-100km: no observation .* gave a patch; .*left_out.csv", failed.pop("patches uvi-100km"))
    assert failed == {"patches uvi-100km-flat": "needs patches uvi-100km",
                      "statistics": "needs patches uvi-100km, patches uvi-100km-flat"}
    assert reasons_of(run, "uvi-100km")[0].startswith("resolution of ")
    for name in ("uvi-3000km", "uvi-3000km-flat"):
        assert len(dataset.open_set(run.patches(name))) > 0


def test_a_set_that_has_no_patch_any_more_is_gone(tmp_path: Path) -> None:
    root = tiny_archive.make(tmp_path / "in", 1)
    tiny_archive.build_once(tmp_path / "out", root)
    next(root.rglob("*l3bx*.fit")).unlink()
    run = run_of(tmp_path / "out", root)
    assert "patches uvi-3000km" in walk(steps_of(run), ["statistics"], 1)
    assert [path.name for path in run.patches("uvi-3000km").iterdir()] == ["left_out.csv"]
    with pytest.raises(UserError, match="expected a patch set, found none"):
        dataset.open_set(run.patches("uvi-3000km"))


def test_missing_archives_say_what_to_put_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["index", "--profile", "swimcat", "--out", str(tmp_path)]) == 2
    assert "name a folder with --ir1 or --ir2 or --lir or --uvi or --vmc" in capsys.readouterr().err
    assert cli.main(["index", "--profile", "paper", "--out", str(tmp_path)]) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert "data/paper/raw/darts: expected Akatsuki UVI files" in said
    assert "data/paper/raw/psa: expected Venus Express VMC files" in said
    assert "--uvi" in said
    assert "--vmc" in said
    assert not list(tmp_path.iterdir())


def test_a_patch_larger_than_its_planet_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path, tmp_path, (12104.0,))
    with pytest.raises(UserError, match=r"uvi-12104km: expected .* at most 12103.6 \(the planet's diameter\)"):
        build.make_set(run, run.venus_sets[0])
    assert not (tmp_path / "data").exists()
