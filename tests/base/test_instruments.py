"""Instruments are found by their files, by name, without loading any; nothing but their files names them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from paper_repro.base import instruments
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import TAKEN, cameras, entries, entry, of_set
from paper_repro.base.run import COLOUR, GRAY
from paper_repro.observations import registry
from paper_repro.options import OPTIONS
from paper_repro.steps.maker import ASIDE, aside

PACKAGE = Path(instruments.__file__).parents[1]
# the paper's own sets and what its claims need, the simulated archives, an archive's layout, and their own files
NAMED_IN = {"paper.py", "base/profile.py", "simulated", "verify/claims", "fetch/darts.py",
            *(f"observations/{name}.py" for name in cameras())}
ALL = ["ir1-09d", "ir1-09n", "ir1-097", "ir1-101", "ir2-165", "ir2-174", "ir2-202", "ir2-226", "ir2-232", "lir", "uvi",
       "uvi-283", "vmc", "vmc-vis", "vmc-n1", "vmc-n2"]


def test_what_stands_in_the_text_is_what_the_records_say() -> None:
    assert list(entries()) == list(registry.instruments()) == ALL
    assert list(cameras()) == ["ir1", "ir2", "lir", "uvi", "vmc"]
    for name, record in registry.instruments().items():
        found = entry(name)
        assert found.path.is_file()
        said = (found.name, found.title, found.archive, found.files)
        assert said == (name, record.title, record.archive, record.files)


def test_no_reader_and_no_numpy_is_loaded_for_a_name() -> None:
    code = "import sys; from paper_repro.base.instruments import entries; entries(); print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "paper_repro.base.instruments" in loaded
    assert "numpy" not in loaded
    assert "paper_repro.observations" not in loaded


def test_an_unknown_name_is_told_which_there_are() -> None:
    for look in (entry, registry.get):
        with pytest.raises(UserError, match=r"no instrument 'juno'; choose one of: ir1-09d, .*, vmc-n2"):
            look("juno")
    with pytest.raises(ValueError, match="no instrument"):
        registry.of_file("ir1_20151207_052330_dif_l2b_v10.fit")
    assert registry.of_file("uvi_20151207_052330_365_l2b_v10.fit").name == "uvi"
    assert registry.of_file("V2496_0041_UV2.IMG").name == "vmc"


def test_a_sets_name_says_its_instrument() -> None:
    for name in ALL:
        assert {of_set(f"{name}-{rest}") for rest in ("3000km", "12.5km-flat", "500km-global")} == {name}
    with pytest.raises(UserError, match="no instrument 'photos-colour'"):
        of_set("photos-colour")


@pytest.mark.parametrize(("text", "reason"), [
    ('X = 1\nINSTRUMENT = Instrument(name="lir")\n', 'with title="..." as plain text'),
    ('"""Lir."""\nINSTRUMENT = Instrument(name=NAME, title="a", archive="b", files="c")\n', "with name="),
    ('"""Lir."""\nINSTRUMENT = Instrument(name="ir1", title="a", archive="b", files="c")\n', "call the file ir1.py"),
    ('"""Lir."""\nINSTRUMENTS = some(name="lir", title="a", archive="b", files="c", filters={"ir1-x": 1})\n',
     "expected an instrument called lir or lir-..., found 'ir1-x'"),
    ('"""Scan."""\nINSTRUMENT = Instrument(name="scan", title="a", archive="b", files="c")\n', "found 'scan'"),
])
def test_a_record_that_cannot_be_read_without_loading_it(text: str, reason: str, tmp_path: Path,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{'scan' if 'Scan' in text else 'lir'}.py").write_text(text)
    (tmp_path / "other.py").write_text("# INSTRUMENT = no record\n")
    monkeypatch.setattr(instruments, "FOLDER", tmp_path)
    with pytest.raises(UserError, match=reason):
        entries()


def test_no_camera_takes_the_name_of_an_option_or_of_steps_made_aside() -> None:
    assert {*ASIDE, *(name for name in OPTIONS if "-" not in name)} - set(cameras()) <= TAKEN
    assert {COLOUR, GRAY} == {f"photos-{name}" for name in ("colour", "gray")}
    assert "photos" in TAKEN
    named = ("patches landscan-25km-flat", "train truthful-25km-flat simclr-s0", "classes effectscam-25km", "table 1")
    assert not any(map(aside, named))
    assert all(map(aside, ("scan photos-gray", "table truth", "figure truth_recovered", "encode truth/uvi-1km simple",
                           "patches truth-n24-c7", "patches uvi-25km-global", "clusters gmm landscan-25km", "effects")))


def test_nothing_else_names_an_instrument() -> None:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if name in NAMED_IN or any(name.startswith(f"{room}/") for room in NAMED_IN):
            continue
        texts = {node.value for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                 if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        if texts & set(entries()):
            found.add(name)
    assert found == set()
