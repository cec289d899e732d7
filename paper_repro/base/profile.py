"""A profile: the one place that says what a run uses (sources, sizes, recipe, seeds)."""

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict, get_args

from msgspec import Meta

from paper_repro.base.in_time import InTime, time_of
from paper_repro.base.instruments import entries
from paper_repro.base.preprocessing import Changes, DrawnOut
from paper_repro.base.profile_document import ODD, Document
from paper_repro.base.profile_files import layers_of
from paper_repro.base.profile_training import TRAINING, VIEWS, augmentation_of, training_of
from paper_repro.base.turned import Truth, truth_of
from paper_repro.paper import AUGMENTATION, TABLE2, TABLE4, VENUS_CLASSES, VENUS_RADIUS_KM, Augmentation, Table2, Table4

Model = Literal["simple", "simclr", "autoencoder"]
MODELS: tuple[Model, ...] = get_args(Model)
Instrument = str

Source = Literal["simulated", "folder"]
Recipe = Literal["paper", "authors"]
Base = Literal["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
BASES: tuple[Base, ...] = get_args(Base)
VenusClustering = Literal["ward", "kmeans", "hdbscan", "gmm", "scan"]  # as users call them
PAPERS_BASE: Base = "resnet18"
Seed = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Seeds = Annotated[tuple[Seed, ...], Meta(min_length=1)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Side = Annotated[int, Meta(ge=32, le=4096)]


@dataclass(frozen=True)
class Photographs:
    """Where the benchmark's photographs come from; sizes in pixels.

    source: "simulated" (drawn from `seed`, `per_class` images for each class, `side` px square) or "folder".
    """

    source: Source
    per_class: Annotated[int, Meta(ge=2, le=1_000_000)] = 0
    side: Side = 0
    seed: Seed = 0


@dataclass(frozen=True)
class Encoders:
    """Which encoders are trained and how.

    side: input side of the network in px (224 in the paper); epochs: of each training; recipe: "paper" or "authors";
    switches: single deviations from the recipe by name; seeds: one training each on the benchmark's photographs, the
    first is the one whose results are shown, and from which random base weights are drawn where there are no others;
    base: the base model.
    """

    models: Annotated[tuple[Model, ...], Meta(min_length=1)]
    recipe: Recipe
    side: Side
    epochs: Count
    seeds: Seeds
    switches: dict[str, Any] = dataclasses.field(default_factory=dict)
    base: Base = PAPERS_BASE


class Switches(TypedDict, total=False):
    """The table [encoders.switches]: fields of the recipe (`base.recipe.Recipe`)."""

    views: Literal["fused", "chain"]
    rotation_crop: Literal["inside", "authors"]
    normalise_first: bool
    draw_per_image: bool
    blur_kernel: Annotated[int, Meta(ge=1, le=4095), ODD]
    precision: Literal["float32", "bfloat16"]
    decoder: Literal["mirror", "authors"]
    weight_decay: Annotated[float, Meta(ge=0, le=1)]
    keep_momentum: bool
    split: Literal["round", "floor"]
    last_batch: Literal["unweighted", "weighted"]
    keep_best: bool
    luma: Literal["integer", "float32"]
    longitudes: Literal["wrapped", "stored"]
    without_fit: Literal["keep", "leave out"]


@dataclass(frozen=True)
class Grid:
    """Table 1: repeats of a cell, the seed they derive from, and k-means' number of initialisations."""

    repeats: Count
    seed: Seed
    kmeans_n_init: Count


@dataclass(frozen=True)
class Effects:
    """What effects of switches are measured at: side in px and epochs of a training, seeds (first: that compared)."""

    side: Side
    epochs: Count
    seeds: Seeds


class PatchParameters(TypedDict, total=False):
    """The table [patches]: fields of Table 4."""

    angle_threshold_deg: Annotated[float, Meta(gt=0, le=90)]
    outlier_sigmas: Annotated[float, Meta(gt=0, le=1_000)]
    min_density: Annotated[float, Meta(gt=0, le=1_000)]
    # points in each of four bins or more don't lie on one line: any method of interpolation can do with them
    density_bins: Annotated[int, Meta(ge=2, le=256)]
    min_bin_density: Annotated[float, Meta(gt=0, le=1_000)]
    interpolation: Literal["nearest", "linear", "cubic"]
    resolution_px: Annotated[int, Meta(ge=8, le=4096)]
    flatten_sigma_px: Annotated[int, Meta(ge=1, le=4096)]
    # a kernel of 1 px would blur nothing, and a patch less itself can't be standardised
    flatten_kernel_px: Annotated[int, Meta(ge=3, le=8191), ODD]
    contrast: Annotated[float, Meta(gt=0, le=100)]


@dataclass(frozen=True)
class VenusSet:
    """One set of patches of Venus: whose images, and the side of a patch in km."""

    instrument: Instrument
    scale_km: Annotated[float, Meta(gt=0, le=2 * VENUS_RADIUS_KM)]

    @property
    def name(self) -> str:
        """`uvi-3000km`."""
        return f"{self.instrument}-{km_text(self.scale_km)}km"


def km_text(scale_km: float) -> str:
    """A scale with as many digits as tell it from any other: `3000`, `12.5`, `500.0001`."""
    return repr(float(scale_km)).removesuffix(".0")


@dataclass(frozen=True)
class Venus:
    """Where the images of Venus come from, and the sets of patches made of them.

    source: "simulated" (drawn from `seed`, `size` times the usual number of observations) or "folder" (the archives'
    files in `data/<profile>/raw`, or the folders that the user names). seeds: one training each on every set, the first
    is the one whose classes are shown; bootstraps: resamplings of the patches that tell how sure the classes are;
    classes: number of classes that each set is divided into (HDBSCAN finds it by itself), clustering: by what.
    preprocessing: of an instrument, by its name, what is done otherwise than its record says before patches are made
    (`[venus.preprocessing.<instrument>]`). drawn_out: "drop" leaves out patches that are mostly border.
    """

    source: Source
    sets: tuple[VenusSet, ...]
    seeds: Seeds
    bootstraps: Count
    seed: Seed = 0
    size: Annotated[float, Meta(gt=0, le=1_000)] = 1.0
    classes: Annotated[int, Meta(ge=2, le=100)] = VENUS_CLASSES
    preprocessing: dict[str, Changes] = dataclasses.field(default_factory=dict)
    clustering: VenusClustering = "ward"
    drawn_out: DrawnOut = "keep"


@dataclass(frozen=True)
class Profile:
    """One profile, as its TOML file says; `venus` is None where it makes no patches of Venus.

    training, augmentation: parameters of the trainings (Table 2, Sect. 3.2.2), but for epochs and switches; patches:
    parameters that the patches of Venus are made with (Table 4); figures that show the method on an example
    (Figs 3-10) take the paper's. truth: what `make truth` turns. path: the TOML file; extends: those that it extends,
    nearest first.
    """

    name: str
    title: str
    photographs: Photographs
    encoders: Encoders
    grid: Grid
    path: Path
    extends: tuple[Path, ...] = ()
    venus: Venus | None = None
    effects: Effects | None = None
    patches: Table4 = TABLE4
    training: Table2 = TABLE2
    augmentation: Augmentation = AUGMENTATION
    truth: Truth | None = None
    time: InTime = dataclasses.field(default_factory=InTime)

    @property
    def simulated(self) -> bool:
        """Whether the photographs are simulated, so that nothing made from them can be held against the paper."""
        return self.photographs.source == "simulated"


def load(choice: str, instruments: Collection[str] | None = None) -> Profile:
    """Read a profile by its name, or the user's own from the path of its TOML file.

    A file may extend others (`profile_files.layers_of`) and then says only what differs: tables are merged key by key,
    anything else is replaced; the title alone is never another file's. instruments: names that a set of Venus can have
    (default: all there are).
    Raises UserError for any mistake in the choice or a file.
    """
    layers = layers_of(choice)
    path, document = layers[0][0], Document(layers)
    document.table((), ("title", "extends", "photographs", "encoders", "grid", "venus", "effects", "truth", "time",
                        "patches", TRAINING, VIEWS))
    changed = document.section(PatchParameters, ("patches",)) if document.has("patches") else PatchParameters()
    venus = _venus(document, entries() if instruments is None else instruments) if document.has("venus") else None
    return Profile(
        name=path.stem, title=document.value(str, ("title",)) if "title" in layers[0][1] else path.stem,
        photographs=_photographs(document), encoders=_encoders(document), grid=document.section(Grid, ("grid",)),
        path=path, extends=tuple(base for base, _ in layers[1:]),
        venus=venus,
        effects=document.section(Effects, ("effects",)) if document.has("effects") else None,
        patches=dataclasses.replace(TABLE4, **changed), training=training_of(document),
        augmentation=augmentation_of(document),
        truth=truth_of(document, venus.classes if venus else VENUS_CLASSES) if document.has("truth") else None,
        time=time_of(document),
    )


def _photographs(document: Document) -> Photographs:
    made = document.section(Photographs, ("photographs",))
    for key in ("per_class", "side"):
        if made.source == "simulated" and not document.has("photographs", key):
            raise document.missing(Photographs, ("photographs",), key)
    return made


def _encoders(document: Document) -> Encoders:
    keys = ("encoders", "switches")
    given = {"switches": document.section(Switches, keys)} if document.has(*keys) else {}
    return document.section(Encoders, ("encoders",), **given)


def _venus(document: Document, instruments: Collection[str]) -> Venus:
    """The images of Venus. Raises UserError for a set whose name isn't that of its instrument and scale."""
    document.table(("venus",))
    sets = []
    for name in document.table(("venus", "sets")):
        keys = ("venus", "sets", name)
        made = document.section(VenusSet, keys)
        if made.instrument not in instruments:
            raise document.wrong((*keys, "instrument"), f"one of: {', '.join(instruments)}", made.instrument)
        if made.name != name:
            raise document.error(keys, f"expected the name {made.name}, after its instrument and scale; rename it.")
        sets.append(made)
    if not sets:
        raise document.error(("venus", "sets"), "expected at least one set, found none; add one.", heading=True)
    own = ("venus", "preprocessing")
    changes = {name: document.section(Changes, (*own, name))
               for name in (document.table(own, instruments) if document.has(*own) else ())}
    return document.section(Venus, ("venus",), sets=tuple(sets), preprocessing=changes)
