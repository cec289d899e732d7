"""What was made otherwise than in the paper is never held against it, whatever its notes say."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro.base.run import Run, open_run
from paper_repro.base.step import Step, Steps
from paper_repro.steps import steps_of
from paper_repro.verify import otherwise, verdict
from paper_repro.verify.claims.measured import Measured
from tests.verify.runs_made import BY_ID, NUMBER

Tables = Callable[..., Run]
# Settings of the steps that are compared which the paper doesn't give, or which are choices among what it allows.
FREE = {"set", "sets", "seed", "seeds", "model", "encoder", "encoders", "shown", "instrument", "scale_km", "map_dims",
        "recipe", "optimiser", "reductions", "kmeans_n_init", "ks", "bootstraps", "longitudes", "without_fit", "luma",
        "gray", "per_class"}


def steps(folder: Path, text: str) -> Steps:
    """The steps of the profile `paper` with changes."""
    path = folder / "mine.toml"
    path.write_text(f'extends = "paper"\n{text}', encoding="utf-8")
    (folder / "images").mkdir(exist_ok=True)
    return steps_of(open_run(str(path), folder, images=folder / "images"))


def found(listed: Steps) -> dict[str, dict[str, str]]:
    """What is otherwise, by step; without variants of trainings and sets that no claim is about."""
    apart = ("effects/", "-global")
    return {step.name: said for step in listed.by_name.values() if (said := otherwise.of_step(step))
            and not any(word in step.name for word in apart)}


def test_nothing_of_the_papers_own_profile_is_otherwise(tmp_path: Path) -> None:
    assert found(steps(tmp_path, "")) == {}
    for recipe in ("authors", "paper"):
        assert found(steps(tmp_path, f'[encoders]\nrecipe = "{recipe}"\n')) == {}
    switches = 'views = "chain", weight_decay = 1e-6, keep_best = false, precision = "bfloat16", luma = "float32"'
    assert "weight_decay" in str(found(steps(tmp_path, f"[encoders]\nswitches = {{ {switches} }}\n")))
    allowed = switches.replace("weight_decay = 1e-6, ", "")
    assert found(steps(tmp_path, f"[encoders]\nswitches = {{ {allowed} }}\n")) == {}


def test_every_setting_of_these_steps_is_the_papers_or_free(tmp_path: Path) -> None:
    for step in steps(tmp_path, "").by_name.values():
        if step.kind in otherwise.GIVEN and "-global" not in step.name:
            named = {*otherwise.GIVEN[step.kind], *otherwise.UNLIKE, *FREE}
            assert set(step.settings) <= named, step.name


@pytest.mark.parametrize(("text", "words", "where", "not_where"), [
    ("[encoders]\nepochs = 1\n", "epochs 1 (paper: 64)", "train photos-colour simclr-s0", "encode "),
    ("[encoders]\nside = 32\n", "side 32 (paper: 224)", "encode photos-colour simple-s0", "patches "),
    ("[encoders]\nbase = \"resnet50\"\n", "base resnet50 (paper: resnet18)", "base weights", "patches "),
    ("[encoders]\nswitches = { weight_decay = 0.5 }\n", "weight_decay 0.5 (paper: 0.0001)",
     "train uvi-3000km-flat simclr-s0", "encode "),
    ("[encoders]\nswitches = { blur_kernel = 3 }\n", "blur_kernel 3 (paper: 25)", "train photos-gray simclr-s0",
     "patches "),
    ("[training]\nbatch_size = 8\n", "batch_size 8 (paper: 32)", "train photos-colour autoencoder-s0", "encode "),
    ("[training]\nbase_learning_rate = 0.3\n", "learning_rate 0.3 (paper: 0.0375)", "train photos-colour simclr-s0",
     "patches "),
    ("[augmentation]\nbrightness = 0.1\n", "augmentation brightness 0.1 (paper: Sect. 3.2.2)",
     "train photos-colour simclr-s0", "encode "),
    ("[patches]\nresolution_px = 16\n", "resolution_px 16 (paper: 128)", "patches uvi-500km", "train "),
    ("[patches]\ncontrast = 9\n", "contrast 9 (paper: 0.33)", "patches vmc-25km-flat", "train "),
    ("[venus]\nclasses = 7\n", "clusters 7 (paper: 4)", "classes uvi-3000km-flat", "train "),
    ("[venus]\nclustering = \"kmeans\"\n", "clustering kmeans (paper: hac)", "classes uvi-3000km-flat", "train "),
    ("[venus]\ndrawn_out = \"drop\"\n", "drawn_out drop (paper: keep)", "patches uvi-3000km", "train "),
    ("[venus.preprocessing.uvi]\noutliers = false\n", "preprocessing outliers False (paper: Sect. 3.1.1)",
     "patches uvi-3000km", "patches vmc"),
    ("[grid]\nrepeats = 2\n", "repeats 2 (paper: 8)", "grid s0", "train "),
])
def test_each_is_said_of_the_steps_that_it_decides(tmp_path: Path, text: str, words: str, where: str, not_where: str
                                                   ) -> None:
    by_step = found(steps(tmp_path, text))
    assert words in by_step[where].values()
    assert not [name for name, said in by_step.items() if name.startswith(not_where) and words in said.values()]


def test_an_encoder_of_ones_own_is_said(tmp_path: Path) -> None:
    step = Step("encode x", "encode", tmp_path / "x.json", (), lambda _: None, "paper",
                settings={"side": 224, "normalisation": "unit"})
    assert otherwise.of_step(step) == {
        "normalisation": "encoder of one's own, with the input unit (paper: resnet18's)"}


def test_what_is_behind_classes_of_venus_and_features_is_found(tmp_path: Path) -> None:
    text = ("[encoders]\nepochs = 1\nside = 32\n[venus]\nclasses = 7\n[patches]\nresolution_px = 16\n[grid]\n"
            "repeats = 2\n")
    listed = steps(tmp_path, text)
    looked_up = otherwise.Otherwise(listed)

    def behind(claim: str, step: str) -> set[str]:
        return set(looked_up.behind(claim, listed.by_name[step].outputs))

    assert behind("classes.uvi-3000km.wake", "classes uvi-3000km-flat") == {
        "epochs", "side", "clusters", "resolution_px"}
    assert behind("sets.uvi-3000km.count", "patches uvi-3000km") == {"resolution_px"}
    assert behind("embeddings.rotation", "encode photos-colour simclr-s0") == {"epochs", "side"}
    assert behind("table3.b.total", "table 3") == {"epochs", "side"}
    assert behind("table1.simclr.none.hac.mean", "table 1") == {"epochs", "side", "repeats"}
    assert behind("table1.simple.none.hac.mean", "table 1") == {"side", "repeats"}
    assert behind("photos.images", "patches photos-colour") == set()


@pytest.mark.attack("other-settings")
def test_a_result_is_not_compared_and_a_replication_not_judged() -> None:
    said = {"side": "side 128 (paper: 224)", "epochs": "epochs 1 (paper: 64)"}
    judged = verdict.judge(NUMBER, Measured(10.0, "10"), (), said)
    assert (judged.verdict, judged.reason) == (
        "ran, not comparable", "made otherwise than in the paper: side 128 (paper: 224), epochs 1 (paper: 64)")
    assert verdict.judge(NUMBER, Measured(10.0, "10", simulated=True), (), said).reason == "simulated input"
    setting = BY_ID["table2.batch_size"]
    assert verdict.judge(setting, Measured(32.0, "32"), (), said).verdict == "as specified"
    replication = BY_ID["replicated.simclr-above-simple.none.hac"]
    judged = verdict.judge(replication, Measured(12.0, "12", "SWIMCAT"), (), said)
    assert (judged.verdict, judged.ours.value) == ("not run", None)
    assert judged.reason.startswith("made otherwise than in the paper: epochs 1 (paper: 64)")
    judged = verdict.judge(replication, Measured(12.0, "12", "SWIMCAT; 128 px"), (), {"side": said["side"]})
    assert (judged.verdict, judged.reason) == ("replicated", "SWIMCAT; 128 px")


@pytest.mark.attack("other-settings")
@pytest.mark.parametrize(("text", "of_trained", "of_simple"), [
    ("", True, True),
    ("[encoders]\nepochs = 1\n", False, True),
    ("[encoders]\nside = 32\n", False, False),
    ("[patches]\nresolution_px = 16\n", True, True),
])
def test_no_number_of_table_1_is_reproduced_by_other_settings(tables: Tables, tmp_path: Path, text: str,
                                                              of_trained: bool, of_simple: bool) -> None:
    (tmp_path / "mine.toml").write_text(f'extends = "paper"\n{text}', encoding="utf-8")
    run = tables(real=True, profile=str(tmp_path / "mine.toml"))
    judged = {each.claim.id: each for each in verdict.judged_now(run, steps_of(run, judge_only=True))[0]}
    for name, compared in (("table1.simclr.none.hac.mean", of_trained), ("table1.simple.none.hac.mean", of_simple),
                           ("table3.a.total", of_trained)):
        assert (judged[name].verdict in ("reproduced", "differs")) == compared, name
        assert ("made otherwise than in the paper: " in judged[name].reason) != compared
