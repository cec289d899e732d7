"""The table of Table 1 over several trainings: literal spreads, the paper's numbers only where they compare."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from statistics import fmean, pstdev, stdev

import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.patches.dataset import PatchSet
from paper_repro.tables import seeds
from tests.tables.conftest import KEYS, over

Grid = Callable[..., pd.DataFrame]


def body(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_each_spread_is_the_literal_one(sample: Run, make_grid: Grid) -> None:
    runs = over(sample, make_grid(sample), 3)
    csv, markdown, _ = seeds.write(sample, Origin()).files
    shown = body(markdown)
    for (_, line), cells, row in zip(pd.read_csv(csv).iterrows(), shown, paper.TABLE1, strict=True):
        assert tuple(line[KEYS]) == (row.encoder, row.reduction, row.dims, row.clustering)
        mine = runs[(runs[KEYS] == line[KEYS]).all(axis=1)]
        if row.dims == 256:
            assert cells[5] == "not run: 256 components need at least 256 images, there are 24"
            assert math.isnan(line["mean_percent"])
            continue
        each = [[100 * a for a in mine[mine["training_seed"] == s]["accuracy"]] for s in mine["training_seed"].unique()]
        assert line["mean_percent"] == pytest.approx(fmean(fmean(one) for one in each))
        within = math.sqrt(fmean(pstdev(one) ** 2 for one in each))
        assert line["std_within_percent"] == pytest.approx(within)
        assert line["chance_accuracy_percent"] == pytest.approx(100 * mine["chance_accuracy"].mean())
        assert cells[6] == f"{line['chance_accuracy_percent']:.1f}"
        assert (cells[5], cells[8]) == (f"{line['mean_percent']:.1f}", f"{line['std_within_percent']:.1f}")
        if row.encoder == "simple":
            assert (cells[4], cells[7], line["trainings"]) == ("0", "not trained", 0)
        else:
            between = stdev(fmean(one) for one in each)
            assert line["std_between_percent"] == pytest.approx(between)
            assert (cells[4], cells[7], line["trainings"]) == ("3", f"{line['std_between_percent']:.1f}", 3)


def test_one_training_has_no_spread_between_trainings(sample: Run, make_grid: Grid) -> None:
    over(sample, make_grid(sample), 1)
    csv, markdown, _ = seeds.write(sample, Origin()).files
    assert {cells[7] for cells in body(markdown) if cells[0] != "Simple" and cells[2] != "256"} == {"one training"}
    assert pd.read_csv(csv)["std_between_percent"].isna().all()


def test_what_is_simulated_says_so_and_has_no_number_of_the_paper(sample: Run, make_grid: Grid) -> None:
    notes = ("random weights",)
    over(sample, make_grid(sample), 2, notes=notes)
    csv, markdown, tex = seeds.write(sample, Origin(True, notes)).files
    assert {cells[-1] for cells in body(markdown)} == {"not comparable: simulated"}
    assert pd.read_csv(csv)[["paper_mean", "paper_std"]].isna().all(axis=None)
    for text in (markdown.read_text(), tex.read_text()):
        assert "Made from simulated images." in text
        assert "random weights" in text
        assert "Trained with the seeds 0, 1; 8 repeats with each." in text


@pytest.mark.parametrize("colour", [True, False])
def test_the_papers_numbers_stand_beside_those_of_its_own_photographs(
    real: Run, make_grid: Grid, make_cloud_imvn: Callable[..., PatchSet], monkeypatch: pytest.MonkeyPatch, colour: bool
) -> None:
    over(real, make_grid(real), 2)
    photographs = dataclasses.replace(make_cloud_imvn(colour), provenance=make_cloud_imvn().provenance)
    monkeypatch.setattr(seeds, "open_set", lambda _: photographs)
    _, markdown, _ = seeds.write(real, Origin()).files
    expected = [[row.printed, row.std] if colour else ["not comparable: gray photographs"] for row in paper.TABLE1]
    assert [cells[9:] for cells in body(markdown)] == expected


@pytest.mark.parametrize("name", ["table1_seeds.csv", "table1_seeds.json", "table1_not_run.csv"])
def test_without_the_runs_it_says_what_to_run(sample: Run, make_grid: Grid, name: str) -> None:
    over(sample, make_grid(sample), 2)
    (sample.results / name).unlink()
    with pytest.raises(UserError, match="run `python -m paper_repro run seeds"):
        seeds.write(sample, Origin())
    assert not sample.tables.exists()
