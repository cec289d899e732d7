"""docs/trust.md: made of what is committed, which is recomputed as far as tables of counts and the weights allow."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.profile import MODELS
from paper_repro.base.run import open_run
from paper_repro.base.turned import PROPERTIES
from paper_repro.clustering import ward
from paper_repro.experiments import series, settings
from paper_repro.simulated.venus_fields import TYPES
from paper_repro.tables.truth import NAMES
from tests.docs import trust
from tests.docs.evidence_figures import drawn_from
from tests.docs.trust import ROOT
from tests.docs.trust_recorded import Recorded, SameSide, by_side, recorded, with_nothing_turned
from tests.golden.truth import TRUTH
from tests.steps_made import make

FOUND = recorded()
each = pytest.mark.parametrize("one", FOUND, ids=lambda one: one.folder.name)
each_side = pytest.mark.parametrize("one", by_side(), ids=lambda one: one.title)


def pairs(counts: np.ndarray) -> float:
    """How many pairs there are within each of these groups."""
    return float((counts * (counts - 1) / 2).sum())


@each
def test_scores_of_nothing_turned_are_those_of_the_table_of_counts(one: Recorded) -> None:
    classes, asked = one.about["settings"]["classes"], one.about["settings"]["series"]
    scores = pd.concat([one.table(0)[lambda rows: (rows["property"] == "contrast") & (rows["seed"] == asked["seeds"][0])
                                     & (rows["value"] == asked["contrast"])].assign(set="series"), one.table(1)])
    scores = scores[scores["k"] == classes].set_index(["set", "encoder"])
    for key, part in one.table(2).groupby(["set", "encoder"], sort=False):
        counts = part.pivot_table(index="type", columns="class", values="patches").loc[list(TYPES)].to_numpy()
        types, both, total = pairs(counts.sum(axis=1)), pairs(counts), pairs(counts.sum(keepdims=True))
        expected = types * pairs(counts.sum(axis=0)) / total
        row = scores.loc[key]
        assert row["ari"] == pytest.approx((both - expected) / ((types + pairs(counts.sum(axis=0))) / 2 - expected))
        waves = counts[TYPES.index("wave")]
        if waves.sum():
            assert row["recall"] == pytest.approx(waves.max() / waves.sum())
            assert row["precision"] == pytest.approx(waves.max() / counts[:, waves.argmax()].sum())
        else:
            assert np.isnan(row["recall"])


@each
def test_every_point_that_the_profile_asks_for_was_run(one: Recorded) -> None:
    run = open_run(str(TRUTH / f"{one.folder.name}.toml"), Path())
    asked = settings.truth(run)
    expected = {(name, value, turned.seed, model, k) for name, value, turned in asked.points()
                for model in run.profile.encoders.models for k in settings.truth_ks(run)}
    columns = ["property", "value", "seed", "encoder", "k"]
    assert set(one.table(0)[columns].itertuples(index=False, name=None)) == expected
    assert set(one.table(1)["set"]) == set(run.flat_sets)
    assert one.about["simulated"]
    assert any("stand-in weights" in note for note in one.about["notes"])


@each_side
def test_the_page_tells_every_value(one: SameSide) -> None:
    text = trust.part(one)
    for row in one.summary.to_dict("records"):
        assert f"{row['recall_mean']:.2f}" in text
    assert "### Where waves are found" in text
    assert ("once more" in text.lower()) == one.again
    assert ("### The simulated archive's sets" in text) == any(part.about["settings"]["sets"] for part in one.parts)
    assert text in trust.page()
    for model in one.models:
        switches = {f"{name} = {value}" for part in one.parts if model in part.models
                    for name, value in part.about["switches"].items()}
        for switch in switches:
            assert re.search(rf"{paper.ENCODER_NAMES[model]}\b.*{switch}", text)
    assert "Everything on this page is simulated" in trust.page()


@each_side
def test_encoders_stand_side_by_side_and_none_is_lost(one: SameSide) -> None:
    for number in range(3):
        apart = pd.concat([part.table(number) for part in one.parts])
        together = one.table(number)
        keys = list(together.columns)
        pd.testing.assert_frame_equal(together.sort_values(keys, ignore_index=True),
                                      apart.sort_values(keys, ignore_index=True), check_dtype=False)
    shown = [(name, value) for name, value, _ in one.summary[["property", "value", "encoder"]]
             .itertuples(index=False, name=None)]
    assert shown == sorted(shown, key=lambda point: (PROPERTIES.index(point[0]), point[1]))
    for _, rows in one.summary.groupby(["property", "value"]):
        assert list(rows["encoder"]) == [model for model in MODELS if model in set(rows["encoder"])]


def test_what_is_told_of_the_full_form_is_what_was_recorded() -> None:
    full = open_run("truth", Path())
    side = next(one for one in by_side() if one.side == full.profile.encoders.side)
    text = trust.whole(side)
    assert text in trust.page()
    words = dict(part.split(": ") for part in text.split("for ")[1:])
    columns = ["encoder", "property", "value", "seed"]
    have = set(side.table(0)[columns].itertuples(index=False, name=None))
    for model in full.profile.encoders.models:
        told = words.get(paper.ENCODER_NAMES[model], "")
        seen = {turned.name for name, value, turned in settings.truth(full).points()
                if (model, name, value, turned.seed) in have}
        for name, value, turned in settings.truth(full).points():
            listed = re.search(rf"{NAMES[name]} ([^;]*)", told)
            assert (f"{value:g}" in (listed[1].split(", ") if listed else [])) == (turned.name not in seen)
        archive = set(side.table(1)[lambda rows: rows["encoder"] == model]["set"])  # noqa: B023
        assert (trust.ARCHIVE in told) == bool(set(full.flat_sets) - archive)
    assert text.startswith("All of it was run here (SimCLR with precision = bfloat16)")
    assert ("except" in text) == bool(words)


def recorded_again(tmp_path: Path, value: float, name: str) -> Recorded:
    """The autoencoder's record, as if its series had been run at another contrast."""
    kept = next(one for one in FOUND if one.folder.name == "truth-224-autoencoder")
    shutil.copytree(kept.folder, tmp_path / name)
    rows = kept.table(0)[lambda rows: rows["property"] == "contrast"].assign(value=value, ari=0.5)
    rows.to_csv(tmp_path / name / settings.TRUTH_FILES[0], index=False)
    kept.table(1)[:0].to_csv(tmp_path / name / settings.TRUTH_FILES[1], index=False)
    return Recorded(tmp_path / name)


