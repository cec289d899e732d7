"""What is said of Sect. 5: SCAN beside the clustering that it replaces, where it was run."""

import pandas as pd
import pytest

from paper_repro.base.files import write_csv
from paper_repro.base.run import COLOUR, Run
from paper_repro.experiments.scan import NOTE
from paper_repro.experiments.settings import scan_folder
from paper_repro.verify.verdict import judge
from tests.records_made import record
from tests.verify.runs_made import BY_ID, STAND_IN, measure, patches


def ran(run: Run, hac: list[float], scan: list[float], encoder: str = "simclr", notes: tuple[str, ...] = (NOTE,)
        ) -> None:
    """SCAN's runs with these accuracies."""
    rows = [{"encoder": encoder, "clustering": clustering, "repeat": repeat, "accuracy": accuracy,
             "balanced_accuracy": accuracy, "ari": 0.5, "chance_accuracy": 0.2, "confident": None}
            for clustering, accuracies in (("hac", hac), ("scan", scan)) for repeat, accuracy in enumerate(accuracies)]
    write_csv(scan_folder(run, COLOUR) / "runs.csv", pd.DataFrame(rows))
    patches(run, COLOUR, {"label": ["Veil", "Clear sky"]})
    record(scan_folder(run, COLOUR) / "provenance.json", run, "scan", notes, {"set": COLOUR})


def test_scan_is_not_run(sample: Run) -> None:
    scan = measure(sample, "text.scan")
    assert (scan.value, scan.files) == (None, ())
    assert scan.why.startswith("SCAN was not run")


@pytest.mark.parametrize(("scan", "value", "shown"), [
    ([0.78, 0.80], True, "no gain: -1.0 ± 0.7 points"),
    ([0.79, 0.83], True, "no gain: +1.0 ± 1.4 points"),
    ([0.84, 0.86], False, "a gain: +5.0 ± 0.7 points"),
])
def test_a_gain_is_more_than_the_error_of_the_repeats(sample: Run, scan: list[float], value: bool, shown: str) -> None:
    ran(sample, [0.8, 0.8], scan)
    found = measure(sample, "text.scan")
    assert (found.value, found.shown) == (value, shown)
    assert found.files == (scan_folder(sample, COLOUR) / "runs.csv",)
    assert not found.comparable


def test_scan_on_frozen_features_is_not_the_papers(real: Run) -> None:
    ran(real, [0.8, 0.8], [0.78, 0.80])
    found = measure(real, "text.scan")
    assert (found.value, found.comparable) == (True, False)
    assert found.why == ("SCAN's heads were trained on features that stay as they are; its authors train the network "
                         "too")
    claim = BY_ID["text.scan"]
    judged = judge(claim, found)
    assert (judged.verdict, judged.reason) == ("ran, not comparable", found.why)
    assert "gpu-time" in claim.needs
    ran(real, [0.8, 0.8], [0.78, 0.80], notes=(NOTE, STAND_IN))
    assert measure(real, "text.scan").why == "stand-in weights"
    ran(real, [0.8, 0.8], [0.78, 0.80], notes=())
    assert judge(claim, measure(real, "text.scan")).verdict == "reproduced"


def test_only_simclrs_features_count(sample: Run) -> None:
    ran(sample, [0.8], [0.7], "simple")
    assert measure(sample, "text.scan").why == "SCAN was run without SimCLR's features"
