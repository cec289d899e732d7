"""Whatever decides a step's result is named in its key: the code that its own imports, seeds, what projects."""

from fnmatch import fnmatch
from pathlib import Path
from typing import cast

import pytest

from paper_repro.base import code
from paper_repro.base.profile import Model
from paper_repro.base.run import open_run
from paper_repro.base.step import Step
from paper_repro.catalogues.document import About, Catalogue
from paper_repro.patches.folder import find
from paper_repro.steps import Means, assign, steps_of
from paper_repro.steps import folder as of_folder
from tests.experiments import folders_made

# Modules that a step's named code imports and that don't decide the result: (step, module, why).
EXEMPT = (
    ("*", "base.*", "ground floor: carries and checks, decides no number"),
    ("*", "paper", "the values that a module takes from it count with that module"),
    ("*", "download.*", "moves bytes, whose hashes are checked"),
    ("*", "patches.dataset", "saves and opens a set as it is"),
    ("*", "clustering.assignment", "saves and opens classes as they are"),
    ("*", "observations.registry", "looks up a record, whose own file is named"),
    ("*", "experiments.inputs", "opens sets and features and checks that they fit each other"),
    ("*", "clustering.names", "names that settings have"),
    ("*", "experiments.settings", "its settings are those of the step"),
    ("*", "encoders.checkpoint", "saves and opens weights as they are"),
    ("*", "encoders.resume", "the same training, whether interrupted or not"),
    ("*", "encoders.weights_file", "where the weights lie; their hash counts"),
    ("*", "encoders.state_file", "refuses files; what is read of the others is torch's doing"),
    ("*", "encoders.own_file", "an encoder of the user's, whose hash counts; named where one is used"),
    ("base weights", "encoders.resnet", "names and shapes of torchvision's models"),
    ("encode *", "encoders.pieces", "which worker encodes which images of a set, by the code that is named"),
    ("encode *", "encoders.simclr", "whose entries a checkpoint has; features come from the backbone, which is named"),
    ("encode *", "encoders.autoencoder", "as above"),
    ("encode *", "encoders.chain", "only training makes views"),
    ("encode *", "encoders.train", "which device, and that it works deterministically"),
    ("encode *", "encoders.weights", "opens the base weights, whose hash counts"),
    ("encode *", "encoders.trained_on", "of checkpoints that the user names, and then it is named"),
    ("encode *", "encoders.authors", "only where their checkpoints are used, and then it is named"),
    ("turned *", "encoders.*", "as for encode: network, preparation of images and features are named"),
    ("turned *", "patches.build", "which files; how patches are made of them is named"),
    ("catalogue *", "encoders.authors", "which file theirs is; its features are what the step needs"),
    ("catalogue *", "patches.settings", "its settings are those of the step"),
    ("duplicates symmetries", "encoders.*", "as for encode: network, preparation of images and weights are named"),
    ("classes *", "clustering.score", "the grid's accuracies"),
    ("classes *", "clustering.chance", "of accuracies, as above"),
    ("figure fig1?", "clustering.chance", "figures show accuracies as they are"),
    ("table *", "clustering.score", "of Tables 1 and seeds: they take from chance how it was drawn"),
    ("venus", "*", "copies numbers of the classes into one list"),
    ("seeds", "experiments.table1", "which columns its own results have"),
    ("patches photos-*", "simulated.sky_photographs", "named where photographs are simulated"),
    ("patches truth-*", "simulated.venus_*", "of the archive only its camera's constants; its file is named"),
    ("patches *-flat", "patches.part", "what a part is; flattening is named"),
    ("patches *", "patches.flatten", "of the flattened set alone"),
    ("patches *-flat", "patches.drawn_out", "measured of the set that it is of"),
    ("drawn-out *", "patches.*", "as for the set whose patches it measures"),
    ("table stability", "patches.*", "measures of single patches, not in the table"),
    ("verdict", "encoders.*", "opens what was trained; the network and its features are named"),
    ("verdict", "figures.panels", "draws"),
    ("verdict", "patches.image_*", "reads folders; the verdict makes images gray"),
    ("verdict", "simulated.sky_photographs", "as above"),
    ("verdict", "figures.style", "draws"),
    ("verdict", "tables.layout", "writes"),
    ("verdict", "clustering.ward", "classes are read as they are"),
    ("report", "tables.*", "its tables are what the step needs"),
    ("report", "catalogues.*", "of the page of assigned images, which is not the report's"),
    ("report", "clustering.principal", "of a folder's page, as above"),
    ("report", "figures.style", "its figures are what the step needs"),
    ("report", "experiments.class_measures", "the names of classes"),
    ("report", "verify.*", "the verdict is what the step needs"),
    # of a folder, or of images assigned to a catalogue
    ("patches images", "simulated.sky_photographs", "as above"),
    ("* images", "patches.folder", "finds the images, whose hashes count; named where a set is made of them"),
    ("encode *", "catalogues.document", "opens a catalogue as it is"),
    ("classify images", "experiments.truth", "of a simulated archive alone"),
    ("stability images", "clustering.score", "of the classes' accuracies"),
    ("stability images", "clustering.reduce", "of the map"),
    ("stability images", "experiments.grid", "seeds of the classes and the map"),
    ("map images", "clustering.[cmns]*", "of the classes; the map takes `reduce` and `principal`"),
    ("map *", "catalogues.assign", "names of its files"),
    ("page *", "report.c*", "of the report alone"),
    ("page *", "report.overview", "as above"),
    ("page *", "clustering.reduce", "the map is what the step needs"),
    ("orientation *", "encoders.*", "as for encode: network, preparation of images and features are named"),
    ("orientation *", "patches.build", "which files; how patches are made of them is named"),
    ("orientation images", "patches.*", "of patches of Venus, which are projected anew"),
    ("orientation images", "observations.observation", "as above"),
)


