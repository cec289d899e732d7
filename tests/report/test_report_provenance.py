"""The report's provenance: the record of every step, what was made by other code, what was kept, what it took."""

from pathlib import Path
from typing import Any

import pytest

from paper_repro.base.code import hash_of_module, version_of
from paper_repro.base.run import COLOUR, GRAY, Checkpoints, Run, open_run
from paper_repro.base.usage import COLUMNS
from paper_repro.report import provenance_page
from paper_repro.steps import steps_of
from tests.records_made import record
from tests.report import pages_made as made


def test_trainings_kept_are_told_with_the_provenance(run: Run) -> None:
    assert "Trainings kept" not in made.page(run).text
    made.verdict(run, kept=["train a: made by version 0.1", "train b: made by version 0.2"])
    text = made.page(run).text
    told = "has changed since train a: made by version 0.1 train b: made by version 0.2"
    assert text.index("Where everything comes from") < text.index(told)


def finished(path: Path, run: Run, name: str, **about: Any) -> None:
    """The record of a step, all of it."""
    about = {"version": "0.9", "python": "3.14", "time_utc": "2026-01-02T03:04:05Z", **about}
    record(path, run, name.partition(" ")[0], name=name, **about)


def test_provenance_says_what_was_recorded_and_what_not(run: Run) -> None:
    made.mapped(run, GRAY)
    module, library = "encoders.train", "numpy"
    here = {"code": {module: hash_of_module(module)}, "libraries": {library: version_of(library)}}
    trained = {"seconds_per_epoch": [1.5, 2.0], "ran_on": ["cpu, 2 threads"], "settings": {"seed": 3}}
    finished(run.encoder(COLOUR, "simclr") / "provenance.json", run, "train x", **trained, **here)
    finished(run.encoder(COLOUR, "autoencoder") / "provenance.json", run, "train y", inputs={"patches z": "0f" * 32},
             code={module: "e" * 16, "encoders.gone": "d" * 16}, libraries={library: "0.1"})
    page = made.page(run)
    assert "train x seed 3 version 0.9 4 s, cpu, 2 threads simulated 2026-01-02T03:04:05Z" in page.text
    assert ("train y ≠ version 0.9 (since then encoders.gone, encoders.train, numpy 0.1 changed) simulated "
            "2026-01-02T03:04:05Z") in page.text
    assert f"numpy 0.1 and {version_of(library)}" in page.text
    assert "python not recorded and 3.14" in page.text
    assert f"patches z {'0f' * 32} code of encoders.gone {'d' * 16} code of encoders.train {'e' * 16}" in page.text
    assert "seed 5" in page.text
    assert "No time and memory were recorded" in page.text
    (run.data / "spent.csv").write_text(
        ",".join(COLUMNS) + "\ntable 1,t,90.04,300,200,yes\ntable 1,t,1.0,900,0,yes\nreport,t,500,1,1,yes\n"
        "venus,t,45.0,400,0,yes\nverdict,t,900.0,400,0,no\n")
    page = made.page(run)
    assert "Time and memory of 2 steps, together 2.3 minutes" in page.text
    assert "table 1 90.0 300 200 venus 45.0 400" in page.text


@pytest.mark.parametrize("checkpoints", ["own", "authors"])
def test_the_record_of_every_step_is_found(checkpoints: Checkpoints, tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, checkpoints=checkpoints)
    # those that run each time leave unfinished work alone
    steps = [step for step in steps_of(run).by_name.values() if step.name != "report" and not step.always]
    for step in steps:
        finished(step.record, run, step.name)
    assert {found["name"] for _, found in provenance_page.records(run)} == {step.name for step in steps}
