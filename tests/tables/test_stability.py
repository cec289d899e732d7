"""The table of how sure Venus' classes are: every number from its set's file, and what it is made of said."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv, write_json
from paper_repro.base.profile import Venus, VenusSet
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run, open_run
from paper_repro.tables import stability
from tests.records_made import record

ORIGIN = Origin(True, ("note 0", "note 1"))
SETS = ("uvi-3000km-flat", "vmc-25km-flat")
HEADINGS = ["classes", "silhouette", "bootstrap ARI", "its std", "trainings ARI", "its minimum", "gap", "its error",
            "smallest class", "largest class", "kept when turned"]


def measured(seed: int) -> pd.DataFrame:
    """A set's stability.csv, made up."""
    rng = np.random.default_rng(seed)
    shares = {name: rng.uniform(0, 1, 9) for name in ("silhouette", "bootstrap_ari_mean", "bootstrap_ari_std",
                                                      "seeds_ari_mean", "seeds_ari_min", "gap", "gap_error")}
    return pd.DataFrame({"k": range(2, 11), **shares, "smallest": rng.integers(1, 9, 9),
                         "largest": rng.integers(50, 99, 9), "kept": rng.uniform(0, 1, 9)})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Two classified sets; of the second there was only one training."""
    found = open_run("sample", tmp_path)
    sets = VenusSet("uvi", 3000.0), VenusSet("vmc", 25.0)
    found = dataclasses.replace(found, profile=dataclasses.replace(found.profile, venus=Venus("simulated", sets, (0,),
                                                                                              20)))
    for number, name in enumerate(SETS):
        table = measured(number)
        settings = {"seeds": [0, 1, 2], "bootstraps": 20, "clusters": 4}
        if number:
            table[["seeds_ari_mean", "seeds_ari_min"]] = np.nan
            settings = {"seeds": [0], "bootstraps": 1, "clusters": 4}
        write_csv(found.results / name / "stability.csv", table)
        write_json(found.results / name / "classes.json", {"classes": [{}] * 4, "by_gap": ""})
        record(found.results / name / "provenance.json", found, "venus", settings=settings)
    return found


def grids(text: str) -> list[list[list[str]]]:
    """The cells of each grid of a Markdown text."""
    blocks = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    return [[[cell.strip() for cell in line.strip("|").split("|")] for line in (lines[0], *lines[2:])]
            for lines in blocks]


def test_every_number_is_that_of_its_sets_file(run: Run) -> None:
    files = stability.write(run, ORIGIN).files
    assert [path.name for path in files] == ["stability.csv", "stability.md", "stability.tex"]
    first, second = grids(files[1].read_text())
    for number, grid in enumerate((first, second)):
        assert grid[0] == HEADINGS
        for cells, (_, row) in zip(grid[1:], measured(number).iterrows(), strict=True):
            expected = [f"{row['k']:.0f}", *(f"{row.iloc[place]:.3f}" for place in range(1, 8)),
                        f"{row['smallest']:.0f}", f"{row['largest']:.0f}", f"{row['kept']:.3f}"]
            assert cells == (expected if number == 0 else [*expected[:4], "not run", "not run", *expected[6:]])
    data = pd.read_csv(files[0])
    assert data["set"].tolist() == [SETS[0]] * 9 + [SETS[1]] * 9
    assert data["silhouette"].tolist() == [*measured(0)["silhouette"], *measured(1)["silhouette"]]


def test_it_says_of_how_many_runs_it_is_and_what_speaks_for_four_classes(run: Run) -> None:
    text, tex = (path.read_text() for path in stability.write(run, ORIGIN).files[1:])
    shares = measured(0)["silhouette"].tolist()
    best = max(shares)
    chosen = "" if shares[2] == best else f"; {shares[2]:.3f} with the 4 used here"
    for each in (text, tex):
        assert "uvi-3000km-flat: 3 trainings, 20 bootstraps. Highest among 2 to 10 classes: silhouette with " \
               f"{shares.index(best) + 2} ({best:.3f}{chosen})" in each
        assert "vmc-25km-flat: 1 training, 1 bootstrap. Highest among 2" in each
        for note in ("Made from simulated images.", *ORIGIN.notes, "The paper takes 4 classes"):
            assert note in each


@pytest.mark.parametrize("name", ["stability.csv", "provenance.json"])
def test_a_set_that_was_not_classified_is_named(run: Run, name: str) -> None:
    (run.results / SETS[1] / name).unlink()
    with pytest.raises(UserError, match=r"25km-flat: expected a finished classification .* run `python -m paper_repro"):
        stability.write(run, ORIGIN)
    assert not run.tables.exists()
