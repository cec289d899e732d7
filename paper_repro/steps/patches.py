"""Patch sets: photographs, the simulated archive, observations and patches of Venus, and their lists."""

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from paper_repro import paper
from paper_repro.base.instruments import entry
from paper_repro.base.preprocessing import RangeOf
from paper_repro.base.profile import VenusSet
from paper_repro.base.recipe import recipe_of
from paper_repro.base.run import COLOUR, FLAT, GLOBAL, GRAY, Run
from paper_repro.base.step import Step
from paper_repro.patches import settings as patch_settings
from paper_repro.steps.maker import RECORD, Maker, call, load, named

if TYPE_CHECKING:
    from paper_repro.patches.folder import Found  # which loads pandas

PHOTOGRAPHS_CODE = ("patches.photographs", "patches.image_folder", "patches.image_files", "patches.dataset",
                    "simulated.mark")
ARCHIVE_CODE = ("simulated.venus_archive", "simulated.venus_cameras", "simulated.venus_camera",
                "simulated.venus_fields", "simulated.venus_products", "simulated.mark")


def patches(maker: Maker) -> Iterator[Step]:
    """Sets of photographs and of Venus, with the archive of a simulated one, and their lists."""
    for name in maker.run.photo_sets:
        yield photographs(maker, name)
    if maker.run.venus_simulated:
        yield maker.step("archive", maker.run.raw / "archive.json", ("truth/observations.csv", "truth/field.json"),
                         call("patches.build", "simulate", maker.run), simulated=True, code=ARCHIVE_CODE,
                         settings=archive_settings(maker.run), libraries=("numpy", "astropy"),
                         scratch=(maker.run.raw / "truth/begun.json",))
    for instrument in maker.instruments:
        yield from venus(maker, instrument)
    yield from noisy(maker)
    if maker.run.venus_sets:
        sets = [wanted.name + end for wanted in maker.run.venus_sets for end in ("", FLAT)]
        yield maker.step("statistics", maker.run.patches("statistics.json"), ("statistics.csv",),
                         call("patches.statistics", "write", maker.run), needs=named("patches", sets),
                         code=("patches.statistics",), libraries=("numpy", "pandas"))
    names = [*maker.run.photo_sets, *(wanted.name + end for wanted in maker.run.venus_sets for end in ("", FLAT))]
    yield maker.step("sets", maker.run.patches("index.json"), ("index.csv",),
                     call("patches.statistics", "write_list", maker.run, names), needs=named("patches", names),
                     settings={"sets": names}, code=("patches.statistics",), libraries=("pandas",))


def archive_settings(run: Run) -> dict[str, Any]:
    """Of the simulated archive: seed, size, and the instruments of the run's sets, which it has images of."""
    assert run.profile.venus is not None
    return {"seed": run.profile.venus.seed, "size": run.profile.venus.size,
            "instruments": list(patch_settings.simulated_instruments(run))}


def photographs(maker: Maker, name: str) -> Step:
    """One set of photographs."""
    run, about = maker.run, dict[str, Any]()
    if name == GRAY and not run.gray:
        about = {"needs": ("patches " + COLOUR,), "settings": {"gray": "Eq. 6", "luma": recipe_of(run.profile).luma},
                 "options": ("recipe", "switch")}
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


def noisy(maker: Maker) -> Iterator[Step]:
    """The set that the paper left out (footnote 12), where it was made by the command of its claim, and its parts."""
    instrument, _, scale = paper.NOISY_SET.partition("-")
    run, means, parts = maker.run, maker.means, f"parts {paper.NOISY_SET}"
    listed = paper.NOISY_SET in [wanted.name for wanted in run.venus_sets]
    if listed or instrument not in maker.instruments or not (run.patches(paper.NOISY_SET) / RECORD).is_file():
        return
    alone = dataclasses.replace(run, scales=(float(scale.removesuffix("km")),),
                                instruments=(instrument,), folders={entry(instrument).camera: run.archive(instrument)})
    yield maker.step(parts, run.patches(".parts") / f"{paper.NOISY_SET}.json", (),
                     call("patches.build", "make_parts", alone, instrument, means.jobs, means.dask), always=True,
                     needs=(f"observations {instrument}",), options=("jobs", "dask"))
    yield venus_set(maker, alone, alone.venus_sets[0], parts)


