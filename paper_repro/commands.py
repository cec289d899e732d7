"""The commands: what each is for, the options it takes, and the targets it brings up to date or what it does."""

import argparse
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro import options
from paper_repro.base import cleaning, hints, lock
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entries
from paper_repro.base.profile import MODELS
from paper_repro.base.run import Run
from paper_repro.steps import make, steps_of
from paper_repro.steps.targets import FIGURES

Arguments = argparse.Namespace
PLACE = ("profile", "out")
VENUS = (*entries(), "scale", "classes")
ENCODING = ("weights", "encoders", "checkpoints", "recipe", "switch", "device")
PHOTOGRAPHS = ("images", "splits")
EVERYTHING = (*PLACE, *PHOTOGRAPHS, *VENUS, *ENCODING, "jobs", "dask")
OWN_TABLES = ("stability", "seeds", "effects")


@dataclass(frozen=True)
class Command:
    """A command: what it is for, the options it takes, and the targets it brings up to date or what it does."""

    summary: str
    options: tuple[str, ...]
    targets: Callable[[Arguments], list[str]] | None = None
    does: Callable[[Run, Arguments, dict[str, Any]], int | None] | None = None


def _set_targets(kind: str) -> Callable[[Arguments], list[str]]:
    def targets(arguments: Arguments) -> list[str]:
        return [f"{kind} {name}" for name in arguments.set] if arguments.set else [kind]

    return targets


def _patches(arguments: Arguments) -> list[str]:
    only = "venus" if "scale" in options.given(arguments) else arguments.only  # sets of Venus need no photographs
    return {"photographs": ["photographs"], "venus": ["venus patches"]}.get(only, ["patches"])


def _fetch(run: Run, arguments: Arguments, _: dict[str, Any]) -> None:
    from paper_repro.fetch import check, fetch, registry

    if getattr(arguments, "check", False):
        check.check(run)
        return
    mirrors = registry.parse_mirrors(getattr(arguments, "mirror", None) or _mirrors_of_make())
    fetch.check_request(run, mirrors)
    cleaning.mark(run.data)
    with lock.held(run.data, "fetch"):
        fetch.fetch(run, mirrors, plan_only=getattr(arguments, "plan", False))


def _mirrors_of_make() -> list[str]:
    """The words of MIRROR=, which stand between spaces, in quotes where they have some. Raises UserError."""
    text = os.environ.get(f"{options.ENVIRONMENT}MIRROR", "")
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UserError(f"MIRROR={text}: expected NAME=PLACE, several with spaces between, found a quotation mark or "
                        f"backslash that doesn't end ({error}); close it.") from None


def _index(run: Run, _: Arguments, values: dict[str, Any]) -> int:
    from paper_repro.patches import build

    status = make.walked(run, [f"observations {name}" for name in build.instruments_of(run)], values)
    if status == 0:
        build.tell(run)
    return status


def _classify(run: Run, arguments: Arguments, values: dict[str, Any]) -> int:
    from paper_repro.base.files import read_json
    from paper_repro.experiments import classify
    from paper_repro.steps import folder

    asked = folder.request(run, arguments.folder, arguments.classes, arguments.encoder, arguments.checkpoint)
    status = _walk_folder(run, asked, values)
    if status == 0:
        encoder = asked.model if asked.checkpoint is None else f"{asked.model} of {asked.checkpoint}"
        no_map = (read_json(run.results / asked.name / "tsne2.json") or {}).get("no_map")
        classify.tell(run, asked.name, encoder, no_map)
    return status


def _encode(run: Run, arguments: Arguments, values: dict[str, Any]) -> int:
    if arguments.folder is None:
        return update(run, arguments, values, _set_targets("encode")(arguments))
    from paper_repro.steps import folder

    asked = folder.request(run, arguments.folder, None, None, arguments.checkpoint, features_only=True)
    return _walk_folder(run, asked, values)


def _walk_folder(run: Run, asked: Any, values: dict[str, Any]) -> int:
    """Bring everything for a folder of images up to date."""
    from paper_repro.steps import folder

    steps = folder.steps_of(run, make.means(values), asked)
    last = [name for name in steps.by_name if name.startswith("encode " if asked.classes is None else
                                                              ("classify ", "map ", "figure "))]
    return make.walk_locked(run, steps, last, f"classify {asked.name}", values.get("jobs"))


def _verify(run: Run, _: Arguments, values: dict[str, Any]) -> int:
    """Judge what is there, making nothing; a walk to the verdict would make what it needs."""
    from paper_repro.verify import trust

    steps = steps_of(run, make.means(values), judge_only=True)
    if not [name for name in trust.made(steps) if name not in ("verdict", "report")]:
        raise UserError(f"{run.data}: nothing was run here yet, so there is nothing to judge; run "
                        f"`{hints.command('run', 'all')}` first.")
    with lock.held(run.data, "verify"):
        steps.make(steps.by_name["verdict"])
        steps.hashes.save()
    make.where(steps, ["verdict"])
    return make.lost_claims(steps, ["verdict"])


def _clean(run: Run, _: Arguments, __: dict[str, Any]) -> None:
    _removed(cleaning.clean(run.out, run.profile.name))


def _distclean(run: Run, _: Arguments, __: dict[str, Any]) -> None:
    _removed(cleaning.distclean(run.out))


def _removed(folders: Sequence[Path]) -> None:
    print("\n".join(f"removed {folder}" for folder in folders) or "nothing to remove")