@pytest.fixture
def others(tmp_path: Path) -> list[Step]:
    """The steps of a folder of images by each kind of encoder, and of images and patches assigned to a catalogue."""
    images = folders_made.images(tmp_path / "images")
    run = open_run("classify", tmp_path)
    steps: list[Step] = []
    models: tuple[Model, ...] = ("simple", "simclr")
    for model in models:
        steps += of_folder.steps_of(run, Means(), of_folder.request(run, images, 2, model, None)).by_name.values()
    catalogue = Catalogue(tmp_path, cast(About, {"files": {}}), {})
    found = assign.Request(run, catalogue, images, "images", "centre", 0.99, found=find(images))
    venus = open_run("paper", tmp_path, folders={"uvi": images}, scales=(3000.0,))
    of_venus = assign.Request(venus, catalogue, images, "uvi-3000km-flat", "centre", 0.99, instrument="uvi")
    for asked in (found, of_venus):
        steps += assign.steps_of(Means(), asked).by_name.values()
    return steps


def test_everything_that_decides_is_named(tmp_path: Path, others: list[Step]) -> None:
    used, missing = set[tuple[str, str]](), []
    for step in [*steps_of(open_run("sample", tmp_path)).by_name.values(), *others]:
        for module in step.code:
            for imported in set(code.imports_of(module)) - set(step.code):
                reasons = [(name, other) for name, other, _ in EXEMPT
                           if fnmatch(step.name, name) and fnmatch(imported, other)]
                used |= set(reasons)
                if not reasons:
                    missing.append(f"{step.name}: {module} imports {imported}")
    assert missing == []
    assert [line for line in EXEMPT if line[:2] not in used] == []


def test_the_seed_is_named_where_draws_decide_and_what_projects_where_patches_are_turned(others: list[Step]) -> None:
    drawn = [step for step in others if step.kind in ("classify", "stability", "map", "catalogue")]
    assert len(drawn) == 2 * 4 + 2
    assert [step.name for step in drawn if "seed" not in step.settings] == []
    [turned] = [step for step in others if step.name == "orientation uvi-3000km-flat"]
    for made in ("patches uvi-3000km", "patches uvi-3000km-flat"):
        [patches] = [step for step in others if step.name == made]
        assert set(patches.settings.items()) <= set(turned.settings.items())
        assert set(patches.code) - set(turned.code) <= {"patches.assemble", "patches.dataset"}  # which keep them
        assert set(patches.libraries) <= set(turned.libraries)
    assert "observations uvi" in turned.needs
