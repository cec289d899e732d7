"""Features by an encoder of the authors': the same as by our own of the same values, and never taken for them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from paper_repro.base.files import sha256_file
from paper_repro.base.run import COLOUR
from paper_repro.encoders import encode, train
from paper_repro.encoders.checkpoint import Trained, load_model
from paper_repro.encoders.weights import BaseWeights
from tests.encoders.conftest import CPU, make_run
from tests.encoders.test_checkpoint import BOTH, authors_state


@pytest.mark.parametrize("model", BOTH)
def test_features_by_the_authors_file(tmp_path: Path, base: BaseWeights, model: Trained) -> None:
    run = make_run(tmp_path, epochs=1)
    folder = train.train(run, COLOUR, model, 0, base, device=CPU)
    own = encode.open_features(encode.encode(run, COLOUR, model, 0, base, device=CPU))
    theirs = tmp_path / f"{model}_resnet18_cloud-imvn-1.0_default.pt"
    torch.save(authors_state(load_model(folder / train.CHECKPOINT, model)), theirs)

    run = replace(run, checkpoints="authors")
    sha256 = sha256_file(theirs)
    path = encode.encode(run, COLOUR, model, 0, base, device=CPU, authors=(theirs, sha256))
    found = encode.open_features(path)
    assert path == run.data / f"features/{COLOUR}/{model}-authors.npy"
    np.testing.assert_array_equal(found.values, own.values)
    assert found.provenance["settings"]["checkpoint"] == theirs.name
    assert found.provenance["inputs"]["weights"] == sha256
    assert f"Made with the authors' trained encoder for {model} on {COLOUR}: {theirs.name}, sha256 {sha256}." in \
        found.provenance["notes"]
    assert base.note not in found.provenance["notes"]

    before = path.stat().st_ino
    assert encode.encode(run, COLOUR, model, 0, base, device=CPU, authors=(theirs, sha256)).stat().st_ino == before
    encode.encode(run, COLOUR, model, 0, base, device=CPU, authors=(theirs, "0" * 64))
    assert path.stat().st_ino != before
