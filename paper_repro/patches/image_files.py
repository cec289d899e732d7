"""Files of images as users and strangers have them: which files of a folder count, in what order, and their pixels."""

import io
import re
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.folders import hidden, visible_files

SUFFIXES = (".png", ".jpg", ".jpeg")
MOST_PIXELS, MOST_BYTES = 1 << 24, 1 << 26  # of an image, and of its file; the paper's have 22,500 pixels
MOST_SCANS = 100  # of a JPEG, which may go over its pixels any number of times; programs write a dozen
_SCAN = b"\xff\xda"
# Pillow's own bound is ten times as high; beyond it, it must not decode with a mere warning either.
warnings.simplefilter("error", Image.DecompressionBombWarning)


def images_below(folder: Path) -> Iterator[Path]:
    """The images in a folder and in the visible folders below it. Raises UserError, OSError as `visible_files`."""
    return filter(is_image, visible_files(folder))


def is_image(path: Path) -> bool:
    """Whether a file counts as an image: by its name, whatever is in it."""
    return path.suffix.lower() in SUFFIXES and not hidden(path.name) and not path.is_dir()


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
    """Read a PNG or JPEG image: uint8 [H, W] where it is gray, [H, W, 3] where it has colour (or a palette).

    Raises UserError if it is unreadable or cut short, is larger than the limits above, has more than 8 bits a channel
    or transparent pixels.
    """
    try:
        with regular.opened(path) as handle:
            data = handle.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UserError(f"{path}: expected an image of at most {MOST_BYTES} bytes, found more; make it smaller.")
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        if image.width * image.height > MOST_PIXELS:
            raise UserError(f"{path}: expected an image of at most {MOST_PIXELS} pixels, found {image.width} x "
                            f"{image.height}; make it smaller.")
        if image.format == "JPEG" and data.count(_SCAN) > MOST_SCANS:
            raise UserError(f"{path}: expected a JPEG image of at most {MOST_SCANS} scans, found more; save it anew.")
        image.load()
    except UserError:
        raise
    except Exception as error:  # Pillow raises many kinds, depending on where the file is broken
        raise UserError(f"{path}: expected a PNG or JPEG image, which can't be read "
                        f"({str(error) or type(error).__name__}); replace or remove it.") from error
    bits = data[24] if image.format == "PNG" else 8  # Pillow cuts 16-bit colour to 8 without a word
    if bits > 8 or image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"}:
        raise UserError(f"{path}: expected 8-bit gray or RGB, found {bits} bits in mode {image.mode}; convert it.")
    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return np.asarray(image)
    rgba = np.asarray(image.convert("RGBA"))
    if rgba[..., 3].min() < 255:
        raise UserError(f"{path}: expected an opaque image, found transparent pixels; flatten it.")
    return rgba[..., 0] if image.mode in {"1", "L", "LA"} else rgba[..., :3]
