"""The list for a folder of the user's own images: patch set, encoder, features, classes, map, figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.hashes import STORE, Hashes
from paper_repro.base.profile import Model
from paper_repro.base.run import FLAT, Run
from paper_repro.base.step import Step, Steps
from paper_repro.catalogues.parameters import settings_of
from paper_repro.clustering.names import Method
from paper_repro.experiments import classify
from paper_repro.patches import dataset, drawn_out, folder
from paper_repro.patches.folder import Found
from paper_repro.steps.catalogues import METHODS_CODE, catalogue
from paper_repro.steps.encoders import LIBRARIES, NETWORK_CODE, base_weights, encoder
from paper_repro.steps.experiments import CLASSES_CODE
from paper_repro.steps.experiments import LIBRARIES as CLASSIFYING
from paper_repro.steps.maker import RECORD, Maker, Means, call, call_there
from paper_repro.steps.patches import folder_patches
from paper_repro.steps.results import DRAWING, FIGURE_CODE, page_files

PAGE_CODE = ("report.folder_page", "report.explore_page", "report.explored", "report.explorer", "report.thumbnails",
             "report.rendering", "clustering.similar", "clustering.principal", "clustering.stability",
             "clustering.ward", "figures.style", "patches.drawn_out")


@dataclass(frozen=True)
class Request:
    """What the user asks for of a folder: an encoder by name, or that of a file, and a clustering.

    classes: None where only features are.
    """

    found: Found
    model: Model
    checkpoint: Path | None
    classes: int | None
    clustering: Method = "hac"

    @property
    def name(self) -> str:
        """Name of the set, and of the results' folder."""
        return self.found.name


def request(run: Run, where: Path, classes: int | None, model: Model | None, checkpoint: Path | None, *,
            features_only: bool = False, clustering: Method = "hac") -> Request:
    """What is asked for, checked. Raises UserError for unfit images, number of classes, encoder or checkpoint."""
    if run.encoder_file is not None and model not in (None, "simple"):
        raise UserError(f"--encoder {model}: found --encoder-file too, which isn't trained; omit one of the two.")
    found = folder.find(where, join=run.join_splits)
    wanted = None if features_only else classify.number_of_classes(found, classes, clustering)
    asked = Request(found, classify.model_of(model, checkpoint), checkpoint, wanted, clustering)
    if run.patches(found.name).resolve() != where.resolve():
        folder.check_free(run, found)
    return asked


def steps_of(run: Run, means: Means, asked: Request) -> Steps:
    """All steps for a folder, each after those that it needs."""
    hashes = Hashes(run.data / STORE)
    return Steps(_all(Maker(run, means, hashes), asked), run.data, hashes)


def features_of(run: Run, asked: Request) -> Path:
    """Where the features are written: named after the encoder, or after the hash of the file that holds it."""
    if asked.checkpoint is None:
        return run.features(asked.name, asked.model, run.seed_of(asked.name))
    return run.features(asked.name, asked.model, 0).with_name(f"{asked.model}-{sha256_file(asked.checkpoint)[:12]}.npy")


def _all(maker: Maker, asked: Request) -> Iterator[Step]:
    run, name, where, dask = maker.run, asked.name, asked.found.folder, maker.means.dask
    patches, features = f"patches {name}", features_of(run, asked)
    if run.patches(name).resolve() != where.resolve():
        made_in = where
        yield folder_patches(maker, asked.found)
    else:
        made_in = Path(str((read_json(where / dataset.PROVENANCE) or {}).get("folder", where)))
        yield maker.step(patches, run.patches(name) / RECORD, (dataset.IMAGES, dataset.TABLE),
                         call("patches.folder", "refuse_damaged", where), given=True)
    trained = "base weights" if asked.model == "simple" else None
    if asked.checkpoint is None:
        yield base_weights(maker)
        yield from encoder(maker, run, name, asked.model, run.seed_of(name))
        made_by = f"{name} {run.model_name(asked.model, run.seed_of(name))}"
        encoded, trained = f"encode {made_by}", trained or f"train {made_by}"
    else:
        encoded = f"encode {name} {asked.model} of {asked.checkpoint.name}"
        yield maker.step(encoded, features.with_suffix(".json"), (features.name,),
                         call("encoders.encode", "encode_by_file", run, name, asked.model, asked.checkpoint, features,
                              device=maker.means.device, dask=dask), needs=(patches,),
                         named={"checkpoint": lambda: {"checkpoint": asked.checkpoint}},
                         settings={"set": name, "model": asked.model, "side": run.profile.encoders.side},
                         code=(*NETWORK_CODE, "encoders.encode", "encoders.trained_on", "base.alike"),
                         libraries=LIBRARIES)
    if asked.classes is None:
        return
    results, settings = run.results / name, dict[str, Any](set=name, encoder=asked.model)
    divided = {**settings, "clusters": asked.classes, "clustering": asked.clustering, "seed": run.profile.grid.seed}
    yield maker.step(f"classify {name}", results / RECORD, (classify.CLASSES,),
                     call_there(dask, "experiments.classify", "classify_set", run, name, features, asked.classes,
                                asked.model, asked.clustering), needs=(patches, encoded), settings=divided,
                     code=("experiments.classify", "clustering.assignment", "clustering.score",
                           "clustering.chance", *METHODS_CODE, "base.alike", *CLASSES_CODE),
                     libraries=(*CLASSIFYING, "fastcluster"))
    yield maker.step(f"stability {name}", results / "stability.json", (classify.STABILITY,),
                     call("experiments.classify", "measure_numbers", run, name, features, asked.classes,
                          asked.clustering, jobs=maker.means.jobs, dask=dask), needs=(encoded,), settings=divided,
                     code=("experiments.classify", *METHODS_CODE, "clustering.ward", "clustering.stability",
                           "base.alike"), libraries=(*CLASSIFYING, "fastcluster"))
    yield catalogue(maker, run, name, features, asked.model, classes=f"classify {name}", encoded=encoded,
                    encoder=trained, checkpoint=asked.checkpoint, clustering=asked.clustering,
                    measured=f"stability {name}", settings=settings_of(made_in))
    yield maker.step(f"map {name}", results / "tsne2.json", (),
                     call_there(dask, "experiments.classify", "map_set", run, name, features, asked.model),
                     needs=(patches, encoded), settings={**settings, "seed": run.profile.grid.seed},
                     code=("experiments.classify", "experiments.grid", "clustering.reduce"), libraries=CLASSIFYING)
    yield maker.step(f"figure {name}", run.figures / f"{name}.json", (),
                     call("figures.classified", "draw", run, name), needs=(patches, f"classify {name}", f"map {name}"),
                     code=("figures.classified", "figures.class_panels", "figures.maps", *FIGURE_CODE), lane="drawing",
                     libraries=DRAWING)
    yield maker.step(f"page {name}", results / "index.json", (classify.PAGE,),
                     call("report.folder_page", "page", run, name, features, asked.model),
                     needs=(patches, encoded, f"classify {name}", f"map {name}"), settings=settings,
                     code=PAGE_CODE, libraries=("numpy", "scikit-learn", "pillow", "jinja2"),
                     named={"the page's own files": page_files, "what is drawn out": lambda: drawn_out_beside(where)})


def drawn_out_beside(where: Path) -> dict[str, Path]:
    """The measure beside a patch set of Venus in the folder `where`; a flattened one's is beside the set it is of."""
    where = where.resolve()
    path = where.with_name(where.name.removesuffix(FLAT)) / drawn_out.FILE
    return {path.name: path} if path.is_file() else {}
