"""docs/library.md: its code runs from top to bottom, and what it names is what the rooms offer."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import paper_repro
from paper_repro import paper

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
OFFERED = dict(re.findall(r"^\| `(paper_repro[.\w]*)` \| (.*) \|$", PAGE, re.MULTILINE))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The names that the page's code leaves, run in an empty folder, which is `folder`."""
    folder = tmp_path_factory.mktemp("library")
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
            exec(compile(block, "docs/library.md", "exec"), names)
    yield SimpleNamespace(**names, folder=folder)
    plt.close("all")


def test_all_code_of_the_page_is_run() -> None:
    assert PAGE.count("```") == 2 * len(re.findall(r"^```python$", PAGE, re.MULTILINE))


def test_one_observation_becomes_classes(page: SimpleNamespace) -> None:
    truth = pd.read_csv(page.folder / "raw/truth/observations.csv").set_index("source")
    assert page.patches.minnaert_k == pytest.approx(truth.loc[page.pair.source, "k"], abs=0.02)
    assert page.flat.shape == (len(page.patches.images), 128, 128)
    assert len(page.flat) > 5
    assert page.features.shape == (len(page.flat), paper.FEATURES)
    assert set(page.classes) == {0, 1, 2}
    assert (page.folder / "classes.png").read_bytes().startswith(b"\x89PNG")


def test_arrays_of_ones_own_become_patches_and_classes(page: SimpleNamespace) -> None:
    assert page.my_patches.minnaert_k == pytest.approx(0.8, abs=0.01)
    middle = np.abs(page.my_patches.longitude_deg).argmin()
    assert page.my_patches.local_time_h[middle] == pytest.approx(12, abs=0.1)
    assert page.my_features.shape == (8, paper.FEATURES)
    assert set(page.my_classes) == {0, 1}


def test_a_command_run_from_python_leaves_its_table(page: SimpleNamespace) -> None:
    assert page.status == 0
    assert page.table.set_index("key").loc["resolution_px", "used"] == "128"


def test_what_is_offered_is_what_the_page_names() -> None:
    package = Path(paper_repro.__file__).parent
    rooms = ["paper_repro", *(f"paper_repro.{path.parent.name}" for path in package.glob("*/__init__.py"))]
    assert sorted(OFFERED) == sorted(room for room in rooms if getattr(importlib.import_module(room), "__all__", ()))
    for name, text in OFFERED.items():
        offered = importlib.import_module(name).__all__
        assert sorted(offered) == sorted(re.findall(r"`(\w+)`(?=[,:; ]|$)", text.replace("its `main`", ""))), name
        for each in offered:
            module = importlib.import_module(name)
            assert hasattr(module, each) or importlib.import_module(f"{name}.{each}")
