"""A catalogue on the disk: what its files are called, and opening it. Numpy, pandas and safetensors alone read it.

catalogue.json says everything but arrays, and the SHA-256 of the other files; classes.safetensors has the arrays;
patches.csv.gz has a row for each patch; encoder.safetensors is there where the encoder was trained by this project.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.files import parse_json, read_csv, sha256_file
from paper_repro.base.hashes import digest
from paper_repro.clustering.nearest_class import Known

FORMAT = "paper_repro catalogue 1"
DOCUMENT, ARRAYS, TABLE, ENCODER = "catalogue.json", "classes.safetensors", "patches.csv.gz", "encoder.safetensors"
NOISE = -1  # the class of patches that belong to none
LARGEST = 64 << 20  # bytes of a document or of arrays, several times what 100 classes need
SUM = "sum"  # entry of the document: the digest of all others


@dataclass(frozen=True, eq=False)
class Catalogue:
    """An opened catalogue: its folder, what catalogue.json says, and the arrays by name.

    Arrays: centres, spreads float32 [K, D]; mean float32 [D] and scale float32 [1] of the features; members float16
    [M, D], of which mean + scale * members are feature vectors, their rows of the table `member_rows` int64 [M];
    examples uint8 [K, E, S, S] or [K, E, S, S, 3].
    """

    folder: Path
    about: dict[str, Any]
    arrays: dict[str, NDArray[Any]]

    @property
    def name(self) -> str:
        """Name of the set that the classes were found in."""
        return str(self.about["set"])

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in their order."""
        return [str(each["name"]) for each in self.about["classes"]]

    @property
    def table(self) -> pd.DataFrame:
        """A row for each patch: id, source, where and when it is, class, distance by each way."""
        return read_csv(self.folder / TABLE, keep_default_na=False, na_values=[""], dtype={"source": str, "label": str})

    @property
    def known(self) -> Known:
        """What new features are compared with."""
        members = self.arrays["mean"] + self.arrays["scale"].astype(np.float64) * self.arrays["members"]
        labels = self.table["class"].to_numpy()[self.arrays["member_rows"]]
        return Known(self.arrays["centres"].astype(np.float64), members.astype(np.float64), labels)


def summed(about: dict[str, Any]) -> dict[str, Any]:
    """A document with the digest of its entries."""
    entries = {key: value for key, value in about.items() if key != SUM}
    return {**entries, SUM: digest(entries)}


def open_catalogue(folder: Path) -> Catalogue:
    """Open a catalogue, the encoder's file aside.

    Raises UserError for a folder that is none, of another version, or that is no longer what was written.
    """
    what = f"{folder}: expected the folder of a catalogue, with {DOCUMENT}"
    if not (folder / DOCUMENT).is_file():
        raise UserError(f"{what}, found {'none in it' if folder.is_dir() else regular.kind_found(folder)}; make one "
                        "with `python -m paper_repro catalogue` or `classify`, or check the name.")
    try:
        about = parse_json(_read(folder / DOCUMENT))
    except ValueError as error:
        raise UserError(f"{folder / DOCUMENT}: expected JSON, which can't be read ({error}); copy the catalogue "
                        "again.") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else None
        raise UserError(f"{folder / DOCUMENT}: expected format {FORMAT!r}, found {found!r}; make the catalogue again "
                        "with this version, or use the version that made it.")
    if about != summed(about):
        raise UserError(f"{folder / DOCUMENT}: expected what was written, found it edited or cut short; copy the "
                        "catalogue again.")
    for name in (ARRAYS, TABLE):
        check_file(folder, about, name)
    from safetensors.numpy import load

    return Catalogue(folder, about, load(_read(folder / ARRAYS)))


def check_file(folder: Path, about: dict[str, Any], name: str) -> Path:
    """The path of a file of the catalogue. Raises UserError where it is absent or isn't what was written."""
    path, expected = folder / name, about["files"].get(name)
    found = sha256_file(path) if path.is_file() else "no file"
    if found != expected:
        raise UserError(f"{path}: expected sha256 {expected}, found {found}; copy the whole catalogue again.")
    return path


def _read(path: Path) -> bytes:
    """A file's bytes. Raises UserError for one that is too large to be a catalogue's."""
    with regular.opened(path) as handle:
        data = handle.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UserError(f"{path}: expected at most {LARGEST} bytes, found more; copy the catalogue again.")
    return data
