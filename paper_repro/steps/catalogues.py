"""The catalogue of a classified set: its classes in a folder of their own, which new images can be assigned by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paper_repro.base.profile import Model
from paper_repro.base.run import Run
from paper_repro.base.step import Step
from paper_repro.steps.maker import RECORD, Maker, call

CATALOGUE_CODE = ("catalogues.keep", "catalogues.document", "catalogues.parameters", "clustering.nearest_class",
                  "encoders.trained_on", "encoders.resnet", "patches.dataset")


def catalogue(maker: Maker, run: Run, name: str, features: Path, model: Model, *, classes: str, encoded: str,
              encoder: str | None, settings: Mapping[str, Any] | None, clustering: str,
              checkpoint: Path | None = None) -> Step:
    """Keeping the classes of one set. classes, encoded, encoder: the steps that made these.

    encoder: None for the authors', and for that in the user's file `checkpoint`; settings: of the patches, None for
    photographs.
    """
    if encoder and encoder.startswith("train "):
        trained: Path | None = run.encoder(name, model) / "checkpoint.safetensors"
    else:
        trained = checkpoint
    return maker.step(f"catalogue {name}", run.results / name / "catalogue" / RECORD,
                      ("catalogue.json", "classes.safetensors", "patches.csv.gz"),
                      call("catalogues.keep", "keep", run, name, features, model=model, checkpoint=trained,
                           settings=settings, clustering=clustering),
                      needs=(f"patches {name}", *([encoder] if encoder else []), encoded, classes),
                      named={"checkpoint": lambda: {"checkpoint": checkpoint}} if checkpoint else {},
                      settings={"set": name, "encoder": model, "side": run.profile.encoders.side,
                                "clustering": clustering, "patches": settings},
                      code=CATALOGUE_CODE, libraries=("numpy", "pandas", "pillow", "safetensors"))
