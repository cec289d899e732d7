"""The catalogue of a classified set: its classes in a folder of their own, which new images can be assigned by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paper_repro.base.profile import Model
from paper_repro.base.run import Run
from paper_repro.base.step import Step
from paper_repro.clustering.names import Method
from paper_repro.steps.maker import RECORD, Maker, call

CATALOGUE_CODE = ("catalogues.keep", "catalogues.document", "catalogues.parameters", "catalogues.held_out",
                  "clustering.nearest_class", "clustering.methods", "clustering.cluster", "clustering.ward",
                  "clustering.scan", "clustering.stability", "base.alike",
                  "encoders.trained_on", "encoders.resnet", "patches.dataset")
METHODS_CODE = ("clustering.methods", "clustering.numbers", "clustering.cluster", "clustering.scan")
LIBRARIES = ("numpy", "scipy", "scikit-learn", "fastcluster", "pandas", "pillow", "safetensors")


def catalogue(maker: Maker, run: Run, name: str, features: Path, model: Model, *, classes: str, encoded: str,
              encoder: str | None, settings: Mapping[str, Any] | None, clustering: Method,
              checkpoint: Path | None = None, measured: str | None = None) -> Step:
    """Keeping the classes of one set.

    classes, encoded, encoder: the steps that made these, measured: that tells how sure the classes are; encoder: None
    for the authors', and for that in the user's file `checkpoint`; settings: of the patches, None for photographs.
    """
    if encoder and encoder.startswith("train "):
        trained: Path | None = run.encoder(name, model) / "checkpoint.safetensors"
    else:
        trained = checkpoint
    return maker.step(f"catalogue {name}", run.results / name / "catalogue" / RECORD,
                      ("catalogue.json", "classes.safetensors", "patches.csv.gz"),
                      call("catalogues.keep", "keep", run, name, features, model=model, checkpoint=trained,
                           settings=settings, clustering=clustering, jobs=maker.means.jobs),
                      needs=tuple(each for each in (f"patches {name}", encoder, encoded, classes, measured) if each),
                      named={"checkpoint": lambda: {"checkpoint": checkpoint}} if checkpoint else {},
                      settings={"set": name, "encoder": model, "side": run.profile.encoders.side,
                                "clustering": clustering, "seed": run.profile.grid.seed, "patches": settings},
                      code=CATALOGUE_CODE, libraries=LIBRARIES,
                      options=("jobs",))
