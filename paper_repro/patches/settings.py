"""What decides patches of Venus: parameters, code and libraries. To import it loads no library."""

import dataclasses
from typing import Any

from paper_repro.base.code import with_imports
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entry
from paper_repro.base.preprocessing import Preprocessing, RangeOf
from paper_repro.base.recipe import recipe_of
from paper_repro.base.run import Run

# Sects. 3.1.1 to 3.1.4 in code: pre-processing, viewpoints, projection, interpolation; then Sect. 3.1.5.
METHOD = ("patches.part", "patches.preprocess", "patches.kernels", "patches.viewpoints", "patches.windows",
          "patches.nearest", "patches.project", "patches.drawn_out")
FLATTENING_CODE = ("patches.flatten", "patches.batches", "patches.kernels")
LIBRARIES = ("numpy", "numba", "scipy", "astropy", "pvl")
FLATTENING = ("flatten_sigma_px", "flatten_kernel_px", "contrast")  # fields of Table 4


def readers_of(instrument: str) -> tuple[str, ...]:
    """The code that reads an instrument's files: its own, whatever that imports of its room, the index, the mark."""
    return (*with_imports(f"observations.{entry(instrument).camera}", "observations"), "observations.index",
            "observations.archive_sums", "simulated.mark")


def code_of(instrument: str) -> tuple[str, ...]:
    """The code that makes patches of an instrument's files, short of flattening them."""
    return (*readers_of(instrument), *METHOD)


def set_settings(run: Run, instrument: str, scale_km: float, normalisation: RangeOf = "patch"
                 ) -> dict[str, Any]:
    """Of one set of patches: whose images, the side of a patch in km, Table 4, switches of the recipe, and what the
    profile does otherwise than the instrument's record before patches are made.
    """  # noqa: D205
    venus = run.profile.venus
    changed = dict(venus.preprocessing.get(instrument, {})) if venus else {}
    return {"instrument": instrument, "scale_km": scale_km, **dataclasses.asdict(run.profile.patches), **switches(run),
            **({"preprocessing": changed} if changed else {}),
            **({"normalisation": "minimum and maximum of the whole image"} if normalisation == "image" else {})}


def preprocessing_of(run: Run, instrument: str) -> Preprocessing | None:
    """What is done before patches are made where the profile says other than the instrument's record; else None.

    Raises UserError for what doesn't go together.
    """
    venus = run.profile.venus
    if venus is None or not (changes := venus.preprocessing.get(instrument)):
        return None
    from paper_repro.observations import registry  # which loads the readers

    try:
        return registry.get(instrument).preprocessing.changed(changes)
    except ValueError as error:
        raise UserError(f"{run.profile.path}: [venus.preprocessing] {instrument}: {error}; say side and darkening that "
                        "go together.") from error


def simulated_instruments(run: Run) -> tuple[str, ...]:
    """The instruments that a simulated archive has images of: those of the profile's sets and of the sets asked for."""
    own = run.profile.venus.sets if run.profile.venus else ()
    return tuple(dict.fromkeys(each.instrument for each in (*own, *run.asked_sets)))


def switches(run: Run) -> dict[str, Any]:
    """The recipe's switches that patches of Venus depend on, and that drawn-out ones are dropped, where they are."""
    recipe, venus = recipe_of(run.profile), run.profile.venus
    return {"longitudes": recipe.longitudes, "without_fit": recipe.without_fit,
            **({"drawn_out": "drop"} if venus is not None and venus.drawn_out == "drop" else {})}


def flat_settings(run: Run) -> dict[str, Any]:
    """Of its flattened version (Sect. 3.1.5)."""
    return {name: getattr(run.profile.patches, name) for name in FLATTENING}
