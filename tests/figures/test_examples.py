"""Which observations and patches Figs 1-10 choose to show."""

import dataclasses
import re
from collections.abc import Callable

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, fig03, fig06, fig09
from paper_repro.figures.examples import Example
from paper_repro.patches.flatten import to_bytes
from paper_repro.patches.preprocess import Unusable
from paper_repro.patches.project import patches_of
from tests.figures.observations_shown import CLEAN, CLOSE_UP, DISC, archives


@pytest.mark.parametrize(("example", "name"), [(examples.single, paper.EXAMPLE_IMAGE),
                                               (examples.with_outliers, paper.OUTLIER_IMAGE)])
def test_the_papers_file_is_taken_where_it_is(example: Callable[[Run], Example], name: str, venus: Run) -> None:
    found = example(venus)
    assert found.name == name
    simulated = "a simulated file of the name that the paper's figure was drawn from"
    assert examples.note(found, simulated=True) == f"Drawn from {found.name}, {simulated}."
    assert examples.note(found, simulated=False) == f"Drawn from {found.name}, the file of the paper's figure."


def test_else_the_first_that_will_do_and_the_caption_says_which(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = dataclasses.replace(DISC, resolution_m_px=1.5 * 3000e3 / 128)
    dark = dataclasses.replace(CLOSE_UP, invalid=np.ones_like(CLOSE_UP.invalid))
    archives(sample, monkeypatch, {paper.EXAMPLE_IMAGE: None, "a.fit": coarse, "b.fit": CLOSE_UP, "c.fit": DISC},
             {"a.IMG": None, "b.IMG": dark, "c.IMG": CLEAN, "d.IMG": CLOSE_UP})
    assert examples.single(sample).name == "c.fit"
    found = examples.with_outliers(sample)
    assert found.name == "d.IMG"
    note = examples.note(found, simulated=True)
    assert re.fullmatch(r"Drawn from d.IMG: the paper's V2496_0041_UV2.IMG is not among .*", note)


def test_none_that_will_do_is_an_error_that_names_the_folder(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    archives(sample, monkeypatch, {"a.fit": CLOSE_UP}, {})
    with pytest.raises(UserError, match=r"darts: expected an observation .* none of 1 is usable"):
        fig03.draw(sample, Origin())
    with pytest.raises(UserError, match="psa"):
        fig06.draw(sample, Origin())
    assert not sample.figures.exists()


def test_several_are_spread_over_the_archive(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{index:02d}.fit" for index in range(12)]
    reader, _ = archives(sample, monkeypatch, {name: None if name == "06.fit" else DISC for name in names}, {})
    assert [each.name for each in examples.several(sample, "uvi", 4)] == ["00.fit", "03.fit", "07.fit", "09.fit"]
    assert reader.asked == ["00.fit", "03.fit", "06.fit", "07.fit", "09.fit"]
    archives(sample, monkeypatch, {"a.fit": DISC, "b.fit": None}, {})
    assert [each.name for each in examples.several(sample, "uvi", 4)] == ["a.fit"]
    assert examples.several(sample, "vmc", 4) == []


def test_projections_are_judged_as_the_patches_are() -> None:
    _, frame, viewpoints = examples.frame_of(DISC)
    found = examples.projections(frame, viewpoints)
    made = patches_of(DISC, [examples.SCALE_KM], paper.TABLE4)[examples.SCALE_KM]
    verdicts = [each.verdict for each in found]
    assert len(made.images) == verdicts.count("") > 0
    for reason in ("global density", "local density"):
        assert made.rejected[reason] == verdicts.count(reason) > 0
    chosen = [each for each in found if not each.verdict].index(examples.accepted(found))
    shown = fig09.interpolated(examples.accepted(found))["nearest"]
    np.testing.assert_array_equal(to_bytes(shown), made.images[chosen])


def test_the_patch_shown_is_a_covered_one_with_most_contrast() -> None:
    def projection(contrast: float, emptiest: int, verdict: str = "") -> examples.Projection:
        window = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, contrast]])
        return examples.Projection(np.array([1.0, 0, 0]), window, 0.2, np.array([[emptiest, 300]]), verdict)

    found = [projection(1, 200), projection(3, 128), projection(9, 127), projection(20, 300, "local density")]
    assert examples.accepted(found) is found[1]
    assert examples.accepted(found[2:]) is found[2]
    with pytest.raises(ValueError, match="empty"):
        examples.accepted(found[3:])


def test_frames_without_points_are_unusable() -> None:
    with pytest.raises(Unusable):
        examples.frame_of(dataclasses.replace(DISC, invalid=np.ones_like(DISC.invalid)))
