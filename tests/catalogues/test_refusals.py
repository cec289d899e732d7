"""What a catalogue can't be applied to, and folders that are none: each is one sentence, and nothing is written."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file, save_file

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.catalogues.document import open_catalogue, summed
from paper_repro.catalogues.parameters import check_alike
from paper_repro.encoders.weights import random_state
from tests.catalogues.conftest import Made


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.catalogue, tmp_path / "copy"))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change a document as somebody would who knows how it is summed."""
    path = folder / "catalogue.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    change(about)
    path.write_text(json.dumps(summed(about)), encoding="utf-8")


def change_arrays(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    arrays = load_file(folder / "classes.safetensors")
    change(arrays)
    save_file(arrays, folder / "classes.safetensors")
    rewrite(folder, lambda about: about["files"].update(
        {"classes.safetensors": sha256_file(folder / "classes.safetensors")}))


@pytest.mark.attack("catalogue-crafted")
@pytest.mark.parametrize(("spoil", "expected"), [
    (shutil.rmtree, r"expected the folder of a catalogue, with catalogue\.json, found nothing"),
    (lambda folder: (folder / "catalogue.json").unlink(), r"with catalogue\.json, found none in it"),
    (lambda folder: (folder / "catalogue.json").write_text("{"), r"expected JSON, which can't be read"),
    (lambda folder: (folder / "catalogue.json").write_text("[]"), "expected format .*, found None"),
    (lambda folder: rewrite(folder, lambda about: about.update(format="paper_repro catalogue 2")),
     r"found 'paper_repro catalogue 2'; make the catalogue again with this version"),
    (lambda folder: (folder / "catalogue.json").write_text(
        (folder / "catalogue.json").read_text().replace('"count": 36', '"count": 35')), "found it edited or cut short"),
    (lambda folder: rewrite(folder, lambda about: about.pop("limits")), "required field `limits`"),
    (lambda folder: rewrite(folder, lambda about: about["encoder"].update(side=10**9)), r"<= 4096"),
    (lambda folder: (folder / "patches.csv.gz").unlink(), r"patches\.csv\.gz: expected sha256 .*, found no file"),
    (lambda folder: (folder / "patches.csv.gz").write_bytes(gzip.compress(b"id,class\n")), "copy the whole catalogue"),
    (lambda folder: change_arrays(folder, lambda arrays: arrays.pop("centres")), "expected arrays of 3 classes"),
    (lambda folder: change_arrays(folder, lambda arrays: arrays.update(member_rows=arrays["member_rows"] + 30)),
     "expected arrays of 3 classes and 36 patches, found others"),
])
def test_a_torn_or_foreign_folder(copy: Path, spoil: Callable[[Path], object], expected: str) -> None:
    spoil(copy)
    with pytest.raises(UserError, match=expected):
        open_catalogue(copy)


def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, *words: str) -> str:
    """The sentence on standard error; nothing was written."""
    capsys.readouterr()
    assert cli.main(["assign", *words, "--out", str(tmp_path / "none")]) == 2
    assert not (tmp_path / "none").exists()
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def folder_of(where: Path, shape: tuple[int, ...]) -> str:
    where.mkdir()
    for number in range(2):
        pixels = np.random.default_rng(number).integers(0, 256, shape).astype(np.uint8)
        Image.fromarray(pixels).save(where / f"{number}.png")
    return str(where)


def test_images_of_another_size_or_colour(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (str(made.catalogue), "--weights", str(made.weights))
    large = refused(capsys, tmp_path, *words, folder_of(tmp_path / "large", (20, 20)))
    assert "expected gray images of 16 px, as the catalogue has, found gray images of 20 px; name images" in large
    colour = refused(capsys, tmp_path, *words, folder_of(tmp_path / "colour", (16, 16, 3)))
    assert "expected gray images of 16 px, as the catalogue has, found colour images of 16 px; name images" in colour


def test_other_weights_or_none(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                               capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))  # whose cache is empty
    words = (str(made.catalogue), str(made.images))
    sha256 = sha256_file(made.weights)
    assert f"that the catalogue was made with, sha256 {sha256}, which the catalogue doesn't have; name the file with " \
           "--weights" in refused(capsys, tmp_path, *words)
    torch.save(random_state(6), tmp_path / "others.pth")
    assert f"sha256 {sha256}, found {sha256_file(tmp_path / 'others.pth')}; name that file" in refused(
        capsys, tmp_path, *words, "--weights", str(tmp_path / "others.pth"))


