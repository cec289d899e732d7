"""The options of each command: those that what it makes depends on, found by changing each, and no others."""

import argparse
import contextlib
import inspect
from pathlib import Path
from typing import Any

import pytest

from paper_repro import cli, commands, options
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import cameras
from paper_repro.base.run import Run
from paper_repro.base.step import Step
from paper_repro.steps import make
from paper_repro.steps.targets import resolve
from tests.observations.products import uvi_paths, vmc_paths
from tests.patches.photographs_made import cloud_imvn, put

PATHS = {"uvi": uvi_paths, "vmc": vmc_paths}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two folders of each kind of input, a and b, with files of other names; split photographs; a file of weights."""
    top = tmp_path_factory.mktemp("inputs")
    for name, each in (("a", 2), ("b", 3)):
        cloud_imvn(top / name / "images", each)
    for name, stem in (("a", "20160101_000001"), ("b", "20160101_000002")):
        for path in (*uvi_paths(top / name / "uvi", stem=f"uvi_{stem}_365_{{}}_v10.fit"),
                     *vmc_paths(top / name / "vmc", stem=f"V0{stem[-3:]}_0010_UV2")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    for part in ("train", "test"):
        cloud_imvn(top / "split" / part, 2)
    (top / "weights.pth").touch()
    return top


def changes(top: Path) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Of each option, two sets of options that differ in it."""
    both = {name: top / "a" / name for name in ("images", *PATHS)}
    split = both | {"images": top / "split"}
    return {
        **{name: (both, both | {name: top / "b" / name}) for name in both},
        "splits": (split, split | {"splits": "join"}),
        "instrument": (both, both | {"instrument": ["uvi-283"]}),
        "scale": (both, both | {"scale": [1000.0]}), "classes": (both, both | {"classes": 7}),
        "weights": (both, both | {"weights": top / "weights.pth"}),
        "base": (both, both | {"base": "resnet50"}),
        "encoder-file": (both, both | {"encoder-file": top / "weights.pth"}),
        "encoder-input": (both | {"encoder-file": top / "weights.pth"},
                          both | {"encoder-file": top / "weights.pth", "encoder-input": "unit"}),
        "encoders": (both, both | {"encoders": "autoencoder"}), "recipe": (both, both | {"recipe": "authors"}),
        "switch": (both, both | {"switch": ["blur_kernel=45", "luma=float32"]}),
        "checkpoints": (both, both | {"checkpoints": "authors"}), "device": (both, both | {"device": "mps"}),
        "jobs": (both, both | {"jobs": 77}), "dask": (both, both | {"dask": "tcp://here:1"}),
    }


def told(step: Step) -> tuple[object, ...]:
    """All that a step says of what it makes and how, as text; the run that it is for left out."""
    named: dict[str, object] = {}
    for label, list_files in step.named.items():
        try:
            named[label] = sorted(map(str, list_files().values()))
        except UserError as error:
            named[label] = str(error)
    about = inspect.getclosurevars(step.make).nonlocals
    how = [value for value in (*about["arguments"], *about["options"].values())
           if value is None or isinstance(value, str | int)]
    how.append(about.get("dask"))
    return step.name, step.record, step.outputs, repr(step.settings), repr(named), repr(how)


def closure(concerns: tuple[str, ...], values: dict[str, Any]) -> list[tuple[object, ...]]:
    steps = make.steps_for(options.open_asked({**values, "profile": "paper", "out": Path("/nowhere")}), values)
    names: list[str] = []
    for target in concerns:
        with contextlib.suppress(UserError):  # not all options leave something of each target
            names += resolve(steps, [target])
    wanted = steps.closure(names)
    return [told(step) for step in (*wanted, *steps.closure([name for step in wanted for name in step.helpers]))]


def listed(name: str) -> set[str]:
    """The options that `--help` of a command lists."""
    choices = next(action.choices for action in cli.parser([name])._actions if action.dest == "command")
    assert isinstance(choices, dict)
    return {action.dest for action in choices[name]._actions if action.dest in options.OPTIONS} - (
        {"classes"} if name == "classify" else set())  # which is its own


FOUND_OUT = [name for name, command in commands.COMMANDS.items() if command.concerns and name != "verify"]


@pytest.mark.parametrize("name", FOUND_OUT)
def test_a_command_lists_the_options_that_decide_what_it_makes(name: str, inputs: Path) -> None:
    command = commands.COMMANDS[name]
    used = {option for option, (before, after) in changes(inputs).items()
            if closure(command.concerns, before) != closure(command.concerns, after)}
    # a profile without sets of Venus takes a folder of observations only with the scales of some; any camera's
    beside = {"scale", "instrument", *cameras()} if used & {*PATHS} else set[str]()
    # what trains an encoder has nothing left to make with one of the user's, whatever its input
    beside |= {"encoder-input"} if "encoder-file" in used else set()
    assert listed(name) == used | beside | {*command.options}


