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

from paper_repro.profiles.errors import UserError
from paper_repro.profiles.profile import names
from paper_repro.profiles.run import PHOTO_SETS, Run, open_run


def _patches(run: Run, _: argparse.Namespace) -> None:
    from paper_repro.patches import photographs

    photographs.build(run)


def _train(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.experiments import steps

    for name in arguments.set or PHOTO_SETS:
        steps.train_set(run, name, arguments.device)


def _encode(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.experiments import steps

    for name in arguments.set or PHOTO_SETS:
        steps.encode_set(run, name, arguments.device)


def _cluster(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.experiments import steps, table1

    steps.encode_set(run, run.table1_set, arguments.device)
    table1.run_grid(run, arguments.jobs)


def _benchmark(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.experiments import benchmark, steps

    for name in PHOTO_SETS:
        steps.encode_set(run, name, arguments.device)
    benchmark.benchmark(run)


def _table(run: Run, arguments: argparse.Namespace) -> None:
    _report(importlib.import_module(f"paper_repro.tables.table{arguments.number}").write(run))


def _figure(run: Run, arguments: argparse.Namespace) -> None:
    from paper_repro.figures import style

    module = importlib.import_module(f"paper_repro.figures.{arguments.name}")
    paths: list[Path] = module.draw(run)
    style.write_caption(run, arguments.name, module.__doc__ or "", paths)
    _report(paths)


def _report(paths: Sequence[Path]) -> None:
    for path in paths:
        print(path)


COMMANDS: dict[str, tuple[Callable[[Run, argparse.Namespace], None], str]] = {
    "patches": (_patches, "make the patch sets of the profile"),
    "train": (_train, "train the encoders of a set (SimCLR, autoencoder)"),
    "encode": (_encode, "encode a set with each of its encoders"),
    "cluster": (_cluster, "run the grid of Table 1"),
    "benchmark": (_benchmark, "classify the photographs as in Sect. 4.1"),
    "table": (_table, "write one table"),
    "figure": (_figure, "draw one figure"),
}
TABLES = ("1", "2", "3")
FIGURES = ("fig11", "fig12", "fig13", "losses", "accuracies")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--profile", default="sample", help=f"what the run uses: {', '.join(names())} (default sample)")
    shared.add_argument("--out", type=Path, default=Path(), help="folder of data/, figures/, tables/ (default: here)")
    shared.add_argument("--images", type=Path, help="folder of photographs, one subfolder a class")
    shared.add_argument("--weights", type=Path, help="file of ImageNet weights of ResNet-18 (torchvision state dict)")
    shared.add_argument("--encoders", help="comma-separated: simple,simclr,autoencoder (default: the profile's)")
    shared.add_argument("--device", help="cpu, cuda or mps (default: cuda or mps where present, else cpu)")
    top = argparse.ArgumentParser(prog="python -m paper_repro", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (_, summary) in COMMANDS.items():
        command = commands.add_parser(name, parents=[shared], help=summary, description=summary)
        if name in ("train", "encode"):
            command.add_argument("--set", action="append", choices=PHOTO_SETS, help="only this set (may be repeated)")
        if name == "cluster":
            command.add_argument("--jobs", type=int, help="worker processes (default: one a core)")
        if name == "table":
            command.add_argument("number", choices=TABLES)
        if name == "figure":
            command.add_argument("name", choices=FIGURES)
    return top


def _on_terminate(_: int, __: FrameType | None) -> NoReturn:
    """A polite kill ends like Ctrl-C: temporary files are removed, finished work stays."""
    raise KeyboardInterrupt


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0 done, 2 a mistake of the user's, 130 interrupted."""
    arguments = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        encoders = arguments.encoders.split(",") if arguments.encoders else None
        run = open_run(arguments.profile, arguments.out, arguments.images, arguments.weights, encoders)
        COMMANDS[arguments.command][0](run, arguments)
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
    return 0
