"""One run: a profile, what the user changed, and where each file goes."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from paper_repro.base import regular
from paper_repro.base.chosen_sets import InFolder, chosen_instruments, sets_of
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import cameras, entries, entry
from paper_repro.base.profile import MODELS, Model, Profile, VenusSet, km_text, load
from paper_repro.base.profile_files import is_own
from paper_repro.paper import VENUS_RADIUS_KM

COLOUR, GRAY = "photos-colour", "photos-gray"
PHOTO_SETS = (COLOUR, GRAY)
Checkpoints = Literal["own", "authors"]
CHECKPOINTS: tuple[Checkpoints, ...] = get_args(Checkpoints)
EncoderInput = Literal["imagenet", "unit"]
ENCODER_INPUTS: tuple[EncoderInput, ...] = get_args(EncoderInput)
AUTHORS_NOTE = "Made with the authors' trained encoder"  # begins a note of every result made so
MOST_CLASSES = 100
FLAT = "-flat"  # a set of patches of Venus, flattened (Sect. 3.1.5)
GLOBAL = "-global"  # ... whose values are in the range of their whole images


@dataclass(frozen=True)
class Run:
    """A profile with the user's overrides, and the layout of what is written below `out`.

    images: folder of photographs (profiles with source "folder"); weights: ImageNet base weights the user names;
    folders: of a camera's files by its name, where they are not in `raw`; instruments: those that sets are made of, in
    place of the profile's; scales: of the sets the user asks for instead of the profile's, in km; checkpoints: whose
    trained encoders are used. What is made with the authors' goes into folders `authors` of its own. variant: name of a
    training whose effect is measured (`make effects`); its encoders and features go into `effects/<variant>`. gray:
    whether the photographs have no colour. join_splits: whether images in folders such as `train` and `test` are joined
    by class. empty: names of sets of those scales that are left aside, as no observation gave them a patch. tables_in:
    where tables go that are only made to be compared with those that are there. encoder_file: an encoder of the user's
    in place of the base model; normalisation: of its input.
    """

    profile: Profile
    out: Path
    images: Path | None = None
    weights: Path | None = None
    folders: Mapping[str, Path] = dataclasses.field(default_factory=dict)
    instruments: tuple[str, ...] = ()
    scales: tuple[float, ...] = ()
    checkpoints: Checkpoints = "own"
    variant: str = ""
    gray: bool = False
    join_splits: bool = False
    empty: tuple[str, ...] = ()
    tables_in: Path | None = None
    encoder_file: Path | None = None
    normalisation: EncoderInput = "imagenet"

    @property
    def data(self) -> Path:
        """`data/<profile>`."""
        return self.out / "data" / self.profile.name

    @property
    def raw(self) -> Path:
        """`data/<profile>/raw`: raw files, as each archive lays them out."""
        return self.data / "raw"

    def archive(self, instrument: str) -> Path:
        """Folder of an instrument's files: the one the user names for its camera, else that of its archive in `raw`."""
        return self.folders.get(entry(instrument).camera) or self.raw / entry(instrument).archive

    @property
    def photographs(self) -> Path | None:
        """Folder of photographs: the one the user names, else `raw/mendeley` where they were fetched to; else None."""
        fetched = self.raw / "mendeley"
        return self.images or (fetched if fetched.is_dir() else None)

    @property
    def venus_sets(self) -> tuple[VenusSet, ...]:
        """The sets of patches of Venus that there are: all of `asked_sets` that aren't empty."""
        return tuple(wanted for wanted in self.asked_sets if wanted.name not in self.empty)

    @property
    def asked_sets(self) -> tuple[VenusSet, ...]:
        """The sets of patches of Venus: those of the instruments and scales that are asked for, else the profile's."""
        return sets_of(self.profile, self.instruments, self.scales)

    @property
    def flat_sets(self) -> tuple[str, ...]:
        """Names of the flattened sets of Venus, which are what is encoded and classified (Sect. 4.2)."""
        return tuple(one.name + FLAT for one in self.venus_sets)

    @property
    def fetches(self) -> bool:
        """Whether the run fetches files: that of the profile `paper`, and of profiles that extend it, do."""
        return "paper" in (self.profile.name, *(path.stem for path in self.profile.extends))

    @property
    def venus_simulated(self) -> bool:
        """Whether the images of Venus are simulated."""
        return self.profile.venus is not None and self.profile.venus.source == "simulated"

    @property
    def as_profile(self) -> bool:
        """Whether the run is of one of the project's profiles as it stands: nothing of it is asked for otherwise."""
        return (is_own(self.profile.path) and self.profile == load(self.profile.name) and self.checkpoints == "own"
                and not (self.instruments or self.scales or self.encoder_file))

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
        return self.tables_in or self._apart(self.out / "tables" / self.profile.name)

    @property
    def report(self) -> Path:
        """`report/<profile>`, and `authors` below it."""
        return self._apart(self.out / "report" / self.profile.name)

    @property
    def _trained(self) -> Path:
        return self.data / "effects" / self.variant if self.variant else self.data

    def _apart(self, folder: Path) -> Path:
        return folder / "authors" if self.checkpoints == "authors" else folder

    def seeds_for(self, name: str) -> tuple[int, ...]:
        """Seeds of the trainings that the results of the set `name` need, first the one whose results are shown.

        Those of [venus] for its sets, the first of [encoders] for any other; one where nothing is trained.
        """
        venus = self.profile.venus
        if venus is None or name.removesuffix(FLAT) not in [one.name for one in self.venus_sets]:
            return self.profile.encoders.seeds[:1]
        trained_here = self.benchmark_model != "simple" and self.checkpoints == "own"
        return venus.seeds if trained_here else venus.seeds[:1]

    def seed_of(self, name: str) -> int:
        """Seed of the training on the set `name` whose results are shown."""
        return self.seeds_for(name)[0]

    @property
    def benchmark_model(self) -> Model:
        """The encoder of Table 3 and Figs 12-13: SimCLR as in the paper (Sect. 3.3), else the first one run."""
        models = self.profile.encoders.models
        return "simclr" if "simclr" in models else models[0]

    def patches(self, name: str) -> Path:
        """Folder of the patch set `name`."""
        return self.data / "patches" / name

    def model_name(self, model: Model, seed: int) -> str:
        """`simple-s0`, `simclr-s<seed>`, `autoencoder-s<seed>`; of the authors `simclr-authors`."""
        if model == "simple":
            return "simple-s0"
        if self.checkpoints == "authors":
            return f"{model}-authors"
        return f"{model}-s{seed}"

    def encoder(self, name: str, model: Model, seed: int | None = None) -> Path:
        """Folder of the encoder `model` trained on the set `name`, with its first seed or another (see `seed_of`)."""
        return self._trained / "encoders" / name / self.model_name(model, self.seed_of(name) if seed is None else seed)

    def features(self, name: str, model: Model, seed: int | None = None) -> Path:
        """The .npy file of the features of the set `name` by that encoder."""
        made_by = self.model_name(model, self.seed_of(name) if seed is None else seed)
        return self._trained / "features" / name / f"{made_by}.npy"

    @property
    def photo_sets(self) -> tuple[str, ...]:
        """Names of the sets of photographs: colour and gray, or gray alone where the photographs have no colour."""
        return (GRAY,) if self.gray else PHOTO_SETS

    @property
    def table1_set(self) -> str:
        """The set of Table 1: the colour photographs, or the gray ones where the folder has no colour."""
        return self.photo_sets[0]

    def models_for(self, name: str) -> tuple[Model, ...]:
        """Encoders needed on a set: all for Table 1, else that of Table 3 and of Venus (Sects. 4.1, 4.2)."""
        return self.profile.encoders.models if name == self.table1_set else (self.benchmark_model,)