def test_sets_that_an_encoder_was_trained_on_later_join_its_first_ones(tmp_path: Path) -> None:
    first = tuple(one for one in FOUND
                  if one.about["side"] == 224 and one.folder.name != "truth-224-autoencoder-turned")
    before = SameSide(first)
    joined = SameSide((*first, recorded_again(tmp_path, 2.0, "later")))
    new = joined.table(0).merge(before.table(0), how="left", indicator=True).query("_merge == 'left_only'")
    assert set(new["value"]) == {2.0}
    assert len(joined.table(0)) == len(before.table(0)) + len(new)
    pd.testing.assert_frame_equal(joined.table(2), before.table(2))  # of nothing turned the first ones count
    assert "for Autoencoder: contrast of the waves 2; blending with another type 0.2;" in trust.whole(before)
    assert "for Autoencoder: blending with another type 0.2;" in trust.whole(joined)


def test_nothing_turned_is_a_value_of_every_property_that_an_encoder_was_run_with() -> None:
    rows = pd.DataFrame({"property": ["contrast", "contrast", "patches", "holes", "contrast"], "seed": 0, "k": 4,
                         "value": [7.0, 2.0, 30.0, 1.0, 7.0], "encoder": [*["simclr"] * 4, "simple"],
                         "ari": [0.7, 0.2, 0.3, 0.1, 0.9]})
    found = with_nothing_turned(rows, {"contrast": 7.0, "patches": 240, "seeds": [0], "turned": {}})
    assert found[["property", "value", "encoder", "ari"]].to_numpy().tolist() == [
        ["contrast", 2.0, "simclr", 0.2], ["contrast", 7.0, "simple", 0.9], ["contrast", 7.0, "simclr", 0.7],
        ["patches", 30.0, "simclr", 0.3], ["patches", 240.0, "simclr", 0.7],
        ["holes", 0.0, "simclr", 0.7], ["holes", 1.0, "simclr", 0.1]]
    full = SameSide(tuple(one for one in FOUND if one.about["side"] == 224)).table(0)
    kept = full[full["encoder"] == "simclr"].reset_index(drop=True)  # each property was run with nothing turned too
    pd.testing.assert_frame_equal(with_nothing_turned(kept, {"contrast": 7.0, "patches": 240}), kept)


def test_a_set_that_an_encoder_was_trained_on_again_stands_apart(tmp_path: Path) -> None:
    first = tuple(one for one in FOUND if one.about["side"] == 224 and one.folder.name != "truth-224-bfloat16")
    later = (*first, recorded_again(tmp_path, 7.0, "later"))
    pd.testing.assert_frame_equal(SameSide(later).table(0), SameSide(first).table(0))
    again = SameSide(later, 1)
    assert [one.folder.name for one in again.parts] == ["later"]
    assert set(again.table(0)["ari"]) == {0.5}
    assert not SameSide(later, 2).parts


def test_the_figures_are_drawn_from_the_numbers_committed() -> None:
    once_more = [one for one in by_side() if one.again]
    assert [[part.folder.name for part in one.parts] for one in once_more] == [["truth-224-bfloat16"]]
    for name in trust.figures():
        assert drawn_from(ROOT / "docs" / name) == trust.source(), "python -m tests.docs.trust draws them anew"


def test_the_smallest_set_gives_the_recorded_scores_again(real_inputs: Path, tmp_path: Path) -> None:
    """Drawn, encoded by the Simple encoder and classified anew; another processor's last bits may move a patch."""
    kept = next(one for one in FOUND if one.folder.name == "truth-224")
    weights = next((real_inputs / "weights").glob("*.pth"), None)
    if weights is None:
        pytest.skip(f"not run: {real_inputs}/weights has no .pth file")
    run = open_run(str(TRUTH / f"{kept.folder.name}.toml"), tmp_path, weights=weights, encoders=["simple"])
    smallest = min(settings.truth(run).sets(), key=lambda turned: turned.patches)
    make(run, f"encode {smallest.name} simple-s0")
    tree = ward.linkage(np.load(run.features(smallest.name, "simple")))
    rows = kept.table(0)
    rows = rows[(rows["property"] == "patches") & (rows["value"] == smallest.patches) & (rows["encoder"] == "simple")
                & (rows["seed"] == smallest.seed)].set_index("k")
    found = pd.DataFrame({k: series.score(np.array(smallest.kinds(TYPES)), ward.cut(tree, k)) for k in rows.index}).T
    differences = (found - rows[settings.TRUTH_SCORES]).abs()
    assert differences.to_numpy().mean() < 0.02
    assert differences.to_numpy().max() < 0.2
