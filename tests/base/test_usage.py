"""What a step took is written when it ends, whether it finished or not."""

from pathlib import Path

import numpy as np
import pytest

from paper_repro import cli
from paper_repro.base import usage


def test_a_step_is_a_line_with_its_time_and_memory(tmp_path: Path) -> None:
    with usage.counted(tmp_path, "table 1"):
        np.ones(12_500_000).sum()  # 100 MB
    with pytest.raises(KeyboardInterrupt), usage.counted(tmp_path, "venus"):
        raise KeyboardInterrupt
    lines = (tmp_path / "spent.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(usage.COLUMNS)
    assert [line.split(",")[0] for line in lines[1:]] == ["table 1", "venus"]
    assert [line.split(",")[-1] for line in lines[1:]] == ["yes", "no"]
    found = usage.longest(tmp_path)
    assert list(found) == ["table 1"]
    seconds, peak, _ = found["table 1"]
    assert 0 <= seconds < 100
    assert 100 < peak < 100_000


def test_of_each_step_the_longest_time_counts(tmp_path: Path) -> None:
    (tmp_path / "spent.csv").write_text(",".join(usage.COLUMNS) + "\ntable 1,t,9.0,300,200,yes\ntable 1,t,1.0,900,0,yes"
                                        "\ntable 1,t,99.0,1,1,no\nvenus,t,5.0,400,0,yes\n", encoding="utf-8")
    assert usage.longest(tmp_path) == {"table 1": (9.0, 300.0, 200.0), "venus": (5.0, 400.0, 0.0)}
    assert usage.longest(tmp_path / "absent") == {}


def test_nothing_is_written_where_the_step_left_no_folder(tmp_path: Path) -> None:
    with usage.counted(tmp_path / "absent", "index"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_steps_are_counted_by_name_and_what_fails_too(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    assert cli.main(["table", "4", "--profile", "swimcat", "--out", str(tmp_path)]) == 0
    swimcat = ["--profile", "swimcat", "--images", str(tmp_path / "images")]
    assert cli.main(["patches", *swimcat, "--out", str(tmp_path)]) == 2
    lines = (tmp_path / "data/swimcat/spent.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert [(line.split(",")[0], line.split(",")[-1]) for line in lines] == [
        ("table 4", "yes"), ("patches photos-colour", "no")]
