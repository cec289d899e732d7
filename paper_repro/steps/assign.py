"""The list for assigning images to the classes of a catalogue: patch set, features by its encoder, classes."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import ValidationError, convert
from numpy.typing import NDArray

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.hashes import STORE, Hashes
from paper_repro.base.instruments import cameras, entries, entry
from paper_repro.base.profile import PatchParameters, Venus, VenusSet
from paper_repro.base.run import FLAT, Run
from paper_repro.base.step import Files, Step, Steps
from paper_repro.catalogues import assign, document, encode, mapped
from paper_repro.catalogues.document import Catalogue
from paper_repro.catalogues.parameters import check_alike, described, settings_of
from paper_repro.clustering.names import Way
from paper_repro.encoders import weights_file
from paper_repro.experiments.settings import ORIENTATION_FILES
from paper_repro.paper import TABLE4
from paper_repro.patches import folder
from paper_repro.patches.image_files import read_image
from paper_repro.patches.settings import FLATTENING_CODE, code_of, flat_settings, set_settings
from paper_repro.patches.settings import LIBRARIES as PATCHES
from paper_repro.steps.encoders import LIBRARIES, NETWORK_CODE
from paper_repro.steps.folder import PAGE_CODE, drawn_out_beside
from paper_repro.steps.maker import RECORD, Maker, Means, call, call_there
from paper_repro.steps.patches import folder_patches, venus
from paper_repro.steps.results import page_files

CODE = ("catalogues.assign", "catalogues.document", "clustering.nearest_class")


@dataclass(frozen=True)
class Request:
    """What is to be assigned: what the user named (`where`), as the set `name`, to which catalogue.

    run: where the results go, with the catalogue's parameters; way, level: see `catalogues.assign`; weights: the file
    of the encoder, None for random weights. One of three: found, a folder of images; features, a file; instrument,
    whose archive files they are.
    """

    run: Run
    catalogue: Catalogue
    where: Path
    name: str
    way: Way
    level: float
    weights: Path | None = None
    found: folder.Found | None = None
    features: Path | None = None
    instrument: str = ""

    @property
    def needs_weights(self) -> bool:
        """Whether the user's file of weights is used."""
        return self.features is None and encode.needs_weights(self.catalogue)


def request(run: Run, where: Path, images: Path | None, folders: Mapping[str, Path], features: Path | None,
            way: Way, level: float) -> Request:
    """What is asked for, checked before anything is made. Raises UserError for what the catalogue can't be applied to.

    where: the catalogue's folder; images, folders, features: what the user names, one of it.
    """
    catalogue = document.open_catalogue(where)
    named = [path for path in (images, *folders.values(), features) if path is not None]
    if len(named) != 1:
        options = ", ".join(f"--{name} FOLDER" for name in cameras())
        raise UserError(f"assign {where}: expected one of {options}, a folder of images, --features FILE; found "
                        f"{'none' if not named else f'{len(named)} of them'}; name one.")
    if not 0 < level <= 1:
        raise UserError(f"--quantile {level:g}: expected a part of the catalogue's own distances, above 0 and at most "
                        "1; name another number.")
    run = _run_for(run, catalogue, named[0], folders)
    asked = Request(run, catalogue, named[0], catalogue.name, way, level, features=features)
    if features is not None and not features.is_file():
        raise UserError(f"{features}: expected a .npy file, found {regular.kind_found(features)}; check --features.")
    if features is None:
        cached = weights_file.in_cache(catalogue.about["encoder"]["base"])
        asked = dataclasses.replace(asked, weights=encode.weights_of(catalogue, run.weights, cached))
    if images is not None:
        found = folder.find(images, join=run.join_splits)
        check_alike(catalogue.about["images"], described(_first(found), settings_of(images)), images)
        asked = dataclasses.replace(asked, found=found, name=found.name)
    if folders:
        asked = dataclasses.replace(asked, instrument=run.venus_sets[0].instrument)
    before = str((read_json(run.results / asked.name / RECORD) or {}).get("folder", named[0].resolve()))
    if Path(before) != named[0].resolve():
        raise UserError(f"{named[0]}: {run.data} has the results of {before}, which has the same name; rename one of "
                        "the two, or choose another place for the results with --out.")
    return asked


