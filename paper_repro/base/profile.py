"""A profile: the one place that says what a run uses (sources, sizes, recipe, seeds)."""

import dataclasses
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from paper_repro.base.errors import UserError

FOLDER = Path(__file__).resolve().parents[1] / "profiles"
Model = Literal["simple", "simclr", "autoencoder"]
MODELS: tuple[Model, ...] = get_args(Model)
Instrument = Literal["uvi", "vmc"]
INSTRUMENTS: tuple[Instrument, ...] = get_args(Instrument)


@dataclass(frozen=True)
class Photographs:
    """Where the benchmark's photographs come from; sizes in pixels.

    source: "simulated" (drawn from `seed`, `per_class` images a class, `side` px square) or "folder".
    """

    source: Literal["simulated", "folder"]
    per_class: int = 0
    side: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Encoders:
    """Which encoders are trained and how.

    side: input side of the network in px (224 in the paper); epochs: of each training;
    recipe: "paper" or "authors"; switches: single deviations from the recipe by name; seeds: one training each,
    the first is the one that Table 1 uses.
    """

    models: tuple[Model, ...]
    recipe: Literal["paper", "authors"]
    side: int
    epochs: int
    seeds: tuple[int, ...]
    switches: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """Table 1: repeats of a cell, the seed they derive from, and k-means' number of initialisations."""

    repeats: int
    seed: int
    kmeans_n_init: int


@dataclass(frozen=True)
class Effects:
    """What effects of switches are measured at: side in px and epochs of a training, seeds (first: that compared)."""

    side: int
    epochs: int
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class VenusSet:
    """One set of patches of Venus: whose images, and the side of a patch in km."""

    instrument: Instrument
    scale_km: float

    @property
    def name(self) -> str:
        """`uvi-3000km`."""
        return f"{self.instrument}-{self.scale_km:g}km"


@dataclass(frozen=True)
class Venus:
    """Where the images of Venus come from, and the sets of patches made of them.

    source: "simulated" (drawn from `seed`, `size` times the usual number of observations) or "folder" (the archives'
    files in `data/<profile>/raw`, or the folders that the user names). seeds: one training each on every set, the first
    is the one whose classes are shown; bootstraps: resamplings of the patches that tell how sure the classes are.
    """

    source: Literal["simulated", "folder"]
    sets: tuple[VenusSet, ...]
    seeds: tuple[int, ...]
    bootstraps: int
    seed: int = 0
    size: float = 1.0


@dataclass(frozen=True)
class Profile:
    """One profile, as its TOML file says; `venus` is None where it makes no patches of Venus."""

    name: str
    title: str
    photographs: Photographs
    encoders: Encoders
    grid: Grid
    venus: Venus | None = None
    effects: Effects | None = None

    @property
    def simulated(self) -> bool:
        """Whether the photographs are simulated, so that nothing made from them can be held against the paper."""
        return self.photographs.source == "simulated"


def names() -> list[str]:
    """Names of the profiles there are."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str) -> Profile:
    """Read a profile by its name.

    Raises UserError if there is none of that name, or if its file has an unknown or missing key.
    """
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise UserError(f"There is no profile {name!r}; choose one of: {', '.join(names())}.")
    return parse(name, tomllib.loads(path.read_text(encoding="utf-8")), path)


def parse(name: str, table: dict[str, Any], path: Path) -> Profile:
    """Make a Profile of the parsed TOML `table`; `path` is named in errors. Raises UserError."""
    parts = {"photographs": Photographs, "encoders": Encoders, "grid": Grid, "venus": Venus, "effects": Effects}
    unknown = set(table) - set(parts) - {"title"}
    if unknown:
        raise UserError(f"{path}: unknown section {sorted(unknown)[0]!r}; expected title, {', '.join(parts)}.")
    made: dict[str, Any] = {}
    for key, kind in parts.items():
        if key in ("venus", "effects") and key not in table:
            continue
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.get(key, {}).items()}
        try:
            if "sets" in values:
                values["sets"] = tuple(_venus_set(name, **entry) for name, entry in values["sets"].items())
            made[key] = kind(**values)
        except (TypeError, AttributeError) as error:
            raise UserError(f"{path}: section [{key}] does not fit: {error}.") from error
        except ValueError as error:
            raise UserError(f"{path}: section [{key}]: {error}.") from error
    bad = [model for model in made["encoders"].models if model not in MODELS]
    if bad:
        raise UserError(f"{path}: unknown encoder {bad[0]!r}; expected some of: {', '.join(MODELS)}.")
    return Profile(name=name, title=str(table.get("title", name)), **made)


def _venus_set(name: str, instrument: Instrument, scale_km: float) -> VenusSet:
    """The set that a profile calls `name`. Raises ValueError if that isn't the name of its instrument and scale."""
    if instrument not in INSTRUMENTS:
        raise ValueError(f"unknown instrument {instrument!r} of {name}; expected one of: {', '.join(INSTRUMENTS)}")
    made = VenusSet(instrument, float(scale_km))
    if made.name != name:
        raise ValueError(f"the set {name!r} is of {instrument} at {scale_km:g} km: call it {made.name!r}")
    return made
