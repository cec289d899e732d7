"""A run's metadata as a research object: every file, its hash, and valid by the format's own validator."""

import json
import subprocess
import sys
import urllib.parse
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro import cli, paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.profile_files import FOLDER
from paper_repro.base.run import COLOUR, open_run
from paper_repro.report import crate
from paper_repro.tables.comparable import CLOUD_IMVN, SWIMCAT
from tests.records_made import patch_set, record
from tests.verify.conftest import Tables

ROOT = Path(__file__).resolve().parents[2]
RAW = ("data/sample/raw/darts/", "data/sample/raw/weights/")


def entities(path: Path) -> dict[str, dict[str, Any]]:
    return {one["@id"]: one for one in json.loads(path.read_text(encoding="utf-8"))["@graph"]}


def validator_says(folder: Path) -> str:
    for name in ("rocrate_validator", "rocrate"):
        if find_spec(name) is None:
            pytest.skip(f"not run: {name}, which validates or has the format's context, isn't installed")
    ended = subprocess.run([sys.executable, "-m", "tests.report.crate_validator", str(folder)], cwd=ROOT,
                           capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    return ended.stdout


def test_every_file_of_the_run_is_in_it_with_its_hash(tables: Tables) -> None:
    run = tables()
    (run.raw / "darts").mkdir(parents=True)
    (run.raw / "darts/a.fit").write_bytes(b"12345")
    (run.tables / ".table1.123.partial.csv").write_text("unfinished")
    (run.out / "tables/paper").mkdir()
    (run.out / "tables/paper/table1.csv").write_text("of another profile")
    (run.tables / "a name.csv").write_text("x")
    found = entities(crate.write(run))
    listed = {urllib.parse.unquote(name) for name, one in found.items() if one["@type"] == "File"}
    there = {path.relative_to(run.out).as_posix() for path in run.out.rglob("*") if path.is_file()
             and run.out / "images" not in path.parents}
    weights = {f"data/sample/raw/weights/{name}.json" for name in ("base", "provenance")}
    assert there - listed == {"ro-crate-metadata.json", *weights, "data/sample/raw/darts/a.fit",
                              "tables/paper/table1.csv", "tables/sample/.table1.123.partial.csv",
                              "data/sample/.made-by-paper-repro"}
    assert listed <= there
    assert all(one["sha256"] == sha256_file(run.out / urllib.parse.unquote(name))
               for name, one in found.items() if one["@type"] == "File")
    parts = {one["@id"] for one in found["./"]["hasPart"]}
    assert parts == {urllib.parse.quote(name) for name in listed} | {*RAW}
    assert found["data/sample/raw/darts/"]["description"] == "raw files: 1, 5 bytes"
    assert {one["@id"] for one in found["#run"]["object"]} == {"#settings", *RAW}
    assert "simulated" in found["./"]["description"]
    assert found["./"]["license"] == {"@id": "https://spdx.org/licenses/MIT"}


def test_the_command_writes_the_same_again(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    run = tables()
    before = crate.write(run).read_bytes()
    assert cli.main(["crate", "--out", str(run.out)]) == 0
    (run.data / "spent.csv").write_text("a list that grows\n")
    assert cli.main(["crate", "--out", str(run.out)]) == 0
    assert capsys.readouterr().out.split() == [str(run.out / "ro-crate-metadata.json")] * 2
    assert (run.out / "ro-crate-metadata.json").read_bytes() == before


def test_what_the_user_named_is_there_without_its_place(tables: Tables, tmp_path: Path) -> None:
    run = tables(real=True)
    (tmp_path / "images/one.png").write_bytes(b"1")
    path = crate.write(run)
    assert str(tmp_path) not in path.read_text(encoding="utf-8")
    found = entities(path)
    assert found["#input-0"]["name"] == "images"
    assert "simulated" not in found["./"]["description"]


def test_what_made_a_figure_counts_too(tables: Tables) -> None:
    run = tables()
    record(run.figures / "fig11.json", run, "figure", libraries={"matplotlib": "3.9"}, time_utc="2999-01-01T00:00:00Z")
    found = entities(crate.write(run))
    assert "matplotlib 3.9" in found["#code"]["softwareRequirements"]
    assert found["#run"]["endTime"] == "2999-01-01T00:00:00Z"
    assert found["#run"]["name"] == "python -m paper_repro run all --profile sample"


def test_each_file_of_a_profile_that_extends_another_is_named(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "swimcat"')
    run = open_run(str(mine), tmp_path, images=tmp_path)
    record(run.results / "provenance.json", run, "classify", time_utc="2026-01-01T00:00:00Z")
    found = entities(crate.write(run))
    files = {"#settings": mine, "#settings1": FOLDER / "swimcat.toml"}
    assert {name: (found[name]["name"], found[name]["sha256"]) for name in files} == {
        name: (path.name, sha256_file(path)) for name, path in files.items()}
    assert {*files, "#input-0"} == {one["@id"] for one in found["#run"]["object"]}
    assert found["#run"]["name"] == "python -m paper_repro run all --profile mine.toml"


SPDX = "https://spdx.org/licenses"


@pytest.mark.parametrize(("sizes", "profile", "licence", "terms"), [
    (SWIMCAT, "swimcat", f"{SPDX}/CC-BY-NC-4.0", "as the photographs of SWIMCAT"),
    (SWIMCAT, "paper", f"{SPDX}/CC-BY-NC-4.0", "as the photographs of SWIMCAT"),
    (CLOUD_IMVN, "paper", f"{SPDX}/CC-BY-4.0", "as the photographs of Cloud-ImVN 1.0"),
    ({**SWIMCAT, "Veil": 84}, "swimcat", "#terms", "not stated: made from images that the user named"),
    ({}, "classify", "#terms", "not stated: made from images that the user named"),
    ({}, "paper", "#terms", "not stated: made from images of Venus, under the terms of their archives"),
])
def test_the_terms_are_those_of_what_the_photographs_are(sizes: dict[str, int], profile: str, licence: str, terms: str,
                                                         tmp_path: Path) -> None:
    run = open_run(profile, tmp_path, images=tmp_path)
    labels = [name for name, size in sizes.items() for _ in range(size)]
    if labels:
        side = paper.IMAGE_SIDE_PX
        patch_set(run, COLOUR, np.zeros((len(labels), side, side, 3), np.uint8),
                  pd.DataFrame({"id": range(len(labels)), "source": "x", "label": labels}), tuple(sizes))
    record(run.results / "provenance.json", run, "classify", time_utc="2026-01-01T00:00:00Z")
    found = entities(crate.write(run))
    assert found["./"]["license"] == {"@id": licence}
    assert terms in found[licence]["name"]
    command = "python -m paper_repro classify FOLDER" if profile == "classify" else f"run all --profile {profile}"
    assert found["#run"]["name"].endswith(command)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"expected outputs with their records, found none; make them"):
        crate.write(open_run("sample", tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_it_is_valid_by_the_formats_validator(tables: Tables) -> None:
    run = tables()
    (run.raw / "darts").mkdir(parents=True)
    path = crate.write(run)
    assert validator_says(run.out) == "valid\n"
    whole = json.loads(path.read_text(encoding="utf-8"))
    del whole["@graph"][1]["license"]
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert "license" in validator_says(run.out)
