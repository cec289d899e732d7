"""docs/evidence.md: its tables are made of what is committed, and what it says isn't more than that."""

import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.experiments import settings
from tests.docs import evidence, evidence_page
from tests.docs.evidence import Collected
from tests.golden.evidence_files import EVIDENCE
from tests.golden.sums import OWN

MAIN = evidence.of_paper()


@pytest.fixture
def main() -> Collected:
    return MAIN


def cells(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()[2:]]


def test_a_cell_is_the_mean_of_its_trainings_and_their_repeats() -> None:
    trainings = [np.array([70.0, 72.0]), np.array([80.0, 84.0])]
    assert evidence.shown(trainings) == f"76.5 ± {((1 + 4) / 2) ** 0.5:.1f}"
    assert evidence.shown([]) == ""


def test_the_grid_stands_beside_the_papers(main: Collected) -> None:
    rows = cells(evidence.grid_table(main, None))
    assert len(rows) == 10
    shown = {(str(row.encoder), evidence.combination(row.reduction, row.dims, row.clustering)):
             f"{row.mean} ± {row.std}" for row in paper.TABLE1}
    for row in rows:
        assert row[-3:] == [shown[encoder, row[0]] for encoder in paper.ENCODER_NAMES]
    runs = main.runs[(main.runs["encoder"] == "simple") & (main.runs["reduction"] == "none")
                     & (main.runs["clustering"] == "hac")]["accuracy"]
    assert f"| no reduction, HAC | {100 * runs.mean():.1f} ± 0.0 |" in evidence.grid_table(main, None)


def test_the_papers_numbers_stand_beside_ours(main: Collected) -> None:
    text = evidence_page.page()
    assert "(the paper on Cloud-ImVN: Simple 73.0 %, SimCLR 84.5 %, Autoencoder 59.9 %)" in text
    assert "(paper: 84.5 %)" in text
    assert "(paper: 59.7 %)" in text
    colour, gray = (cells(part.split("\n\n")[1]) for part in evidence.confusion_tables(main))
    assert [row[-1] for row in colour] == ["96.9", "96.9", "74.3", "93.4", "80.3"]  # no thin white clouds in SWIMCAT
    assert [row[-1] for row in gray] == ["44.9", "88.0", "61.4", "78.3", "41.7"]
    low, high = evidence.by_chance(main, None).split(" to ")
    assert f"{100 * min(main.runs['chance_accuracy']):.1f}" == low < high
    assert evidence.by_chance(main, evidence.collected(evidence.AUTHORS)) + " % (single runs)" in text


def test_every_claim_is_counted_and_shown_once(main: Collected) -> None:
    text = evidence_page.page()
    counts = {name: len(evidence.outcome(main, name)) for name in evidence.OUTCOMES}
    assert sum(counts.values()) == len(evidence.REPLICATIONS) == len(main.judged)
    assert ", ".join(f"{counts[name]} {name}" for name in evidence.OUTCOMES) in text
    tables = {name: cells(evidence.claims_table(main, name)) for name in ("replicated", "not replicated")}
    assert {name: len(rows) for name, rows in tables.items()} == {name: counts[name] for name in tables}
    assert len(re.findall(r"`replicated\.[\w.-]+`", text)) == counts["not run"]
    assert "stand-in weights" in text


def test_trainings_are_told_with_their_time(main: Collected) -> None:
    rows = cells(evidence.trainings_table([main]))
    assert len(rows) == len(main.trainings)
    for row, training in zip(rows, main.trainings.to_dict("records"), strict=True):
        assert row[3:6] == [str(training["seed"]), str(training["epochs"]), str(training["weights_of_epoch"])]
        losses = main.losses[(main.losses["set"] == training["set"]) & (main.losses["model"] == training["model"])
                             & (main.losses["seed"] == training["seed"])]
        assert list(losses["epoch"]) == list(range(1, training["epochs"] + 1))
        assert training["weights_of_epoch"] in set(losses["epoch"])


