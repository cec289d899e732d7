"""What the images of a set went through, as far as images must be alike to be compared; read from the set's records."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.profile import km_text
from paper_repro.base.run import FLAT
from paper_repro.catalogues.document import Images
from paper_repro.patches.dataset import PROVENANCE
from paper_repro.patches.settings import FLATTENING


def settings_of(folder: Path) -> dict[str, Any] | None:
    """All settings of the flattened patches in a folder; None for a set of anything else.

    They stand in two records: that of the set, and that of the set before flattening, which lies beside it.
    """
    folder = folder.resolve()
    if not folder.name.endswith(FLAT):
        return None
    flat = (read_json(folder / PROVENANCE) or {}).get("settings")
    before = (read_json(folder.with_name(folder.name.removesuffix(FLAT)) / PROVENANCE) or {}).get("settings")
    if not isinstance(flat, dict) or not isinstance(before, dict) or not set(FLATTENING) <= set(flat) \
            or not {"instrument", "scale_km"} <= set(before):
        return None
    return {**before, **flat}


def described(image: NDArray[np.uint8], settings: Mapping[str, Any] | None) -> Images:
    """The images of a set, by one: side in px, whether they have colours, and all settings of patches."""
    return {"side": len(image), "colour": image.ndim == 3, "patches": None if settings is None else dict(settings)}


def check_alike(expected: Images, found: Images, where: Path) -> None:
    """Raise UserError at the first thing in which images, as `described`, differ from those of a catalogue."""
    wanted, made = expected["patches"], found["patches"]
    if (wanted is None) != (made is None):
        instead = "a folder of such images" if wanted is None else f"archive files with --{wanted['instrument']}"
        raise UserError(f"{where}: expected {_kind(expected)}, as the catalogue has, found {_kind(found)}; name "
                        f"{instead}.")
    for key, value in (wanted or {}).items():
        other = (made or {}).get(key)
        if other != value:
            raise UserError(f"{where}: expected patches with {key} {value}, as the catalogue has, found {other}; name "
                            "the archive files instead, of which patches are made with the catalogue's parameters.")
    if (expected["side"], expected["colour"]) != (found["side"], found["colour"]):
        raise UserError(f"{where}: expected {_kind(expected)}, as the catalogue has, found {_kind(found)}; name images "
                        "of that size and kind.")


def _kind(about: Images) -> str:
    size = f"{'colour' if about['colour'] else 'gray'} images of {about['side']} px"
    if about["patches"] is None:
        return size
    return f"flattened patches of {km_text(about['patches']['scale_km'])} km by {about['patches']['instrument']}"
