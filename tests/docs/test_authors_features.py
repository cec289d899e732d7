"""docs/authors-features.md names only commands, options and settings that there are."""

import re
from pathlib import Path

from paper_repro import cli
from paper_repro.base.instruments import entries
from paper_repro.base.profile import PatchParameters
from paper_repro.commands import COMMANDS

PAGE = Path(__file__).parents[2] / "docs" / "authors-features.md"


def test_what_the_page_names_is_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    parser = cli.parser(tuple(COMMANDS))
    choices = next(action.choices for action in parser._actions if action.dest == "command")
    assert isinstance(choices, dict)
    known = {word for command in choices.values() for action in command._actions for word in action.option_strings}
    codes = [code for code in re.findall(r"`([^`]+)`", text) if not code.startswith("make ")]
    assert len(codes) > 25
    options = {word for code in codes for word in re.findall(r"--[\w-]+", code)}
    assert options <= known
    commands = {code.split()[0] for code in codes if re.fullmatch(r"[a-z]+( (--|FOLDER|SET).*)?", code)}
    assert commands <= {*COMMANDS, "contrast", "interpolation"}
    settings = {word for code in codes for word in re.findall(r"^(\w+_px|contrast|interpolation)\b", code)}
    assert settings <= {*PatchParameters.__annotations__}
    assert {name for code in codes for name in re.findall(r"(?:ir|vmc-)\w+-?\w*", code) if "-" in name} <= {*entries()}
