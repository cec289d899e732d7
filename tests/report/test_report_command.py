"""The command `report`: it makes all that the page shows, and judges again what isn't judged by what is there."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterator

import pytest

from paper_repro import cli
from paper_repro.base.files import sha256_file, write_json
from paper_repro.base.provenance import SEAL, seal
from paper_repro.base.run import Run, open_run
from paper_repro.report import build
from paper_repro.report.checked import left_out
from paper_repro.report.explore_page import SCRIPTS
from paper_repro.steps import steps_of
from paper_repro.steps.targets import resolve
from paper_repro.verify import verdict
from paper_repro.verify.claims import CLAIMS
from tests.e2e import edits
from tests.records_made import record
from tests.report import pages_made as made
from tests.steps_made import make, stale
from tests.tiny_profile import text_of

Asked = tuple[Run, Callable[[], int]]
JUDGED = [claim for claim in CLAIMS if claim.id.startswith(("table1.", "settings."))]
TINY = text_of(["simple"])


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A run of the tiny profile with its page, made by the command `report`; and that command again."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(TINY)
    words = ["--profile", str(folder / "tiny.toml"), "--out", str(folder / "out"), "--device", "cpu", "--jobs", "1"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPER_REPRO_OFFLINE", "1")
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        patch.setattr(verdict, "CLAIMS", JUDGED)
        assert cli.main(["report", *words]) == 0
        yield open_run(str(folder / "tiny.toml"), folder / "out"), lambda: cli.main(["report", *words])


def test_the_command_makes_all_that_the_page_shows(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    run, again = asked
    target = run.report / "index.html"
    before = target.read_bytes()
    assert again() == 0
    told = capsys.readouterr().out
    assert "made  " not in told
    assert told.endswith(f"{target}\n")
    assert target.read_bytes() == before
    page = made.Page(before.decode())
    text = page.text
    assert str(run.out) not in before.decode()
    assert len(page.having("tr", "data-verdict")) == len(JUDGED) > 50
    assert len(page.having("img", "alt")) == 7  # Figs 2, 11, 12 (a, b), 13 (a, b), accuracies
    assert len(page.having("p", "class", "mark")) == 4 + 3  # of the figures all but 11; Tables 1, 2, 3
    assert "not classified" not in text[text.index("Explore the maps"):]
    assert json.loads(page.scripts[-2 - len(SCRIPTS)])["maps"][1]["title"] == "Photographs, gray: Simple"
    for name in ("patches photos-gray", "encode photos-gray simple-s0", "benchmark photos-gray", "figure fig12"):
        assert f"{name} " in text[text.index("Outputs and what made them"):]
    assert "≠ version" not in text
    assert "Batch size 32 not used" in text  # by a run without SimCLR, which is no difference


def test_every_command_that_the_page_names_is_one_of_this_run(asked: Asked) -> None:
    run, again = asked
    for name in ("fig02", "fig12"):  # one that could be drawn, and one drawn with nothing in it
        (run.figures / f"{name}.txt").rename(run.figures / f"{name}.kept")
    build.report(run, left_out(steps_of(run), list(steps_of(run).by_name)))
    page = run.report / "index.html"
    text = made.Page(page.read_text(encoding="utf-8")).text
    for name in ("fig02", "fig12"):
        (run.figures / f"{name}.kept").rename(run.figures / f"{name}.txt")
    page.unlink()
    assert again() == 0
    named = re.findall(r"`python -m paper_repro run (.+?) --profile (.+?)`", text)
    assert [target for target, _ in named] == ["fig02", "fig12"]
    assert {profile for _, profile in named} == {"tiny.toml"}  # in whatever folder it is
    for target, _ in named:
        assert resolve(steps_of(run), [target])
    for title in ("Figure 14", "Figure 3", "How stable the classes of Venus' clouds are"):
        assert f"{title} Not shown: this run has nothing for it." in text


def test_a_setting_that_no_output_rests_on_makes_the_verdict_stale(asked: Asked) -> None:
    run, again = asked
    encoders = dataclasses.replace(run.profile.encoders, switches={"blur_kernel": 45})
    other = dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))
    assert stale(run, "verdict") == {}
    make(other, "table 2")
    found = stale(other, "verdict")
    assert again() == 0
    assert found == {"verdict": "encoders.switches: now blur_kernel"}


@pytest.mark.attack("verdict-rehashed")
def test_a_verdict_rewritten_with_its_record_is_judged_again(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    run, again = asked
    path = run.results / "verdict.csv"
    before, told_of_it = path.read_text(), path.with_suffix(".json").read_text()
    page = (run.report / "index.html").read_bytes()
    path.write_text(before.replace("ran, not comparable", "reproduced", 1))
    forged = json.loads(told_of_it) | {"outputs": {path.name: sha256_file(path)}}
    write_json(path.with_suffix(".json"), forged | {SEAL: seal(forged)})
    assert again() == 2
    told = capsys.readouterr()
    assert "up to date  verdict" in told.out
    assert "verdict.csv: refused, the claims give another verdict when they are judged again; run `" in told.err
    assert " verify --profile " in told.err
    assert (run.report / "index.html").read_bytes() == page
    path.write_text(before)
    path.with_suffix(".json").write_text(told_of_it)
    assert again() == 0


@pytest.mark.attack("random-edits")
def test_random_edits_of_a_finished_run_are_refused_repaired_or_without_effect(
        asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = asked
    where = str(run.out.parent / "tiny.toml")
    found, passed = edits.complaints(lambda out: open_run(where, out), run.out, 60, seed=2)
    assert passed == []
    assert found["refused"] > found["without effect"]
    assert found["repaired"] > 0
    monkeypatch.setattr(edits, "why", lambda *_: "")
    found, passed = edits.complaints(lambda out: open_run(where, out), run.out, 20, seed=2)
    assert found["passed"] == len(passed) > 0
    assert all(sentence.endswith("nothing noticed it") for sentence in passed)


@pytest.mark.attack("left-behind")
def test_what_no_step_of_the_run_made_is_not_shown(asked: Asked) -> None:
    run, again = asked
    made.figure(run, "fig14")
    (run.tables / "effects.csv").write_text("change\n")
    record(run.tables / "effects.json", run, "table")
    (run.report / "index.html").unlink()
    assert again() == 0
    page = made.Page((run.report / "index.html").read_text())
    for title in ("Figure 14", "What each switch does"):
        assert f"{title} Not shown: this run has nothing for it." in page.text
    assert "not checked" in page.text  # their records in the list of outputs
    for path in (*run.figures.glob("fig14*"), *run.tables.glob("effects*")):
        path.unlink()


@pytest.mark.parametrize(("do", "reason"), [
    (lambda run: made.change(run, code={"verify.verdict": "0"}), "code: now"),
    (lambda run: made.change(run, inputs={"table 1": "0"}), "inputs: now"),
    (lambda run: (run.results / "verdict.csv").write_text("id\n"), "verdict.csv is no longer what was written"),
    (lambda run: (run.results / "verdict.csv").unlink(), "verdict.csv is missing"),
    (lambda run: (run.results / "verdict.json").unlink(), "not made yet"),
    (lambda run: made.change(run, profile="paper"), "profile changed from 'paper' to 'tiny'"),
])
def test_the_command_judges_again_where_the_verdict_is_not_of_what_is_there(
        asked: Asked, do: Callable[[Run], object], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    run, again = asked
    before = (run.results / "verdict.csv").read_bytes()
    do(run)
    assert again() == 0
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("made  ")]
    assert len(told) == 1
    assert told[0].startswith(f"made        verdict  ({reason}")
    assert (run.results / "verdict.csv").read_bytes() == before
