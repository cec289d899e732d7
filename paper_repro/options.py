"""Options of the command line: their names, what make passes on in the environment, and the run that they ask for."""

import argparse
import dataclasses
import os
import shlex
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import cameras, entries, entry
from paper_repro.base.profile import BASES, MODELS
from paper_repro.base.profile_files import FOLDERS, names
from paper_repro.base.run import CHECKPOINTS, ENCODER_INPUTS, Run, open_run
from paper_repro.encoder_options import with_encoders
from paper_repro.steps.maker import load
from paper_repro.steps.targets import TABLES

ENVIRONMENT = "PAPER_REPRO_"  # begins the variables that stand for options: PAPER_REPRO_IMAGES for --images


def path(text: str) -> Path:
    """A path of the user's; make and the environment pass `~/x` on as it is.

    Raises ArgumentTypeError where it is empty, or in the home folder of a user who isn't known.
    """
    if not text:
        raise argparse.ArgumentTypeError("it is empty; name a folder or a file, or omit the option")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"{text}: expected a path, found the home folder of a user who isn't known "
                                         "here; name another, or put ./ before a ~ that is part of a name") from None


def number(text: str) -> float:
    """A number. Raises ArgumentTypeError for anything else."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, found {text!r}; correct it") from None


def whole(text: str) -> int:
    """A whole number. Raises ArgumentTypeError for anything else."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a whole number, found {text!r}; correct it") from None