def venus_set(maker: Maker, run: Run, wanted: VenusSet, parts: str, normalisation: RangeOf = "patch") -> Step:
    """One set of patches of Venus, made of the parts that the step `parts` makes."""
    name = wanted.name + (GLOBAL if normalisation == "image" else "")
    return maker.step(f"patches {name}", run.patches(name) / RECORD, ("images.npy", "patches.csv", "left_out.csv"),
                      call("patches.build", "make_set", run, wanted, normalisation),
                      needs=(f"observations {wanted.instrument}",), helpers=(parts,),
                      libraries=patch_settings.LIBRARIES,
                      settings=patch_settings.set_settings(run, wanted.instrument, wanted.scale_km, normalisation),
                      code=(*patch_settings.code_of(wanted.instrument), "patches.assemble", "patches.dataset"),
                      options=("recipe", "switch"))


def venus(maker: Maker, instrument: str) -> Iterator[Step]:
    """The observations of one instrument, and the sets of patches made of them."""
    run, means = maker.run, maker.means
    inputs: dict[str, Any] = {"needs": ("archive",), "options": ("instrument", "scale")} if run.venus_simulated else {
        "named": {f"{instrument} files": lambda: load("patches.build").files_of(run, instrument)},
        "known": {"MD5 sums in the ledger": lambda: load("patches.build").proven_by_ledger(run, instrument)},
        "options": (entry(instrument).camera, "instrument", "scale")}
    yield maker.step(f"observations {instrument}", run.data / "observations" / f"{instrument}.json",
                     (f"{instrument}.csv",), call("patches.build", "index_folder", run, instrument, maker.hashes),
                     code=patch_settings.readers_of(instrument),
                     libraries=("numpy", "astropy", "pvl"), **inputs)
    yield maker.step(f"parts {instrument}", run.patches(".parts") / f"{instrument}.json", (),
                     call("patches.build", "make_parts", run, instrument, means.jobs, means.dask), always=True,
                     needs=(f"observations {instrument}",), options=("jobs", "dask"))
    yield maker.step(f"parts {instrument}{GLOBAL}", run.patches(".parts") / f"{instrument}{GLOBAL}.json", (),
                     call("patches.build", "make_parts", run, instrument, means.jobs, means.dask, "image"), always=True,
                     needs=(f"observations {instrument}",), options=("jobs", "dask"))
    for wanted in run.venus_sets:
        if wanted.instrument != instrument:
            continue
        yield venus_set(maker, run, wanted, f"parts {instrument}")
        yield venus_set(maker, run, wanted, f"parts {instrument}{GLOBAL}", "image")
        yield maker.step(f"drawn-out {wanted.name}", run.patches(wanted.name) / "drawn_out.json", ("drawn_out.csv",),
                         call("patches.build", "measure_drawn_out", run, wanted), needs=(f"patches {wanted.name}",),
                         helpers=(f"parts {instrument}",), libraries=patch_settings.LIBRARIES,
                         settings=patch_settings.set_settings(run, wanted.instrument, wanted.scale_km),
                         code=(*patch_settings.code_of(wanted.instrument), "patches.drawn_out", "patches.dataset"),
                         options=("recipe", "switch"))
        yield maker.step(f"patches {wanted.name}{FLAT}", run.patches(wanted.name + FLAT) / RECORD,
                         ("images.npy", "patches.csv"), call("patches.build", "make_flat", run, wanted),
                         kind="flatten", needs=(f"patches {wanted.name}",), helpers=(f"parts {instrument}",),
                         settings=patch_settings.flat_settings(run), libraries=("numpy", "scipy"),
                         code=(*patch_settings.FLATTENING_CODE, "patches.assemble", "patches.dataset",
                               "simulated.mark"))


def folder_patches(maker: Maker, found: "Found") -> Step:
    """The set of the images in a folder of the user's own."""
    return maker.step(f"patches {found.name}", maker.run.patches(found.name) / RECORD, ("images.npy", "patches.csv"),
                      call("patches.folder", "make_set", maker.run, found.folder),
                      named={"images": lambda: found.files}, code=("patches.folder", *PHOTOGRAPHS_CODE),
                      libraries=("numpy", "pillow"))
