"""Options of the command line: their names, what make passes on in the environment, and the run that they ask for."""

import argparse
import dataclasses
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entries
from paper_repro.base.profile import MODELS, Profile
from paper_repro.base.profile_files import names
from paper_repro.base.run import CHECKPOINTS, Run, open_run

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


def workers(text: str) -> int:
    """A number of worker processes. Raises ArgumentTypeError where it is below 1."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more worker processes, found {number}; name another number")
    return number


@dataclass(frozen=True)
class Option:
    """An option. kind: turns its text into its value; several: it may be repeated."""

    help: str
    kind: Callable[[str], Any] = str
    choices: tuple[str, ...] | None = None
    several: bool = False
    metavar: str | None = None


OPTIONS = {
    "profile": Option(f"what the run uses: {', '.join(names())}, or a TOML file of your own (default sample; paper "
                      f"with {' or '.join(f'--{name}' for name in entries())}, and for fetch)"),
    "out": Option("folder that results go into: data/, figures/, tables/, report/ (default: here)", path,
                  metavar="FOLDER"),
    "images": Option("folder of photographs, one subfolder for each class", path, metavar="FOLDER"),
    "splits": Option("what to do with images in folders such as train and test: join them by class",
                     choices=("join",)),
    **{name: Option(f"folder of {each.files}, in any subfolders", path, metavar="FOLDER")
       for name, each in entries().items()},
    "scale": Option("side of a patch in km: make only sets of this scale, from the folders named (may be repeated)",
                    float, several=True, metavar="KM"),
    "classes": Option("number of classes of each set of Venus (default: the profile's, 4 in the paper)", int,
                      metavar="K"),
    "weights": Option("file of ImageNet weights of ResNet-18 (torchvision state dict)", path, metavar="FILE"),
    "encoders": Option(f"comma-separated: {','.join(MODELS)} (default: the profile's)"),
    "recipe": Option("how encoders are trained: as the paper's text says, or as the authors' code does (default: the "
                     "profile's)", choices=("paper", "authors")),
    "switch": Option("a single deviation from the recipe, such as blur_kernel=45; docs/recipes.md has them all (may be "
                     "repeated)", several=True, metavar="NAME=VALUE"),
    "checkpoints": Option("trained encoders: own (default), or the authors', which are fetched and not trained",
                          choices=CHECKPOINTS),
    "device": Option("cpu, cuda or mps (default: cuda or mps where present, else cpu)"),
    "jobs": Option("worker processes (default: one for each core)", workers, metavar="N"),
    "dask": Option("make patches on the Dask cluster of this scheduler; its workers must see the same folders",
                   metavar="ADDRESS"),
}


def add_options(parser: argparse.ArgumentParser, wanted: Iterable[str]) -> None:
    """Give a command the options `wanted`, by their names in OPTIONS."""
    for name in wanted:
        option = OPTIONS[name]
        action = {"action": "append"} if option.several else {}
        parser.add_argument(f"--{name}", type=option.kind, help=option.help, metavar=option.metavar,
                            **({"choices": option.choices} if option.choices else {}), **action)  # type: ignore[arg-type]


def given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that the user gave, on the command line or else in the environment, where "" stands for none.

    Raises UserError for an empty folder of results, or a value in the environment that doesn't fit.
    """
    values: dict[str, Any] = {}
    for name, option in OPTIONS.items():
        value, text = getattr(arguments, name, None), os.environ.get(ENVIRONMENT + name.upper())
        if name == "out" and value is None and text == "":
            raise UserError("OUT= is empty: name the folder that results go into, or omit it to have them here.")
        if value is None and text:
            value = _parsed(name, option, text)
        if value is not None:
            values[name] = value
    return values


def _parsed(name: str, option: Option, text: str) -> Any:
    """The value of an option in the environment."""
    try:
        value = option.kind(text)
    except ValueError:
        raise UserError(f"{name.upper()}={text}: expected {option.help}; correct it.") from None
    except argparse.ArgumentTypeError as error:
        raise UserError(f"{name.upper()}= or --{name}: {error}.") from None
    if option.choices and value not in option.choices:
        raise UserError(f"{name.upper()}={text}: expected one of {', '.join(option.choices)}; correct it.")
    return [value] if option.several else value


def open_asked(values: dict[str, Any], *, fetching: bool = False) -> Run:
    """The run that options ask for. Raises UserError for a mistake in them, before anything is written."""
    # real images of Venus never go under a profile that simulates them
    folders = {name: values[name] for name in entries() if name in values}
    real = fetching or folders
    profile = values.get("profile") or ("paper" if real else "sample")
    encoders = [name.strip() for name in values["encoders"].split(",")] if values.get("encoders") else None
    run = open_run(profile, values.get("out", Path()), values.get("images"), values.get("weights"), encoders,
                   folders=folders, scales=values.get("scale", ()),
                   checkpoints=values.get("checkpoints", "own"), classes=values.get("classes"))
    run = dataclasses.replace(run, profile=_with_recipe(run.profile, values), join_splits="splits" in values)
    if run.photographs is None or run.profile.simulated:
        return run
    from paper_repro.patches.photographs import are_gray  # which loads libraries that not all commands need

    return dataclasses.replace(run, gray=are_gray(run))


def _with_recipe(profile: Profile, values: dict[str, Any]) -> Profile:
    """The profile with the recipe and the switches that were asked for; another recipe drops the profile's switches."""
    if not {"recipe", "switch"} & set(values):
        return profile
    from paper_repro.base import recipe

    named = values.get("recipe", profile.encoders.recipe)
    kept = profile.encoders.switches if named == profile.encoders.recipe else {}
    switches = kept | recipe.parse_switches(values.get("switch", ()))
    changed = dataclasses.replace(profile.encoders, recipe=named, switches=switches)
    return dataclasses.replace(profile, encoders=changed)


def shown(values: dict[str, Any], defaults: dict[str, Any]) -> list[str]:
    """The options as words of a command line, without those that have their default."""
    words = []
    for name, value in values.items():
        for one in value if OPTIONS[name].several else [value]:
            if name in OPTIONS and one != defaults.get(name) and name not in {"jobs", "dask", "device"}:
                words += [f"--{name}", str(one)]
    return words
