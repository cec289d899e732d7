"""Which outputs are refused: a small chain from patches to a table, spoiled at each of its links."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, write_csv, write_json
from paper_repro.base.provenance import Provenance, code_hash
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.encoders import encode
from paper_repro.patches.dataset import open_set
from paper_repro.verify import trust
from tests.tables import conftest as made


def checkpoint(run: Run) -> Path:
    return run.encoder(COLOUR, "simclr") / "checkpoint.safetensors"


@pytest.fixture
def chain(tmp_path: Path) -> Run:
    """Patches, a trained encoder, its features, classes, and a table, each with the record its step writes."""
    run = open_run("sample", tmp_path)
    made.photographs(run)
    patches = open_set(run.patches(COLOUR)).sha256
    checkpoint(run).parent.mkdir(parents=True)
    checkpoint(run).write_bytes(b"weights")
    about = {"set": COLOUR, "model": "simclr"}
    Provenance("train", "encoders", "sample", True, about, {"patches": patches, "base_weights": "0"}).write(
        checkpoint(run).with_name("provenance.json"))
    path = run.features(COLOUR, "simclr")
    path.parent.mkdir(parents=True)
    encode.save(path, np.ones((2, 3), np.float32), Provenance("encode", "encoders", "sample", True, about, {
        "patches": patches, "weights": sha256_file(checkpoint(run))}))
    folder = run.results / COLOUR
    write_csv(folder / "classes.csv", pd.DataFrame({"id": [0, 1]}))
    Provenance("benchmark", "experiments", "sample", True, {"set": COLOUR}, {
        "patches": patches, "features simclr": sha256_file(path), "code of clustering": code_hash("clustering"),
    }).write(folder / "provenance.json", outputs=[folder / "classes.csv"])
    write_csv(run.tables / "table3.csv", pd.DataFrame({"x": [1]}))
    Provenance("table3", "tables", "sample", True, {}, {COLOUR: sha256_file(folder / "classes.csv")}).write(
        run.tables / "table3.json", outputs=[run.tables / "table3.csv"])
    return run


def record(run: Run, of: str) -> Path:
    return {"table": run.tables / "table3.json", "classes": run.results / COLOUR / "provenance.json",
            "features": run.features(COLOUR, "simclr").with_suffix(".json"),
            "encoder": checkpoint(run).with_name("provenance.json"),
            "patches": run.patches(COLOUR) / "provenance.json"}[of]


def spoil(path: Path, **changes: object) -> None:
    write_json(path, {**(read_json(path) or {}), **changes})


def other_input(run: Run, of: str, name: str) -> None:
    path = record(run, of)
    spoil(path, inputs={**(read_json(path) or {})["inputs"], name: "0" * 64})


def test_an_unbroken_chain_is_trusted_back_to_the_patches(chain: Run) -> None:
    every = ("table", "classes", "features", "encoder", "patches")
    assert trust.check(chain, [chain.tables / "table3.csv"]) == {record(chain, of) for of in every}
    assert trust.check(chain, [chain.features(COLOUR, "simclr"), chain.patches(COLOUR) / "images.npy"]) == {
        record(chain, of) for of in every[2:]}


@pytest.mark.parametrize("of", ["table", "classes", "features", "encoder", "patches"])
def test_each_record_of_the_chain_is_asked_for(chain: Run, of: str) -> None:
    place = record(chain, of)
    whole = read_json(place) or {}
    for spoiled, sentence in ((None, "it has no provenance"), ({"code": "0"}, "made by other code of "),
                              ({"profile": "paper"}, "made with the profile paper")):
        place.unlink()
        if spoiled is not None:
            write_json(place, whole | spoiled)
        with pytest.raises(UserError, match=f"refused, (it was |){sentence}|not made from the patches") as error:
            trust.check(chain, [chain.tables / "table3.csv"])
        assert "then `make verify`" in str(error.value)
        write_json(place, whole)
    spoil(place, settings=None)
    write_json(place, {key: value for key, value in whole.items() if key != "settings"})
    with pytest.raises(UserError, match="is not whole"):
        trust.check(chain, [chain.tables / "table3.csv"])


@pytest.mark.parametrize(("do", "sentence"), [
    (lambda run: (run.tables / "table3.csv").write_text("x\n2\n"), r"table3\.csv: refused, it is no longer .*table 3"),
    (lambda run: (run.results / COLOUR / "classes.csv").write_text("id\n1\n"), r"table3\.csv: .*photos-colour that is"),
    (lambda run: run.features(COLOUR, "simclr").write_bytes(b""), r"classes\.csv: .*features simclr .* benchmark"),
    (lambda run: checkpoint(run).write_bytes(b""), r"simclr-s0\.npy: .*weights that is .* encode .*--set photos-"),
    (lambda run: (run.patches(COLOUR) / "images.npy").write_bytes(b""), r"patches\.csv: .*no longer .* patches --prof"),
    (lambda run: (run.patches(COLOUR) / "patches.csv").write_text("id\n"), r"patches\.csv: refused, it is no longer"),
    (lambda run: other_input(run, "classes", "patches"), r"classes\.csv: .*not made from the patches"),
    (lambda run: other_input(run, "classes", "code of clustering"), "other code of clustering"),
    (lambda run: other_input(run, "features", "patches"), r"simclr-s0\.npy: .*not made from the patches"),
    (lambda run: other_input(run, "encoder", "patches"), r"checkpoint\.safetensors: .*the patches .*delete .* train "),
    (lambda run: spoil(record(run, "patches"), simulated=False), r"patches\.csv: .*isn't marked simulated, which all"),
    (lambda run: spoil(record(run, "classes"), simulated=False), r"classes\.csv: .*isn't marked simulated, which the"),
    (lambda run: (run.tables / "table3.csv").unlink(), r"table3\.csv: refused, it is not there"),
])
def test_refused(chain: Run, do: Callable[[Run], object], sentence: str) -> None:
    do(chain)
    with pytest.raises(UserError, match=sentence):
        trust.check(chain, [chain.tables / "table3.csv"])


def test_base_weights_are_the_archives(chain: Run) -> None:
    other_input(chain, "encoder", "base_weights")
    assert record(chain, "encoder") in trust.check(chain, [chain.tables / "table3.csv"])
