"""Folders of images of a user's own, and the steps that make patch sets of them."""

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd

from paper_repro.base.files import sha256_file, write_json
from paper_repro.base.run import Run, open_run
from paper_repro.base.step import Step, Steps
from paper_repro.patches import dataset
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.steps import Means, folder
from tests.patches.photographs_made import pixels


def run_of(tmp_path: Path, **changes: Any) -> Run:
    return dataclasses.replace(open_run("classify", tmp_path / "out"), **changes)


def asked(tmp_path: Path, where: Path, **changes: Any) -> tuple[Steps, Step]:
    """The steps for the features of a folder, and the one that makes its patch set; `changes` are the run's."""
    run = run_of(tmp_path, **changes)
    request = folder.request(run, where, None, None, None, features_only=True)
    steps = folder.steps_of(run, Means(), request)
    return steps, steps.by_name[f"patches {request.name}"]


def made(tmp_path: Path, where: Path, **changes: Any) -> PatchSet:
    """The folder's patch set, made if it isn't up to date."""
    steps, step = asked(tmp_path, where, **changes)
    if steps.why_stale(step):
        steps.make(step)
    return open_set(step.record.parent)


def why_stale(tmp_path: Path, where: Path) -> str:
    steps, step = asked(tmp_path, where)
    return steps.why_stale(step)


def patch_set(where: Path, labelled: bool) -> PatchSet:
    table = pd.DataFrame({"id": [7, 8, 9], "source": ["x.fit"] * 3, "latitude_deg": [0.1, 1 / 3, -88.0]})
    if labelled:
        table["label"] = ["b", "a", "b"]
    images = [pixels(seed, colour=False) for seed in range(3)]
    record = {"step": "flatten", "name": "patches mine-flat", "profile": "sample", "simulated": True,
              "notes": ["made up"], "classes": ["a", "none of it", "b"] if labelled else []}
    record |= dataset.save(where, images, table)
    outputs = {path.name: sha256_file(path) for path in where.iterdir()}
    write_json(where / "provenance.json", record | {"outputs": outputs})
    return open_set(where)