def steps_of(means: Means, asked: Request) -> Steps:
    """All steps of a request, each after those that it needs: `assign <name>`, `page <name>`."""
    hashes = Hashes(asked.run.data / STORE)
    return Steps(_all(Maker(asked.run, means, hashes), asked), asked.run.data, hashes)


def _all(maker: Maker, asked: Request) -> Iterator[Step]:
    run, name, where = maker.run, asked.name, asked.catalogue.folder
    features, needs = asked.features, list[str]()
    if features is None:
        yield from _images(maker, asked)
        features = run.data / "features" / name / "catalogue.npy"
        named: dict[str, Callable[[], Files]] = {"catalogue": lambda: {document.DOCUMENT: where / document.DOCUMENT},
                 "weights": lambda: {} if asked.weights is None else {"weights": asked.weights}}
        yield maker.step(f"encode {name}", features.with_suffix(".json"), (features.name,),
                         call("catalogues.encode", "encode_set", run, name, where, asked.weights, features,
                              device=maker.means.device, dask=maker.means.dask),
                         needs=(f"patches {name}",), named=named,
                         settings={"side": run.profile.encoders.side, "normalisation": run.normalisation},
                         code=(*NETWORK_CODE, "encoders.encode", "base.alike", "catalogues.encode"),
                         libraries=LIBRARIES, options=("device", "dask"))
        needs = [f"patches {name}", f"encode {name}"]
    named = {"catalogue": lambda: {each: where / each for each in (document.DOCUMENT, *asked.catalogue.about["files"])}}
    if (given := asked.features) is not None:
        named["features"] = lambda: {"features": given}
    yield maker.step(f"assign {name}", run.results / name / RECORD, (assign.ASSIGNED, assign.COUNTS),
                     call("catalogues.assign", "assign_set", run, name, where, features, way=asked.way,
                          level=asked.level, where=asked.where, jobs=maker.means.jobs, dask=maker.means.dask),
                     needs=tuple(needs), named=named, settings={"way": asked.way, "quantile": asked.level},
                     code=CODE, libraries=("numpy", "pandas", "safetensors"), options=("jobs", "dask"))
    if asked.features is None:
        yield from _page(maker, asked, features, named)
        yield _orientation(maker, asked, named)


def _page(maker: Maker, asked: Request, features: Path, named: Mapping[str, Callable[[], Files]]) -> Iterator[Step]:
    """The map of the images assigned, and the page that shows them."""
    run, name = maker.run, asked.name
    results, needs = run.results / name, (f"patches {name}", f"encode {name}", f"assign {name}")
    yield maker.step(f"map {name}", results / "tsne2.json", (mapped.MAP,),
                     call_there(maker.means.dask, "catalogues.mapped", "map_set", run, name, features), needs=needs[1:],
                     settings={"seed": run.profile.grid.seed},
                     code=("catalogues.mapped", "clustering.principal", "clustering.reduce"),
                     libraries=("numpy", "scipy", "scikit-learn", "pandas"))
    drawn = (f"drawn-out {name.removesuffix(FLAT)}",) if asked.instrument else ()
    yield maker.step(f"page {name}", results / "index.json", (assign.PAGE,),
                     call("report.assigned_page", "page", run, name, asked.catalogue.folder, features),
                     needs=(*needs, f"map {name}", *drawn),
                     code=("report.assigned_page", *PAGE_CODE, *CODE, "catalogues.mapped"),
                     libraries=("numpy", "scikit-learn", "pillow", "jinja2"),
                     named={**named, "the page's own files": page_files, "what is drawn out":
                            lambda: {} if asked.instrument else drawn_out_beside(asked.where)})