def test_what_the_authors_recipe_gives_stands_first(main: Collected) -> None:
    authors = evidence.collected(evidence.AUTHORS)
    assert evidence_page.of_authors(main, None) == ""
    text = evidence_page.of_authors(main, authors)
    assert text in evidence_page.page().split("## Table 1")[0]
    runs = pd.read_csv(EVIDENCE / evidence.AUTHORS / "table1_seeds.csv", keep_default_na=False)
    row = runs[(runs["encoder"] == "simclr") & (runs["reduction"] == "none") & (runs["clustering"] == "hac")]
    assert f"SimCLR reaches {100 * row['accuracy'].mean():.1f} % (one training)" in text
    effects = pd.read_csv(OWN / "swimcat-effects_runs.csv")
    alone = effects[effects["cell"] == "none, hac"]
    seeds = [float(value) for value in alone[alone["change"] == "paper"]["accuracy"]]
    for name, value in zip(alone["change"], alone["accuracy"], strict=True):
        if name not in ("paper", "authors"):
            far = min(seeds) - float(value) > max(seeds) - min(seeds)
            assert (f"`{name}` ({100 * float(value):.1f} %)" in text) == far


def test_what_is_missing_is_said(main: Collected) -> None:
    said = evidence_page.not_run(main, None)
    ran = set(pd.read_csv(OWN / "swimcat-effects_runs.csv")["change"])
    small = said.partition("at 64 px, the effects of ")[2].partition(", and recipe")[0]
    for name in settings.variants():
        assert (f"`{name}`" in small) == (name not in ran)
    assert "Recipe `authors`" in said or "recipe `authors`" in said
    assert "224 x 224 px" in said
    assert ("the autoencoder" in said.lower()) == ("autoencoder" not in main.about["models"])


def test_rows_say_which_trainings_they_rest_on(main: Collected) -> None:
    assert evidence.rests_on("SWIMCAT; recipe paper; training seeds 0, 1; 128 px") == "seeds 0, 1"
    assert evidence.rests_on("SWIMCAT; stand-in weights; 128 px") == "–"
    for model in ("simclr", "autoencoder"):
        seeds = sorted({row["training_seed"] for row in main.runs.to_dict("records") if row["encoder"] == model})
        said = f"{paper.ENCODER_NAMES[model]} seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"
        assert said in evidence_page.page()
        assert str(seeds[0]) in main.seeds(model)
    trained = {name: evidence.rests_on(reason) != "–" for name, reason in main.judged["reason"].items()}
    assert trained["replicated.rotation"]
    assert not trained["replicated.hac-repeats.simple"]


def test_losses_drawn_again_say_how_sure_the_chosen_epoch_is(main: Collected) -> None:
    variances, text, epochs = list[float](), evidence_page.page(), dict[str, dict[str, list[float]]]()
    for path in main.folder.glob("redrawn-*.csv"):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            draws = [float(cell) for cell in line.split(",")[2:10]]
            variances.append(sum((draw - sum(draws) / 8) ** 2 for draw in draws) / 7)
            epochs.setdefault(path.stem, {})[line.split(",")[0]] = draws
    for by_epoch_drawn in epochs.values():
        chosen = Counter(min(by_epoch_drawn, key=lambda epoch: by_epoch_drawn[epoch][draw]) for draw in range(8))
        assert sum(chosen.values()) == 8
        for epoch, times in chosen.items():
            assert f"{times} of the 8 draws choose epoch {epoch}, whose accuracy" in text
    deviation = (sum(variances) / len(variances)) ** 0.5
    assert f"has a standard deviation of {deviation:.4f}." in text
    losses: dict[tuple[str, int], dict[int, float]] = {}
    for row in main.losses.to_dict("records"):
        if row["model"] == "simclr":
            losses.setdefault((row["set"], row["seed"]), {})[row["epoch"]] = row["test_loss"]
    for (name, seed), by_epoch in losses.items():
        first, second = sorted(by_epoch, key=by_epoch.__getitem__)[:2]
        near = sum(loss - by_epoch[first] < 2 * 2 ** 0.5 * deviation for loss in by_epoch.values())
        assert (f"| {name} | {seed} | {first} | {by_epoch[second] - by_epoch[first]:.4f} (epoch {second}) | "
                f"{near} of {len(by_epoch)} |") in text
