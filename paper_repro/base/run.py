"""One run: a profile, what the user changed, and where each file goes."""

import csv
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entries, entry
from paper_repro.base.profile import MODELS, Model, Profile, VenusSet, load
from paper_repro.paper import VENUS_RADIUS_KM

COLOUR, GRAY = "photos-colour", "photos-gray"
PHOTO_SETS = (COLOUR, GRAY)
Checkpoints = Literal["own", "authors"]
CHECKPOINTS: tuple[Checkpoints, ...] = get_args(Checkpoints)
AUTHORS_NOTE = "Made with the authors' trained encoder"  # begins a note of every result made so
FLAT = "-flat"  # a set of patches of Venus, flattened (Sect. 3.1.5)


@dataclass(frozen=True)
class Run:
    """A profile with the user's overrides, and the layout of what is written below `out`.

    images: folder of photographs (profiles with source "folder"); weights: ImageNet base weights the user names;
    folders: of an instrument's files by its name, where they are not in `raw`; scales: of the sets the user asks for
    instead of the profile's, in km; checkpoints: whose trained encoders are used. What is made with the authors' goes
    into folders `authors` of its own. variant: name of a training whose effect is measured (`make effects`); its
    encoders and features go into `effects/<variant>`.
    """

    profile: Profile
    out: Path
    images: Path | None = None
    weights: Path | None = None
    folders: Mapping[str, Path] = dataclasses.field(default_factory=dict)
    scales: tuple[float, ...] = ()
    checkpoints: Checkpoints = "own"
    variant: str = ""

    @property
    def data(self) -> Path:
        """`data/<profile>`."""
        return self.out / "data" / self.profile.name

    @property
    def raw(self) -> Path:
        """`data/<profile>/raw`: raw files, as each archive lays them out."""
        return self.data / "raw"

    def archive(self, instrument: str) -> Path:
        """Folder of an instrument's files: the one the user names, else that of its archive in `raw`."""
        return self.folders.get(instrument) or self.raw / entry(instrument).archive

    @property
    def photographs(self) -> Path | None:
        """Folder of photographs: the one the user names, else `raw/mendeley` where they were fetched to; else None."""
        fetched = self.raw / "mendeley"
        return self.images or (fetched if fetched.is_dir() else None)

    @property
    def venus_sets(self) -> tuple[VenusSet, ...]:
        """The sets of patches of Venus: those of the scales and folders the user names, else the profile's."""
        if self.scales:
            named = [cast(Any, name) for name in entries() if name in self.folders]
            return tuple(VenusSet(instrument, scale) for instrument in named for scale in self.scales)
        return self.profile.venus.sets if self.profile.venus else ()

    @property
    def flat_sets(self) -> tuple[str, ...]:
        """Names of the flattened sets of Venus, which are what is encoded and classified (Sect. 4.2)."""
        return tuple(one.name + FLAT for one in self.venus_sets)

    @property
    def venus_simulated(self) -> bool:
        """Whether the images of Venus are simulated."""
        return self.profile.venus is not None and self.profile.venus.source == "simulated"

    @property
    def results(self) -> Path:
        """`data/<profile>/results`, and `authors` below it."""
        return self._apart(self.data / "results")

    @property
    def figures(self) -> Path:
        """`figures/<profile>`, and `authors` below it."""
        return self._apart(self.out / "figures" / self.profile.name)

    @property
    def tables(self) -> Path:
        """`tables/<profile>`, and `authors` below it."""
        return self._apart(self.out / "tables" / self.profile.name)

    @property
    def _trained(self) -> Path:
        return self.data / "effects" / self.variant if self.variant else self.data

    def _apart(self, folder: Path) -> Path:
        return folder / "authors" if self.checkpoints == "authors" else folder

    @property
    def index(self) -> str:
        """Name of the lists of encoders and features of a set."""
        return "authors.csv" if self.checkpoints == "authors" else "index.csv"

    @property
    def seed(self) -> int:
        """The training seed whose encoders Table 1 and the figures use."""
        return self.profile.encoders.seeds[0]

    def seeds_for(self, name: str) -> tuple[int, ...]:
        """Training seeds needed on a set, first the one whose results are shown; one where nothing is trained."""
        trained_here = self.benchmark_model != "simple" and self.checkpoints == "own"
        if name in self.flat_sets and self.profile.venus and trained_here:
            return self.profile.venus.seeds
        return (self.seed,)

    @property
    def benchmark_model(self) -> Model:
        """The encoder of Table 3 and Figs 12-13: SimCLR as in the paper (Sect. 3.3), else the first one run."""
        models = self.profile.encoders.models
        return "simclr" if "simclr" in models else models[0]

    def patches(self, name: str) -> Path:
        """Folder of the patch set `name`."""
        return self.data / "patches" / name

    def model_name(self, model: Model, seed: int | None = None) -> str:
        """`simple-s0`, `simclr-s<seed>`, `autoencoder-s<seed>`; of the authors `simclr-authors`."""
        if model == "simple":
            return "simple-s0"
        if self.checkpoints == "authors":
            return f"{model}-authors"
        return f"{model}-s{self.seed if seed is None else seed}"

    def encoder(self, name: str, model: Model, seed: int | None = None) -> Path:
        """Folder of the encoder `model` trained on the patch set `name`."""
        return self._trained / "encoders" / name / self.model_name(model, seed)

    def features(self, name: str, model: Model, seed: int | None = None) -> Path:
        """The .npy file of the features of the patch set `name`."""
        return self._trained / "features" / name / f"{self.model_name(model, seed)}.npy"

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
        """Encoders needed on a set: all for Table 1, else that of Table 3 and of Venus (Sects. 4.1, 4.2)."""
        return self.profile.encoders.models if name == self.table1_set else (self.benchmark_model,)


