"""One run: a profile, what the user changed, and where each file goes."""

import csv
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paper_repro.profiles.errors import UserError
from paper_repro.profiles.profile import MODELS, Model, Profile, load

COLOUR, GRAY = "photos-colour", "photos-gray"
PHOTO_SETS = (COLOUR, GRAY)


@dataclass(frozen=True)
class Run:
    """A profile with the user's overrides, and the layout of what is written below `out`.

    images: folder of photographs (profiles with source "folder"); weights: ImageNet base weights the user names.
    """

    profile: Profile
    out: Path
    images: Path | None = None
    weights: Path | None = None

    @property
    def data(self) -> Path:
        """`data/<profile>`."""
        return self.out / "data" / self.profile.name

    @property
    def results(self) -> Path:
        """`data/<profile>/results`."""
        return self.data / "results"

    @property
    def figures(self) -> Path:
        """`figures/<profile>`."""
        return self.out / "figures" / self.profile.name

    @property
    def tables(self) -> Path:
        """`tables/<profile>`."""
        return self.out / "tables" / self.profile.name

    @property
    def seed(self) -> int:
        """The training seed whose encoders Table 1 and the figures use."""
        return self.profile.encoders.seeds[0]

    @property
    def benchmark_model(self) -> Model:
        """The encoder of Table 3 and Figs 12-13: SimCLR as in the paper (Sect. 3.3), else the first one run."""
        models = self.profile.encoders.models
        return "simclr" if "simclr" in models else models[0]

    def patches(self, name: str) -> Path:
        """Folder of the patch set `name`."""
        return self.data / "patches" / name

    def model_name(self, model: Model, seed: int | None = None) -> str:
        """`simple-s0`, `simclr-s<seed>`, `autoencoder-s<seed>`."""
        return "simple-s0" if model == "simple" else f"{model}-s{self.seed if seed is None else seed}"

    def encoder(self, name: str, model: Model, seed: int | None = None) -> Path:
        """Folder of the encoder `model` trained on the patch set `name`."""
        return self.data / "encoders" / name / self.model_name(model, seed)

    def features(self, name: str, model: Model, seed: int | None = None) -> Path:
        """The .npy file of the features of the patch set `name`."""
        return self.data / "features" / name / f"{self.model_name(model, seed)}.npy"

    @property
    def sets(self) -> tuple[str, ...]:
        """Names of the patch sets of the last complete build, from `patches/index.csv`.

        Raises UserError where there was none.
        """
        index = self.data / "patches" / "index.csv"
        if not index.is_file():
            raise UserError(f"{index}: expected the list of the patch sets made, found none; make them with "
                            "`python -m paper_repro patches` (make patches).")
        with index.open(newline="", encoding="utf-8") as handle:
            return tuple(row["set"] for row in csv.DictReader(handle))

    @property
    def table1_set(self) -> str:
        """The set of Table 1: the colour photographs, or the gray ones where the folder has no colour."""
        return COLOUR if COLOUR in self.sets else GRAY

    def models_for(self, name: str) -> tuple[Model, ...]:
        """Encoders needed on a photograph set: all for Table 1, the benchmark's for the other part of Table 3."""
        return self.profile.encoders.models if name == self.table1_set else (self.benchmark_model,)


def open_run(profile: str, out: Path, images: Path | None = None, weights: Path | None = None,
             encoders: Sequence[str] | None = None) -> Run:
    """Make the Run of a profile's name and the user's overrides.

    Raises UserError for an unknown profile or encoder, a missing file or folder.
    """
    chosen = load(profile)
    if encoders:
        bad = [name for name in encoders if name not in MODELS]
        if bad:
            raise UserError(f"Unknown encoder {bad[0]!r}; choose some of: {', '.join(MODELS)}.")
        models = tuple(name for name in MODELS if name in encoders)
        chosen = dataclasses.replace(chosen, encoders=dataclasses.replace(chosen.encoders, models=models))
    if chosen.photographs.source == "folder":
        if images is None:
            raise UserError(f"Profile {profile!r} reads photographs from a folder: name it with IMAGES=folder "
                            "(make) or --images folder; it holds one subfolder a class.")
        if not images.is_dir():
            raise UserError(f"{images}: expected a folder of photographs, found "
                            f"{'a file' if images.exists() else 'nothing'}; check IMAGES= or --images.")
    if weights is not None and not weights.is_file():
        raise UserError(f"{weights}: expected a file of ResNet-18 weights, found "
                        f"{'a folder' if weights.exists() else 'nothing'}; check WEIGHTS= or --weights.")
    return Run(chosen, out, images, weights)
