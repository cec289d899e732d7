"""Near-identical photographs: their features in eight symmetries, their groups, and Table 1 without them."""

from collections.abc import Iterator

from paper_repro.base.step import Step
from paper_repro.experiments import settings
from paper_repro.steps.encoders import LIBRARIES, NETWORK_CODE
from paper_repro.steps.experiments import LIBRARIES as SCORING
from paper_repro.steps.experiments import SCORING_CODE, features
from paper_repro.steps.maker import Maker, call, call_there


def duplicates(maker: Maker) -> Iterator[Step]:
    """The groups by thumbnails and by features that no training on the images has made, and what rests on them."""
    run, folder = maker.run, settings.duplicates_folder(maker.run)
    name, symmetries = run.table1_set, folder / settings.SYMMETRIES_FILE
    patches = f"patches {name}"
    yield maker.step("duplicates symmetries", symmetries.with_suffix(".json"), (symmetries.name,),
                     call_there(maker.means.dask, "encoders.symmetries", "encode_symmetries", run, name, symmetries,
                                device=maker.means.device, accelerator=True),
                     needs=(patches, "base weights"), settings={"set": name, "side": run.profile.encoders.side},
                     code=(*NETWORK_CODE, "encoders.encode", "encoders.symmetries", "patches.thumbnails"),
                     libraries=LIBRARIES)
    yield maker.step("duplicates groups", folder / "groups.json", settings.DUPLICATES_FILES,
                     call("experiments.duplicates", "find", run), needs=(patches, "duplicates symmetries"),
                     settings={"thresholds": settings.THRESHOLDS, "examples": settings.DUPLICATES_EXAMPLES},
                     code=("experiments.duplicates", "clustering.duplicates", "patches.thumbnails"),
                     libraries=("numpy", "scipy", "pandas"))
    yield maker.step("duplicates accuracies", folder / "accuracies.json", (settings.DEDUPLICATED_FILE,),
                     call("experiments.deduplicated", "score", run, jobs=maker.means.jobs, dask=maker.means.dask),
                     needs=("duplicates groups", *features(run, name)), settings=settings.table1(run),
                     code=("experiments.deduplicated", *SCORING_CODE), libraries=SCORING,
                     scratch=(folder / settings.DEDUPLICATED_JOURNAL,))
