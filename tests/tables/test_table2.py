"""Table 2: the paper's parameters beside those of the run."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run, open_run
from paper_repro.tables import table2
from tests.steps_made import finish, stale


def used(run: Run) -> dict[str, tuple[str, str]]:
    table = pd.read_csv(table2.write(run, Origin()).files[0], dtype=str)
    return {row["key"]: (row["paper"], row["used"]) for _, row in table.iterrows()}


def with_encoders(run: Run, **changes: object) -> Run:
    encoders = dataclasses.replace(run.profile.encoders, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def test_the_papers_values_as_printed(real: Run) -> None:
    assert used(real) == {
        "batch_size": ("32", "32"), "max_epochs": ("64", "64"), "loss_temperature": ("1", "1"),
        "base_learning_rate": ("0.0375", "0.0375"), "lars_coefficient": ("0.001", "0.001"),
        "lars_momentum": ("0.9", "0.9"), "lars_weight_decay": ("0.0001", "0.0001"),
    }
    assert "Recipe paper; images of 224 x 224" in (real.tables / "table2.md").read_text()


def test_the_epochs_are_the_profiles(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    assert used(run)["max_epochs"] == ("64", str(run.profile.encoders.epochs))


def test_the_weight_decay_is_the_recipes(real: Run) -> None:
    assert used(with_encoders(real, recipe="authors"))["lars_weight_decay"] == ("0.0001", "0.00001")
    assert "momentum is lost" in (real.tables / "table2.md").read_text()
    run = with_encoders(real, switches={"weight_decay": 0.5})
    assert used(run)["lars_weight_decay"] == ("0.0001", "0.5")
    assert "Recipe paper, weight_decay = 0.5;" in (real.tables / "table2.md").read_text()


def test_nothing_is_used_without_simclr(real: Run) -> None:
    run = with_encoders(real, models=("simple",))
    assert {value for _, value in used(run).values()} == {"not used"}
    assert "trains no SimCLR encoder" in (run.tables / "table2.tex").read_text()


def test_nothing_is_used_where_the_encoders_are_the_authors(real: Run) -> None:
    run = dataclasses.replace(real, checkpoints="authors")
    assert {value for _, value in used(run).values()} == {"not used"}
    assert "This run trains no SimCLR encoder, it has the authors'." in (run.tables / "table2.md").read_text()
    assert table2.write(run, Origin()).extra["used"] == {}


def test_the_record_has_what_is_used_and_says_what_run_it_is_of(real: Run, tmp_path: Path) -> None:
    made = table2.write(real, Origin())
    assert made.extra["used"]["loss_temperature"] == 1.0
    assert made.notes == ("Recipe paper; images of 224 x 224 px (paper: 224 x 224).",)
    assert "simulated" not in made.files[1].read_text()
    made = table2.write(open_run("sample", tmp_path), Origin(simulated=True))
    assert "- Made from simulated images.\n- Recipe" in made.files[1].read_text()
    assert table2.write(with_encoders(real, models=("simple",)), Origin()).extra["used"] == {}


def test_an_unknown_switch_is_refused(real: Run) -> None:
    with pytest.raises(UserError, match="colour_blind"):
        table2.write(with_encoders(real, switches={"colour_blind": 1}), Origin())
    assert not real.tables.exists()


@pytest.mark.parametrize(
    ("value", "text"), [(32, "32"), (1.0, "1"), (0.0375, "0.0375"), (1e-5, "0.00001"), (100, "100")]
)
def test_plain_numbers(value: float, text: str) -> None:
    assert table2.plain(value) == text


@pytest.mark.parametrize(("part", "name"), [(part, field.name) for part, kind in (
    ("training", paper.TABLE2), ("augmentation", paper.AUGMENTATION)) for field in dataclasses.fields(kind)])
def test_what_it_tells_of_a_training_makes_it_stale(tmp_path: Path, part: str, name: str) -> None:
    run = open_run("sample", tmp_path)
    finish(run, "table 2", table2.write(run, Origin()))
    assert stale(run, "table 2") == {}
    before = getattr(run.profile, part)
    value = getattr(before, name)
    other = tuple(each / 2 for each in value) if isinstance(value, tuple) else type(value)(2 * value)
    changed = dataclasses.replace(run, profile=dataclasses.replace(
        run.profile, **{part: dataclasses.replace(before, **{name: other})}))
    assert stale(changed, "table 2")["table 2"].startswith(f"{part}.{name} changed from ")
