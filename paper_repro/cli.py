"""`python -m paper_repro COMMAND`: what users ask for; the Makefile calls only this.

Most commands name steps of the one list (`steps`) and bring them up to date. Options that aren't given are taken from
the environment (PAPER_REPRO_IMAGES for --images), through which make hands on what its users name.
"""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from paper_repro import options
from paper_repro.base import cleaning, hints, lock, stopping, workers
from paper_repro.base.errors import UserError, sentence_of
from paper_repro.base.instruments import entries
from paper_repro.base.profile import MODELS
from paper_repro.base.run import Run
from paper_repro.base.step import Steps
from paper_repro.steps import Means, steps_of
from paper_repro.steps.targets import FIGURES, resolve

Arguments = argparse.Namespace
PLACE = ("profile", "out")
VENUS = (*entries(), "scale", "classes")
ENCODING = ("weights", "encoders", "checkpoints", "device")
EVERYTHING = (*PLACE, "images", *VENUS, *ENCODING, "jobs", "dask")
OWN_TABLES = ("stability", "seeds", "effects")
LOST, MISTAKE, INTERRUPTED = 1, 2, 130  # exit statuses


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
    return {"photographs": ["photographs"], "venus": ["venus patches"]}.get(arguments.only, ["patches"])


def _fetch(run: Run, arguments: Arguments, _: dict[str, Any]) -> None:
    from paper_repro.fetch import check, fetch, registry

    if arguments.check:
        check.check(run)
        return
    mirrors = arguments.mirror or shlex.split(os.environ.get(f"{options.ENVIRONMENT}MIRROR", ""))
    cleaning.mark(run.data)
    with lock.held(run.data, "fetch"):
        fetch.fetch(run, registry.parse_mirrors(mirrors), plan_only=arguments.plan)


def _index(run: Run, _: Arguments, values: dict[str, Any]) -> None:
    from paper_repro.patches import build

    walked(run, [f"observations {name}" for name in build.instruments_of(run)], values)
    build.tell(run)


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
        return _bring(run, arguments, values, _set_targets("encode")(arguments))
    from paper_repro.steps import folder

    asked = folder.request(run, arguments.folder, None, None, arguments.checkpoint, features_only=True)
    return _walk_folder(run, asked, values)


def _walk_folder(run: Run, asked: Any, values: dict[str, Any]) -> int:
    """Bring everything for a folder of images up to date."""
    from paper_repro.steps import folder

    steps = folder.steps_of(run, _means(values), asked)
    last = [name for name in steps.by_name if name.startswith("encode " if asked.classes is None else
                                                              ("classify ", "map ", "figure "))]
    return walk_locked(run, steps, last, f"classify {asked.name}", values.get("jobs"))


def _verify(run: Run, _: Arguments, values: dict[str, Any]) -> int:
    """Judge what is there, making nothing; a walk to the verdict would make what it needs."""
    from paper_repro.verify import trust

    steps = steps_of(run, _means(values), judge_only=True)
    if not [name for name in trust.made(steps) if name not in ("verdict", "report")]:
        raise UserError(f"{run.data}: nothing was run here yet, so there is nothing to judge; run "
                        f"`{hints.command('run', 'all')}` first.")
    with lock.held(run.data, "verify"):
        steps.make(steps.by_name["verdict"])
        steps.hashes.save()
    _where(steps, "verdict")
    return _lost(steps, ["verdict"])


def _clean(run: Run, _: Arguments, __: dict[str, Any]) -> None:
    _removed(cleaning.clean(run.out, run.profile.name))


def _distclean(run: Run, _: Arguments, __: dict[str, Any]) -> None:
    _removed(cleaning.distclean(run.out))


def _removed(folders: Sequence[Path]) -> None:
    print("\n".join(f"removed {folder}" for folder in folders) or "nothing to remove")


