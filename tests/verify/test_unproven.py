"""What isn't verified of a result's inputs is read off the records of the steps that made it."""

from collections.abc import Callable

from paper_repro.base.files import read_json, write_json
from paper_repro.base.run import Run
from paper_repro.steps import steps_of
from paper_repro.verify import trust

Tables = Callable[..., Run]


def test_what_is_not_verified_is_read_off_the_records(tables: Tables) -> None:
    """Of the outputs of every step whose record says so, and of no other."""
    run = tables()
    steps = steps_of(run)
    assert trust.unproven(steps) == {}
    record = steps.by_name["table 4"].record
    write_json(record, {**(read_json(record) or {}), "notes": ["Made by hand; UVI files not verified: no sums."]})
    said = ("UVI files not verified: no sums",)
    assert trust.unproven(steps) == dict.fromkeys(steps.by_name["table 4"].outputs, said)


def test_what_a_step_that_runs_each_time_says_of_itself_counts_for_nothing(tables: Tables) -> None:
    """Its record is checked by nothing: no output and no note is taken from it."""
    run = tables()
    steps = steps_of(run)
    step = steps.by_name["parts uvi"]
    write_json(step.record, {"outputs": {"images.npy": "0" * 64}, "notes": ["Files not verified: no sums."]})
    assert trust.outputs_of(step) == []
    assert trust.unproven(steps) == {}
