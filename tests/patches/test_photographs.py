"""Folders of photographs: both layouts in the wild open, and each way they can be wrong gives one clear sentence."""

import dataclasses
import io
import os
import shutil
import string
import struct
import zlib
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from torchvision.transforms.functional import rgb_to_grayscale

from paper_repro import paper
from paper_repro.archives import sample_photos
from paper_repro.patches import photographs
from paper_repro.patches.dataset import open_set
from paper_repro.patches.photographs import build, class_name, natural, read_folder, read_image, to_gray
from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import sha256_file
from paper_repro.profiles.profile import Photographs
from paper_repro.profiles.run import Run, open_run

Pixels = NDArray[np.uint8]
CLOUD_IMVN = ("A-Clear Sky", "B-Patterned Clouds", "C-Thin White Clouds", "D-Thick White Clouds", "E-Thick Dark Clouds",
              "F-Veil Clouds")


def pixels(seed: int, side: int = 4, colour: bool = True) -> Pixels:
    shape = (side, side, 3) if colour else (side, side)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def put(path: Path, seed: int = 0, **how: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(seed, **how)).save(path)
    return path


def cloud_imvn(top: Path, each: int = 3, **how: Any) -> Path:
    for c, name in enumerate(CLOUD_IMVN):
        for i in range(each):
            put(top / name / f"{name[0]}_{i + 1}img.png", 100 * c + i, **how)
    return top


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return cloud_imvn(tmp_path / "images")


def run_of(tmp_path: Path, images: Path) -> Run:
    return open_run("swimcat", tmp_path / "out", images=images)


def small_sample(out: Path, **changes: int) -> Run:
    run = open_run("sample", out)
    smaller = Photographs("simulated", **({"per_class": 2, "side": 16, "seed": 3} | changes))
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, photographs=smaller))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*")) if path.is_file()}


# Layouts

def test_cloud_imvn_layout(images: Path) -> None:
    found, table, classes = read_folder(images)
    assert classes == paper.CLASS_NAMES
    assert table.columns.tolist() == ["id", "source", "label"]
    assert table["id"].tolist() == list(range(18))
    assert table["label"].tolist() == [name for name in paper.CLASS_NAMES for _ in range(3)]
    assert table["source"][3:7].tolist() == ["B-Patterned Clouds/B_1img.png", "B-Patterned Clouds/B_2img.png",
                                            "B-Patterned Clouds/B_3img.png", "F-Veil Clouds/F_1img.png"]
    assert [image.tolist() for image in found][6] == pixels(500).tolist()


def test_top_folder_and_left_overs_of_archives_do_not_count(tmp_path: Path, images: Path) -> None:
    moved = tmp_path / "unpacked"
    shutil.copytree(images, moved / "Swimcat-extend")
    put(moved / "__MACOSX" / "Swimcat-extend" / "A-Clear Sky" / "._A_1img.png")
    (moved / "__MACOSX" / "more").mkdir()
    for name in (".DS_Store", "Thumbs.db", "._A_9img.png", ".hidden.png"):
        (moved / "Swimcat-extend" / "A-Clear Sky" / name).write_bytes(b"no image")
    put(moved / "Swimcat-extend" / ".git" / "a.png")
    put(moved / "Swimcat-extend" / "A-Clear Sky" / "__MACOSX" / "a.png")
    _, table, classes = read_folder(moved)
    _, plain, _ = read_folder(images)
    assert classes == paper.CLASS_NAMES
    assert table["source"].tolist() == [f"Swimcat-extend/{source}" for source in plain["source"]]


def test_swimcat_layout(tmp_path: Path) -> None:
    for name in ("A-sky", "B-pattern", "C-thick-dark", "D-thick-white", "E-veil"):
        for i in (1, 2, 10):
            put(tmp_path / name / "images" / f"{name[0]}_{i}img.png")
        (tmp_path / name / f"{name[0]}_info.csv").write_text("File,Date\n")
    (tmp_path / "license.html").write_text("licence")
    (tmp_path / "readme.pdf").write_bytes(b"%PDF")
    _, table, classes = read_folder(tmp_path)
    assert classes == ("Clear sky", "Patterned", "Veil", "Thick white", "Thick dark")
    assert table["source"][:3].tolist() == [f"A-sky/images/A_{i}img.png" for i in (1, 2, 10)]
    assert table["label"].value_counts().to_dict() == dict.fromkeys(classes, 3)


