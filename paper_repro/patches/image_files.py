"""Files of images as users and strangers have them: what is read of each format, and what is refused, and why."""

import io
import re
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from paper_repro.base import regular
from paper_repro.base.errors import UserError

# Formats that are common for photographs, by Pillow's names, and how files of them are called. The content alone
# decides which one a file is of: many a WebP is called .jpg.
FORMATS = {"PNG": (".png",), "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"), "WEBP": (".webp",), "TIFF": (".tif", ".tiff"),
           "BMP": (".bmp",), "GIF": (".gif",)}
SUFFIXES = tuple(suffix for suffixes in FORMATS.values() for suffix in suffixes)
NAMES = "PNG, JPEG, WebP, TIFF, BMP or GIF"
EIGHT_BIT = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}  # Pillow's modes of 8-bit gray, palettes and RGB, with alpha
MODES = {"CMYK": "the colours of print (CMYK)", "YCbCr": "YCbCr", "LAB": "CIELAB", "F": "floating-point numbers",
         "I": "integers of 32 bits"}
# What other files begin with (or have at byte 4), as they turn up among images.
OTHERS = ((0, b"version https://git-lfs", "a pointer of Git LFS, which stands for a file that was not downloaded"),
          (0, b"<", "a text such as a web page"), (0, b"%PDF", "a PDF"), (0, b"PK", "a ZIP archive"),
          (0, b"8BPS", "a Photoshop document"), (4, b"ftypavif", "an AVIF image"), (4, b"ftyphei", "a HEIC image"),
          (4, b"ftypmif1", "a HEIC image"), (4, b"jP  ", "a JPEG 2000 image"),
          *((0, mark, "one that is cut short or broken, so that it can't be read")
            for mark in (b"\x89PNG", b"\xff\xd8", b"RIFF", b"II", b"MM", b"BM", b"GIF8")))
TURNED = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
          5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
          8: Image.Transpose.ROTATE_90}
BITS, EXTRA, SIGNS = 258, 338, 339  # tags of TIFF: BitsPerSample, ExtraSamples, SampleFormat
PNG_BITS = 24  # byte of a PNG with its bits a channel
MOST_PIXELS, MOST_BYTES = 1 << 24, 1 << 26  # of an image, and of its file; the paper's have 22,500 pixels
MOST_SCANS = 100  # of a JPEG, which may go over its pixels any number of times; programs write a dozen
_SCAN = b"\xff\xda"
# Pillow's own bound is ten times as high; beyond it, it must not decode with a mere warning either.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def refuse_odd_names(paths: Iterable[Path]) -> None:
    """Raise UserError for a name that isn't in UTF-8."""
    for path in paths:
        if str(path).encode(errors="replace").decode() != str(path):
            raise UserError(f"{str(path)!a}: the name is not in UTF-8, so it can't be written to a table; rename it.")


def natural(name: str) -> tuple[list[str | int], str]:
    """Sort key that puts `a2` before `a10`, capital or not."""
    parts = re.split(r"(\d+)", name)
    return [int(part) if i % 2 else part.casefold() for i, part in enumerate(parts)], name


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read an image file, turned as its EXIF says: uint8 [H, W] where it is gray, [H, W, 3] where it has colour.

    A palette counts as colour, and so does every GIF. Of a photograph with a preview or a second view in the same file
    (MPO) the first picture is read. Raises UserError if it is unreadable or cut short, is larger than the limits above,
    has more than 8 bits a channel, colours other than RGB, transparent pixels or several pictures.
    """
    data = b""
    try:
        with regular.opened(path) as handle:
            data = handle.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UserError(f"{path}: expected an image of at most {MOST_BYTES} bytes, found more; make it smaller.")
        image = Image.open(io.BytesIO(data), formats=tuple(FORMATS))
        if image.width * image.height > MOST_PIXELS:
            raise UserError(f"{path}: expected an image of at most {MOST_PIXELS} pixels, found {image.width} x "
                            f"{image.height}; make it smaller.")
        if image.format in {"JPEG", "MPO"} and data.count(_SCAN) > MOST_SCANS:
            raise UserError(f"{path}: expected a JPEG image of at most {MOST_SCANS} scans, found more; save it anew.")
        odd = _oddness(image, data)
        if not odd:
            image.load()  # after which EXIF that stands behind the pixels is known, too
            turned = image.transpose(TURNED[way]) if (way := _orientation(image)) in TURNED else image
    except UserError:
        raise
    except UnidentifiedImageError as error:
        raise UserError(f"{path}: expected an image ({NAMES}), found {_other(data)}; convert or remove it.") from error
    except Exception as error:  # Pillow raises many kinds, depending on where the file is broken
        raise UserError(f"{path}: expected an image ({NAMES}), which can't be read "
                        f"({str(error) or type(error).__name__}); replace or remove it.") from error
    if odd:
        raise UserError(f"{path}: expected one picture in 8-bit gray or RGB, found {odd}; convert it.")
    gray = image.mode in {"1", "L", "LA"} and image.format != "GIF"  # whose gray ones are seldom told from palettes
    if image.mode in {"L", "RGB"} and gray == (image.mode == "L") and "transparency" not in image.info:
        return np.asarray(turned)
    rgba = np.asarray(turned.convert("RGBA"))
    if rgba[..., 3].min() < 255:
        raise UserError(f"{path}: expected an opaque image, found transparent pixels; flatten it.")
    return rgba[..., 0] if gray else rgba[..., :3]


def _oddness(image: Image.Image, data: bytes) -> str:
    """Why an image whose pixels aren't decoded yet is not what is wanted; "" where it is."""
    if getattr(image, "is_animated", False) and image.format != "MPO":  # counting them can take hours
        return "several pictures in the file (an animation, or pages)"
    bits, extra, signs = 8, [], [1]
    if image.format == "PNG":
        bits = data[PNG_BITS]  # Pillow cuts 16-bit colour to 8 without a word
    elif image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]
        bits, extra, signs = max(tags.get(BITS, (1,))), list(tags.get(EXTRA, ())), list(tags.get(SIGNS, (1,)))
    if image.mode in MODES:
        return MODES[image.mode]
    if bits > 8 or image.mode not in EIGHT_BIT:
        return f"{bits} bits a channel" if bits > 8 else f"mode {image.mode}"
    if 0 in extra:
        return "a channel beside the colours that isn't said to be transparency"
    return "signed numbers" if set(signs) != {1} else ""


def _orientation(image: Image.Image) -> int:
    """How the picture is turned, as EXIF counts it: 1 as it is; TIFF files were turned by Pillow already."""
    return int(image.getexif().get(ExifTags.Base.Orientation, 1))


def _other(data: bytes) -> str:
    """What a file is that is none of the formats."""
    if not data:
        return "an empty file"
    start = data.lstrip()[:40] if data[:1].isspace() else data[:40]
    return next((words for at, mark, words in OTHERS if start[at:].startswith(mark)), "a file of another kind")
