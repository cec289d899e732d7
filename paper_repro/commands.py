"""The commands: what each is for, the options it takes, and the targets it brings up to date or what it does."""

import argparse
import contextlib
import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro import folder_commands, options
from paper_repro.base import cleaning, hints, lock
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import cameras
from paper_repro.base.profile_files import FOLDERS
from paper_repro.base.run import Run, open_run
from paper_repro.folder_commands import FOLDER
from paper_repro.steps import clusters, make, steps_of
from paper_repro.steps.targets import FIGURES, TABLES, resolve

Arguments = argparse.Namespace
PLACE = ("profile", "out")


@dataclass(frozen=True)
class Command:
    """A command: what it is for, and the targets it brings up to date or what it does.

    targets: by its arguments; concerns: all that they may be, whose steps say which options it takes; options: those
    that it takes besides.
    """

    summary: str
    concerns: tuple[str, ...] = ()
    targets: Callable[[Arguments], list[str]] | None = None
    does: Callable[[Run, Arguments, dict[str, Any]], int | None] | None = None
    options: tuple[str, ...] = PLACE


def _set_targets(kind: str) -> Callable[[Arguments], list[str]]:
    def targets(arguments: Arguments) -> list[str]:
        return [f"{kind} {name}" for name in arguments.set] if arguments.set else [kind]

    return targets


def _patches(arguments: Arguments) -> list[str]:
    asked = {"scale", "instrument"} & options.given(arguments).keys()  # sets of Venus, which need no photographs
    only = "venus" if asked else arguments.only
    if arguments.normalisation == "global":
        return ["venus patches", "patches-global"]
    return {"photographs": ["photographs"], "venus": ["venus patches"]}.get(only, ["patches"])


def _run(arguments: Arguments) -> list[str]:
    """What `run` is asked to make, or why. Raises UserError where both are asked."""
    if arguments.why and arguments.target:
        raise UserError(f"--why {arguments.why[0]}: it makes nothing, and found targets to be made beside it, "
                        f"{' '.join(arguments.target)}; ask --why of them too, or omit it.")
    return arguments.why or arguments.target or ["all"]


def _fetch(run: Run, arguments: Arguments, values: dict[str, Any]) -> None:
    if arguments.check:
        from paper_repro.fetch import check

        check.check(run)
    else:
        _fetch_files(run, values, plan_only=arguments.plan, images_only="instrument" in values)


def _fetch_files(run: Run, values: dict[str, Any], *, plan_only: bool = False, images_only: bool = False) -> None:
    """Fetch what a run needs, or only say what that is."""
    from paper_repro.fetch import fetch, registry

    mirrors = registry.parse_mirrors(values.get("mirror", ()))
    fetch.check_request(run, mirrors)
    with cleaning.working("fetch", run.data):
        fetch.fetch(run, mirrors, plan_only=plan_only, images_only=images_only)


def _index(run: Run, _: Arguments, values: dict[str, Any]) -> int:
    from paper_repro.patches import build

    names = [f"observations {name}" for name in build.instruments_of(run)]
    status = make.walked(run, make.steps_for(run, values), names, "index", values)
    if status == 0:
        build.tell(run)
    return status


def _encode(run: Run, arguments: Arguments, values: dict[str, Any]) -> int:
    if arguments.folder is None:
        if arguments.checkpoint:
            raise UserError("--checkpoint: it is for a folder of images; name the folder, or choose the profile's "
                            "encoders with --encoders and --checkpoints.")
        return update(run, arguments, values, _set_targets("encode")(arguments))
    from paper_repro.steps import folder

    if arguments.set:
        raise UserError(f"--set: found a folder too, {arguments.folder}; name a folder, or sets of the profile.")
    asked = folder.request(run, arguments.folder, None, None, arguments.checkpoint, features_only=True)
    return folder_commands.walk(run, arguments, asked, values)


