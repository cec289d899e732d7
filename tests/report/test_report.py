"""The report: what stands in it, in which order, and what it refuses."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_json
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.report import build, cells, figures_page, overview, tables_page
from paper_repro.verify.claims import CLAIMS, PLACES
from tests.report import pages_made as made

Tables = Callable[..., Run]


def test_the_verdict_comes_first(run: Run) -> None:
    page = made.page(run)
    assert ("Of 6 claims of the paper: 1 of 5 results reproduced (1 differ; simulated input: 2 ran, not comparable; "
            "1 not run); method as specified 1 of 1.") in page.text
    assert page.text.index("Simulated input") < page.text.index("Of 6 claims") < page.text.index("What came out")
    assert "Simulated input Sect. 4 2 – Not run, and why" in page.text  # why not, grouped and counted
    assert "No GPU Fifth claim. 1" in page.text
    assert "Second claim. Table 1 53.7 % 12.3 % ± 1 % too low make table2" in page.text  # the one that differs
    assert len(page.having("tr", "data-verdict")) == len(made.CLAIMS)
    assert len(page.having("tr", "data-verdict", "ran, not comparable")) == 2
    assert len(page.having("tr", "data-verdict", "not run")) == 1
    assert "1 claims with their values Claims as specified Claim Paper Ours Tolerance Sixth claim." in page.text
    assert "<b>claim</b>" in page.text


def test_real_input_has_no_warning(run: Run) -> None:
    made.verdict(run, simulated=False)
    assert made.page(run).having("p", "role", "note") == []


def test_no_claim_of_a_kind_is_said(run: Run) -> None:
    made.verdict(run, made.CLAIMS[:1])
    page = made.page(run)
    assert "Nothing: none of the 1 claims that were judged differs." in page.text
    assert "~ Ran, not comparable, and why No claim. – Not run, and why No claim." in page.text
    assert "No claim was as specified." in page.text
    made.verdict(run, made.CLAIMS[2:])
    assert "No claim was reproduced." in made.page(run).text


def test_same_inputs_same_bytes(run: Run) -> None:
    made.mapped(run, COLOUR)
    made.figure(run, "fig12", ("a", "b"))
    first = made.report(run).read_bytes()
    assert made.report(run).read_bytes() == first
    assert [path.name for path in (run.out / "report" / "sample").iterdir()] == ["index.html"]


def test_figures_and_tables_stand_in_the_papers_order(run: Run) -> None:
    shown = [attrs["id"] for attrs in made.page(run).having("article", "id")]
    assert shown[:11] == [f"fig{number:02d}" for number in range(1, 11)] + ["table1"]
    assert shown[11:20] == ["fig11", "table2", "fig12", "table3", "fig13", "table4", "fig14", "fig15", "fig16"]
    assert sorted(shown) == sorted([*figures_page.NAMES, *tables_page.HEADINGS])


def test_main_results_and_places_are_those_of_the_claims() -> None:
    assert {*overview.MAIN} <= {claim.id for claim in CLAIMS}
    assert {*PLACES} == {claim.section for claim in CLAIMS}
    assert len({*overview.MAIN}) == len(overview.MAIN)


def test_every_verdict_has_a_sign_and_a_word() -> None:
    assert {*overview.VERDICTS} == {*overview.WORDS} == {*cells.MARKS}


@pytest.mark.parametrize("claims", [made.CLAIMS, made.CLAIMS[:1], made.CLAIMS[2:]])
def test_every_link_within_the_page_has_its_target(run: Run, claims: list[tuple[str, ...]]) -> None:
    made.verdict(run, claims)
    page = made.page(run)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    links = {attrs["href"] for attrs in page.having("a", "href")}
    assert len(ids) == len({*ids})
    assert links <= {f"#{name}" for name in ids}
    assert {"#explorer", "#more", *(f"#{overview.kind(name)}" for name in overview.VERDICTS)} <= links


def test_claims_stand_in_the_papers_order_with_a_square_each(run: Run) -> None:
    rows = [("z", "Sect. 5", *made.CLAIMS[0][2:]), *made.CLAIMS, ("y", "Elsewhere", *made.CLAIMS[2][2:]),
            ("x", "Sect. 2.3", *made.CLAIMS[1][2:])]
    made.verdict(run, rows)
    page = made.page(run)
    found = [attrs["data-section"] for attrs in page.having("tr", "data-section")]
    assert found == ["Sect. 2.3", "Table 1", "Table 1", *["Sect. 5"] * 3, "Sect. 4", "Sect. 4", "Elsewhere"]
    assert [attrs["id"] for attrs in page.having("tr", "data-section", "Sect. 5")] == [
        "claim-z", "claim-b.three", "claim-c.one"]
    squares = [attrs["class"] for attrs in page.having("rect", "x") if attrs["width"] == "9"]
    assert squares == ["differs", "reproduced", "differs", "reproduced", "not-run", "as-specified",
                       *["ran-not-comparable"] * 3]
    assert {attrs["class"] for attrs in page.having("rect", "transform")} == {"differs"}


def test_what_is_missing_is_said(run: Run) -> None:
    page = made.page(run)
    assert page.text.count("Not made in this run") == len(tables_page.HEADINGS)
    assert page.text.count("Not drawn in this run") == len(figures_page.NAMES)
    for name, target in (("photos-colour", "benchmark"), ("uvi-3000km-flat", "venus")):
        command = f"python -m paper_repro run {target} --profile sample"
        assert f"{name}: not classified in this run; `{command}` does it" in page.text


def test_of_simulated_input_all_is_shown_and_nothing_is_marked(tables: Tables) -> None:
    run = tables()
    made.judge(run)
    page = made.page(run)
    assert len(page.having("tr", "data-verdict")) == len(CLAIMS)
    assert "≠ 6" in page.text  # epochs in Table 2
    assert all(row.printed in page.text for row in paper.TABLE1)
    assert page.text.count("Ours are not comparable: simulated.") == 2  # Tables 1 and 3
    assert "ran, not comparable simulated input" in page.text  # the main results
    assert page.text.count("≠ differs") == 3  # the filter, and two settings of the sample's own
    assert "Recipe paper" in page.text


def test_with_the_papers_photographs_cells_are_marked_by_their_verdicts(tables: Tables) -> None:
    run = tables(real=True)
    made.judge(run)
    text = made.report(run).read_text(encoding="utf-8")
    page = made.Page(text)
    verdicts = pd.read_csv(run.results / "verdict.csv").set_index("id")["verdict"]
    of_table1 = verdicts[verdicts.index.str.match(r"table1\..*\.(mean|std)$")]
    part = text[text.index('<article id="table1">'):]
    part = part[:part.index("</article>")]
    for name, start in (("differs", '<td class="v differs">≠ '), ("reproduced", '<td class="v reproduced n">')):
        assert part.count(start) == (of_table1 == name).sum() > 0
    assert "not run: 256 components need" in page.text
    assert "Ours are" not in page.text
    assert '<td class="v reproduced n">339</td>' in text  # equal to the paper's
    assert len(page.having("div", "aria-label", "Claims that differ")) == 2  # more than fit: they scroll


def test_the_authors_encoders_have_a_page_of_their_own(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, checkpoints="authors")
    made.verdict(run)
    text = made.page(run).text
    assert "`python -m paper_repro run table1 --profile sample --checkpoints authors` makes it." in text
    assert [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "report").rglob("*.html")] == [
        "report/sample/authors/index.html"]


@pytest.mark.parametrize(("do", "sentence"), [
    (lambda run: (run.results / "verdict.csv").unlink(), "it is absent or has no record"),
    (lambda run: (run.results / "verdict.json").unlink(), "it is absent or has no record"),
    (lambda run: write_json(run.results / "verdict.json", {"code": "0"}), "it is absent or has no record"),
    (lambda run: made.change(run, profile="paper"), "the profile paper"),
    (lambda run: (run.results / "verdict.csv").write_text("id\n"), "isn't the file that its record"),
    (lambda run: made.verdict(run, [(*made.CLAIMS[0][:7], "confirmed", *made.CLAIMS[0][8:])]), "found 'confirmed'"),
])
def test_refused(run: Run, do: Callable[[Run], object], sentence: str) -> None:
    do(run)
    with pytest.raises(UserError, match=f"{sentence}.*; run `.* run verify"):
        build.report(run)
    assert not (run.out / "report").exists()


def test_a_page_too_large_even_without_figures_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "MOST_BYTES", 1000)
    with pytest.raises(UserError, match="without figures"):
        made.report(run)
    assert not (run.out / "report").exists()


def test_what_a_clock_measured_stands_below_the_value(run: Run) -> None:
    made.verdict(run, clock={"a.one": "7 times as fast", "a.two": "twice as fast", "b.three": "no time"})
    page = made.page(run)
    assert "First <b>claim</b>. Table 1 84.9(19) % 84.1(3) % 7 times as fast ± 3 %" in page.text
    assert "Second claim. Table 1 53.7 % 12.3 % twice as fast ± 1 % too low" in page.text
    assert "a.two Table 1 53.7 % 12.3 % twice as fast ± 1 % ≠ differs too low" in page.text  # in the table of all
    assert page.text.count("no time") == 1
