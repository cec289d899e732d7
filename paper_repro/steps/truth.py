"""Known truth: simulated patches with one property turned, their features, and their classes against the truth."""

import dataclasses
from collections.abc import Iterator

from paper_repro.base.step import Step
from paper_repro.experiments import settings
from paper_repro.patches.settings import FLATTENING_CODE, flat_settings
from paper_repro.steps.encoders import encoder
from paper_repro.steps.experiments import LIBRARIES
from paper_repro.steps.maker import RECORD, Maker, call, call_there

DRAWING_CODE = ("experiments.turned_sets", "simulated.venus_patches", "simulated.venus_fields",
                "simulated.venus_archive", *FLATTENING_CODE)
CODE = ("experiments.series", "experiments.truth", "experiments.settings", "clustering.ward", "clustering.stability",
        "simulated.venus_fields")


def truth(maker: Maker) -> Iterator[Step]:
    """The series of sets and the run's sets of Venus by every encoder, and what the classes show of the truth."""
    run, needs = maker.run, list[str]()
    if run.profile.truth is None or run.checkpoints != "own":
        return
    for turned in run.profile.truth.sets():
        name = turned.name
        yield maker.step(f"patches {name}", run.patches(name) / RECORD, ("images.npy", "patches.csv"),
                         call("experiments.turned_sets", "make_set", run, turned), simulated=True,
                         settings={"turned": dataclasses.asdict(turned), **flat_settings(run),
                                   "resolution_px": run.profile.patches.resolution_px},
                         code=DRAWING_CODE, libraries=("numpy", "numba", "scipy"))
        for model in run.profile.encoders.models:
            steps = list(encoder(maker, run, name, model, run.seed_of(name)))
            yield from steps
            needs += [f"patches {name}", steps[-1].name]
    for name in settings.truth_sets(run):
        needs.append(f"patches {name}")
        for model in run.profile.encoders.models:
            one, seed = settings.of_truth(run, name, model), run.seed_of(name)
            apart = "truth/" if one.variant else ""
            if apart:
                yield from encoder(maker, one, name, model, seed, apart)
            needs.append(f"encode {apart}{name} {run.model_name(model, seed)}")
    ks = settings.truth_ks(run)
    yield maker.step("truth", settings.truth_folder(run) / RECORD, settings.TRUTH_FILES,
                     call_there(maker.means.dask, "experiments.series", "gather", run),
                     needs=tuple(dict.fromkeys(needs)),
                     settings={"series": dataclasses.asdict(run.profile.truth), "sets": list(run.flat_sets),
                               "encoders": list(run.profile.encoders.models), "classes": settings.truth_classes(run),
                               "ks": list(ks)},
                     code=CODE, libraries=(*LIBRARIES, "fastcluster"))
