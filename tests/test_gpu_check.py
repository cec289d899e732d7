"""The check of a GPU, tried with the CPU in its place: right against itself, and wrong where something is."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paper_repro.encoders.encode import encode_images
from tests import gpu_check
from tests.gpu_check import Finding, Size

SMALL = Size(side=32, batch=4, steps=1, encoded=8)


def test_a_cpu_is_right_against_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "found.json"
    assert gpu_check.main(["--device", "cpu", "--json", str(path)], SMALL) == 0
    said, found = capsys.readouterr().out, json.loads(path.read_text())
    assert said.endswith(f"0 of 9 checks wrong. Please send us {path}, as an issue of the project.\n")
    assert [each["good"] for each in found["findings"]] == [True] * 9 + [None] * 5
    assert [each["value"] for each in found["findings"][:9]] == [0] * 9
    assert all(each["value"] > 0 for each in found["findings"][9:])


def test_what_differs_from_the_cpu_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    encode, calls = encode_images, list[int]()

    def a_little_off(*of: Any) -> Any:
        calls.append(1)
        return encode(*of) * np.float32(1.01 if len(calls) == 1 else 1)  # the first is the device's

    monkeypatch.setattr(gpu_check, "encode_images", a_little_off)
    assert gpu_check.main(["--device", "cpu", "--json", str(tmp_path / "found.json")], SMALL) == 1
    assert "WRONG     features differ from the CPU's by: 0.01 of the largest" in capsys.readouterr().out


def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        assert gpu_check.main([], SMALL) in (0, 1)
        return
    assert gpu_check.main([]) == 2
    assert gpu_check.main(["--device", "cuda"]) == 2
    said = capsys.readouterr().err
    assert "There is no GPU that torch sees here" in said
    assert "Device 'cuda': expected one that is here (cpu)" in said


def test_differences_are_relative_to_the_largest_value() -> None:
    assert gpu_check.apart(torch.tensor([1.0, 4.2]), torch.tensor([1.0, -4.0])) == pytest.approx(8.2 / 4)
    assert str(Finding("x", 0.5, "s", True)) == "right     x: 0.5 s"
    assert str(Finding("x", 3, "")) == "measured  x: 3"
