"""`python -m paper_repro COMMAND`: one command a room; the Makefile calls only this."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from paper_repro.base import usage
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entries
from paper_repro.base.profile import MODELS, names
from paper_repro.base.run import CHECKPOINTS, PHOTO_SETS, Run, open_run


def _fetch(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.fetch import check, fetch, registry

    if arguments.check:
        check.check(run)
    else:
        fetch.fetch(run, registry.parse_mirrors(arguments.mirror or ()), plan_only=arguments.plan)


def _index(run: Run, _: argparse.Namespace) -> None:
    from paper_repro.patches import build

    build.index_folders(run)


def _patches(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.patches import build

    build.build(run, arguments.jobs, arguments.dask, arguments.png, arguments.only)


def _train(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.encoders import pipeline

    for name in arguments.set or (*PHOTO_SETS, *run.flat_sets):
        pipeline.train_set(run, name, arguments.device, touch=True)


def _encode(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.encoders import pipeline

    for name in arguments.set or (*PHOTO_SETS, *run.flat_sets):
        pipeline.encode_set(run, name, arguments.device, touch=True)


def _cluster(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.encoders import pipeline
    from paper_repro.experiments import table1

    pipeline.encode_set(run, run.table1_set, arguments.device)
    table1.run_grid(run, arguments.jobs)


def _seeds(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.experiments import seeds

    seeds.run_seeds(run, arguments.device, arguments.jobs)


def _effects(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.experiments import effects

    effects.run_effects(run, arguments.device)


def _benchmark(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.encoders import pipeline
    from paper_repro.experiments import benchmark

    for name in PHOTO_SETS:
        pipeline.encode_set(run, name, arguments.device)
    benchmark.benchmark(run)


def _venus(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.encoders import pipeline
    from paper_repro.experiments import venus

    for name in run.flat_sets:
        pipeline.encode_set(run, name, arguments.device)
    for folder in venus.classify(run, arguments.jobs):
        print(folder / "classes.md")


def _classify(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.experiments import classify
    from paper_repro.figures import classified

    target = classify.classify(run, arguments.folder, arguments.classes, arguments.encoder, arguments.checkpoint,
                               arguments.device)
    _report(classified.draw(run, target.name))


def _table(run: Run, arguments: argparse.Namespace) -> None:
    name = arguments.number if arguments.number in OWN_TABLES else f"table{arguments.number}"
    _report(importlib.import_module(f"paper_repro.tables.{name}").write(run))


def _figure(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.figures import style

    module = importlib.import_module(f"paper_repro.figures.{arguments.name}")
    paths: list[Path] = module.draw(run)
    style.write_caption(run, arguments.name, module.__doc__ or "", paths)
    _report(paths)


def _verify(run: Run, _: argparse.Namespace) -> int:
    from paper_repro.verify import verdict

    return verdict.verify(run)


def _crate(run: Run, _: argparse.Namespace) -> None:
    from paper_repro.report import crate

    print(crate.write(run))


def _page(run: Run, _: argparse.Namespace) -> None:
    from paper_repro.report import build

    print(build.report(run))


def _report(paths: Sequence[Path]) -> None:
    for path in paths:
        print(path)


COMMANDS: dict[str, tuple[Callable[[Run, argparse.Namespace], int | None], str]] = {
    "fetch": (_fetch, "fetch the paper's files from the archives: only what the patches, encoders and benchmark need"),
    "index": (_index, "list the observations of Venus in the archives' folders, reading headers only"),
    "patches": (_patches, "make the patch sets of the profile, or those of --scale from --uvi, --vmc"),
    "train": (_train, "train the encoders of a set (SimCLR, autoencoder)"),
    "encode": (_encode, "encode a set with each of its encoders"),
    "cluster": (_cluster, "run the grid of Table 1"),
    "seeds": (_seeds, "train with every seed of the profile and run the grid of Table 1 on each"),
    "effects": (_effects, "measure what each switch between the recipes does to the accuracy"),
    "benchmark": (_benchmark, "classify the photographs as in Sect. 4.1"),
    "venus": (_venus, "classify the patches of Venus as in Sect. 4.2"),
    "classify": (_classify, "classify the images in any folder, as the paper does with Venus' clouds"),
    "table": (_table, "write one table"),
    "figure": (_figure, "draw one figure"),
    "verify": (_verify, "judge every claim of the paper: its value, ours, and whether it was reproduced"),
    "crate": (_crate, "describe the run's inputs, code and outputs as RO-Crate metadata, for a deposit"),
    "report": (_page, "make one web page of the verdict, tables, figures, and maps of the patches"),
}
OWN_TABLES = ("stability", "seeds", "effects")
TABLES = ("1", "2", "3", "4", *OWN_TABLES)
FIGURES = (*(f"fig{number:02d}" for number in range(1, 17)), "losses", "accuracies")


def _path(text: str) -> Path:
    """A path of the user's; make hands `~/x` on as it is."""
    return Path(text).expanduser()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--profile", help=f"what the run uses: {', '.join(names())} (default sample; paper with --uvi "
                                          "or --vmc, and to fetch)")
    shared.add_argument("--out", type=Path, default=Path(), help="folder of data/, figures/, tables/ (default: here)")
    shared.add_argument("--images", type=_path, help="folder of photographs, one subfolder a class")
    for each in entries().values():
        shared.add_argument(f"--{each.name}", type=_path, metavar="FOLDER",
                            help=f"folder of {each.files}, in any subfolders")
    shared.add_argument("--weights", type=_path, help="file of ImageNet weights of ResNet-18 (torchvision state dict)")
    shared.add_argument("--encoders", help="comma-separated: simple,simclr,autoencoder (default: the profile's)")
    shared.add_argument("--device", help="cpu, cuda or mps (default: cuda or mps where present, else cpu)")
    top = argparse.ArgumentParser(prog="python -m paper_repro", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, summary) in COMMANDS.items():
        command = commands.add_parser(name, parents=[shared], help=summary, description=summary)
        if name != "classify":
            command.add_argument("--checkpoints", choices=CHECKPOINTS, default="own", help="trained encoders: own "
                                 "(default), or the authors', which are fetched and not trained")
        if name == "fetch":
            which = command.add_mutually_exclusive_group()
            which.add_argument("--plan", action="store_true", help="only say what would be fetched, left out, and why")
            which.add_argument("--check", action="store_true", help="only check the files that are there")
            command.add_argument("--mirror", action="append", metavar="NAME=PLACE", help="address or folder in place "
                                 "of an archive: darts, psa, mendeley, weights, checkpoints (may be repeated)")
        if name in ("train", "encode"):
            command.add_argument("--set", action="append", help="only this set: photos-colour, photos-gray, or "
                                 "one of Venus, as uvi-3000km-flat (may be repeated)")
        if name == "patches":
            command.add_argument("--scale", action="append", type=float, help="side of a patch in km: make only sets "
                                 "of this scale from the folders named (may be repeated)")
            command.add_argument("--only", choices=("photographs", "venus"), help="make only this kind of sets")
            command.add_argument("--png", action="store_true", help="also write each patch of Venus as a PNG file")
            command.add_argument("--dask", metavar="ADDRESS", help="work on the Dask cluster of this scheduler; its "
                                 "workers must see the same folders")
        if name in ("cluster", "patches", "seeds", "venus"):
            command.add_argument("--jobs", type=int, help="worker processes (default: one a core)")
        if name == "classify":
            command.add_argument("folder", type=Path, help="images (PNG, JPEG), all in it or in one subfolder a class; "
                                 "or a patch set")
            command.add_argument("--classes", type=int, metavar="K", help="number of classes (default: that of the "
                                 "class subfolders)")
            command.add_argument("--encoder", choices=MODELS, help="default simple; simclr and autoencoder are trained "
                                 "on the images themselves unless --checkpoint names a trained one")
            command.add_argument("--checkpoint", type=_path, metavar="FILE", help="a trained encoder: .safetensors of "
                                 "this project, or the authors' .pt")
        if name == "table":
            command.add_argument("number", choices=TABLES)
        if name == "figure":
            command.add_argument("name", choices=FIGURES)
    return top