def update(run: Run, arguments: Arguments, values: dict[str, Any], targets: list[str]) -> int:
    """Bring targets up to date, or only tell what would be made."""
    if arguments.dry_run or getattr(arguments, "why", None):
        return make.preview(run, getattr(arguments, "why", None) or targets, values)
    if "all" in targets and run.fetches:
        _fetch(run, arguments, values)
        run = options.open_asked(values)  # what was fetched says whether photographs have colours
    status = make.walked(run, targets, values)
    if getattr(arguments, "png", False) and not status:
        from paper_repro.patches import assemble

        assemble.write_all_pngs(run)
    return status


COMMANDS = {
    "run": Command("bring targets up to date: all, table1, fig09, ... or any step's own name", EVERYTHING,
                   lambda arguments: arguments.target),
    "fetch": Command("fetch the paper's files: only what the patches, encoders and benchmark need",
                     (*PLACE, "images", *entries(), "weights", "encoders", "checkpoints"), does=_fetch),
    "index": Command("list the observations of Venus in the archives' folders, reading headers only",
                     (*PLACE, *entries()), does=_index),
    "patches": Command("make the patch sets of the profile, or those of --scale from --uvi, --vmc",
                       (*PLACE, *PHOTOGRAPHS, *entries(), "scale", "jobs", "dask"), _patches),
    "train": Command("train the encoders of a set (SimCLR, autoencoder)", EVERYTHING, _set_targets("train")),
    "encode": Command("encode a set with each of its encoders, or any folder of images", EVERYTHING, does=_encode),
    "cluster": Command("run the grid of Table 1", EVERYTHING, lambda _: ["grid"]),
    "seeds": Command("train with every seed of the profile and run the grid of Table 1 on each", EVERYTHING,
                     lambda _: ["seeds"]),
    "effects": Command("measure what each switch between the recipes does to the accuracy", EVERYTHING,
                       lambda _: ["effects"]),
    "benchmark": Command("classify the photographs as in Sect. 4.1", EVERYTHING, lambda _: ["benchmark"]),
    "venus": Command("classify the patches of Venus as in Sect. 4.2", EVERYTHING, lambda _: ["venus"]),
    "classify": Command("classify the images in any folder, as the paper does with Venus' clouds",
                        ("out", "splits", "weights", "device"), does=_classify),
    "table": Command("write one table", EVERYTHING, lambda arguments: [
        arguments.number if arguments.number in OWN_TABLES else f"table{arguments.number}"]),
    "figure": Command("draw one figure", EVERYTHING, lambda arguments: [arguments.name]),
    "verify": Command("judge every claim of the paper by the existing results: the paper's value, ours, the verdict",
                      EVERYTHING, does=_verify),
    "report": Command("make one web page of the verdict, tables, figures and maps of the patches", EVERYTHING,
                      lambda _: ["report"]),
    "crate": Command("describe the run's inputs, code and outputs as RO-Crate metadata, for a deposit",
                     (*PLACE, *PHOTOGRAPHS, *entries(), "weights"), does=lambda run, _, __: _crate(run)),
    "clean": Command("remove a profile's results, tables, figures and report", PLACE, does=_clean),
    "distclean": Command("remove everything that runs wrote, including trained encoders and downloads", ("out",),
                         does=_distclean),
}


def _crate(run: Run) -> None:
    from paper_repro.report import crate

    print(crate.write(run))


def add_arguments(name: str, words: argparse.ArgumentParser) -> None:
    """The arguments of one command alone."""
    if name == "run":
        words.add_argument("target", nargs="*", default=["all"], help="all, table1, fig09, ... (default: all)")
        words.add_argument("--why", action="append", metavar="TARGET", help="say which steps of TARGET are not up to "
                           "date, and why; make nothing")
    if name == "fetch":
        which = words.add_mutually_exclusive_group()
        which.add_argument("--plan", action="store_true", help="only say what would be fetched, left out, and why")
        which.add_argument("--check", action="store_true", help="only check the files that are there")
        words.add_argument("--mirror", action="append", metavar="NAME=PLACE", help="address or folder in place of an "
                           "archive: darts, psa, mendeley, weights, checkpoints (may be repeated)")
    if name in ("train", "encode"):
        words.add_argument("--set", action="append", help="only this set: photos-colour, photos-gray, or one of Venus, "
                           "such as uvi-3000km-flat (may be repeated)")
    if name == "patches":
        words.add_argument("--only", choices=("photographs", "venus"), help="make only sets of this kind")
        words.add_argument("--png", action="store_true", help="also write each patch of Venus as a PNG file")
    if name == "encode":
        words.add_argument("folder", nargs="?", type=options.path, help="images in place of the profile's sets: only "
                           "their features are written")
        words.add_argument("--checkpoint", type=options.path, metavar="FILE", help="a trained encoder, for FOLDER only")
    if name == "classify":
        words.add_argument("folder", type=options.path, help="images, all in it or in one subfolder for each class; or "
                           "a patch set")
        words.add_argument("--classes", type=int, metavar="K", help="number of classes (default: that of the class "
                           "subfolders)")
        words.add_argument("--encoder", choices=MODELS, help="default simple; simclr and autoencoder are trained on "
                           "the images themselves unless --checkpoint names a trained one")
        words.add_argument("--checkpoint", type=options.path, metavar="FILE", help="a trained encoder: .safetensors of "
                           "this project, or the authors' .pt")
    if name == "table":
        words.add_argument("number", choices=("1", "2", "3", "4", *OWN_TABLES))
    if name == "figure":
        words.add_argument("name", choices=tuple(FIGURES))
