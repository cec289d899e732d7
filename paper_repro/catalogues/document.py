"""A catalogue on the disk: what its files are called, and opening it. Numpy, pandas and safetensors alone read it.

catalogue.json says everything but arrays, and the SHA-256 of the other files; classes.safetensors has the arrays;
patches.csv.gz has a row for each patch; encoder.safetensors is there where the encoder was trained by this project.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import numpy as np
import pandas as pd
from msgspec import Meta, ValidationError, convert
from numpy.typing import NDArray

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.files import parse_json, read_csv, sha256_file
from paper_repro.base.hashes import digest
from paper_repro.base.profile import Base, Model, Side
from paper_repro.clustering.names import Way
from paper_repro.clustering.nearest_class import Known

FORMAT = "paper_repro catalogue 1"
DOCUMENT, ARRAYS, TABLE, ENCODER = "catalogue.json", "classes.safetensors", "patches.csv.gz", "encoder.safetensors"
PLACES = ("time_utc", "longitude_deg", "latitude_deg", "local_time_h", "label")  # columns of a set that are kept
LARGEST = 64 << 20  # bytes of a document or of arrays, several times what 100 classes need
SUM = "sum"  # entry of the document: the digest of all others


class Encoder(TypedDict):
    """What images go through: `base`, torchvision's model of that name without its last layer, as `model` trained it;
    without meaning where the weights are an encoder of the user's.

    side: of its input in px; colour: or gray; mean, std: of the normalisation; weights: what is known by `sha256`, a
    trained encoder's file, that of base weights or of an encoder of the user's, or random tensors, of `seed`.
    """  # noqa: D205

    model: Model
    base: Base
    side: Side
    colour: bool
    mean: list[float]
    std: list[float]
    normalisation: Literal["imagenet", "unit"]
    weights: Literal["checkpoint", "imagenet", "stand-in", "random", "file"]
    sha256: str
    seed: int | None


class Images(TypedDict):
    """Side in px and colour of a set's images; of patches all settings that they were made with."""

    side: int
    colour: bool
    patches: dict[str, Any] | None


class Class(TypedDict):
    """Name and size of a class, and the ids of its examples, the nearest to its centre."""

    name: str
    size: int
    examples: list[int]


class About(TypedDict):
    """What catalogue.json says. limits: of each way, by quantile, the distance of each class; notes: to be passed on.

    Limits are null where no class has patches of two observations: nothing tells what is unlike it then. held_out: of
    each way, how well images are assigned that aren't known (`held_out.summary`), {} where there are too few
    observations; noise: patches of no class; made_of: SHA-256 of the set, the features and the classes; sum: digest of
    all else.
    """

    format: str
    version: str
    set: str
    images: Images
    count: int
    clustering: str
    encoder: Encoder
    classes: Annotated[list[Class], Meta(min_length=1, max_length=10_000)]
    noise: int
    neighbours: int
    limits: dict[Way, dict[str, list[float | None]]]
    stability: list[dict[str, float | None]]
    held_out: dict[Way, dict[str, float | None]]
    simulated: bool
    notes: list[str]
    licence: str
    made_of: dict[str, str]
    files: dict[str, str]
    sum: str


@dataclass(frozen=True, eq=False)
class Catalogue:
    """An opened catalogue: its folder, what catalogue.json says, and the arrays by name.

    Arrays: centres, spreads float32 [K, D]; mean float32 [D] and scale float32 [1] of the features; members float16
    [M, D], of which mean + scale * members are feature vectors, their rows of the table `member_rows` int64 [M];
    examples uint8 [K, E, S, S] or [K, E, S, S, 3].
    """

    folder: Path
    about: About
    arrays: dict[str, NDArray[Any]]

    @property
    def name(self) -> str:
        """Name of the set that the classes were found in."""
        return self.about["set"]

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in their order."""
        return [each["name"] for each in self.about["classes"]]

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
    try:
        document = convert(about, About)
    except ValidationError as error:
        raise UserError(f"{folder / DOCUMENT}: {str(error)[0].lower()}{str(error)[1:]}; this isn't what paper_repro "
                        "writes, copy or make the catalogue again.") from error
    for name in (ARRAYS, TABLE):
        check_file(folder, document, name)
    return _fitted(Catalogue(folder, document, _arrays(folder / ARRAYS)))


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(_read(path))
    except SafetensorError as error:
        raise UserError(f"{path}: expected safetensors, which can't be read ({error}); copy the catalogue "
                        "again.") from error


def _fitted(found: Catalogue) -> Catalogue:
    """The catalogue itself. Raises UserError where its arrays don't fit its classes and patches."""
    k, rows = len(found.classes), len(found.table)
    shapes = {name: array.shape for name, array in found.arrays.items()}
    d = shapes.get("mean", (0,))[0]
    members = shapes.get("member_rows", (0,))
    expected = {"centres": (k, d), "spreads": (k, d), "mean": (d,), "scale": (1,), "members": (*members, d)}
    wrong = [name for name, shape in expected.items() if shapes.get(name) != shape]
    chosen = found.arrays.get("member_rows", np.array([-1]))
    if wrong or rows != found.about["count"] or chosen.min(initial=0) < 0 or chosen.max(initial=0) >= rows \
            or not np.isin(found.known.classes, range(k)).all():
        raise UserError(f"{found.folder}: expected arrays of {k} classes and {found.about['count']} patches, found "
                        "others; this isn't what paper_repro writes, copy or make the catalogue again.")
    return found


def check_file(folder: Path, about: About, name: str) -> Path:
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
