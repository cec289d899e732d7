"""What is said of Sect. 5: nothing that was run."""

from paper_repro.base.run import Run
from tests.verify.runs_made import measure


def test_scan_is_not_run(sample: Run) -> None:
    scan = measure(sample, "text.scan")
    assert (scan.value, scan.files) == (None, ())
    assert scan.why.startswith("SCAN was not run")
