"""What is measured of Tables 2 and 4 and of the profile: settings as they are in the paper, and others."""

from typing import Any

import pandas as pd
import pytest

from paper_repro.base.files import write_csv, write_json
from paper_repro.base.run import Run
from tests.verify import runs_made as made
from tests.verify.runs_made import measure, with_encoders


def test_settings_of_the_profile(sample: Run, real: Run) -> None:
    assert [measure(real, f"settings.{name}").value for name in ("side", "repeats")] == [224.0, 8.0]
    assert [measure(real, f"settings.{name}").why for name in ("side", "repeats")] == ["", ""]
    small = measure(sample, "settings.side")
    assert (small.value, small.why) == (64.0, "the profile sample has 64")
    other = measure(with_encoders(real, side=96), "settings.side")
    assert (other.value, other.why) == (96.0, "the profile paper has 96")


def test_angles_and_sides_have_their_units() -> None:
    units = {claim.id.partition(".")[2]: claim.unit for claim in made.BY_ID.values()
             if claim.id.startswith(("table2.", "table4.", "settings."))}
    assert {name: unit for name, unit in units.items() if unit} == {
        "angle_threshold_deg": "deg", "resolution_px": "px", "flatten_sigma_px": "px", "flatten_kernel_px": "px",
        "side": "px"}


def used(run: Run, table: int, **settings: Any) -> None:
    write_csv(run.tables / f"table{table}.csv", pd.DataFrame({"key": list(settings)}))
    write_json(run.tables / f"table{table}.json", {"used": settings})


@pytest.mark.parametrize(("name", "value", "shown", "fits"), [
    ("table2.batch_size", 32, "32", True), ("table2.max_epochs", 6, "6", False),
    ("table2.lars_weight_decay", 1e-4, "0.0001", True), ("table2.lars_weight_decay", 1e-5, "0.00001", False),
    ("table4.contrast", 0.33, "0.33", True), ("table4.interpolation", "nearest", "Nearest", True),
    ("table4.interpolation", "cubic", "Cubic", False),
])
def test_rows_of_tables_2_and_4(sample: Run, real: Run, name: str, value: Any, shown: str, fits: bool) -> None:
    table, _, setting = name.partition(".")
    for run in (real, sample):
        assert measure(run, name).why == f"no {table}.csv"
        used(run, int(table[-1]), **{setting: value})
        found = measure(run, name)
        assert (found.shown, made.BY_ID[name].fits(found.value)) == (shown, fits)  # type: ignore[arg-type]
        number = not isinstance(value, str)
        assert found.why == (f"the profile {run.profile.name} has {shown}" if number and not fits else "")
        used(run, int(table[-1]), other=1)
        assert (measure(run, name).value, measure(run, name).why) == (None, "not used by this run")