@pytest.mark.parametrize(("name", "expected"), [
    ("classify", {"out", "splits", "weights", "base", "encoder-file", "encoder-input", "device", "dask"}),
    ("fetch", {"profile", "out", "images", *cameras(), "instrument", "scale", "weights", "encoders",
               "checkpoints", "mirror"}),
    ("crate", {"profile", "out", "images", *cameras(), "weights"}),
    ("clean", {"profile", "out"}), ("distclean", {"out"}),
    ("verify", {*options.OPTIONS} - {"device", "jobs", "dask", "mirror"}),
    ("patches", {"profile", "out", "images", "splits", *cameras(), "instrument", "scale", "recipe", "switch", "jobs",
                 "dask"}),
    ("index", {"profile", "out", *cameras(), "instrument", "scale"}),
    ("cluster", {"profile", "out", "images", "splits", "weights", "base", "encoder-file", "encoder-input",
                 "encoders", "checkpoints", "recipe", "switch",
                 "device", "jobs", "dask"}),
    ("effects", {"profile", "out", "images", "splits", "weights", "base", "encoder-file", "encoder-input",
                 "checkpoints", "device", "dask"}),
])
def test_what_a_command_lists(name: str, expected: set[str]) -> None:
    assert listed(name) == expected


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_an_option_that_is_not_used_is_refused_in_one_sentence(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = [name, *{"classify": ["folder"], "table": ["1"], "figure": ["fig03"],
                     "compare": ["table"], "validate": ["folder"],
                     "assign": ["catalogue", "folder"]}.get(name, [])]
    for option in {*options.OPTIONS} - listed(name):
        if name == "classify" and option == "classes":
            continue
        assert cli.main([*words, f"--{option}=1"]) == 2
        [sentence] = capsys.readouterr().err.splitlines()
        assert sentence == (f"paper_repro: `{name}` takes no --{option}=1; see `python -m paper_repro {name} --help`.")


@pytest.mark.parametrize(("words", "sentence"), [
    (["table", "4", "--profile", "paper", "--images", "."], "--images: `table4` has no use for it"),
    (["run", "fig11", "table4", "--weights", "file"], "--weights: `fig11 table4` has no use for it"),
    (["figure", "fig02", "--profile", "paper", "--classes", "4"], "--classes: `fig02` has no use for it"),
    (["train", "--set", "photos-colour", "--uvi", "."], "--uvi: `train photos-colour` has no use for it"),
    (["run", "table4", "--mirror", "darts=."], "--mirror: `table4` has no use for it"),
    (["encode", "images", "--profile", "paper"], "--profile: `encode FOLDER` has no use for it"),
    (["encode", "images", "--encoders", "simclr"], "--encoders: `encode FOLDER` has no use for it"),
    (["encode", "images", "--set", "photos-gray"], "--set: found a folder too, images"),
    (["encode", "--checkpoint", "file"], "--checkpoint: it is for a folder of images"),
])
def test_what_is_asked_for_may_use_less_than_its_command(
        words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    for number in range(2):
        put(tmp_path / f"images/{number}.png", number)
    assert cli.main(words) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert sentence in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "images"]


def test_means_and_the_environment_are_not_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "photos/a/1.png")
    monkeypatch.setenv("PAPER_REPRO_IMAGES", str(tmp_path / "photos"))
    assert cli.main(["table", "4", "--jobs", "1", "--device", "cpu", "--profile", "paper", "--out", str(tmp_path)]) == 0


def test_options_are_words_of_a_shell_where_they_may_be_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPER_REPRO_SCALE", "3000 '1000'")
    monkeypatch.setenv("PAPER_REPRO_MIRROR", "'darts=/my files' psa=/b")
    values = options.given(argparse.Namespace())
    assert values["scale"] == [3000.0, 1000.0]
    assert values["mirror"] == ["darts=/my files", "psa=/b"]


def test_hints_repeat_what_the_command_takes(inputs: Path) -> None:
    from paper_repro.base import hints

    values = {"images": inputs / "a/images", "uvi": inputs / "a/uvi", "weights": inputs / "weights.pth",
              "scale": [1000.0], "jobs": 3, "out": Path("my results")}
    run: Run = options.open_asked(values)
    hints.repeat(options.shown({"profile": run.profile.name, **values}), lambda words: commands.taken(run, words))
    place = "--profile paper --images {0}/images --uvi {0}/uvi".format(inputs / "a")
    assert hints.command("patches") == f"python -m paper_repro patches {place} --scale 1000.0 --out 'my results'"
    assert hints.command("fetch") == (f"python -m paper_repro fetch {place} --weights {inputs}/weights.pth "
                                      "--scale 1000.0 --out 'my results'")
    assert hints.command("run", "table4") == ("python -m paper_repro run table4 --profile paper --uvi "
                                              f"{inputs}/a/uvi --scale 1000.0 --out 'my results'")
    assert "classes" not in hints.command("clean")
    assert hints.command("run", "gone") == hints.command("run", "all").replace(" all ", " gone ")
