"""Images that strangers made to be too much: of pixels, bytes, scans; pipes, devices and loops among the files."""

import io
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.patches import folder as folders
from paper_repro.patches import image_files
from paper_repro.patches.image_files import read_image
from paper_repro.patches.photographs import read_folder
from tests.patches.photographs_made import pixels, put


def png_of(side: int, rows: int) -> bytes:
    """A black PNG in colour whose header tells of side x side pixels, with the data of the first `rows` rows."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packing = zlib.compressobj(1)
    data = b"".join(packing.compress(bytes(1 + 3 * side)) for _ in range(rows)) + packing.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", data) + chunk(b"IEND", b""))


@pytest.mark.attack("image-bomb")
@pytest.mark.parametrize(("side", "rows", "said"), [(4097, 4097, "at most 16777216 pixels, found 4097 x 4097"),
                                                    (10_000, 100, "can't be read .*100000000 pixels")])
def test_a_small_file_of_many_pixels_is_refused_before_it_is_decoded(
        tmp_path: Path, side: int, rows: int, said: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_of(side, rows))
    assert path.stat().st_size < 400_000
    with pytest.raises(UserError, match=rf"a\.png: expected .*{said}"):
        read_image(path)


def test_the_largest_image_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png_of(4096, 4096))
    assert read_image(tmp_path / "a.png").shape == (4096, 4096, 3)


@pytest.mark.attack("image-bomb")
def test_a_file_of_too_many_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path / "a.png", 1, colour=True)
    monkeypatch.setattr(image_files, "MOST_BYTES", path.stat().st_size)
    assert np.array_equal(read_image(path), pixels(1, colour=True))
    with path.open("ab") as file:
        file.write(b"\0")
    with pytest.raises(UserError, match=r"a\.png: expected an image of at most \d+ bytes, found more"):
        read_image(path)


@pytest.mark.attack("jpeg-scans")
def test_a_jpeg_that_goes_over_its_pixels_again_and_again_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.fromarray(np.full((512, 512, 3), 100, np.uint8)).save(stream, "JPEG", progressive=True)
    start, mark, last = stream.getvalue().rpartition(b"\xff\xda")
    path = tmp_path / "a.jpg"
    path.write_bytes(start + mark + last)
    assert read_image(path).shape == (512, 512, 3)
    path.write_bytes(start + (mark + last[:-2]) * 5000 + mark + last)
    begun = time.process_time()
    with pytest.raises(UserError, match=r"a\.jpg: expected a JPEG image of at most 100 scans, found more"):
        read_image(path)
    assert time.process_time() - begun < 2


@pytest.mark.attack("pipes-and-devices")
@pytest.mark.parametrize("kind", ["pipe", "device", "link to itself"])
def test_what_is_no_file_among_images_is_named(tmp_path: Path, kind: str) -> None:
    for name in ("A/1.png", "A/2.png", "B/1.png", "B/2.png"):
        put(tmp_path / name, 1, colour=True)
    odd = tmp_path / "B" / "3.png"
    if kind == "pipe":
        os.mkfifo(odd)
    else:
        odd.symlink_to("/dev/zero" if kind == "device" else odd)
    for images in (read_folder(tmp_path)[0], folders.find(tmp_path).images, folders.find(tmp_path / "B").images):
        with pytest.raises(UserError, match=r"3\.png: expected"):
            list(images)


@pytest.mark.attack("endless-folders")
def test_links_that_lead_round_are_not_followed(tmp_path: Path) -> None:
    for name in ("A", "B"):
        for number in range(2):
            put(tmp_path / name / f"{number}.png", 1, colour=True)
        for number in range(4):
            (tmp_path / name / f"up{number}").symlink_to("../..", target_is_directory=True)
    assert len(folders.find(tmp_path).table) == 4
    (tmp_path / "C").mkdir()
    for number in range(4):
        (tmp_path / "C" / f"round{number}").symlink_to(".", target_is_directory=True)
    begun = time.process_time()
    with pytest.raises(UserError, match="C: the class holds no image of its own"):
        folders.find(tmp_path)
    assert time.process_time() - begun < 2


@pytest.mark.attack("image-frames")
def test_pictures_without_number_in_one_file_are_not_counted(tmp_path: Path) -> None:
    tags = [(256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 8),
            (277, 3, 1, 1), (278, 3, 1, 8), (279, 4, 1, 64)]
    entry = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
    count, start, size = 50_000, 8 + 64, len(entry) + 4
    following = [start + size * number if number < count else 0 for number in range(1, count + 1)]
    pages = b"".join(entry + struct.pack("<I", place) for place in following)
    (tmp_path / "a.tif").write_bytes(struct.pack("<2sHI", b"II", 42, start) + bytes(64) + pages)
    begun = time.process_time()
    with pytest.raises(UserError, match=r"a\.tif: expected one picture .*, found several pictures"):
        read_image(tmp_path / "a.tif")
    assert time.process_time() - begun < 2
