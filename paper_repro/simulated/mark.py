"""How files of simulated input are known, wherever they lie and whatever they are called. Loads no library."""

import functools
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# In the headers of the simulated archive (FITS: HISTORY, PDS3: NOTE), and in a text chunk of PNG files.
NO_SPACECRAFT = "SIMULATED: no spacecraft took this image"
HEAD_BYTES = 65536  # where every header looked at ends
PHOTOGRAPHS = Path(__file__).with_name("photographs.txt")  # `pixels` of the sample's photographs, a line each
DIGITS = 16


def is_marked(path: Path) -> bool:
    """Whether a file says in its header that it is simulated. Raises OSError where it can't be read."""
    with path.open("rb") as handle:
        return NO_SPACECRAFT.encode() in handle.read(HEAD_BYTES)


def pixels(image: "NDArray[np.uint8]") -> str:
    """What an image of the sample is known by in any file that keeps its pixels: 16 hex digits."""
    about = f"{image.shape}\0".encode()
    return hashlib.sha256(about + image.tobytes()).hexdigest()[:DIGITS]


def is_of_sample(images: Iterable["NDArray[np.uint8]"]) -> bool:
    """Whether one of the images is a photograph of the sample."""
    return any(pixels(image) in known() for image in images)


def noticed(images: Iterable["NDArray[np.uint8]"], found: list[bool]) -> Iterator["NDArray[np.uint8]"]:
    """The images one by one; whether each is a photograph of the sample is added to `found`."""
    for image in images:
        found.append(is_of_sample([image]))
        yield image


@functools.cache
def known() -> frozenset[str]:
    """The photographs of the sample."""
    return frozenset(PHOTOGRAPHS.read_text(encoding="ascii").split())


def text() -> Any:
    """The chunk that marks a PNG file, as Pillow takes it."""
    from PIL.PngImagePlugin import PngInfo

    chunk = PngInfo()
    chunk.add_text("Comment", NO_SPACECRAFT)
    return chunk
