"""Photographs one by one: what is read of a PNG or JPEG, each way a file can be wrong, and the gray version (Eq. 6)."""

import io
import struct
import zlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms.functional import rgb_to_grayscale

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.patches import photographs
from paper_repro.patches.image_files import read_image
from paper_repro.patches.photographs import to_gray
from tests.patches.photographs_made import Pixels, pixels, put


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

def test_luma_is_the_papers() -> None:
    assert photographs.LUMA == (2989, 5870, 1140)


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