def workers(text: str) -> int:
    """A number of worker processes. Raises ArgumentTypeError where it is none, or below 1."""
    if (count := whole(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more worker processes, found {count}; name another number")
    return count


def text(value: str) -> str:
    """A text as it is. Raises ArgumentTypeError where it is empty."""
    if not value.strip():
        raise argparse.ArgumentTypeError("it is empty; give it a value, or omit the option")
    return value


@dataclass(frozen=True)
class Option:
    """An option. kind: turns its text into its value; several: it may be repeated."""

    help: str
    kind: Callable[[str], Any] = text
    choices: tuple[str, ...] | None = None
    several: bool = False  # and in the environment: words with spaces between, as in a shell
    metavar: str | None = None


OPTIONS = {
    "profile": Option(f"what the run uses: {', '.join(name for name in names() if name != FOLDERS)}, or a TOML file of "
                      f"your own (default sample; paper with {' or '.join(f'--{name}' for name in cameras())}, and for "
                      "fetch)"),
    "out": Option("folder that results go into: data/, figures/, tables/, report/ (default: here)", path,
                  metavar="FOLDER"),
    "images": Option("folder of photographs, one subfolder for each class", path, metavar="FOLDER"),
    "splits": Option("what to do with images in folders such as train and test: join them by class",
                     choices=("join",)),
    **{name: Option(f"folder of {each.files}, in any subfolders", path, metavar="FOLDER")
       for name, each in cameras().items()},
    "instrument": Option("a camera with one of its filters, such as ir2-226: make only its sets (may be repeated; "
                         "default: the profile's, or with --scale all that a folder has files of, each apart)",
                         choices=tuple(entries()), several=True, metavar="NAME"),
    "scale": Option("side of a patch in km: make only sets of this scale, from the folders or of the instruments named "
                    "(may be repeated)", number, several=True, metavar="KM"),
    "classes": Option("number of classes of each set of Venus (default: the profile's, 4 in the paper)", whole,
                      metavar="K"),
    "weights": Option("file of the base model's ImageNet weights (torchvision state dict)", path, metavar="FILE"),
    "encoders": Option(f"comma-separated: {','.join(MODELS)} (default: the profile's)"),
    "base": Option("base model, a ResNet of torchvision's (default: the profile's, resnet18 in the paper)",
                   choices=BASES),
    "encoder-file": Option("an encoder of your own in place of the base model: an ONNX or TorchScript file that takes "
                           "images [N, 3, S, S] and gives features [N, D]", path, metavar="FILE"),
    "encoder-input": Option("what --encoder-file takes: values normalised as for ImageNet (imagenet, the default), or "
                            "from 0 to 1 (unit)", choices=ENCODER_INPUTS),
    "recipe": Option("how encoders are trained: as the paper's text says, or as the authors' code does (default: the "
                     "profile's)", choices=("paper", "authors")),
    "switch": Option("a single deviation from the recipe, such as blur_kernel=45; docs/recipes.md has them all (may be "
                     "repeated)", several=True, metavar="NAME=VALUE"),
    "checkpoints": Option("trained encoders: own (default), or the authors', which are fetched and not trained",
                          choices=CHECKPOINTS),
    "device": Option("what encoders run on (default: cuda or mps where present, else cpu)",
                     choices=("cpu", "cuda", "mps")),
    "jobs": Option("worker processes (default: one for each core)", workers, metavar="N"),
    "dask": Option("have the long work (patches, training, encoding, clustering) done by the Dask cluster of this "
                   "scheduler; its workers must see the same folders", metavar="ADDRESS"),
    "mirror": Option("address or folder in place of an archive: darts, psa, mendeley, weights, checkpoints (may be "
                     "repeated)", several=True, metavar="NAME=PLACE"),
}
TABLE_TARGETS = {step.removeprefix("table "): target for target, step in TABLES.items()}  # by what `table` takes
MEANS = ("device", "jobs", "dask")  # how steps run, which decides no result


def add_options(parser: argparse.ArgumentParser, wanted: Iterable[str]) -> None:
    """Give a command the options `wanted`, by their names in OPTIONS."""
    for name in wanted:
        option = OPTIONS[name]
        action = {"action": "append"} if option.several else {}
        parser.add_argument(f"--{name}", dest=name, type=option.kind, help=option.help, metavar=option.metavar,
                            **({"choices": option.choices} if option.choices else {}), **action)  # type: ignore[arg-type]


def given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that the user gave, on the command line or else in the environment, where "" stands for none.

    A cluster's workers are in folders of their own: with one, paths are absolute.
    Raises UserError for an empty folder of results, or a value in the environment that doesn't fit.
    """
    values: dict[str, Any] = {}
    for name, option in OPTIONS.items():
        value, text = getattr(arguments, name, None), os.environ.get(ENVIRONMENT + name.upper().replace("-", "_"))
        if name == "out" and value is None and text == "":
            raise UserError("OUT= is empty: name the folder that results go into, or omit it to have them here.")
        if value is None and text:
            value = _parsed(name, option, text)
        if value is not None:
            values[name] = value
    if "dask" in values:
        values |= {name: value.absolute() for name, value in {"out": Path(), **values}.items()
                   if isinstance(value, Path)}
    if "out" in values:
        regular.check_place(values["out"])
    return values


def _parsed(name: str, option: Option, text: str) -> Any:
    """The value of an option in the environment."""
    try:
        values = [option.kind(word) for word in (shlex.split(text) if option.several else [text])]
    except argparse.ArgumentTypeError as error:
        raise UserError(f"{name.upper()}= or --{name}: {error}.") from None
    except ValueError as error:
        raise UserError(f"{name.upper()}={text}: expected {option.metavar}, several with spaces between, found a "
                        f"quotation mark or backslash that doesn't end ({error}); close it.") from None
    if option.choices and not set(values) <= set(option.choices):
        raise UserError(f"{name.upper()}={text}: expected one of {', '.join(option.choices)}; correct it.")
    return values if option.several else values[0]


def open_asked(values: dict[str, Any], *, fetching: bool = False) -> Run:
    """The run that options ask for. Raises UserError for a mistake in them, before anything is written."""
    # real images of Venus never go under a profile that simulates them
    folders = {name: values[name] for name in cameras() if name in values}
    real = fetching or folders or values.get("instrument")
    profile = values.get("profile") or ("paper" if real else "sample")
    encoders = [name.strip() for name in values["encoders"].split(",")] if values.get("encoders") else None
    run = open_run(profile, values.get("out", Path()), values.get("images"), values.get("weights"), encoders,
                   folders=folders, instruments=values.get("instrument", ()), scales=values.get("scale", ()),
                   in_folder=lambda *about: load("observations.registry").in_folder(*about),
                   checkpoints=values.get("checkpoints", "own"), classes=values.get("classes"))
    for name in run.profile.venus.preprocessing if run.profile.venus else ():
        load("patches.settings").preprocessing_of(run, name)  # what doesn't go together is refused before all work
    run = dataclasses.replace(with_encoders(run, values), join_splits="splits" in values)
    if run.photographs is None or run.profile.simulated:
        return run
    from paper_repro.patches.photographs import are_gray  # which loads libraries that not all commands need

    return dataclasses.replace(run, gray=are_gray(run))


def opened_by(arguments: argparse.Namespace, values: dict[str, Any]) -> dict[str, Any]:
    """The options that the run of a command is opened by: what concerns files of the user's own has its own profile."""
    if arguments.command == "assign":  # whose catalogue says which patches are made of an instrument's files
        return {"profile": FOLDERS} | {name: values[name] for name in ("out", "splits", "weights") if name in values}
    return {**values, "profile": FOLDERS} if getattr(arguments, "folder", None) else values


def typed(arguments: argparse.Namespace) -> list[str]:
    """Names of the options on the command line itself."""
    return [name for name in OPTIONS if getattr(arguments, name, None) is not None]


def refuse_unused(arguments: argparse.Namespace, used: Collection[str], what: str) -> None:
    """Raise UserError for an option on the command line that what is asked for has no use for.

    One in the environment stands there for other calls too.
    """
    for name in typed(arguments):
        if name not in used:
            if name in cameras() and "instrument" in used and arguments.instrument:
                theirs = " or ".join(dict.fromkeys(f"--{entry(each).camera}" for each in arguments.instrument))
                raise UserError(f"--{name}: found --instrument {', '.join(arguments.instrument)} too, whose files are "
                                f"another camera's; name their folder with {theirs}, or another instrument.")
            raise UserError(f"--{name}: `{what}` has no use for it; omit it.")


def shown(values: dict[str, Any]) -> dict[str, list[str]]:
    """The options as words of a command line, without those that have their default or say only how steps run."""
    return {name: [word for each in (value if OPTIONS[name].several else [value]) for word in (f"--{name}", str(each))]
            for name, value in values.items()
            if (name, value) not in (("out", Path()), ("profile", "sample")) and name not in MEANS}