def _orientation(maker: Maker, asked: Request, named: Mapping[str, Callable[[], Files]]) -> Step:
    """How many of the images assigned keep their class when turned; patches of Venus are projected anew for it."""
    run, name, camera = maker.run, asked.name, asked.instrument
    needs, projected = [f"patches {name}", f"assign {name}"], ["patches.turned"]
    settings, libraries = dict[str, Any](), [*LIBRARIES]
    if camera:
        needs, projected = [f"observations {camera}", *needs], [*code_of(camera), *FLATTENING_CODE, *projected]
        settings = {**set_settings(run, camera, run.venus_sets[0].scale_km), **flat_settings(run)}
        libraries = [*PATCHES, *libraries]
    return maker.step(f"orientation {name}", run.results / name / "orientation.json", ORIENTATION_FILES,
                      call_there(maker.means.dask, "catalogues.orientation", "measure", run, name,
                                 asked.catalogue.folder, asked.weights, way=asked.way, device=maker.means.device,
                                 accelerator=True, jobs=maker.means.jobs if maker.means.dask is None else 1),
                      needs=tuple(needs), named=named,
                      settings={"way": asked.way, "side": run.profile.encoders.side, **settings},
                      code=(*CODE, *NETWORK_CODE, "encoders.encode", "catalogues.encode", "catalogues.orientation",
                            "experiments.orientation", "experiments.turned_patches", *projected),
                      libraries=tuple(libraries), options=("device", "jobs", "dask"))


def _images(maker: Maker, asked: Request) -> Iterator[Step]:
    """The patch set of what the user named."""
    if asked.found is None:
        yield from venus(maker, asked.instrument)
    else:
        yield folder_patches(maker, asked.found)


def _run_for(run: Run, catalogue: Catalogue, named: Path, folders: Mapping[str, Path]) -> Run:
    """The run `assign-<what the user named>`, which makes patches and features with the catalogue's parameters.

    Raises UserError for files of another instrument, and parameters that no patches can be made with.
    """
    profile, about = run.profile, catalogue.about
    encoders = dataclasses.replace(profile.encoders, side=about["encoder"]["side"], base=about["encoder"]["base"])
    run = dataclasses.replace(run, normalisation=about["encoder"]["normalisation"])
    profile = dataclasses.replace(profile, name=f"assign-{folder.name_for(named)}", encoders=encoders)
    if not folders:
        return dataclasses.replace(run, profile=profile)
    settings, [camera] = about["images"]["patches"] or {}, folders
    instrument = str(settings.get("instrument"))
    if instrument not in entries() or entry(instrument).camera != camera:
        whose = f"patches of {instrument}" if settings else "photographs"
        raise UserError(f"--{camera} {named}: expected images like those of the catalogue {catalogue.folder}, which "
                        f"has {whose}, found files of {camera}; name others, or another catalogue.")
    table4 = {field.name for field in dataclasses.fields(TABLE4)}
    try:
        parameters = convert({key: value for key, value in settings.items() if key in table4}, PatchParameters)
        wanted = convert({"instrument": instrument, "scale_km": settings["scale_km"]}, VenusSet)
        changed = {instrument: settings["preprocessing"]} if "preprocessing" in settings else {}
        venus_sets = convert({"source": "folder", "sets": [wanted], "seeds": [0], "bootstraps": 1,
                              "preprocessing": changed, "drawn_out": settings.get("drawn_out", "keep")}, Venus)
    except (ValidationError, KeyError) as error:
        raise UserError(f"{catalogue.folder}: expected parameters of patches, found others ({error}); make the "
                        "catalogue again.") from error
    switches: dict[str, Any] = {key: settings[key] for key in ("longitudes", "without_fit") if key in settings}
    profile = dataclasses.replace(profile, patches=dataclasses.replace(TABLE4, **parameters), venus=venus_sets,
                                  encoders=dataclasses.replace(encoders, switches=switches))
    run = dataclasses.replace(run, profile=profile, folders=dict(folders))
    made = {**set_settings(run, instrument, wanted.scale_km), **flat_settings(run)}
    if (made, run.venus_sets[0].name + FLAT) != (settings, catalogue.name):
        raise UserError(f"{catalogue.folder}: expected parameters of patches that this version has, found others "
                        f"({', '.join(sorted(set(made) ^ set(settings))) or catalogue.name}); use the version that "
                        "made the catalogue.")
    return run


def _first(found: folder.Found) -> NDArray[np.uint8]:
    """The first image of a folder."""
    if isinstance(found.images, np.ndarray):
        first: NDArray[np.uint8] = found.images[0]
        return first
    return read_image(next(iter(found.files.values())))
