"""The tables recorded from runs of ours are those that their recorded runs give."""

from pathlib import Path

import pandas as pd

from paper_repro import paper
from paper_repro.base.provenance import Origin
from paper_repro.base.run import open_run
from paper_repro.experiments.grid import seed_of
from paper_repro.tables import duplicates, effects, table1
from tests.records_made import record

OWN = Path(__file__).parents[1] / "golden" / "own"
KEYS = ["encoder", "reduction", "dims", "clustering"]
WHY = "encoder not asked for in this run"


def test_swimcats_table_1_follows_from_its_runs(tmp_path: Path) -> None:
    runs = pd.read_csv(OWN / "swimcat-table1_runs.csv")
    missing = [[*key, WHY] for row in paper.TABLE1
               if (key := (row.encoder, row.reduction, row.dims, row.clustering))[0] != "simple"]
    pd.DataFrame(missing, columns=[*KEYS, "reason"]).to_csv(tmp_path / "not_run.csv", index=False)
    cells = table1.read_cells(OWN / "swimcat-table1_runs.csv", tmp_path / "not_run.csv", paper.REPEATS)
    block = table1.as_block(cells, "not comparable: SWIMCAT", [WHY])
    text = (OWN / "swimcat-table1.md").read_text(encoding="utf-8")
    assert block.grid("pipe") in text
    assert f"- [1] {WHY}." in text
    assert "stand-in weights" in text
    assert len(runs) == 10 * paper.REPEATS
    for row in runs.itertuples():
        assert row.seed == seed_of(0, row.encoder, row.reduction, row.dims, row.repeat)  # type: ignore[arg-type]


def test_swimcats_effects_follow_from_what_was_measured(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    run.results.mkdir(parents=True)
    (run.results / "effects.csv").write_bytes((OWN / "swimcat-effects_runs.csv").read_bytes())
    recorded = (OWN / "swimcat-effects.md").read_text(encoding="utf-8")
    weights = recorded.rstrip().splitlines()[-1].removeprefix("- ")
    assert "stand-in weights" in weights
    record(run.results / "effects.json", run, "effects", [weights],
           {"side": 64, "epochs": 6, "repeats": 8}, simulated=False, images=784)
    effects.write(run, Origin(False, (weights,)))
    assert (run.tables / "effects.md").read_text(encoding="utf-8") == recorded


def test_swimcats_duplicates_follow_from_what_was_measured() -> None:
    groups, means = (pd.read_csv(OWN / f"swimcat-duplicates_{name}.csv", keep_default_na=False, na_values=[""])
                     for name in ("groups", "means"))
    text = (OWN / "swimcat-duplicates.md").read_text(encoding="utf-8")
    blocks = duplicates.blocks(groups, means.fillna({"measure": ""}))
    for block in blocks:
        assert f"{block.title}\n\n{block.grid('pipe')}" in text
    assert len(blocks) == 6
    assert groups[groups["measure"] == "identical"]["groups"].item() == 17
    assert "stand-in weights" in text