def test_real_swimcat(tmp_path: Path, real_inputs: Path) -> None:
    run = run_of(tmp_path, real_inputs / "swimcat")
    build(run)
    colour, gray = open_set(run.patches("photos-colour")), open_set(run.patches("photos-gray"))
    assert colour.images.shape == (784, 125, 125, 3)
    assert gray.images.shape == (784, 125, 125)
    assert Counter(colour.table["label"]) == {"Clear sky": 224, "Patterned": 89, "Thick dark": 251, "Thick white": 135,
                                              "Veil": 85}
    assert colour.classes == ("Clear sky", "Patterned", "Veil", "Thick white", "Thick dark")
    for i in (0, 300, 783):
        with Image.open(real_inputs / "swimcat" / colour.table["source"][i]) as image:
            assert np.array_equal(colour.images[i], np.asarray(image))
        assert np.array_equal(gray.images[i], to_gray(colour.images[i]))
    assert not colour.provenance["simulated"]


@pytest.mark.parametrize(("folder", "expected"), [
    *zip(CLOUD_IMVN, ("Clear sky", "Patterned", "Thin white", "Thick white", "Thick dark", "Veil"), strict=True),
    *zip(("A-sky", "B-pattern", "C-thick-dark", "D-thick-white", "E-veil"),
         ("Clear sky", "Patterned", "Thick dark", "Thick white", "Veil"), strict=True),
    ("clear", "Clear sky"), ("SKY", "Clear sky"), ("ClearSky", "Clear sky"), ("1_clear_sky", "Clear sky"),
    ("thin white", "Thin white"), ("white, thin", "Thin white"), ("ThickDarkClouds", "Thick dark"),
    ("Veil cloud", "Veil"), ("Patterned", "Patterned"),
    ("Cloudy sky", "Cloudy sky"), ("dark sky", "dark sky"), ("thick", "thick"), ("white", "white"), ("A", "A"),
    ("thick white veil", "thick white veil"), ("unveil", "unveil"), ("clouds", "clouds"), ("rain", "rain"),
])
def test_classes_are_known_by_words(folder: str, expected: str) -> None:
    assert class_name(folder) == expected


def test_unknown_classes_follow_alphabetically(tmp_path: Path) -> None:
    for name in ("rain", "E-veil", "Fog", "type 10", "type 2", "A-sky", "Äther", "NA"):
        put(tmp_path / name / "a.png")
        put(tmp_path / name / "b.png")
    _, table, classes = read_folder(tmp_path)
    assert classes == ("Clear sky", "Veil", "Fog", "NA", "rain", "type 2", "type 10", "Äther")
    assert table["label"].tolist() == [name for name in classes for _ in range(2)]


def test_any_suffix_the_wild_has_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a.PNG", "b.jpg", "c.JPG", "d.jpeg", "e.png"):
        put(tmp_path / "rain" / name)
        put(tmp_path / "fog" / name)
    (tmp_path / "fog" / "notes.txt").write_text("")
    (tmp_path / "fog" / "folder.png").mkdir()
    _, table, _ = read_folder(tmp_path)
    assert table["source"][:5].tolist() == [f"fog/{name}" for name in ("a.PNG", "b.jpg", "c.JPG", "d.jpeg", "e.png")]


@hypothesis.given(st.lists(st.text(string.ascii_letters + string.digits + " _-ß²", min_size=1), unique=True))
def test_natural_order_is_an_order_and_counts(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural) == sorted(backwards, key=natural)
    assert sorted(["a10", "a9", "A8", "b1"], key=natural) == ["A8", "a9", "a10", "b1"]


# Images