def _verify(run: Run, _: Arguments, values: dict[str, Any]) -> int:
    """Judge what is there, making nothing; a walk to the verdict would make what it needs."""
    from paper_repro.verify import trust

    steps = steps_of(run, make.means(values), judge_only=True)
    if not [name for name in trust.made(steps) if name not in ("verdict", "report")]:
        raise UserError(f"{run.data}: nothing was run here yet, so there is nothing to judge; run "
                        f"`{hints.command('run', 'all')}` first.")
    with cleaning.working("verify", run.data):
        steps.make(steps.by_name["verdict"])
        steps.hashes.save()
    make.where(steps, ["verdict"])
    return make.lost_claims(run, steps, ["verdict"])


def _compare(_: Run, arguments: Arguments, __: dict[str, Any]) -> None:
    from paper_repro.experiments import compared

    print(compared.run(arguments.first, arguments.second, arguments.at, arguments.block_hours, arguments.csv))


def _clean(run: Run, _: Arguments, __: dict[str, Any]) -> None:
    with lock.held(run.data, "clean") if run.data.is_dir() else contextlib.nullcontext():
        _removed(cleaning.clean(run.out, run.profile.name))


def _distclean(run: Run, _: Arguments, __: dict[str, Any]) -> None:
    with contextlib.ExitStack() as locks:
        for folder in cleaning.profiles(run.out):
            locks.enter_context(lock.held(folder, "distclean"))
        _removed(cleaning.distclean(run.out))


def _removed(folders: Sequence[Path]) -> None:
    print("\n".join(f"removed {folder}" for folder in folders) or "nothing to remove")


def _refuse_folders(run: Run) -> None:
    """Raise UserError for the profile that only commands for a folder of images use, which they choose themselves."""
    if run.profile.name == FOLDERS:
        raise UserError(f"Profile {FOLDERS!r} has nothing to make by itself: it is used by `classify FOLDER` "
                        "and `encode FOLDER`; run one of these, or choose --profile swimcat for photographs by class.")


def update(run: Run, arguments: Arguments, values: dict[str, Any], targets: list[str]) -> int:
    """Bring targets up to date, or only tell what would be made."""
    _refuse_folders(run)
    options.refuse_unused(arguments, {*taken_by(run, targets), *options.MEANS}, " ".join(targets))
    steps = make.steps_for(run, values)
    if arguments.dry_run or getattr(arguments, "why", None):
        return make.preview(steps, resolve(steps, targets))
    if _fetches(run, targets):
        resolve(steps, targets)  # a mistake in them is found first
        _fetch_files(run, values)
        run = options.open_asked(values)  # what was fetched says whether photographs have colours
    status = make.targets_walked(run, targets, values)
    if getattr(arguments, "png", False) and not status:
        from paper_repro.patches import assemble

        with cleaning.working("patches --png", run.data):
            assemble.write_all_pngs(run)
    return status


def _fetches(run: Run, targets: Sequence[str]) -> bool:
    """Whether bringing targets up to date begins with fetching."""
    return run.fetches and "all" in targets


