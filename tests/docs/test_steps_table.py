"""The tables of steps in docs/architecture.md hold what the list says, and the page names every room."""

import re
from pathlib import Path

import pytest

from paper_repro.base.code import PACKAGE
from paper_repro.base.run import open_run
from paper_repro.steps import steps_of
from tests.docs import steps_table
from tests.docs.generated import STEPS_DOCUMENT

PAGE = STEPS_DOCUMENT.read_text(encoding="utf-8")


def rows(table: str) -> dict[str, list[str]]:
    """The cells of a table by the name of each step in its first."""
    lines = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {name.partition("`")[2].partition("`")[0]: cells for cells in lines for name in cells[0].split(", ")}


ROWS = rows(steps_table.table_of(steps_table.steps_of_runs()))


def test_every_step_of_a_run_is_in_the_table_with_all_its_code_and_libraries() -> None:
    for step in steps_of(open_run("paper", steps_table.OUT)).by_name.values():
        _, _, _, settings, code, libraries = ROWS[steps_table.general(step.name)]
        assert set(step.settings) <= set(settings.split(", ")) or not step.settings
        assert set(step.libraries) <= set(libraries.split(", ")) or not step.libraries
        of_rooms = {room.partition(": ")[0].strip("`"): room.partition(": ")[2] for room in code.split("; ")}
        for module in step.code:
            room, _, name = module.partition(".")
            own = name in {"uvi", "vmc", step.name.removeprefix("figure ")} and "own" in of_rooms[room]
            assert own or name in of_rooms[room].split(", ") or of_rooms[room] == "every file", (step.name, module)


def test_what_makes_table_3_stale() -> None:
    _, makes, needs, _, code, libraries = ROWS["table 3"]
    assert makes == "`tables/<profile>/`: `table3.csv`, `table3.md`, `table3.tex`"
    assert "`benchmark <photographs>`" in needs
    assert "`tables`: table3" in code
    assert "pandas" in libraries


def test_files_of_the_user_and_simulated_ones_stand_side_by_side() -> None:
    assert ROWS["observations <instrument>"][2] == "`archive`, *files of the instrument*, *MD5 sums in the ledger*"
    assert ROWS["patches photos-colour"][2] == "*photographs*"


def test_trainings_are_marked_as_kept_and_parts_as_helpers() -> None:
    assert ROWS["train <set> <model>"][0].endswith("(kept)")
    assert "`parts <instrument>` (helper)" in ROWS["patches <Venus set>"][2]


def test_no_name_of_one_run_is_left() -> None:
    table = steps_table.table_of(steps_table.steps_of_runs())
    for text in ("/out", "simclr-s0", "uvi-3000km", "data/sample", "data/paper", "grid s0"):
        assert text not in table


def test_a_folder_of_images_has_a_table_of_its_own() -> None:
    made = rows(steps_table.table_of(steps_table.steps_of_a_folder()))
    assert list(made) == ["patches <folder>", "base weights", "encode <set> <model>", "classify <folder>",
                          "stability <folder>", "catalogue <folder>", "map <folder>", "figure <folder>",
                          "page <folder>"]


@pytest.mark.parametrize("text", ["", "<!-- generated: steps -->", "<!-- end: steps --><!-- generated: steps -->"])
def test_a_missing_marker_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="generated: steps"):
        steps_table.with_steps(text)


def test_the_page_names_every_room() -> None:
    rooms = {path.name + "/" * path.is_dir() for path in PACKAGE.iterdir() if not path.name.startswith("__")}
    assert [room for room in sorted(rooms) if f"`{room}`" not in PAGE] == []


def test_each_file_that_the_index_names_by_function_has_it() -> None:
    named = re.findall(r"\(\.\./(paper_repro/[\w/]+\.py)\)[,:] `(\w+)`", PAGE)
    assert len(named) > 4
    for path, function in named:
        assert f"def {function}(" in (Path(__file__).parents[2] / path).read_text(encoding="utf-8"), (path, function)