COMMANDS = {
    "run": Command("bring targets up to date: all, table1, fig09, ... or any step's own name", EVERYTHING,
                   lambda arguments: arguments.target),
    "fetch": Command("fetch the paper's files: only what the patches, encoders and benchmark need",
                     (*PLACE, "images", *entries(), "weights", "encoders", "checkpoints"), does=_fetch),
    "index": Command("list the observations of Venus in the archives' folders, reading headers only",
                     (*PLACE, *entries()), does=_index),
    "patches": Command("make the patch sets of the profile, or those of --scale from --uvi, --vmc",
                       (*PLACE, "images", *entries(), "scale", "jobs", "dask"), _patches),
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
                        ("out", "weights", "device"), does=_classify),
    "table": Command("write one table", EVERYTHING, lambda arguments: [
        arguments.number if arguments.number in OWN_TABLES else f"table{arguments.number}"]),
    "figure": Command("draw one figure", EVERYTHING, lambda arguments: [arguments.name]),
    "verify": Command("judge every claim of the paper by what is there: its value, ours, whether it was reproduced",
                      EVERYTHING, does=_verify),
    "report": Command("make one web page of the verdict, tables, figures, and maps of the patches", EVERYTHING,
                      lambda _: ["report"]),
    "crate": Command("describe the run's inputs, code and outputs as RO-Crate metadata, for a deposit",
                     (*PLACE, "images", *entries(), "weights"), does=lambda run, _, __: _crate(run)),
    "clean": Command("remove a profile's results, tables, figures and page", PLACE, does=_clean),
    "distclean": Command("remove all that runs wrote, trained encoders and downloads too", ("out",), does=_distclean),
}


def _crate(run: Run) -> None:
    from paper_repro.report import crate

    print(crate.write(run))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m paper_repro", description=(__doc__ or "").partition("\n\n")[2])
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        words = commands.add_parser(name, help=command.summary, description=command.summary)
        options.add_options(words, command.options)
        _own(name, words)
        if command.targets or name == "encode":
            words.add_argument("--dry-run", action="store_true", help="only say what would be made, and why")
    return top


def _own(name: str, words: argparse.ArgumentParser) -> None:
    """The arguments of one command alone."""
    if name == "run":
        words.add_argument("target", nargs="*", default=["all"], help="all, table1, fig09, ... (default: all)")
        words.add_argument("--why", action="append", metavar="TARGET", help="say what of TARGET is not up to date, and "
                           "why; make nothing")
    if name == "fetch":
        which = words.add_mutually_exclusive_group()
        which.add_argument("--plan", action="store_true", help="only say what would be fetched, left out, and why")
        which.add_argument("--check", action="store_true", help="only check the files that are there")
        words.add_argument("--mirror", action="append", metavar="NAME=PLACE", help="address or folder in place of an "
                           "archive: darts, psa, mendeley, weights, checkpoints (may be repeated)")
    if name in ("train", "encode"):
        words.add_argument("--set", action="append", help="only this set: photos-colour, photos-gray, or one of Venus, "
                           "as uvi-3000km-flat (may be repeated)")
    if name == "patches":
        words.add_argument("--only", choices=("photographs", "venus"), help="make only this kind of sets")
        words.add_argument("--png", action="store_true", help="also write each patch of Venus as a PNG file")
    if name == "encode":
        words.add_argument("folder", nargs="?", type=options.path, help="images in place of the profile's sets: only "
                           "their features are written")
        words.add_argument("--checkpoint", type=options.path, metavar="FILE", help="a trained encoder for FOLDER")
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


