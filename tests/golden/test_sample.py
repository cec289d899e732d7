"""A small run of made files against its own golden numbers: equal, or each number that differs is named."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paper_repro.base.files import write_json
from tests.e2e import golden as against
from tests.golden import golden_numbers, regenerate, sample, sums, verdicts


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """What `make all` leaves, as small as it can be."""
    folder = tmp_path / "out"
    for name, keys in sample.RESULTS.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(",".join([*keys, "count", "paper", "note"]) + "\n"
                        + ",".join(["simple"] * len(keys) + ["162", "9", "text"]) + "\n")
    for kind in ("encoders", "features"):
        for seed in (0, 1):  # the results of photographs rest on the first
            (folder / f"data/sample/{kind}/photos-colour/simclr-s{seed}").mkdir(parents=True)
    for seed in (0, 1):
        losses = folder / f"data/sample/encoders/photos-colour/simclr-s{seed}/losses.csv"
        losses.write_text("epoch,train_loss,test_loss\n1,4.5,3.5\n")
        features = np.array([[1, 2], [3, 4 + seed]], dtype=np.float32)
        np.save(folder / f"data/sample/features/photos-colour/simclr-s{seed}.npy", features)
    (folder / verdicts.FOUND).write_text("id,section,verdict\nsome.claim,Table 1,not run\n")
    (folder / "figures/sample").mkdir(parents=True)
    Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).save(folder / "figures/sample/fig01.png")
    write_json(folder / "figures/sample/fig01.json", {"inputs": {"map": "ab" * 32},
                                                      "code": {"patches.dataset": "cd" * 8}})
    return folder


@pytest.fixture
def recorded(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    paths = {kind: tmp_path / f"{kind}.csv" for kind in sample.GOLDEN}
    monkeypatch.setattr(sample, "GOLDEN", paths)
    monkeypatch.setattr(verdicts, "RECORDED", tmp_path / "verdict.csv")
    (tmp_path / "own").mkdir()
    monkeypatch.setattr(sums, "OWN", tmp_path / "own")
    assert regenerate.main(["sample", str(out)]) == 1
    assert not any(path.exists() for path in paths.values())
    assert regenerate.main(["sample", str(out), "--write"]) == 0
    assert regenerate.main(["sample", str(out)]) == 0
    assert verdicts.read(tmp_path / "verdict.csv") == {"some.claim": "not run"}
    assert (tmp_path / "own" / sums.SUMS).is_file()
    return paths


def test_what_is_measured(out: Path) -> None:
    found = {one.name: one for numbers in sample.measure(out).values() for one in numbers}
    assert found["statistics, simple: count"] == golden_numbers.Number("statistics, simple: count", 162.0, 2.0)
    assert found["features of photos-colour by simclr-s0: mean"].value == 2.5
    assert found["features of photos-colour by simclr-s0: standard deviation"].value == float(np.std([1, 2, 3, 4]))
    assert found["fig01: data behind it: map"].value == int("ab" * 6, 16)
    # the mean of the four pixels of a cell: rows 2-3, columns 6-7 of 16 x 16
    assert abs((found["fig01.png: gray level in row 2, column 4 of 8 x 8"].value or 0) - (38 + 39 + 54 + 55) / 4) <= 0.5
    assert not [name for name in found if "paper" in name or "note" in name or "s1" in name or "code" in name]


def test_the_same_run_passes_on_any_machine(out: Path, recorded: dict[str, Path],
                                            capsys: pytest.CaptureFixture[str]) -> None:
    assert against.complaints(out) == ([], sum(len(n) for n in sample.measure(out).values()), 0)
    for path in recorded.values():
        write_json(path.with_suffix(".json"), {"processor": "another"})
    found, compared, apart = against.complaints(out)
    assert (found, compared > 0, apart > 0) == ([], True, True)


def test_a_result_changed_by_one_percent_is_named_where_it_was_recorded(out: Path, recorded: dict[str, Path]) -> None:
    losses = out / "data/sample/encoders/photos-colour/simclr-s0/losses.csv"
    losses.write_text("epoch,train_loss,test_loss\n1,4.545,3.5\n")
    (found, _, _) = against.complaints(out)
    assert found == ["results.csv: losses, photos-colour simclr-s0, epoch 1: train_loss: expected 4.5, found 4.545 "
                     "(allowed difference 4.5e-09)"]


@pytest.mark.parametrize(("change", "same", "wrong"), [
    ([0.0, 0.0, 0.0], True, []),
    ([1.0, 0.0, 0.0], True, ["fig01.png: root mean square difference of 0.577 gray levels over 3 cells (allowed 0)"]),
    ([6.0, 1.0, 1.0], False, []),
    ([6.0, 1.0, 4.0], False, ["fig01.png: root mean square difference of 4.2 gray levels over 3 cells (allowed 4)"]),
])
def test_pictures_are_compared_by_root_mean_square(change: list[float], same: bool, wrong: list[str]) -> None:
    recorded = [golden_numbers.Number(f"fig01.png{sample.CELL}{n}", 100.0, 4.0) for n in range(3)]
    recorded += [golden_numbers.Number(f"fig16d.png{sample.CELL}{n}", 100.0, None) for n in range(3)]
    change = [*change, *[0.0 if same else 50.0] * 3]
    found = {one.name: 100.0 + by for one, by in zip(recorded, change, strict=True)}
    assert sample.compare("pictures", recorded, found, same) == wrong
    assert sample.compare("pictures", recorded, {}, same)[0] == f"{recorded[0].name}: expected 100.0, found nothing"


def test_other_data_behind_a_figure_are_named(out: Path, recorded: dict[str, Path]) -> None:
    record = out / "figures/sample/fig01.json"
    record.write_text(json.dumps({"inputs": {"map": "ac" * 32}}))
    (found, _, _) = against.complaints(out)
    assert [text.split(": expected")[0] for text in found] == ["data.csv: fig01: data behind it: map"]


def test_a_golden_number_changed_by_hand_fails_with_its_name(
    out: Path, recorded: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert against.main(out) == 0
    path = recorded["results"]
    with path.open(newline="") as handle:
        rows = list(csv.reader(handle))
    rows[1][1] = repr(float(rows[1][1]) * 1.01)
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows(rows)
    assert against.main(out) == 1
    assert rows[1][0] in capsys.readouterr().out


def test_without_inputs_nothing_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert regenerate.main(["sample", str(tmp_path)]) == 2
    assert "make all" in capsys.readouterr().out
    assert against.main(tmp_path) == 1
    assert "make all" in capsys.readouterr().out
    assert regenerate.main(["real", str(tmp_path)]) == 2
    assert "swimcat" in capsys.readouterr().out
