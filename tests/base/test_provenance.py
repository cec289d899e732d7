"""A step is run again exactly when what decides its output changed."""

import dataclasses
import hashlib
from pathlib import Path

import pytest

from paper_repro.base import provenance
from paper_repro.base.files import read_json, write_json
from paper_repro.base.provenance import Provenance

ONE = Provenance("encode", "encoders", "sample", True, {"side": 64}, {"set": "ab"}, ("random weights",))


def test_absent_then_current(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    assert ONE.why_stale(path) == "p.json is absent"
    ONE.write(path, {"seconds": 3})
    assert ONE.why_stale(path) is None
    found = read_json(path)
    assert found is not None
    assert found["seconds"] == 3
    assert found["time_utc"].endswith("Z")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step", "train"),
        ("room", "patches"),
        ("profile", "paper"),
        ("simulated", False),
        ("settings", {"side": 224}),
        ("inputs", {"set": "cd"}),
        ("notes", ()),
    ],
)
def test_each_part_decides(tmp_path: Path, field: str, value: object) -> None:
    path = tmp_path / "p.json"
    ONE.write(path)
    changed = dataclasses.replace(ONE, **{field: value})  # type: ignore[arg-type]
    assert changed.why_stale(path) == f"{field} changed"


def test_other_code_or_versions_make_it_stale(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    ONE.write(path)
    written = read_json(path)
    assert written is not None
    for key in ("code", "versions"):
        write_json(path, {**written, key: "other"})
        assert ONE.why_stale(path) == f"{key} changed"


def test_an_output_changed_afterwards_makes_it_stale(tmp_path: Path) -> None:
    path, output = tmp_path / "p.json", tmp_path / "a.csv"
    output.write_text("x\n1\n", encoding="utf-8")
    ONE.write(path, {"count": 1}, [output])
    written = read_json(path) or {}
    assert written["outputs"] == {"a.csv": hashlib.sha256(b"x\n1\n").hexdigest()}
    assert written["count"] == 1
    assert ONE.why_stale(path) is None
    output.write_text("x\n2\n", encoding="utf-8")
    assert ONE.why_stale(path) == "a.csv is no longer what was written"
    output.unlink()
    assert ONE.why_stale(path) == "a.csv is no longer what was written"


def test_code_hash_differs_between_rooms_and_sees_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert provenance.code_hash("encoders") != provenance.code_hash("patches")
    (tmp_path / "room").mkdir()
    (tmp_path / "paper.py").write_text("A = 1\n")
    (tmp_path / "room" / "a.py").write_text("B = 1\n")
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path)
    provenance.code_hash.cache_clear()
    first = provenance.code_hash("room")
    (tmp_path / "room" / "a.py").write_text("B = 2\n")
    provenance.code_hash.cache_clear()
    assert provenance.code_hash("room") != first
    provenance.code_hash.cache_clear()


def test_versions_name_what_can_change_a_number() -> None:
    found = provenance.library_versions()
    assert set(provenance.LIBRARIES) < set(found)
    assert found["numpy"].split(".")[0].isdigit()