def _on_terminate(_: int, __: FrameType | None) -> NoReturn:
    """A polite kill ends like Ctrl-C: temporary files are removed, finished work stays."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 a claim lost, 2 a mistake or a failure, 130 interrupted."""
    arguments = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _on_terminate)
    # Threads that wait shall sleep: spinning, they take the cores from whatever else runs, themselves included. And
    # sums of products must not depend on how many cores are free. Both are read when a library loads, which is later.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    stopping.forget()
    out = Path()
    try:
        values = options.given(arguments)
        out = values.get("out", out)
        command = COMMANDS[arguments.command]
        run = options.open_asked({**values, "profile": "classify"} if getattr(arguments, "folder", None) else values,
                                 fetching=arguments.command == "fetch")
        hints.repeat(options.shown(values, {"out": Path(), "profile": "sample"}))
        if command.does:
            return command.does(run, arguments, values) or 0
        assert command.targets is not None
        return _bring(run, arguments, values, command.targets(arguments))
    except UserError as error:
        print(f"paper_repro: {error}", file=sys.stderr)
        return MISTAKE
    except KeyboardInterrupt:
        print("\npaper_repro: interrupted; the same command resumes where this one stopped.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"paper_repro: {sentence_of(error, out)}", file=sys.stderr)
        return MISTAKE


def _bring(run: Run, arguments: Arguments, values: dict[str, Any], targets: list[str]) -> int:
    """Bring targets up to date, or only tell what would be made."""
    if arguments.dry_run or getattr(arguments, "why", None):
        return _tell(run, getattr(arguments, "why", None) or targets, values)
    status = walked(run, targets, values)
    if getattr(arguments, "png", False) and not status:
        from paper_repro.patches import assemble

        assemble.write_all_pngs(run)
    return status


def _means(values: dict[str, Any]) -> Means:
    return Means(values.get("device"), values.get("jobs"), values.get("dask"))


def walked(run: Run, targets: list[str], values: dict[str, Any]) -> int:
    """Bring targets of a run up to date, one run at a time in its folder; print where they are. The exit status."""
    steps = steps_of(run, _means(values))
    chosen = resolve(steps, targets)
    return walk_locked(run, steps, chosen, " ".join(targets), values.get("jobs"))


def walk_locked(run: Run, steps: Steps, chosen: list[str], asked: str, jobs: int | None) -> int:
    """Walk a list with the lock of its folder held, and tell what came of it. Returns the exit status."""
    from paper_repro.base.walk import walk

    for folder in (run.data, run.figures, run.tables, run.report):
        if folder != run.report or "report" in chosen:
            cleaning.mark(folder)
    with lock.held(run.data, asked), workers.sharing(jobs):
        failed = walk(steps, chosen, workers.cores())
    for name in chosen if len(chosen) < 4 else [name for name in ("verdict", "report") if name in chosen]:
        if name not in failed:
            _where(steps, name)
    if failed:
        missing = [name for name in chosen if name in failed]
        print(f"paper_repro: {len(failed)} of {len(steps.closure(chosen))} steps were not made"
              f"{f', among them {missing[0]}' if missing else ''}; see above.", file=sys.stderr)
        return MISTAKE
    return _lost(steps, chosen)


def _where(steps: Steps, name: str) -> None:
    """Print the files of a step that was asked for."""
    step = steps.by_name[name]
    for path in dict.fromkeys((*step.outputs, *(step.record.parent / output for output in steps.outputs(step)))):
        print(path)


def _lost(steps: Steps, chosen: list[str]) -> int:
    """Say which claims that were reproduced before no longer are; the exit status."""
    if "verdict" not in chosen:
        return 0
    from paper_repro.verify import verdict

    step = steps.by_name["verdict"]
    lost = verdict.lost(step.outputs[0], verdict.RECORDED / f"verdict-{step.profile}.csv")
    for sentence in lost:
        print(f"paper_repro: {sentence}", file=sys.stderr)
    return LOST if lost else 0


def _tell(run: Run, targets: list[str], values: dict[str, Any]) -> int:
    """Say what would be made of targets, and why."""
    from paper_repro.base.walk import told

    steps = steps_of(run, _means(values))
    chosen = resolve(steps, targets)
    stale = told(steps, chosen)
    for step, reason in stale:
        print(f"would make  {step.name}  ({reason})")
    print(f"{len(stale)} of {len(steps.closure(chosen))} steps would be made")
    return 0
