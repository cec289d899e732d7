"""SCAN as an experiment: its runs against those of its parts, stopped and resumed; in place of HAC for any folder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, Run
from paper_repro.clustering import scan as clustering
from paper_repro.clustering import ward
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.score import match
from paper_repro.encoders import encode
from paper_repro.encoders.weights import random_state
from paper_repro.experiments import scan, settings
from paper_repro.experiments.grid import seed_of
from paper_repro.patches.dataset import open_set
from paper_repro.tables import scan as table
from tests.experiments import conftest
from tests.experiments.folders_made import N, classify, images, small, table_of

MakeRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few heads and epochs."""
    short = clustering.Settings(heads=2, epochs=3, batch=32, labelling_epochs=3)
    monkeypatch.setattr(clustering, "Settings", lambda: short)


def runs(run: Run) -> pd.DataFrame:
    return pd.read_csv(settings.scan_folder(run, COLOUR) / "runs.csv")


def test_its_runs_are_those_of_its_parts(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    made = scan.classify_photographs(run, COLOUR, jobs=1)
    assert made.notes == (scan.NOTE,)
    found, true = runs(run), open_set(run.patches(COLOUR)).labels
    assert true is not None
    assert len(found) == 2 * 2 * 4  # encoders, repeats, clusterings
    for encoder in ("simple", "simclr"):
        x = np.load(run.features(COLOUR, encoder))
        for repeat in range(2):
            seed = seed_of(7, encoder, "none", 0, repeat)
            one = clustering.scan(x, 6, seed)
            expected = {"hac": hac(x, 6), "scan": one.labels, "scan, before self-labelling": one.before}
            rows = found[(found["encoder"] == encoder) & (found["repeat"] == repeat)].set_index("clustering")
            for name, labels in expected.items():
                assert rows.loc[name, "accuracy"] == pytest.approx(match(true, labels, 6).accuracy)
            assert rows.loc["scan", "loss"] == pytest.approx(one.losses.min())
            assert rows.loc["scan", "confident"] == pytest.approx(one.confident[1])
    scores = read_json(settings.scan_folder(run, COLOUR) / "scores.json") or {}
    shown = found[(found["encoder"] == "simclr") & (found["repeat"] == 0) & (found["clustering"] == "scan")]
    assert (scores["model"], scores["clustering"]) == ("simclr", "scan")
    assert scores["accuracy"] == pytest.approx(shown["accuracy"].item())


def test_stopped_it_resumes_to_the_same_bytes(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, stopped = tiny(tmp_path / "whole"), tiny(tmp_path / "stopped")
    scan.classify_photographs(whole, COLOUR, jobs=1)
    begun = conftest.interrupted_after(2, scan, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        scan.classify_photographs(stopped, COLOUR, jobs=1)
    scan.classify_photographs(stopped, COLOUR, jobs=1)
    assert len(begun) == len(set(begun)) == 4
    assert (settings.scan_folder(stopped, COLOUR) / "runs.csv").read_bytes() == \
        (settings.scan_folder(whole, COLOUR) / "runs.csv").read_bytes()


def test_the_table_has_the_gain_over_hac(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    for name in run.photo_sets:
        with pytest.raises(UserError, match="run `python -m paper_repro run scan"):
            table.write(run, Origin())
        if name != COLOUR:
            conftest.make_set(run, name)
            conftest.make_features(run, name)
        scan.classify_photographs(run, name, jobs=1)
    csv, markdown, _ = table.write(run, Origin()).files
    found = pd.read_csv(csv).set_index(["set", "encoder", "clustering"])
    means = runs(run).groupby(["encoder", "clustering"])["accuracy"].mean()
    gain = 100 * (means["simclr", "scan"] - means["simclr", "hac"])
    assert found.loc[(COLOUR, "simclr", "scan"), "gain_over_hac_points"] == pytest.approx(gain)
    assert f"{gain:+.1f} (" in markdown.read_text()


def test_a_folder_is_classified_by_it_and_again_by_hac_where_that_is_asked_for(tmp_path: Path) -> None:
    torch.save(random_state(5), tmp_path / "random.pth")
    run, where = small(tmp_path / "out", tmp_path / "random.pth"), images(tmp_path / "sky", labelled=True)
    by_hac = table_of(classify(run, where))
    target = classify(run, where, clustering="scan")
    found, features = table_of(target), encode.open_features(run.features("sky", "simple")).values
    expected = ward.by_size(clustering.scan(features, 3, seed_of(0, "simple", "none", 0, 0)).labels)
    assert found["class"].tolist() == expected.tolist()
    assert (read_json(target / "scores.json") or {})["clustering"] == "scan"
    assert len(found) == N
    pd.testing.assert_frame_equal(table_of(classify(run, where)), by_hac)
