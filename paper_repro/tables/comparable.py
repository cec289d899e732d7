"""May a number of this run stand beside the paper's? Only with its photographs and its base weights."""

from collections.abc import Sequence

from paper_repro import paper
from paper_repro.base.recipe import of_neither, of_training, recipe_of
from paper_repro.base.run import AUTHORS_NOTE, Run
from paper_repro.experiments.settings import trains
from paper_repro.patches.dataset import PatchSet

# The images of a class in SWIMCAT (Dev, Lee, Winkler 2015), under the names that the classes have here.
SWIMCAT = {"Clear sky": 224, "Patterned": 89, "Thick dark": 251, "Thick white": 135, "Veil": 85}
CLOUD_IMVN = dict.fromkeys(paper.CLASS_NAMES, paper.IMAGES_PER_CLASS)
OTHER_WEIGHTS = ("stand-in weights", "random weights")


def name_of(photographs: PatchSet) -> str:
    """The published set that real photographs are, "SWIMCAT" or "Cloud-ImVN"; "" for any other.

    Cloud-ImVN 1.0 is known by its six classes of 350 images of 150 x 150 px (Sect. 2.3), SWIMCAT by its five classes
    and their sizes.
    """
    sizes = photographs.table["label"].value_counts().to_dict() if "label" in photographs.table else {}
    if photographs.provenance["simulated"]:
        return ""
    if sizes == SWIMCAT:
        return "SWIMCAT"
    known = (photographs.classes, sizes, photographs.side) == (paper.CLASS_NAMES, CLOUD_IMVN, paper.IMAGE_SIDE_PX)
    return "Cloud-ImVN" if known else ""


def not_comparable(photographs: PatchSet, notes: Sequence[str]) -> str:
    """Why results of these photographs (see `name_of`) can't be held against the paper; "" where they can.

    `notes` are those of the result: with the official base weights there is none, but for the one that names an encoder
    of the authors', which is the paper's own.
    """
    notes = [note for note in notes if not note.startswith(AUTHORS_NOTE)]
    name = name_of(photographs)
    if photographs.provenance["simulated"]:
        reason = "simulated"
    elif name == "SWIMCAT":
        reason = name
    elif not name:
        reason = "these photographs are not Cloud-ImVN"
    elif notes:
        named = [kind for kind in OTHER_WEIGHTS if any(kind in note.lower() for note in notes)]
        reason = named[0] if named else "see the notes"
    else:
        return ""
    return f"not comparable: {reason}"


def otherwise(run: Run) -> list[str]:
    """What must stand below a table of numbers beside the paper's whose side, epochs, repeats or switches aren't its.

    What else a training or the base model has otherwise stands in the notes of what was made with it.
    """
    encoders = run.profile.encoders
    used = {"side": (encoders.side, paper.INPUT_SIDE_PX), "repeats": (run.profile.grid.repeats, paper.REPEATS)}
    if trains(run):
        used["epochs"] = encoders.epochs, paper.TABLE2.max_epochs
        used |= of_neither(of_training(recipe_of(run.profile)))
    changed = [f"{name} {value}" for name, (value, papers) in used.items() if value != papers]
    said = f"Made otherwise than in the paper: {', '.join(changed)}. The verdict doesn't compare it."
    return [said] if changed else []