COMMANDS = {
    "run": Command("bring targets up to date: all, table1, fig09, ... or any step's own name",
                   ("all", "effects", "duplicates", "scan", "clusters"), _run,
                   options=(*PLACE, "mirror")),
    "fetch": Command("fetch the paper's files: only what the patches, encoders and benchmark need", does=_fetch,
                     options=(*PLACE, "images", *cameras(), "instrument", "scale", "weights", "encoders", "checkpoints",
                              "mirror")),
    "index": Command("list the observations of Venus in the archives' folders, reading headers only",
                     ("observations",), does=_index),
    "patches": Command("make the patch sets of the profile, or those of --scale from a camera's folder (--uvi, ...)",
                       ("patches",), _patches),
    "validate": Command("say what is wrong with a folder of archive files, by names and headers, before a long run",
                        does=folder_commands.validate, options=()),
    "statistics": Command("print statistics of patch sets: counts, ranges, mean, standard deviation, k",
                          does=folder_commands.statistics),
    "train": Command("train the encoders of a set (SimCLR, autoencoder)", ("train",), _set_targets("train")),
    "encode": Command("encode a set with each of its encoders, or any folder of images", ("encode",), does=_encode,
                      options=(*PLACE, *FOLDER)),
    "cluster": Command("run the grid of Table 1", ("grid",), lambda _: ["grid"]),
    "seeds": Command("train with every seed of the profile and run the grid of Table 1 on each", ("seeds",),
                     lambda _: ["seeds"]),
    "effects": Command("measure what each switch between the recipes does to the accuracy", ("effects",),
                       lambda _: ["effects"]),
    "benchmark": Command("classify the photographs as in Sect. 4.1", ("benchmark", "scan"), lambda arguments: [
        "scan" if arguments.clustering == "scan" else "benchmark"]),
    "venus": Command("classify the patches of Venus as in Sect. 4.2", ("venus", "clusters"), does=lambda run, arguments,
                     values: update(run, arguments, values, [clusters.target(run, arguments.clustering)])),
    "catalogue": Command("keep the classes of a set of Venus in a folder that new patches can be assigned by",
                         ("catalogue",), _set_targets("catalogue")),
    "classify": Command("classify the images in any folder, as the paper does with Venus' clouds",
                        does=folder_commands.classify, options=FOLDER),
    "assign": Command("assign archive files of Venus, images or features to the classes of a catalogue",
                      does=folder_commands.assign, options=(*folder_commands.ASSIGN, *cameras())),
    "table": Command("write one table", tuple(TABLES),
                     lambda arguments: [options.TABLE_TARGETS[arguments.number]]),
    "figure": Command("draw one figure", tuple(FIGURES), lambda arguments: [arguments.name]),
    "compare": Command("say whether classes' shares changed beyond their errors, between two tables or dates",
                       does=_compare, options=()),
    "verify": Command("judge every claim of the paper by the existing results: the paper's value, ours, the verdict",
                      ("verify",), does=_verify),
    "report": Command("make one web page of the verdict, tables, figures and maps of the patches", ("report",),
                      lambda _: ["report"]),
    "crate": Command("describe the run's inputs, code and outputs as RO-Crate metadata, for a deposit",
                     does=lambda run, _, __: _crate(run), options=(*PLACE, "images", *cameras(), "weights")),
    "clean": Command("remove a profile's results, tables, figures and report", does=_clean),
    "distclean": Command("remove everything that runs wrote, including trained encoders and downloads",
                         does=_distclean, options=("out",)),
}


@functools.cache
def options_of(name: str) -> list[str]:
    """The options that a command takes: its own, and those that the steps use which it may bring up to date."""
    command = COMMANDS[name]
    steps = steps_of(open_run("paper", Path()))  # which has a step of every kind but known truth, of the same options
    used = {*command.options, *steps.options(resolve(steps, [one for one in command.concerns if "truth" not in one]))}
    if used & set(cameras()):  # what takes one camera's files takes any's, also one that has no set in the paper
        used |= set(cameras())
    if name == "verify":  # which makes nothing
        used -= {*options.MEANS}
    return [option for option in options.OPTIONS if option in used]


def taken_by(run: Run, targets: Sequence[str]) -> set[str]:
    """The options that bringing targets of a run up to date uses. Raises UserError as `resolve` does."""
    steps = steps_of(run)
    fetched = options_of("fetch") if _fetches(run, targets) else ()
    return {*PLACE, *fetched, *steps.options(resolve(steps, list(targets)))}


def taken(run: Run, words: Sequence[str]) -> Collection[str]:
    """The options that a command, given as words, takes in a run: those to repeat in a hint."""
    try:
        return taken_by(run, words[1:]) if words[0] == "run" else options_of(words[0])
    except UserError:  # this run has no such target
        return options_of(words[0])


def _crate(run: Run) -> None:
    from paper_repro.report import crate

    with cleaning.working("crate", run.data):
        print(crate.write(run))
