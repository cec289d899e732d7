"""The encoders that a user's own folder can be classified by: trained on it, or of a checkpoint of any making."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, write_json
from paper_repro.base.run import Run
from paper_repro.encoders import encode
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.trained_on import input_of, read_input
from paper_repro.encoders.weights import random_state
from paper_repro.patches import dataset
from tests.encoders.test_checkpoint import authors_state
from tests.experiments.folders_made import SIDE, assert_classes_fit, classify, images, refuse, stale, table_of

PATH = "checkpoint.safetensors"
UNKNOWN = f"How the encoder in {PATH} was trained isn't known: no record of its training is beside it."


def test_an_encoder_is_trained_on_the_images_themselves(tmp_path: Path, run: Run,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    folder = images(tmp_path / "in", count=12)
    target = classify(run, folder, 3, "simclr")
    training = read_json(run.encoder("in", "simclr") / "provenance.json")
    assert training is not None
    assert (training["settings"]["set"], training["settings"]["epochs"]) == ("in", 1)
    record = read_json(target / "provenance.json")
    assert record is not None
    assert record["settings"]["encoder"] == "simclr"
    assert_classes_fit(table_of(target), encode.open_features(run.features("in", "simclr")).values, 3)
    assert stale(run, folder, 3, "simclr") == {}
    monkeypatch.setattr(encode, "encode_images", refuse)
    path = run.encoder("in", "simclr") / "checkpoint.safetensors"
    before = path.read_bytes()
    assert classify(run, folder, 3, "simclr") == target
    assert path.read_bytes() == before


@pytest.mark.parametrize(("model", "authors"), [("simclr", False), ("autoencoder", True)])
def test_a_checkpoint_is_known_by_what_it_holds(tmp_path: Path, run: Run, model: str, authors: bool) -> None:
    generator = torch.Generator().manual_seed(1)
    state = random_state(8)
    network = SimCLR(state, generator) if model == "simclr" else Autoencoder(state, generator, "authors")
    path = tmp_path / ("theirs.pt" if authors else "ours.safetensors")
    if authors:
        torch.save(authors_state(network), path)
    else:
        save_tensors(path, network.state_dict())
    folder = images(tmp_path / "in", count=12)
    target = classify(dataclasses.replace(run, weights=tmp_path / "no weights needed"), folder, 3, None, path)
    made = list((run.data / "features" / "in").glob("*.npy"))
    assert [each.name.split("-")[0] for each in made] == [model]
    patches = dataset.open_set(run.patches("in"))
    expected = encode.encode_images(ResNetEncoder(state), patches.images, SIDE, False, torch.device("cpu"))
    assert encode.open_features(made[0]).values == pytest.approx(expected, abs=1e-5)
    record = read_json(target / "provenance.json")
    assert record is not None
    assert record["settings"]["encoder"] == model
    with pytest.raises(UserError, match=f"expected a checkpoint of .*, found one of {model}; omit --encoder"):
        classify(run, folder, 3, "autoencoder" if model == "simclr" else "simclr", path)


def test_features_of_two_checkpoints_stand_apart_with_what_must_be_said(tmp_path: Path, run: Run,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    folder = images(tmp_path / "in", count=12)
    for seed, name in enumerate(("one", "two")):
        path = tmp_path / name / "checkpoint.safetensors"
        save_tensors(path, SimCLR(random_state(seed), torch.Generator()).state_dict())
        write_json(path.with_name("provenance.json"), {"simulated": True, "notes": [f"training {name}"],
                                                       "outputs": {path.name: sha256_file(path)}})
        target = classify(run, folder, 3, None, path)
        record = read_json(target / "provenance.json")
        assert record is not None
        assert (record["simulated"], record["notes"]) == (True, [f"training {name}"])
    assert len(list((run.data / "features" / "in").glob("simclr-*.npy"))) == 2
    assert list(stale(run, folder, 3, None, tmp_path / "one" / "checkpoint.safetensors")) == ["classify in", "map in"]
    monkeypatch.setattr(encode, "encode_images", refuse)
    classify(run, folder, 3, "simclr", tmp_path / "one" / "checkpoint.safetensors")


@pytest.mark.parametrize("record", [None, {"simulated": True, "notes": ["another"], "outputs": {PATH: "of another"}}])
def test_of_a_checkpoint_without_its_own_record_it_is_said_and_its_base_is_known_all_the_same(
        record: dict[str, Any] | None, tmp_path: Path, run: Run) -> None:
    folder, path = images(tmp_path / "in", count=12), tmp_path / PATH
    save_tensors(path, SimCLR(random_state(1, "resnet34"), torch.Generator(), "resnet34").state_dict())
    if record is not None:
        write_json(path.with_name("provenance.json"), record)
    said = read_json(classify(run, folder, 3, None, path) / "provenance.json") or {}
    assert (said["simulated"], said["notes"]) == (
        False, [UNKNOWN, "Made with resnet34 as the base model, not the paper's resnet18."])


def test_the_command_encodes_a_folder_without_a_number_of_classes(tmp_path: Path,
                                                                  capsys: pytest.CaptureFixture[str]) -> None:
    folder, path = images(tmp_path / "in", count=3), tmp_path / "checkpoint.safetensors"
    save_tensors(path, SimCLR(random_state(1), torch.Generator()).state_dict())
    words = ["encode", str(folder), "--checkpoint", str(path), "--device", "cpu", "--out", str(tmp_path / "out")]
    assert cli.main([*words, "--dry-run"]) == 0
    assert "2 of 2 steps would be made" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
    assert cli.main(words) == 0
    written = Path(capsys.readouterr().out.splitlines()[-1])
    assert written.is_relative_to(tmp_path / "out/data/classify/features/in")
    assert np.load(written).shape == (3, 512)
    assert not (tmp_path / "out/data/classify/results").exists()
    assert cli.main([*words, "--weights", str(path)]) == 2
    assert "--weights: `encode FOLDER --checkpoint FILE` has no use for it" in capsys.readouterr().err


def test_a_checkpoint_knows_what_it_was_trained_on(tmp_path: Path, run: Run,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    """Gray images of 32 px here: any other is said aloud and in the record, and what the file doesn't say isn't."""
    folder, path = images(tmp_path / "in", count=12), tmp_path / "checkpoint.safetensors"
    state = SimCLR(random_state(1), torch.Generator()).state_dict()
    fits = input_of(32, colour=False)
    for trained_on, said in ((None, ""), (fits, ""), (input_of(64, colour=False), "gray images of 64 px"),
                             (input_of(32, colour=True), "colour images of 32 px"),
                             (dataclasses.replace(fits, mean=(0.5,) * 3), "gray images of 32 px")):
        save_tensors(path, state, trained_on.metadata() if trained_on else {"other": "program"})
        assert read_input(path) == trained_on
        record = read_json(classify(run, folder, 3, None, path) / "provenance.json")
        assert record is not None
        other = ", normalised otherwise" if trained_on and trained_on.mean[0] == 0.5 else ""
        sentence = (f"encoder was trained on {said} and is used on gray images of 32 px{other}: its features may tell "
                    "them apart less well")
        assert record["notes"] == [UNKNOWN, *([f"The {sentence}."] if said else [])]
        assert (f"{path}: the {sentence}\n" in capsys.readouterr().err) == bool(said)


def test_a_training_tells_its_checkpoint_what_it_was_on(tmp_path: Path, run: Run) -> None:
    folder = images(tmp_path / "in", count=12)
    classify(run, folder, 3, "autoencoder")
    assert read_input(run.encoder("in", "autoencoder") / "checkpoint.safetensors") == input_of(32, colour=False)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path, run: Run, weights: Path) -> None:
    folder = images(tmp_path / "in", count=12)
    (tmp_path / "bad.pt").write_bytes(b"no tensors")
    for path, sentence in ((tmp_path / "none.pt", r"none\.pt: expected the file of a trained encoder, found nothing"),
                           (folder, r"in: expected the file of a trained encoder, found a folder; check --checkpoint"),
                           (tmp_path / "bad.pt", r"bad\.pt: expected a simclr or auto.* can't be read \(.*; get"),
                           (weights, r"random\.pth: expected a checkpoint of simclr or autoencoder, found 'conv1")):
        with pytest.raises(UserError, match=sentence):
            classify(run, folder, 3, None, path)
    with pytest.raises(UserError, match=r"--checkpoint .*bad\.pt: the simple encoder is the base model"):
        classify(run, folder, 3, "simple", tmp_path / "bad.pt")
    assert not run.data.exists()


def test_a_checkpoint_that_gives_no_numbers_is_refused(tmp_path: Path, run: Run) -> None:
    network = SimCLR(random_state(0), torch.Generator())
    torch.nn.init.constant_(network.encoder.bn1.weight, float("nan"))
    save_tensors(tmp_path / "nan.safetensors", network.state_dict())
    with pytest.raises(UserError, match=r"in: expected finite features, found others; the encoder's weights are brok"):
        classify(run, images(tmp_path / "in", count=12), 2, None, tmp_path / "nan.safetensors")
