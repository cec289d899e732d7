"""Patch sets: photographs, the simulated archive, observations and patches of Venus, and their lists."""

from collections.abc import Iterator
from typing import Any

from paper_repro.base.recipe import recipe_of
from paper_repro.base.run import COLOUR, FLAT, GRAY
from paper_repro.base.step import Step
from paper_repro.patches import settings as patch_settings
from paper_repro.steps.maker import RECORD, Maker, call, load, named

PHOTOGRAPHS_CODE = ("patches.photographs", "patches.image_folder", "patches.image_files", "patches.dataset")
ARCHIVE_CODE = ("simulated.venus_archive", "simulated.venus_camera", "simulated.venus_fields",
                "simulated.venus_products")


def patches(maker: Maker) -> Iterator[Step]:
    """Sets of photographs and of Venus, with the archive of a simulated one, and their lists."""
    for name in maker.run.photo_sets:
        yield photographs(maker, name)
    if maker.run.venus_simulated and maker.run.profile.venus:
        source = maker.run.profile.venus
        yield maker.step("archive", maker.run.raw / "archive.json", ("truth/observations.csv", "truth/field.json"),
                         call("patches.build", "simulate", maker.run), simulated=True, code=ARCHIVE_CODE,
                         settings={"seed": source.seed, "size": source.size}, libraries=("numpy", "astropy"),
                         scratch=(maker.run.raw / "truth/begun.json",))
    for instrument in maker.instruments:
        yield from venus(maker, instrument)
    if maker.run.venus_sets:
        sets = [wanted.name + end for wanted in maker.run.venus_sets for end in ("", FLAT)]
        yield maker.step("statistics", maker.run.patches("statistics.json"), ("statistics.csv",),
                         call("patches.statistics", "write", maker.run), needs=named("patches", sets),
                         code=("patches.statistics",), libraries=("numpy", "pandas"))
    names = [*maker.run.photo_sets, *(wanted.name + end for wanted in maker.run.venus_sets for end in ("", FLAT))]
    yield maker.step("sets", maker.run.patches("index.json"), ("index.csv",),
                     call("patches.statistics", "write_list", maker.run, names), needs=named("patches", names),
                     settings={"sets": names}, code=("patches.statistics",), libraries=("pandas",))


def photographs(maker: Maker, name: str) -> Step:
    """One set of photographs."""
    run, about = maker.run, dict[str, Any]()
    if name == GRAY and not run.gray:
        about = {"needs": ("patches " + COLOUR,), "settings": {"gray": "Eq. 6", "luma": recipe_of(run.profile).luma}}
    elif run.profile.simulated:
        source = run.profile.photographs
        about = {"simulated": True, "settings": {"per_class": source.per_class, "side": source.side,
                                                 "seed": source.seed}, "code": ("simulated.sky_photographs",)}
    else:
        about = {"named": {"photographs": lambda: load("patches.photographs").files_of(run)},
                 "options": ("images", "splits")}
    about["code"] = (*about.get("code", ()), *PHOTOGRAPHS_CODE)
    return maker.step(f"patches {name}", run.patches(name) / RECORD, ("images.npy", "patches.csv"),
                      call("patches.photographs", "make_set", run, name), libraries=("numpy", "pillow"), **about)


def venus(maker: Maker, instrument: str) -> Iterator[Step]:
    """The observations of one instrument, and the sets of patches made of them."""
    run, means = maker.run, maker.means
    inputs: dict[str, Any] = {"needs": ("archive",)} if run.venus_simulated else {
        "named": {f"{instrument} files": lambda: load("patches.build").files_of(run, instrument)},
        "options": (instrument, "scale")}
    yield maker.step(f"observations {instrument}", run.data / "observations" / f"{instrument}.json",
                     (f"{instrument}.csv",), call("patches.build", "index_folder", run, instrument, maker.hashes),
                     code=patch_settings.readers_of(instrument),
                     libraries=("numpy", "astropy", "pvl"), **inputs)
    yield maker.step(f"parts {instrument}", run.patches(".parts") / f"{instrument}.json", (),
                     call("patches.build", "make_parts", run, instrument, means.jobs, means.dask), always=True,
                     needs=(f"observations {instrument}",), options=("jobs", "dask"))
    for wanted in run.venus_sets:
        if wanted.instrument != instrument:
            continue
        folder = run.patches(wanted.name)
        yield maker.step(f"patches {wanted.name}", folder / RECORD, ("images.npy", "patches.csv", "left_out.csv"),
                         call("patches.build", "make_set", run, wanted), needs=(f"observations {instrument}",),
                         helpers=(f"parts {instrument}",), libraries=patch_settings.LIBRARIES,
                         settings=patch_settings.set_settings(run, instrument, wanted.scale_km),
                         code=(*patch_settings.code_of(instrument), "patches.assemble", "patches.dataset"))
        yield maker.step(f"patches {wanted.name}{FLAT}", run.patches(wanted.name + FLAT) / RECORD,
                         ("images.npy", "patches.csv"), call("patches.build", "make_flat", run, wanted),
                         kind="flatten", needs=(f"patches {wanted.name}",), helpers=(f"parts {instrument}",),
                         settings=patch_settings.flat_settings(run), libraries=("numpy", "scipy"),
                         code=(*patch_settings.FLATTENING_CODE, "patches.assemble", "patches.dataset"))
