"""What is in a catalogue's folder, read with numpy, pandas and safetensors alone, against literal numbers."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import load_file

from paper_repro.base.files import sha256_file
from paper_repro.catalogues.document import FORMAT, open_catalogue
from paper_repro.encoders import encode
from paper_repro.patches.dataset import open_set
from tests.catalogues.conftest import Made

ALONE = """
import json, sys
import numpy, pandas, safetensors.numpy
folder = sys.argv[1]
about = json.load(open(folder + "/catalogue.json"))
arrays = safetensors.numpy.load_file(folder + "/classes.safetensors")
table = pandas.read_csv(folder + "/patches.csv.gz")
members = arrays["mean"] + arrays["scale"] * arrays["members"].astype("float32")
print(json.dumps([about["format"], arrays["centres"].shape, len(table), members.shape]))
assert "paper_repro" not in sys.modules and "torch" not in sys.modules
"""


@pytest.fixture
def features(made: Made) -> NDArray[np.float32]:
    return encode.open_features(made.run.features("sky", "simple")).values


def about_of(made: Made) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((made.catalogue / "catalogue.json").read_text(encoding="utf-8"))
    return found


def test_it_opens_with_numpy_pandas_and_safetensors_alone(made: Made) -> None:
    ended = subprocess.run([sys.executable, "-I", "-c", ALONE, str(made.catalogue)],
                           capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout) == [FORMAT, [3, 512], 36, [36, 512]]


def test_centres_spreads_and_examples_are_those_of_the_classes(made: Made, features: NDArray[np.float32]) -> None:
    arrays, about = load_file(made.catalogue / "classes.safetensors"), about_of(made)
    table = pd.read_csv(made.catalogue / "patches.csv.gz")
    classes = pd.read_csv(made.run.results / "sky" / "classes.csv")
    assert table["class"].tolist() == classes["class"].tolist()
    assert table["source"].tolist() == classes["source"].tolist()
    images = open_set(made.run.patches("sky")).images
    for c in range(3):
        members = features[table["class"] == c].astype(np.float64)
        assert arrays["centres"][c] == pytest.approx(members.mean(axis=0), rel=1e-5, abs=1e-6)
        assert arrays["spreads"][c] == pytest.approx(members.std(axis=0), rel=1e-4, abs=1e-6)
        one = about["classes"][c]
        assert one["size"] == len(members)
        nearest = table[table["class"] == c].sort_values(["centre", "id"])["id"].tolist()
        assert one["examples"] == nearest[:8]
        shown = Image.fromarray(images[nearest[0]])
        assert arrays["examples"][c, 0].tolist() == np.asarray(shown).tolist()
        names = set(classes.loc[classes["class"] == c, "matched"])
        assert names == {one["name"]}
    kept = arrays["mean"] + arrays["scale"] * arrays["members"].astype(np.float64)
    assert kept == pytest.approx(features[arrays["member_rows"]], abs=2e-3 * float(np.abs(features).max()))


def test_distances_and_limits_are_literal(made: Made, features: NDArray[np.float32]) -> None:
    about, table = about_of(made), pd.read_csv(made.catalogue / "patches.csv.gz")
    x = features.astype(np.float64)
    for n, c in enumerate(table["class"]):
        others = np.array([m for m in np.flatnonzero(table["class"] == c) if m != n])
        far = np.sort(np.sqrt(((x[others] - x[n]) ** 2).sum(axis=1)))
        assert table["centre"][n] == pytest.approx(np.linalg.norm(x[others].mean(axis=0) - x[n]), rel=1e-4, abs=1e-4)
        assert table["neighbours"][n] == pytest.approx(far[:about["neighbours"]].mean(), rel=1e-4, abs=1e-3)
    for way in ("centre", "neighbours"):
        for level in ("0.5", "0.99"):
            assert about["limits"][way][level] == pytest.approx([
                np.quantile(table.loc[table["class"] == c, way], float(level)) for c in range(3)])


def test_it_says_what_is_needed_to_encode_other_images(made: Made) -> None:
    about = about_of(made)
    assert about["images"] == {"side": 16, "colour": False, "patches": None}
    assert (about["encoder"]["model"], about["encoder"]["side"]) == ("simple", 32)
    assert about["encoder"]["sha256"] == sha256_file(made.weights)
    assert about["encoder"]["weights"] == "stand-in"
    assert not (made.catalogue / "encoder.safetensors").exists()  # base weights are others' to hand on
    assert any("stand-in weights" in note for note in about["notes"])
    assert about["made_of"]["features"] == sha256_file(made.run.features("sky", "simple"))
    assert "terms" in about["licence"]


def test_it_opens_as_it_was_written_and_is_small(made: Made) -> None:
    found = open_catalogue(made.catalogue)
    assert found.classes == [one["name"] for one in about_of(made)["classes"]]
    assert found.known.members.shape == (36, 512)
    assert sum(path.stat().st_size for path in made.catalogue.iterdir()) < 1_000_000