def _on_terminate(_: int, __: FrameType | None) -> NoReturn:
    """A polite kill ends like Ctrl-C: temporary files are removed, finished work stays."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 1 a claim lost, 2 a mistake of the user's, 130 interrupted."""
    arguments = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _on_terminate)
    # Threads that wait shall sleep: spinning, they take the cores from whatever else runs, themselves included. Read by
    # OpenMP when a library loads it, which is later than this.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        encoders = arguments.encoders.split(",") if arguments.encoders else None
        # real images of Venus never go under a profile that simulates them
        folders = {name: folder for name in entries() if (folder := getattr(arguments, name))}
        real = arguments.command == "fetch" or folders
        profile = arguments.profile or ("paper" if real else "sample")
        profile = "classify" if arguments.command == "classify" else profile
        run = open_run(profile, arguments.out, arguments.images, arguments.weights, encoders,
                       folders=folders, scales=getattr(arguments, "scale", None) or (),
                       checkpoints=getattr(arguments, "checkpoints", "own"),
                       photographs=arguments.command not in ("fetch", "index", "classify")
                       and getattr(arguments, "only", None) != "venus")
        about = [part for key in ("number", "name", "only") if (part := getattr(arguments, key, None))]
        with usage.counted(run.data, [arguments.command, *about, *(getattr(arguments, "set", None) or ())]):
            status = COMMANDS[arguments.command][0](run, arguments) or 0
    except UserError as error:
        print(f"paper_repro: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\npaper_repro: interrupted; the same command goes on where this stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        print(f"paper_repro: {error.filename or arguments.out}: can't be read or written ({error.strerror or error}); "
              "check the folder, its permissions and the space left, then run the same command again.", file=sys.stderr)
        return 2
    return status