def open_run(profile: str, out: Path, images: Path | None = None, weights: Path | None = None,
             encoders: Sequence[str] | None = None, *, folders: Mapping[str, Path] | None = None,
             scales: Sequence[float] = (), photographs: bool = True, checkpoints: Checkpoints = "own") -> Run:
    """Make the Run of a profile's name and the user's overrides; `photographs` says whether the run is to read any.

    Raises UserError for an unknown profile or encoder, a missing file or folder, scales without a folder.
    """
    chosen = load(profile)
    if encoders:
        bad = [name for name in encoders if name not in MODELS]
        if bad:
            raise UserError(f"Unknown encoder {bad[0]!r}; choose some of: {', '.join(MODELS)}.")
        models = tuple(name for name in MODELS if name in encoders)
        chosen = dataclasses.replace(chosen, encoders=dataclasses.replace(chosen.encoders, models=models))
    if chosen.photographs.source == "folder":
        if photographs and not scales and Run(chosen, out, images).photographs is None:
            raise UserError(f"Profile {profile!r} reads photographs from a folder: name it with IMAGES=folder "
                            "(make) or --images folder; it holds one subfolder a class"
                            f"{'. Or fetch those of the paper with make fetch PROFILE=paper' * (profile == 'paper')}.")
        _check_folder(images, "a folder of photographs", "IMAGES= or --images")
    if weights is not None and not weights.is_file():
        raise UserError(f"{weights}: expected a file of ResNet-18 weights, found "
                        f"{'a folder' if weights.exists() else 'nothing'}; check WEIGHTS= or --weights.")
    folders = folders or {}
    for name, folder in folders.items():
        _check_folder(folder, f"a folder of {entry(name).files}", f"{name.upper()}= or --{name}")
    run = Run(chosen, out, images, weights, folders, tuple(sorted(set(scales), reverse=True)), checkpoints)
    if folders and run.venus_simulated:
        names = [option for name in folders for option in (f"{name.upper()}=", f"--{name}")]
        raise UserError(f"Profile {profile!r} simulates its images of Venus and can't read a folder of real ones: "
                        f"omit {', '.join(names)}, or choose PROFILE=paper (--profile paper).")
    if scales and not folders:
        options = " or ".join(f"--{name} folder" for name in entries())
        raise UserError(f"--scale makes sets of the files in a folder: name it with {options}.")
    if folders and not run.venus_sets:
        raise UserError(f"Profile {profile!r} has no sets of patches of Venus: name the scales wanted, in km, "
                        "with --scale.")
    for scale in run.scales:
        if not 0 < scale <= 2 * VENUS_RADIUS_KM:
            raise UserError(f"--scale {scale:g}: expected the side of a patch in km, above 0 and at most "
                            f"{2 * VENUS_RADIUS_KM:g} (Venus' diameter).")
    return run


def _check_folder(path: Path | None, expected: str, option: str) -> None:
    """Raise UserError if the user names a folder that is none."""
    if path is not None and not path.is_dir():
        raise UserError(f"{path}: expected {expected}, found {'a file' if path.exists() else 'nothing'}; "
                        f"check {option}.")
