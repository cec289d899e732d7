"""The commands for files of the user's own: a folder of images is classified, encoded, or assigned to classes."""

import argparse
from typing import Any

from paper_repro import options
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import cameras
from paper_repro.base.profile import PAPERS_BASE
from paper_repro.base.run import Run
from paper_repro.steps import make

Arguments = argparse.Namespace
# options that apply to a folder of images
FOLDER = ("out", "splits", "weights", "base", "encoder-file", "encoder-input", "device", "dask")
OF_BASE = ("weights", "base", "encoder-file", "encoder-input")  # of them those that a checkpoint has no use for
ASSIGN = ("out", "splits", "weights", "device", "jobs", "dask")


def classify(run: Run, arguments: Arguments, values: dict[str, Any]) -> int:
    """Classify the images in a folder, keep the classes as a catalogue, and tell what came out."""
    from paper_repro.base.files import read_json
    from paper_repro.experiments import classify as experiment
    from paper_repro.steps import folder

    asked = folder.request(run, arguments.folder, arguments.classes, arguments.encoder, arguments.checkpoint,
                           clustering=arguments.clustering)
    status = walk(run, arguments, asked, values)
    if status == 0:
        base = run.profile.encoders.base
        of = asked.checkpoint or run.encoder_file or (None if base == PAPERS_BASE else base)
        encoder = asked.model if of is None else f"{asked.model} of {of}"
        no_map = (read_json(run.results / asked.name / "tsne2.json") or {}).get("no_map")
        experiment.tell(run, asked.name, encoder, no_map)
    return status


def validate(_: Run, arguments: Arguments, __: dict[str, Any]) -> None:
    """Say what is in a folder of archive files. Raises UserError if anything is wrong with it."""
    from paper_repro.base.errors import UserError
    from paper_repro.observations.validate import validate as look

    found = look(arguments.folder)
    wrong = [*found.closed, *found.wrong]
    for line in (*found.said, *(f"note: {line}" for line in found.odd), *(f"wrong: {line}" for line in wrong)):
        print(line)
    if wrong:
        goes_on = "these files out and goes on" if not found.closed else "others out, but stops at what can't be read"
        raise UserError(f"{arguments.folder}: {len(wrong)} {'thing is' if len(wrong) == 1 else 'things are'} wrong, "
                        f"listed above. A run leaves {goes_on}; do what the lines say to have them in.")


def statistics(run: Run, arguments: Arguments, _: dict[str, Any]) -> None:
    """Print statistics of patch sets. Raises UserError where there is none, or one isn't whole."""
    from paper_repro.patches import statistics as sets

    sets.tell(run, arguments.set, arguments.csv)


def walk(run: Run, arguments: Arguments, asked: Any, values: dict[str, Any]) -> int:
    """Bring everything for a folder of images up to date, or only tell what would be made."""
    from paper_repro.steps import folder

    own = {"classes"} if arguments.command == "classify" else set[str]()
    options.refuse_unused(arguments, {*FOLDER, *own} - ({*OF_BASE} if asked.checkpoint else set()),
                          f"{arguments.command} FOLDER{' --checkpoint FILE' if asked.checkpoint else ''}")
    steps = folder.steps_of(run, make.means(values), asked)
    kinds = ("encode ",) if asked.classes is None else ("classify ", "stability ", "catalogue ", "map ", "figure ",
                                                        "page ")
    last = [name for name in steps.by_name if name.startswith(kinds)]
    if getattr(arguments, "dry_run", False):
        return make.preview(steps, last)
    return make.walked(run, steps, last, f"{arguments.command} {asked.name}", values)


def assign(run: Run, arguments: Arguments, values: dict[str, Any]) -> int:
    """Assign images to the classes of a catalogue, and tell how many went where."""
    from paper_repro.catalogues import assign as catalogues
    from paper_repro.steps import assign as steps_of_assign

    folders = {name: values[name] for name in cameras() if getattr(arguments, name) is not None}
    asked = steps_of_assign.request(run, arguments.catalogue, arguments.folder, folders, arguments.features,
                                    arguments.by, arguments.quantile)
    used = {*ASSIGN, *folders} - ({"splits"} if asked.found is None else set())
    used -= {"weights", "device"} if asked.features else set() if asked.needs_weights else {"weights"}
    what = [f"--{name} FOLDER" for name in folders] or ["--features FILE" if asked.features else "FOLDER"]
    options.refuse_unused(arguments, used, f"assign {arguments.catalogue} {what[0]}")
    steps = steps_of_assign.steps_of(make.means(values), asked)
    if arguments.turned and asked.features:
        raise UserError("--turned: features can't be turned, images can; omit --turned, or name images.")
    last = [f"{'assign' if asked.features else 'page'} {asked.name}",
            *([f"orientation {asked.name}"] if arguments.turned else [])]
    if arguments.dry_run:
        return make.preview(steps, last)
    status = make.walked(asked.run, steps, last, f"assign {asked.name}", values)
    if status == 0:
        catalogues.tell(asked.run.results / asked.name, asked.level)
    if status == 0 and arguments.turned:
        from paper_repro.catalogues import orientation

        orientation.tell(asked.run.results / asked.name)
    return status
