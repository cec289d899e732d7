"""Features by an encoder of the authors': the same as by our own of the same values, and never taken for them."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.run import COLOUR, open_run
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.encoders import authors, encode, train
from paper_repro.encoders.checkpoint import Trained, load_model
from paper_repro.steps import steps_of
from tests.encoders.conftest import go, make_run
from tests.encoders.test_checkpoint import BOTH, authors_state
from tests.steps_made import make, stale


@pytest.mark.parametrize("model", BOTH)
def test_features_by_the_authors_file(tmp_path: Path, base_file: Path, model: Trained) -> None:
    run = make_run(tmp_path, base_file, epochs=1, recipe="authors")
    folder = go(run, model)
    make(run, f"encode {COLOUR} {model}-s0")
    own = encode.open_features(run.features(COLOUR, model))
    theirs = run.raw / "checkpoints" / f"{model}_resnet18_cloud-imvn-1.0_default.pt"
    theirs.parent.mkdir()
    torch.save(authors_state(load_model(folder / train.CHECKPOINT, model)), theirs)

    run, name, sha256 = replace(run, checkpoints="authors"), f"encode {COLOUR} {model}-authors", sha256_file(theirs)
    make(run, name)
    path = run.data / f"features/{COLOUR}/{model}-authors.npy"
    found = encode.open_features(path)
    np.testing.assert_array_equal(found.values, own.values)
    assert found.provenance["checkpoint"] == theirs.name
    assert found.provenance["settings"] == {"set": COLOUR, "model": model, "side": 32, "seed": None}
    assert found.provenance["inputs"].keys() == {f"patches {COLOUR}", "the authors' checkpoint"}
    note = (f"Made with the authors' trained encoder for {model} on {COLOUR}: {theirs.name}, sha256 {sha256}"
            "; authors' encoder not verified: the hash that their hub publishes isn't known.")
    assert found.provenance["notes"] == ["Simulated.", note]

    assert stale(run, name) == {}
    ledger = Ledger(run.raw)
    ledger.add(Entry(f"{authors.HUB}a.pt", ledger.name(theirs), theirs.stat().st_size, sha256, "sha256", "", 0))
    assert stale(run, name) == {name: "inputs: now the hash that the authors' hub publishes"}
    make(run, name)
    assert encode.open_features(path).provenance["notes"] == ["Simulated.", note.partition(";")[0] + "."]
    assert stale(run, name) == {}
    ledger.file.unlink()
    assert stale(run, name) == {name: "inputs: no longer the hash that the authors' hub publishes"}
    make(run, name)
    assert encode.open_features(path).provenance["notes"] == ["Simulated.", note]
    times = theirs.stat()
    data = bytearray(theirs.read_bytes())
    data[-1] ^= 1
    theirs.write_bytes(data)
    os.utime(theirs, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(UserError, match=f"expected sha256 {sha256}, as when it was first seen, found .*; delete it"):
        steps_of(run).why_stale(steps_of(run).by_name[name])
    (run.raw / "ledger.csv").unlink()
    assert stale(run, name) == {name: "the authors' checkpoint changed"}


@pytest.mark.attack("identity")
@pytest.mark.parametrize(("url", "verified", "published"), [
    (authors.HUB, "sha256", True), (authors.HUB, "size", False), ("https://huggingface.com.example/", "sha256", False),
    ("file:///there/", "sha256", False)])
def test_only_the_hash_that_the_hub_publishes_proves_a_checkpoint(tmp_path: Path, url: str, verified: str,
                                                                   published: bool) -> None:
    run = open_run("sample", tmp_path)
    path = run.raw / authors.FOLDER / "a.pt"
    assert not authors.is_published(run, path)
    run.raw.mkdir(parents=True)
    ledger = Ledger(run.raw)
    ledger.add(Entry(f"{url}a.pt", ledger.name(path), 1, "0" * 64, verified, "2026-01-01T00:00:00Z", 0))
    assert authors.is_published(run, path) == published
