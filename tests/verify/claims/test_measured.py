"""What holds for a value of ours: simulated, comparable, and why not, from the records of what it was read from."""

from pathlib import Path
from typing import Any

import pytest

from paper_repro.base.run import AUTHORS_NOTE, Run
from paper_repro.verify.claims.measured import Measured, basis_of, benchmark_basis, why_not
from tests.verify.runs_made import STAND_IN

A, B, C = Path("a"), Path("b"), Path("c")
RANDOM = "Made with random weights in place of the ImageNet-1K ones."
AUTHORS = f"{AUTHORS_NOTE} for simclr on photos-colour: random weights.pt, sha256 0."


def record(simulated: bool = False, notes: tuple[str, ...] = (), **settings: Any) -> dict[str, Any]:
    return {"simulated": simulated, "notes": list(notes), "settings": settings}


@pytest.mark.parametrize(("of", "why", "simulated"), [
    (record(), "", False), (record(encoder="simclr"), "", False), (record(notes=("Other words.",)), "", False),
    (record(notes=(AUTHORS,)), "", False), (record(notes=(AUTHORS, RANDOM)), "random weights", False),
    (record(notes=(STAND_IN,), encoder="simple"), "stand-in weights", False),
    (record(encoder="autoencoder"), "encoder Autoencoder", False),
    (record(True, (STAND_IN,), encoder="simple"), "simulated input", True),
    ({"simulated": False, "settings": {}}, "", False),
])
def test_what_a_record_says(of: dict[str, Any], why: str, simulated: bool) -> None:
    assert basis_of(of, A, B) == Measured(None, "", why, simulated, not why, (A, B))


def test_another_encoder_may_be_the_one_that_is_asked_for() -> None:
    assert basis_of(record(encoder="simple"), encoder="simple").comparable
    assert basis_of(record(encoder="simclr"), encoder="simple").why == "encoder SimCLR"


@pytest.mark.parametrize(("of", "why"), [
    (record(), ""), (record(notes=(AUTHORS,)), ""), (record(notes=(STAND_IN,)), "stand-in weights"),
    (record(notes=("Other words.", AUTHORS)), "Other words"), (record(encoder="simple"), "encoder Simple"),
    (record(notes=(RANDOM,), encoder="simple"), "random weights"),
])
def test_what_the_benchmark_says(real: Run, of: dict[str, Any], why: str) -> None:
    assert benchmark_basis(real, "photos-colour", of, A) == Measured(None, "", why, False, not why, (A,))


@pytest.mark.parametrize(("comparison", "why"), [
    ("", ""), ("Cloud-ImVN", ""), ("not comparable: simulated", "simulated input"),
    ("not comparable: SWIMCAT", "SWIMCAT"), ("not comparable: gray photographs", "gray photographs"),
])
def test_what_a_table_says(comparison: str, why: str) -> None:
    assert why_not(comparison) == why


def test_a_value_read_from_two_outputs_has_the_faults_of_both() -> None:
    plain, other = Measured(None, "", files=(A, B)), Measured(None, "", "other weights", False, False, (B, C))
    simulated = Measured(None, "", "simulated input", True, False, (C,))
    assert plain.beside(other) == Measured(None, "", "other weights", False, False, (A, B, C))
    assert other.beside(plain) == Measured(None, "", "other weights", False, False, (B, C, A))
    assert other.beside(simulated) == Measured(None, "", "other weights", True, False, (B, C))
    assert plain.beside(plain) == plain


def test_a_value_is_shown_in_words() -> None:
    found = Measured(None, "", "why", True, False, (A,))
    assert found.with_value(True) == Measured(True, "yes", "why", True, False, (A,))
    assert found.with_value(False).shown == "no"
    assert found.with_value(0.0, "0.0") == Measured(0.0, "0.0", "why", True, False, (A,))
