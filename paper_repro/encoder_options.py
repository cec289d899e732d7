"""The run that options about encoders ask for: base model, recipe, switches, an encoder of the user's own."""

import dataclasses
from typing import Any

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.profile import Profile
from paper_repro.base.recipe import parse_switches
from paper_repro.base.run import Run


def with_encoders(run: Run, values: dict[str, Any]) -> Run:
    """The run with what was asked for. Raises UserError for a mistake in it."""
    return _with_own(dataclasses.replace(run, profile=_with_recipe(run.profile, values)), values)


def _with_own(run: Run, values: dict[str, Any]) -> Run:
    """The run with the user's encoder in place of the base model. Raises UserError beside what leaves it no room."""
    path = values.get("encoder-file")
    if path is None:
        if "encoder-input" in values:
            raise UserError("--encoder-input says what the encoder in --encoder-file takes; name that file too, or "
                            "omit it.")
        return run
    for name in ("weights", "base", "checkpoints"):
        if name in values:
            raise UserError(f"--{name}: found --encoder-file too, which takes the base model's place; omit one of the "
                            "two.")
    if values.get("encoders", "simple") != "simple":
        raise UserError(f"--encoders {values['encoders']}: found --encoder-file too, which isn't trained; omit one of "
                        "the two.")
    if not path.is_file():
        raise UserError(f"{path}: expected the file of an encoder (ONNX or TorchScript), found "
                        f"{regular.kind_found(path)}; check --encoder-file.")
    encoders = dataclasses.replace(run.profile.encoders, models=("simple",))
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders), encoder_file=path,
                               normalisation=values.get("encoder-input", "imagenet"))


def _with_recipe(profile: Profile, values: dict[str, Any]) -> Profile:
    """The profile with base model, recipe and switches that were asked for; another recipe drops its switches."""
    if "base" in values:
        profile = dataclasses.replace(profile, encoders=dataclasses.replace(profile.encoders, base=values["base"]))
    if not {"recipe", "switch"} & set(values):
        return profile
    named = values.get("recipe", profile.encoders.recipe)
    kept = profile.encoders.switches if named == profile.encoders.recipe else {}
    switches = kept | parse_switches(values.get("switch", ()))
    changed = dataclasses.replace(profile.encoders, recipe=named, switches=switches)
    return dataclasses.replace(profile, encoders=changed)
