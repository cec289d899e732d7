"""The authors' trained encoders, at Hugging Face: jmittendo/cloud-patch-encoders.

Their names aren't known beforehand. What the repository lists is read by the pattern of the authors' names,
`{model}_{base model}_{data set}_{version}.pt`, in whatever folder; what doesn't fit is said and left out. A file is
held to the hash in the listing, and to the one that it had when it was first seen.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.profile import Model, VenusSet
from paper_repro.base.run import COLOUR, FLAT, GRAY, Run
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.observations import registry

REPOSITORY = "jmittendo/cloud-patch-encoders"
HUB = "https://huggingface.co/"
FOLDER = "checkpoints"  # below a run's raw files
NAME = re.compile(
    r"(?P<model>[a-z]+)_(?P<base>resnet\d+)_(?P<data>.+?)(?:_s(?P<scale>\d+(?:\.\d+)?)-r(?P<side>\d+))?"
    r"(?:_(?P<version>default|norm-local|norm-global|flat-s(?P<sigma>\d+(?:\.\d+)?)-c(?P<contrast>\d+(?:\.\d+)?)))?"
    r"(?P<gray>_grayscale)?\.pt"
)
FLATTENED = (paper.TABLE4.flatten_sigma_px, paper.TABLE4.contrast)
BENCHMARK = "cloud-imvn"
WEIGHTS = (".pt", ".pth", ".ckpt", ".bin", ".safetensors")

Key = tuple[Model, str]  # encoder, patch set


def key_of(path: str) -> Key | str:
    """Encoder and patch set (by this project's names) of a checkpoint, or why it is none that is used."""
    found = NAME.fullmatch(PurePosixPath(path).name)
    if not found:
        return "the name has no known form"
    model = next((one for one in get_args(Model) if one == found["model"] != "simple"), None)
    if model is None or found["base"] != "resnet18":
        return f"an encoder for which the paper has no results ({found['model']}, {found['base']})"
    version, data = found["version"] or "default", found["data"]
    if data.startswith(BENCHMARK) and version == "default":
        return model, GRAY if found["gray"] else COLOUR
    instruments: dict[str, Any] = {record.checkpoints: name for name, record in registry.instruments().items()}
    if data not in instruments or found["gray"] or found["side"] != str(paper.TABLE4.resolution_px):
        return "of images that aren't used here"
    name = VenusSet(instruments[data], float(found["scale"])).name
    if found["sigma"] and (float(found["sigma"]), float(found["contrast"])) == FLATTENED:
        return model, name + FLAT
    return (model, name) if version == "norm-local" else f"of a version that isn't used here ({version})"


def choose(paths: Iterable[str]) -> tuple[dict[Key, str], dict[str, str]]:
    """The checkpoint of each encoder and set, and the other files that hold weights with why they are left out."""
    chosen: dict[Key, str] = {}
    left_out = {}
    for path in sorted(paths):
        if not path.lower().endswith(WEIGHTS):
            continue
        key = key_of(path)
        if isinstance(key, str):
            left_out[path] = key
        elif key in chosen:
            left_out[path] = f"is for the same as {chosen[key]}"
        else:
            chosen[key] = path
    return chosen, left_out


def wanted(run: Run) -> set[Key]:
    """The trained encoders that a run needs, whatever photographs it has: those of Tables 1, 3 and of Venus."""
    pairs = [*((model, COLOUR) for model in run.profile.encoders.models),
             *((run.benchmark_model, name) for name in (GRAY, *run.flat_sets))]
    return {(model, name) for model, name in pairs if model != "simple"}


def find(root: Path) -> dict[Key, Path]:
    """The checkpoints below `root`, by their names. See `held` for their hashes."""
    paths = [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
    return {key: root / path for key, path in choose(paths)[0].items()}


def of_run(run: Run, model: Model, set_name: str) -> tuple[Path, str]:
    """The authors' checkpoint of an encoder for a set, and its SHA-256, which it had when it was first seen.

    Raises UserError where there is none, or where it has changed.
    """
    root, ledger = run.raw / FOLDER, Ledger(run.raw)
    found = find(root)
    if (model, set_name) not in found:
        there = ", ".join(f"{one} for {name}" for one, name in sorted(found)) or "none"
        raise UserError(f"{root}: expected the authors' checkpoint of {model} for {set_name}, found {there}; fetch it "
                        f"with `{hints.command('fetch')}` (if they have one), put it there, omit the "
                        "encoder with ENCODERS= or --encoders, or use CHECKPOINTS=own.")
    path = found[model, set_name]
    return path, held(path, ledger)


def files_of(run: Run, model: Model, set_name: str) -> dict[str, Path]:
    """The authors' checkpoint of an encoder for a set by its name. Raises UserError where there is none."""
    path, _ = of_run(run, model, set_name)
    return {path.name: path}


def is_published(run: Run, path: Path) -> bool:
    """Whether a checkpoint was held to the hash that the authors' hub publishes for it when it was fetched."""
    entry = Ledger(run.raw).get(path)
    return entry is not None and entry.verified == "sha256" and entry.url.startswith(HUB)


def held(path: Path, ledger: Ledger) -> str:
    """The SHA-256 of a checkpoint; entered in the ledger at first sight. Raises UserError if it was another before."""
    sha256, known = sha256_file(path), ledger.get(path)
    if known is not None and known.sha256 != sha256:
        raise UserError(f"{path}: expected sha256 {known.sha256}, as when it was first seen, found {sha256}; delete it "
                        "and fetch it again.")
    if known is None:
        about = path.stat()
        ledger.add(Entry(path.absolute().as_uri(), ledger.name(path), about.st_size, sha256, "first sight",
                         f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", about.st_mtime_ns))
    return sha256
