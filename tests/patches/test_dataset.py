"""A patch set on the disk: what is saved comes back, and what is not whole is refused."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.extra.numpy as arrays
import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_json
from paper_repro.patches import dataset
from paper_repro.patches.dataset import open_set

Images = NDArray[np.uint8]
CLASSES = ("Veil", "NA")


def save(folder: Path, given: Any, rows: pd.DataFrame, **extra: Any) -> None:
    """Save a set and, as the step does that makes it, its record."""
    write_json(folder / "provenance.json", dataset.save(folder, given, rows) | extra)


def images(n: int = 3, colour: bool = False, side: int = 4, seed: int = 0) -> Images:
    shape = (n, side, side, 3) if colour else (n, side, side)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def table(n: int = 3) -> pd.DataFrame:
    return pd.DataFrame({"id": range(n), "source": [f"a/{i}.png" for i in range(n)],
                         "label": [CLASSES[i % 2] for i in range(n)]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "patches" / "photos-gray"


@pytest.fixture
def saved(folder: Path) -> Path:
    save(folder, images(), table(), classes=CLASSES)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


@pytest.mark.parametrize("colour", [False, True])
def test_what_is_saved_comes_back(folder: Path, colour: bool) -> None:
    save(folder, images(colour=colour), table(), classes=CLASSES, answer=42)
    found = open_set(folder)
    assert np.array_equal(found.images, images(colour=colour))
    assert found.images.dtype == np.uint8
    pd.testing.assert_frame_equal(found.table, table(), check_dtype=False)
    assert (found.colour, found.side, len(found), found.classes) == (colour, 4, 3, CLASSES)
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1, 0]
    assert found.labels.dtype == np.int64
    assert found.provenance["answer"] == 42
    assert sorted(content(folder)) == ["images.npy", "patches.csv", "provenance.json"]


def test_images_are_mapped_and_read_only(saved: Path) -> None:
    found = open_set(saved)
    assert isinstance(found.images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        found.images[0, 0, 0] = 1


def test_numpy_and_pandas_alone_read_it(saved: Path) -> None:
    assert np.array_equal(np.load(saved / "images.npy", allow_pickle=False), images())
    assert pd.read_csv(saved / "patches.csv", keep_default_na=False)["label"].tolist() == ["Veil", "NA", "Veil"]


def test_unlabelled_set(folder: Path) -> None:
    save(folder, images(), table().drop(columns="label"))
    found = open_set(folder)
    assert found.labels is None
    assert found.classes == ()


@hypothesis.given(
    pixels=arrays.arrays(np.uint8, st.tuples(st.integers(1, 4), st.just(3), st.just(3))),
    values=st.lists(st.floats(allow_infinity=False), min_size=4, max_size=4),
    names=st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), min_size=4, max_size=4),
)
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_any_pixels_numbers_and_names_come_back(folder: Path, pixels: Images, values: list[float],
                                                names: list[str]) -> None:
    n = len(pixels)
    rows = pd.DataFrame({"id": range(n), "source": names[:n], "minnaert_k": values[:n]})
    save(folder, pixels, rows)
    found = open_set(folder)
    assert np.array_equal(found.images, pixels)
    assert found.table["source"].tolist() == names[:n]
    np.testing.assert_array_equal(found.table["minnaert_k"].to_numpy(dtype=float), np.array(values[:n]))


def test_same_content_same_bytes(saved: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    save(other, iter(images()), table(), classes=CLASSES)
    for name in ("images.npy", "patches.csv"):
        assert (other / name).read_bytes() == (saved / name).read_bytes()
    assert open_set(other).sha256 == open_set(saved).sha256


def test_hash_sees_images_and_table(saved: Path) -> None:
    hashes = {open_set(saved).sha256}
    save(saved, images(seed=1), table(), classes=CLASSES)
    hashes.add(open_set(saved).sha256)
    save(saved, images(seed=1), table()[::-1], classes=CLASSES)
    hashes.add(open_set(saved).sha256)
    assert len(hashes) == 3


def test_images_are_written_one_by_one(folder: Path) -> None:
    given = np.repeat(np.repeat(images(), 64, axis=1), 64, axis=2)

    def one_by_one() -> Iterator[Images]:
        for i, image in enumerate(given):
            if i:
                [partial] = folder.glob(".images*.npy")
                assert partial.stat().st_size == 128 + i * given[0].nbytes
            yield image

    save(folder, one_by_one(), table(), classes=CLASSES)
    assert np.array_equal(open_set(folder).images, given)


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 4, 4), (12, 5, 5, 3), (1000, 7, 7)])
def test_the_file_is_the_one_that_numpy_writes(folder: Path, shape: tuple[int, ...]) -> None:
    given = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    dataset.save(folder, given, pd.DataFrame({"source": [f"{i}.png" for i in range(shape[0])]}))
    np.save(folder / "oracle.npy", given)
    assert (folder / "images.npy").read_bytes() == (folder / "oracle.npy").read_bytes()


# What does not fit together

def refused(folder: Path, given: Any, rows: pd.DataFrame) -> str:
    before = content(folder)
    with pytest.raises(UserError) as caught:
        dataset.save(folder, given, rows)
    assert content(folder) == before
    return str(caught.value)


@pytest.mark.parametrize("old", [False, True])
def test_two_sizes_name_two_files(folder: Path, old: bool) -> None:
    if old:
        save(folder, images(), table(), classes=CLASSES)
    message = refused(folder, [*images(2), images(1, side=5)[0]], table())
    assert "a/0.png is 4 x 4 px gray, but a/2.png is 5 x 5 px gray" in message


def test_two_kinds_name_two_files(folder: Path) -> None:
    message = refused(folder, [*images(1, colour=True), *images(2)], table())
    assert "a/0.png is 4 x 4 px colour, but a/1.png is 4 x 4 px gray" in message


def test_not_square(folder: Path) -> None:
    message = refused(folder, np.zeros((3, 4, 6), np.uint8), table())
    assert "a/0.png: expected a square image, found 6 x 4 px gray" in message


def test_no_image(folder: Path) -> None:
    assert "no image" in refused(folder, images(0), table(0))


@pytest.mark.parametrize("given", [images(2), images(4), images(3).astype(np.float32), images(0),
                                   np.zeros((3, 4, 4, 4), np.uint8), np.zeros((3, 4), np.uint8)])
def test_a_caller_that_is_wrong_is_told(folder: Path, given: Any) -> None:
    with pytest.raises(ValueError, match=r"\d"):
        save(folder, given, table())
    assert content(folder) == {}


# States of the disk

def test_absent(folder: Path) -> None:
    with pytest.raises(UserError, match="found none; make it with"):
        open_set(folder)


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}"])
def test_without_its_provenance(saved: Path, text: str | None) -> None:
    (saved / "provenance.json").unlink()
    if text is not None:
        (saved / "provenance.json").write_text(text)
    with pytest.raises(UserError, match="incomplete"):
        open_set(saved)


@pytest.mark.parametrize("name", ["images.npy", "patches.csv"])
@pytest.mark.parametrize("change", ["gone", "shorter", "longer"])
def test_file_that_is_not_what_was_written(saved: Path, name: str, change: str) -> None:
    data = (saved / name).read_bytes()
    (saved / name).unlink()
    if change != "gone":
        (saved / name).write_bytes(data[:-1] if change == "shorter" else data + b"\n")
    found = {"gone": "no file", "shorter": str(len(data) - 1), "longer": str(len(data) + 1)}[change]
    with pytest.raises(UserError, match=f"{name}: expected {len(data)} bytes, found {found}"):
        open_set(saved)


def test_other_bytes_of_the_same_size(saved: Path) -> None:
    data = (saved / "images.npy").read_bytes()
    (saved / "images.npy").write_bytes(b"x" * len(data))
    with pytest.raises(UserError, match="can't be read"):
        open_set(saved)


def test_pickled_images_are_not_loaded(saved: Path) -> None:
    np.save(saved / "images.npy", np.array([{}], dtype=object), allow_pickle=True)
    record = json.loads((saved / "provenance.json").read_text())
    record["bytes"]["images.npy"] = (saved / "images.npy").stat().st_size
    (saved / "provenance.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match="can't be read"):
        open_set(saved)


def test_unknown_label(saved: Path) -> None:
    text = (saved / "patches.csv").read_text()
    (saved / "patches.csv").write_text(text.replace("Veil", "Rain"))
    with pytest.raises(UserError, match="label 'Rain' is not one of the set's classes"):
        open_set(saved)


def test_images_of_another_kind(saved: Path) -> None:
    np.save(saved / "images.npy", np.zeros((3, 4, 2), np.uint16))
    with pytest.raises(UserError, match=r"found uint16 \[3, 4, 2\] and 3 rows"):
        open_set(saved)


@pytest.mark.parametrize("moment", range(3))
@pytest.mark.parametrize("old", [False, True])
def test_crash_at_any_rename_leaves_the_old_set_or_none(folder: Path, monkeypatch: pytest.MonkeyPatch, old: bool,
                                                        moment: int) -> None:
    """The three files are renamed one after the other; a kill in front of one must never leave a mixture that opens."""
    if old:
        save(folder, images(), table(), classes=CLASSES)
    renames = 0
    replace = os.replace

    def killed(source: Any, target: Any) -> None:
        nonlocal renames
        if renames == moment:
            raise KeyboardInterrupt
        renames += 1
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        save(folder, images(seed=1), table(), classes=CLASSES)
    monkeypatch.undo()
    with pytest.raises(UserError):
        open_set(folder)
    save(folder, images(seed=2), table(), classes=CLASSES)
    assert np.array_equal(open_set(folder).images, images(seed=2))


def test_crash_while_images_come_keeps_the_old_set(saved: Path) -> None:
    def broken() -> Iterator[Images]:
        yield images()[0]
        raise KeyboardInterrupt

    before = content(saved)
    with pytest.raises(KeyboardInterrupt):
        save(saved, broken(), table(), classes=CLASSES)
    assert content(saved) == before


def test_an_open_set_stays_as_it_was_when_another_is_saved(saved: Path) -> None:
    found = open_set(saved)
    save(saved, images(seed=1), table(), classes=CLASSES)
    assert np.array_equal(found.images, images())