def test_files_of_venus_for_photographs(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "uvi").mkdir()
    said = refused(capsys, tmp_path, str(made.catalogue), "--uvi", str(tmp_path / "uvi"))
    assert "which has photographs, found files of uvi; name others, or another catalogue" in said


def test_several_inputs_none_and_a_quantile_that_is_none(made: Made, tmp_path: Path,
                                                         capsys: pytest.CaptureFixture[str]) -> None:
    catalogue, features = str(made.catalogue), str(made.run.features("sky", "simple"))
    assert "found none; name one" in refused(capsys, tmp_path, catalogue)
    assert "found 2 of them; name one" in refused(capsys, tmp_path, catalogue, str(made.images), "--features", features)
    assert "--quantile 1.5: expected a part" in refused(capsys, tmp_path, catalogue, "--features", features,
                                                       "--quantile", "1.5")
    assert "--weights: `assign" in refused(capsys, tmp_path, catalogue, "--features", features, "--weights",
                                           str(made.weights))


@pytest.mark.parametrize(("values", "expected"), [
    (np.zeros((3, 4), np.float32), "found float32 [3, 4]"), (np.zeros((2, 512), np.int32), "found int32 [2, 512]"),
    (np.zeros((0, 512), np.float32), "found float32 [0, 512]"), (np.array([{}]), "it can't be read"),
    (np.full((2, 512), np.nan, np.float32), "expected finite features, found others in row 0"),
])
def test_features_that_are_none_of_the_catalogues(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                  values: Any, expected: str) -> None:
    np.save(tmp_path / "features.npy", values, allow_pickle=True)
    assert cli.main(["assign", str(made.catalogue), "--features", str(tmp_path / "features.npy"), "--out",
                     str(tmp_path / "out")]) == 2
    assert expected in capsys.readouterr().err
    assert list((tmp_path / "out").rglob("*.csv")) == []


def test_two_folders_of_one_name(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        shutil.copytree(made.images, tmp_path / name / "sky")
    words = ("--weights", str(made.weights), "--out", str(tmp_path / "out"))
    assert cli.main(["assign", str(made.catalogue), str(tmp_path / "a/sky"), *words]) == 0
    assert cli.main(["assign", str(made.catalogue), str(tmp_path / "b/sky"), *words]) == 2
    assert "which has the same name; rename one of the two" in capsys.readouterr().err


PATCHES = {"instrument": "uvi", "scale_km": 3000.0, "resolution_px": 128, "contrast": 0.5}


@pytest.mark.parametrize(("key", "value"), [("scale_km", 500.0), ("instrument", "vmc"), ("resolution_px", 64),
                                            ("contrast", 1.0)])
def test_patches_made_otherwise(key: str, value: Any) -> None:
    def images(patches: dict[str, Any] | None) -> Any:
        return {"side": 128, "colour": False, "patches": patches}

    check_alike(images(PATCHES), images(dict(PATCHES)), Path("set"))
    with pytest.raises(UserError, match=f"set: expected patches with {key} {PATCHES[key]}, as the catalogue has, "
                                        f"found {value}; name the archive files"):
        check_alike(images(PATCHES), images({**PATCHES, key: value}), Path("set"))
    with pytest.raises(UserError, match=r"expected flattened patches of 3000 km by uvi, as the catalogue has, found "
                                        r"gray images of 128 px; name archive files with --uvi"):
        check_alike(images(PATCHES), images(None), Path("set"))
