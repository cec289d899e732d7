"""The walk of docs/catalogue.md runs as it stands, and tells the year that drifted from the one that didn't."""

import contextlib
import io
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import cli
from paper_repro.simulated import venus_archive

PAGE = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
[FILES] = re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]
SET = "uvi-3000km-flat"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page's code and commands were run; what command n printed is in n.txt."""
    made = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        schedule = venus_archive.schedule  # the walk reads no file of VMC
        patch.setattr(venus_archive, "schedule", lambda *given: (each for each in schedule(*given)
                                                                 if each.instrument == "uvi"))
        exec(compile(FILES, "docs/catalogue.md", "exec"), {})
        for number, command in enumerate(COMMANDS):
            program, *words = shlex.split(command)
            if program == "cp":
                shutil.copytree(made / words[1], made / words[2])
            else:
                assert [program, *words[:2]] == ["python", "-m", "paper_repro"]
                with contextlib.redirect_stdout(io.StringIO()) as said:
                    assert cli.main(words[2:]) == 0, said.getvalue()
                (made / f"{number}.txt").write_text(said.getvalue(), encoding="utf-8")
    return made


@pytest.mark.slow
def test_the_drifted_year_changed_and_the_other_did_not(folder: Path) -> None:
    same, drifted = ((folder / f"{len(COMMANDS) - n}.txt").read_text(encoding="utf-8") for n in (2, 1))
    assert "The classes' shares did not change beyond their errors (p = 0.1" in same
    assert "The classes' shares changed beyond their errors (p = 0.0" in drifted
    assert re.search(r"^\| 1 +\| +32\.\d ± .* \| +(49|50)\.\d ± .*\* \|$", drifted, re.M)


@pytest.mark.slow
def test_all_years_were_assigned_with_the_catalogues_parameters_and_are_marked_simulated(folder: Path) -> None:
    for year in ("year-one", "year-two", "year-two-drifted"):
        results = folder / f"data/assign-{year}/results/{SET}"
        table = pd.read_csv(results / "assigned.csv")
        images = np.load(folder / f"data/assign-{year}/patches/{SET}/images.npy", mmap_mode="r")
        assert images.shape == (len(table), 128, 128)
        assert '"simulated": true' in (results / "provenance.json").read_text(encoding="utf-8")
        assert set(table["class"]) == {0, 1, 2, 3}
    own = pd.read_csv(folder / f"data/classify/results/{SET}/classes.csv")
    again = pd.read_csv(folder / f"data/assign-year-one/results/{SET}/assigned.csv")
    assert (own["class"] == again["class"]).mean() > 0.8  # nearest centre and the tree differ at borders


@pytest.mark.slow
def test_another_scale_and_a_set_of_another_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(folder)
    where = folder / "data/assign-year-one/patches/uvi-3000km"  # not flattened
    assert cli.main(["assign", "catalogue", str(where), "--weights", "resnet18.pth"]) == 2
    assert capsys.readouterr().err.endswith("expected flattened patches of 3000 km by uvi, as the catalogue has, found "
                                            "gray images of 128 px; name archive files with --uvi.\n")