def encoded(image: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG", **options)
    return stream.getvalue()


def read(tmp_path: Path, data: bytes) -> Pixels:
    path = tmp_path / "image.png"
    path.write_bytes(data)
    return read_image(path)


def test_gray_and_colour_come_as_they_are(tmp_path: Path) -> None:
    for colour in (True, False):
        assert np.array_equal(read_image(put(tmp_path / "a.png", 1, colour=colour)), pixels(1, colour=colour))


def test_jpeg(tmp_path: Path) -> None:
    flat = np.full((8, 8, 3), 120, np.uint8)
    Image.fromarray(flat).save(tmp_path / "a.jpg")
    assert np.array_equal(read_image(tmp_path / "a.jpg"), flat)


def test_palette_becomes_colour(tmp_path: Path) -> None:
    image = Image.fromarray(pixels(1)).quantize(16)
    found = read(tmp_path, encoded(image))
    assert np.array_equal(found, np.asarray(image.convert("RGB")))


def test_opaque_alpha_is_dropped(tmp_path: Path) -> None:
    colour, gray = Image.fromarray(pixels(1)), Image.fromarray(pixels(1, colour=False))
    assert np.array_equal(read(tmp_path, encoded(colour.convert("RGBA"))), pixels(1))
    assert np.array_equal(read(tmp_path, encoded(gray.convert("LA"))), pixels(1, colour=False))


def test_black_and_white_becomes_gray(tmp_path: Path) -> None:
    image = Image.fromarray(pixels(1, colour=False)).convert("1")
    assert np.array_equal(read(tmp_path, encoded(image)), np.asarray(image.convert("L")))


def png16(colour: bool) -> bytes:
    """A 2 x 2 PNG of 16 bits a channel."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes(2 * 2 * (3 if colour else 1))
    header = struct.pack(">IIBBBBB", 2, 2, 16, 2 if colour else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(2 * row)) + chunk(b"IEND", b"")


def half_clear() -> Image.Image:
    image = Image.fromarray(pixels(1)).convert("RGBA")
    image.putpixel((2, 1), (1, 2, 3, 254))
    return image


GOOD = encoded(Image.fromarray(pixels(1, side=40)))
BAD_IMAGES = {
    "empty": (b"", "can't be read"),
    "no image": (b"<html>not found</html>", "can't be read"),
    "cut short": (GOOD[:len(GOOD) // 2], "can't be read"),
    "header only": (GOOD[:40], "can't be read"),
    "16-bit gray": (png16(colour=False), "found 16 bits"),
    "16-bit colour": (png16(colour=True), "found 16 bits"),
    "transparent": (encoded(half_clear()), "transparent pixels"),
    "transparent colour": (encoded(Image.fromarray(pixels(1)), transparency=tuple(pixels(1)[0, 0].tolist())),
                           "transparent pixels"),
    "transparent palette": (encoded(Image.fromarray(pixels(1)).quantize(16), transparency=0), "transparent pixels"),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_bad_image_names_the_file(tmp_path: Path, name: str) -> None:
    data, said = BAD_IMAGES[name]
    with pytest.raises(UserError) as caught:
        read(tmp_path, data)
    assert str(tmp_path / "image.png") in str(caught.value)
    assert said in str(caught.value)


def test_other_formats_under_a_false_name(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(pixels(1)).save(stream, "BMP")
    with pytest.raises(UserError, match="can't be read"):
        read(tmp_path, stream.getvalue())


def test_cmyk(tmp_path: Path) -> None:
    Image.fromarray(pixels(1)).convert("CMYK").save(tmp_path / "a.jpg")
    with pytest.raises(UserError, match="mode CMYK"):
        read_image(tmp_path / "a.jpg")


@hypothesis.given(st.integers(0, len(GOOD) - 20))
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_a_cut_anywhere_is_noticed(tmp_path: Path, length: int) -> None:
    """The last 12 bytes are the end mark, the 4 before them a checksum: without those the pixels are complete."""
    with pytest.raises(UserError, match="can't be read"):
        read(tmp_path, GOOD[:length])


# Gray

def test_gray_is_the_exact_luma_truncated() -> None:
    """Eq. 6, literally, in exact arithmetic."""
    weights = [Fraction(str(weight)) for weight in paper.LUMA]
    rgb = np.concatenate([pixels(1, side=30).reshape(-1, 3), np.array([[0, 0, 0], [255, 255, 255], [0, 0, 250]])])
    rgb = rgb.astype(np.uint8)
    literal = [int(sum((w * int(v) for w, v in zip(weights, colour, strict=True)), Fraction())) for colour in rgb]
    assert to_gray(rgb).tolist() == literal
    assert to_gray(np.full((2, 2, 3), 255, np.uint8)).tolist() == [[254, 254], [254, 254]]
    assert to_gray(np.zeros((1, 1, 3), np.uint8)).tolist() == [[0]]
    assert to_gray(rgb).dtype == np.uint8


def test_gray_equals_torchvisions_float_luma_to_rounding() -> None:
    """As the paper has it (footnote of Eq. 6): they may differ only where the exact luma is a whole number."""
    green, blue = np.meshgrid(np.arange(256), np.arange(256))
    for red in (0, 1, 77, 128, 255):
        rgb = np.stack([np.full_like(green, red), green, blue], axis=-1).astype(np.uint8)
        luma = rgb_to_grayscale(torch.from_numpy(rgb).permute(2, 0, 1) / 255)[0]
        theirs = (luma * 255).to(torch.uint8).numpy()
        differ = theirs != to_gray(rgb)
        whole = (2989 * red + 5870 * green + 1140 * blue) % 10_000 == 0
        assert not (differ & ~whole).any()
        assert differ.mean() < 1e-3


# Sets

def test_build_makes_both_sets(tmp_path: Path, images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(tmp_path, images)
    build(run)
    colour, gray = open_set(run.patches("photos-colour")), open_set(run.patches("photos-gray"))
    assert colour.images.shape == (18, 4, 4, 3)
    assert np.array_equal(colour.images[0], pixels(0))
    assert np.array_equal(gray.images, to_gray(colour.images))
    assert colour.labels is not None
    assert colour.labels.tolist() == [c for c in range(6) for _ in range(3)]
    assert gray.table.equals(colour.table)
    assert gray.classes == colour.classes == paper.CLASS_NAMES
    assert gray.provenance["inputs"] == {"photos-colour": colour.sha256}
    assert not colour.provenance["simulated"]
    assert capsys.readouterr().out.splitlines() == ["photos-colour: 18 images of 4 x 4 px, 6 classes",
                                                    "photos-gray: 18 images of 4 x 4 px, 6 classes"]
    index = pd.read_csv(run.data / "patches" / "index.csv")
    assert index.to_numpy().tolist() == [["photos-colour", 18, 4, 6, colour.sha256],
                                         ["photos-gray", 18, 4, 6, gray.sha256]]


def test_unchanged_sets_are_left_alone_but_the_list_is_new(tmp_path: Path, images: Path,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(tmp_path, images)
    build(run)
    index = run.data / "patches" / "index.csv"
    os.utime(index, (1, 1))
    before = snapshot(run.data)
    capsys.readouterr()
    build(run)
    after = snapshot(run.data)
    assert {name: entry for name, entry in after.items() if name != "patches/index.csv"} == {
        name: entry for name, entry in before.items() if name != "patches/index.csv"}
    assert after["patches/index.csv"][0] == before["patches/index.csv"][0]
    assert index.stat().st_mtime > 1
    assert all(line.endswith(", up to date") for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("change", ["pixels", "name", "label", "more"])
def test_changed_photographs_are_read_again(tmp_path: Path, images: Path, change: str) -> None:
    run = run_of(tmp_path, images)
    build(run)
    before = open_set(run.patches("photos-gray")).sha256
    one = images / "A-Clear Sky" / "A_1img.png"
    if change == "pixels":
        put(one, 999)
    elif change == "more":
        put(one.with_name("A_0img.png"))
    else:
        one.rename(one.with_name("A_7img.png") if change == "name" else images / "F-Veil Clouds" / "A_1img.png")
    build(run)
    assert open_set(run.patches("photos-gray")).sha256 != before
    assert len(open_set(run.patches("photos-colour"))) == (19 if change == "more" else 18)


def test_damaged_set_is_made_again(tmp_path: Path, images: Path) -> None:
    run = run_of(tmp_path, images)
    build(run)
    (run.patches("photos-colour") / "images.npy").unlink()
    build(run)
    assert len(open_set(run.patches("photos-colour"))) == 18


def test_gray_photographs_make_the_gray_set_only(tmp_path: Path, images: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    build(run_of(tmp_path, images))
    run = run_of(tmp_path, cloud_imvn(tmp_path / "gray", colour=False))
    capsys.readouterr()
    build(run)
    assert np.array_equal(open_set(run.patches("photos-gray")).images[0], pixels(0, colour=False))
    assert not (run.patches("photos-colour") / "provenance.json").exists()
    assert capsys.readouterr().out.splitlines() == ["photos-gray: 18 images of 4 x 4 px, 6 classes",
                                                    "photos-colour: not made, the photographs are gray"]
    assert pd.read_csv(run.data / "patches" / "index.csv")["set"].tolist() == ["photos-gray"]


def test_simulated_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = small_sample(tmp_path)
    build(run)
    colour = open_set(run.patches("photos-colour"))
    assert np.array_equal(colour.images, sample_photos.generate(2, 16, 3)[0])
    assert colour.provenance["simulated"] is True
    assert open_set(run.patches("photos-gray")).provenance["simulated"] is True
    assert colour.provenance["inputs"] == {"recipe": sha256_file(Path(sample_photos.__file__))}
    assert colour.table["source"][:3].tolist() == ["simulated/Clear sky/0", "simulated/Clear sky/1",
                                                  "simulated/Patterned/0"]
    assert colour.labels is not None
    assert np.array_equal(colour.labels, sample_photos.generate(2, 16, 3)[1])
    assert "12 simulated images" in capsys.readouterr().out


def test_simulated_sample_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(small_sample(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(sample_photos, "generate", lambda *_: pytest.fail("drawn again"))
        build(small_sample(tmp_path))
    build(small_sample(tmp_path, seed=4))
    found = open_set(small_sample(tmp_path).patches("photos-colour"))
    assert np.array_equal(found.images, sample_photos.generate(2, 16, 4)[0])


def test_sample_with_fewer_than_two_images_a_class(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="per_class"):
        build(small_sample(tmp_path, per_class=1))
    assert snapshot(tmp_path) == {}


# What can be wrong with a folder

@pytest.fixture
def assert_refused(tmp_path: Path, images: Path) -> Any:
    """A function that builds, expects one sentence that holds all its arguments, and an untouched earlier set."""
    run = run_of(tmp_path, images)
    build(run)
    before = snapshot(run.out)

    def check(*said: object) -> None:
        with pytest.raises(UserError) as caught:
            build(run)
        for part in said:
            assert str(part) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert snapshot(run.out) == before

    return check


def test_empty_class(images: Path, assert_refused: Any) -> None:
    shutil.rmtree(images / "F-Veil Clouds")
    (images / "F-Veil Clouds").mkdir()
    (images / "F-Veil Clouds" / "readme.txt").write_text("")
    assert_refused(images / "F-Veil Clouds", "no PNG or JPEG image")


def test_class_with_one_image(images: Path, assert_refused: Any) -> None:
    for i in (1, 2):
        (images / "F-Veil Clouds" / f"F_{i}img.png").unlink()
    assert_refused(images / "F-Veil Clouds" / "F_3img.png", "the only image of its class")


def test_as_many_images_as_clusters_are_too_few(images: Path, assert_refused: Any) -> None:
    for name in CLOUD_IMVN:
        for i in (1, 2):
            (images / name / f"{name[0]}_{i}img.png").unlink()
    assert_refused(images / "A-Clear Sky" / "A_3img.png", "at least two")


def test_truncated_image(images: Path, assert_refused: Any) -> None:
    path = put(images / "C-Thin White Clouds" / "C_2img.png", side=40)
    path.write_bytes(path.read_bytes()[:1000])
    assert_refused(path, "can't be read")


def test_unreadable_image(images: Path, assert_refused: Any) -> None:
    path = images / "F-Veil Clouds" / "F_3img.png"
    path.write_bytes(b"not an image")
    assert_refused(path, "can't be read")


def test_dangling_link(images: Path, assert_refused: Any) -> None:
    path = images / "F-Veil Clouds" / "F_4img.png"
    path.symlink_to(images / "nowhere.png")
    assert_refused(path, "can't be read")


def test_name_that_is_not_utf8(images: Path, assert_refused: Any) -> None:
    put(images / "F-Veil Clouds" / "a.png").rename(images / "F-Veil Clouds" / os.fsdecode(b"caf\xe9.png"))
    assert_refused("caf\\udce9.png", "not in UTF-8")


def test_mixed_channels(images: Path, assert_refused: Any) -> None:
    put(images / "F-Veil Clouds" / "F_2img.png", colour=False)
    assert_refused("A-Clear Sky/A_1img.png is 4 x 4 px colour", "F-Veil Clouds/F_2img.png is 4 x 4 px gray")


def test_mixed_sizes(images: Path, assert_refused: Any) -> None:
    put(images / "F-Veil Clouds" / "F_2img.png", side=5)
    assert_refused("A-Clear Sky/A_1img.png is 4 x 4 px colour", "F-Veil Clouds/F_2img.png is 5 x 5 px colour")


def test_not_square(images: Path, assert_refused: Any) -> None:
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(images / "A-Clear Sky" / "A_1img.png")
    assert_refused("A-Clear Sky/A_1img.png", "found 6 x 4 px")


def test_two_folders_of_one_class(images: Path, assert_refused: Any) -> None:
    put(images / "veil" / "a.png")
    put(images / "veil" / "b.png")
    assert_refused(images / "veil", images / "F-Veil Clouds", "'Veil'")


def test_images_without_class_folders(tmp_path: Path) -> None:
    put(tmp_path / "images" / "a.png")
    with pytest.raises(UserError, match="one subfolder for each of at least two classes, found no subfolder"):
        read_folder(tmp_path / "images")


def test_one_class_alone(tmp_path: Path) -> None:
    put(tmp_path / "images" / "A-sky" / "images" / "a.png")
    with pytest.raises(UserError, match="found only A-sky/images"):
        read_folder(tmp_path / "images")


def test_luma_is_the_papers() -> None:
    assert photographs.LUMA == (2989, 5870, 1140)