def open_run(profile: str, out: Path, images: Path | None = None, weights: Path | None = None,
             encoders: Sequence[str] | None = None, *, folders: Mapping[str, Path] | None = None,
             instruments: Sequence[str] = (), scales: Sequence[float] = (), checkpoints: Checkpoints = "own",
             classes: int | None = None, in_folder: InFolder | None = None) -> Run:
    """Make the Run of a profile (its name, or the path of its file) and the user's overrides.

    folders: of a camera's files by its name; classes: of each set of Venus, in place of the profile's number;
    in_folder: tells which instruments a camera's folder has files of (default: the first that its file has).
    Raises UserError for a mistake in the profile, an unknown encoder, a missing file or folder, scales without a
    folder or an instrument.
    """
    chosen = load(profile, entries())
    if encoders:
        bad = [name for name in encoders if name not in MODELS]
        if bad:
            raise UserError(f"Unknown encoder {bad[0]!r}; choose some of: {', '.join(MODELS)}.")
        models = tuple(name for name in MODELS if name in encoders)
        chosen = dataclasses.replace(chosen, encoders=dataclasses.replace(chosen.encoders, models=models))
    if classes is not None and chosen.venus is not None:
        if not 2 <= classes <= MOST_CLASSES:
            raise UserError(f"--classes {classes}: expected 2 to {MOST_CLASSES} classes; name another number.")
        if chosen.venus.clustering == "hdbscan":
            raise UserError(f"--classes {classes}: HDBSCAN, the clustering of profile {profile!r}, finds the number of "
                            "classes by itself; omit --classes, or choose another clustering in [venus].")
        chosen = dataclasses.replace(chosen, venus=dataclasses.replace(chosen.venus, classes=classes))
    if chosen.photographs.source == "folder":
        _check_folder(images, "a folder of photographs", "IMAGES= or --images")
    elif images is not None:
        raise UserError(f"Profile {profile!r} simulates its photographs and can't read a folder of real ones: omit "
                        "IMAGES= (--images), or choose PROFILE=swimcat (--profile swimcat).")
    if weights is not None and not weights.is_file():
        raise UserError(f"{weights}: expected a file of ResNet-18 weights, found {regular.kind_found(weights)}; check "
                        "WEIGHTS= or --weights.")
    folders = folders or {}
    for name, folder in folders.items():
        _check_folder(folder, f"a folder of {cameras()[name].files}", f"{name.upper()}= or --{name}")
    for name in instruments:
        entry(name)
    run = Run(chosen, out, images, weights, folders, tuple(dict.fromkeys(instruments)),
              tuple(sorted(set(scales), reverse=True)), checkpoints)
    if folders and run.venus_simulated:
        names = [option for name in folders for option in (f"{name.upper()}=", f"--{name}")]
        raise UserError(f"Profile {profile!r} simulates its images of Venus and can't read a folder of real ones: "
                        f"omit {', '.join(names)}, or choose PROFILE=paper (--profile paper).")
    if scales and not (folders or instruments):
        options = " or ".join(f"--{name} folder" for name in cameras())
        raise UserError(f"--scale makes sets of the files in a folder: name it with {options}, or an instrument with "
                        "--instrument.")
    run = dataclasses.replace(run, instruments=chosen_instruments(
        chosen, run.instruments, folders, run.scales, in_folder))
    if (folders or instruments) and not run.venus_sets:
        raise UserError(f"Profile {profile!r} has no sets of patches of Venus: name the scales wanted, in km, "
                        "with --scale.")
    for scale in run.scales:
        if not 0 < scale <= 2 * VENUS_RADIUS_KM:
            raise UserError(f"--scale {km_text(scale)}: expected the side of a patch in km, above 0 and at most "
                            f"{2 * VENUS_RADIUS_KM:g} (Venus' diameter).")
    return run


def _check_folder(path: Path | None, expected: str, option: str) -> None:
    """Raise UserError if the user names a folder that is none."""
    if path is not None and not path.is_dir():
        raise UserError(f"{path}: expected {expected}, found {regular.kind_found(path)}; check {option}.")
