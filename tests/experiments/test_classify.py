"""`classify`: labelled and unlabelled folders, patch sets, checkpoints, and what is wrong in one sentence."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from paper_repro import cli
from paper_repro.encoders import encode
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.simclr import SimCLR
from paper_repro.experiments import classify as module
from paper_repro.experiments.classify import classify
from paper_repro.figures import classified
from paper_repro.patches import dataset
from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import read_json
from paper_repro.profiles.run import Run, open_run

PER_CLASS, SIDE = 14, 32
KINDS = ("flat", "stripes", "grain")


def image(kind: str, number: int) -> NDArray[np.uint8]:
    """A colour image of one of three textures that any encoder tells apart."""
    rng = np.random.default_rng([number, KINDS.index(kind)])
    rows = np.arange(SIDE)[:, None, None] + rng.integers(8)
    base = {"flat": 90 + 0 * rows, "stripes": 120 + 100 * ((rows // 4) % 2), "grain": 60 + 0 * rows}[kind]
    noise = rng.integers(0, 150 if kind == "grain" else 12, (SIDE, SIDE, 3))
    return np.clip(base + noise, 0, 255).astype(np.uint8)


def write(folder: Path, *, labelled: bool) -> Path:
    for kind in KINDS:
        for number in range(PER_CLASS):
            path = folder / kind / f"{number}.png" if labelled else folder / f"{kind}-{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image(kind, number)).save(path)
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PAPER_REPRO_OFFLINE", "1")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    made = open_run("classify", tmp_path / "out", photographs=False)
    small = dataclasses.replace(made.profile.encoders, side=32, epochs=1)
    return dataclasses.replace(made, profile=dataclasses.replace(made.profile, encoders=small))


def test_class_folders_give_scores(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = classify(run, write(tmp_path / "My Sky", labelled=True), None, None, None, "cpu")
    assert target.name == "my-sky"
    table = pd.read_csv(target / "classes.csv")
    assert list(table.columns) == ["id", "source", "class", "distance", "silhouette", "label", "matched"]
    features = encode.open_features(run.features("my-sky", "simple")).values
    expected = AgglomerativeClustering(n_clusters=3, linkage="ward").fit_predict(features)
    assert adjusted_rand_score(expected, table["class"]) == 1
    scores = read_json(target / "scores.json")
    assert scores is not None
    assert scores["accuracy"] == (table["label"] == table["matched"]).mean()
    said = capsys.readouterr().out
    assert f"accuracy {scores['accuracy']:.1%}" in said
    assert "random" in said  # weights
    assert len(pd.read_csv(target / "tsne2.csv")) == len(table) == 42
    assert [path.name for path in classified.draw(run, "my-sky")] == [
        "my-sky-tsne.png", "my-sky-tsne.pdf", "my-sky-examples.png", "my-sky-examples.pdf"]


def test_another_number_than_the_labels_gives_the_rand_index_alone(run: Run, tmp_path: Path) -> None:
    target = classify(run, write(tmp_path / "sky", labelled=True), 5, None, None, "cpu")
    assert pd.read_csv(target / "classes.csv")["class"].nunique() == 5
    assert not (target / "scores.json").exists()
    record = read_json(target / "provenance.json")
    assert record is not None
    assert set(record["found"]) == {"encoder", "ari"}


def test_a_flat_folder_has_no_scores_and_is_done_once(run: Run, tmp_path: Path,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "flat", labelled=False)
    (folder / "notes.txt").write_text("not an image")
    (folder / ".hidden.png").write_bytes(b"nor this")
    target = classify(run, folder, 3, None, None, "cpu")
    table = pd.read_csv(target / "classes.csv")
    assert list(table.columns) == ["id", "source", "class", "distance", "silhouette"]
    assert sorted(table["source"]) == sorted(f"{kind}-{n}.png" for kind in KINDS for n in range(PER_CLASS))
    before = {path: path.read_bytes() for path in target.iterdir()}
    monkeypatch.setattr(module, "_write", None)
    classify(run, folder, 3, None, None, "cpu")
    assert {path: path.read_bytes() for path in target.iterdir()} == before


def test_a_patch_set_is_taken_as_it_is(run: Run, tmp_path: Path) -> None:
    target = classify(run, write(tmp_path / "sky", labelled=True), None, None, None, "cpu")
    copy = tmp_path / "other"
    run.patches("sky").rename(copy)
    again = classify(run, copy, None, None, None, "cpu")
    assert again != target
    assert (again / "classes.csv").read_bytes() == (target / "classes.csv").read_bytes()


def test_few_images_have_classes_but_no_map(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for number in range(6):
        Image.fromarray(image("grain", number)[..., 0]).save(folder / f"{number}.png")  # gray
    target = classify(run, folder, 2, None, None, "cpu")
    assert not dataset.open_set(run.patches("few")).colour
    assert not (target / "tsne2.csv").exists()
    assert "t-SNE needs more than 30 images" in capsys.readouterr().out
    assert [path.name for path in classified.draw(run, "few")] == ["few-examples.png", "few-examples.pdf"]


def test_an_encoder_is_trained_on_the_folder_itself(run: Run, tmp_path: Path) -> None:
    target = classify(run, write(tmp_path / "sky", labelled=False), 3, "simclr", None, "cpu")
    assert (run.encoder("sky", "simclr") / "checkpoint.safetensors").is_file()
    record = read_json(target / "provenance.json")
    assert record is not None
    assert record["settings"]["encoder"] == "simclr"


@pytest.mark.parametrize(("kind", "model"), [("simclr", SimCLR), ("autoencoder", Autoencoder)])
def test_a_checkpoint_is_recognised(run: Run, tmp_path: Path, kind: str,
                                    model: type[SimCLR] | type[Autoencoder]) -> None:
    file = tmp_path / "trained.safetensors"
    save_tensors(file, model(None, torch.Generator().manual_seed(1)).state_dict())
    folder = write(tmp_path / "sky", labelled=False)
    target = classify(run, folder, 3, None, file, "cpu")
    record = read_json(target / "provenance.json")
    assert record is not None
    assert record["settings"]["encoder"] == kind
    assert len(list((run.data / "features/sky").glob(f"{kind}-*.npy"))) == 1
    other = "autoencoder" if kind == "simclr" else "simclr"
    with pytest.raises(UserError, match=f"expected a {other} checkpoint"):
        classify(run, folder, 3, other, file, "cpu")  # type: ignore[arg-type]


def test_mistakes_are_one_sentence(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "three"
    folder.mkdir()
    with pytest.raises(UserError, match="expected PNG or JPEG images, found none"):
        classify(run, folder, 2, None, None, "cpu")
    for number in range(3):
        Image.fromarray(image("flat", number)).save(folder / f"{number}.png")
    with pytest.raises(UserError, match=r"from 2 to 2 \(there are 3 images\), found 4"):
        classify(run, folder, 4, None, None, "cpu")
    with pytest.raises(UserError, match="add --classes K"):
        classify(run, folder, None, None, None, "cpu")
    with pytest.raises(UserError, match="the encoder simple has no checkpoint"):
        classify(run, folder, 2, "simple", tmp_path / "x.pt", "cpu")
    with pytest.raises(UserError, match=r"x\.pt: expected a trained"):
        classify(run, folder, 2, None, tmp_path / "x.pt", "cpu")
    with pytest.raises(UserError, match="expected a folder of images, found nothing"):
        classify(run, tmp_path / "nowhere", 2, None, None, "cpu")
    Image.fromarray(image("flat", 9)[:20]).save(folder / "9.png")
    with pytest.raises(UserError, match=r"9\.png"):
        classify(run, folder, 2, None, None, "cpu")
    (folder / "9.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    with pytest.raises(UserError, match=r"9\.png: expected a PNG or JPEG image"):
        classify(run, folder, 2, None, None, "cpu")
    (folder / "9.png").unlink()
    (folder / "below").mkdir()
    Image.fromarray(image("flat", 5)).save(folder / "below" / "5.png")
    with pytest.raises(UserError, match=r"found both \(0\.png and below/5\.png\)"):
        classify(run, folder, 2, None, None, "cpu")
    with pytest.raises(UserError, match="expected a finished classification"):
        classified.draw(run, "three")


def test_the_command_line(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["classify", str(tmp_path / "nowhere"), "--classes", "3", "--out", str(run.out), "--device", "cpu"]
    assert cli.main(words) == 2
    assert "expected a folder of images, found nothing" in capsys.readouterr().err
