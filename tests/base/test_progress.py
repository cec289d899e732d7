"""The line that long work prints."""

import io
import time

import pytest

from paper_repro.base.progress import Progress, clock


def test_a_log_gets_a_line_a_report_with_rate_and_eta() -> None:
    stream = io.StringIO()
    progress = Progress("train", 10, "batch", done=4, every=0, stream=stream)
    progress.step(note="loss 1.5")
    progress.step(5)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("train: 5/10 batch")
    assert lines[0].endswith("loss 1.5")
    assert "ETA" in lines[0]
    assert lines[1].startswith("train: 10/10")


def test_rate_counts_only_fresh_work() -> None:
    progress = Progress("x", 100, done=90, stream=io.StringIO())
    progress.step(5)
    assert progress.line(10.0) == "x: 95/100 done, 0.5/s, ETA 0:10"


def test_nothing_is_printed_too_often() -> None:
    stream = io.StringIO()
    progress = Progress("x", 100, every=3600, stream=stream)
    for _ in range(99):
        progress.step()
    assert stream.getvalue() == ""
    progress.step()
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.6, "1:00"), (61, "1:01"), (3661, "1:01:01"), (float("nan"), "-:--"), (float("inf"), "-:--")],
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_quiet_work_is_told_of_once_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, now = io.StringIO(), [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    short = Progress("x", 3, stream=stream, quiet=True)
    short.step(3)
    assert stream.getvalue() == ""
    progress = Progress("x", 3, stream=stream, quiet=True)
    for now[0] in (9.0, 11.0, 12.0):
        progress.step()
    assert [line.partition(",")[0] for line in stream.getvalue().splitlines()] == ["x: 2/3 done", "x: 3/3 done"]
