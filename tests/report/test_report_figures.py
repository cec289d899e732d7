"""The figures of the report: captions, sizes, alternative texts, and which files a caption may name."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.base.run import Run
from paper_repro.figures.style import NOTHING_DRAWN
from paper_repro.report import build, figures_page
from tests.report import pages_made as made


def test_they_have_captions_and_alternative_texts(run: Run) -> None:
    made.figure(run, "fig12", ("a", "b"))
    made.figure(run, "fig13", simulated=False)
    made.figure(run, "fig14", ())
    page = made.page(run)
    texts = [attrs["alt"] for attrs in page.having("img", "alt")]
    assert texts == ['Figure 12 (a): fig12: a "caption" & more. Simulated input.',
                     'Figure 12 (b): fig12: a "caption" & more. Simulated input.',
                     'Figure 13: fig13: a "caption" & more.']
    assert len(page.having("p", "class", "mark")) == 1
    assert page.text.count("What to notice.") == 2
    assert "`python -m paper_repro run fig14 --profile sample` draws what there is. fig14: a" in page.text


def test_one_record_speaks_for_all_panels(run: Run) -> None:
    made.figure(run, "fig12", ("a", "b"), notes=["A note.", "Another."])
    assert [path.name for path in run.figures.glob("*.json")] == ["fig12.json"]
    page = made.page(run)
    assert "Figure 12 Simulated input" in page.text
    assert "About the input (2 notes) A note. Another." in page.text
    assert "Made from simulated images." not in page.text  # nor the notes a second time, below the caption
    assert page.text.count("A note.") == 1
    made.figure(run, "fig12", ("a", "b"), simulated=False, notes=["A note."])
    page = made.page(run)
    assert page.having("p", "class", "mark") == []
    assert page.text.count("A note.") == 1


def test_of_a_figure_with_nothing_drawn_the_caption_is_kept(run: Run) -> None:
    made.figure(run, "fig14", (), notes=["A note."])
    (run.figures / "fig14.txt").write_text(f"All in one paragraph.\n\n{NOTHING_DRAWN}\n", encoding="utf-8")
    assert "draws what there is. All in one paragraph." in made.page(run).text


def test_a_figure_without_its_record_is_not_shown(run: Run) -> None:
    made.figure(run, "fig12", ("a", "b"))
    (run.figures / "fig12.json").unlink()
    page = made.page(run)
    assert page.having("img", "alt") == []
    assert "Figure 12 Not drawn in this run" in page.text


def test_they_shrink_until_the_page_fits(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made.figure(run, "fig01", side=1200)
    full = made.report(run).stat().st_size
    without = len(re.sub(r'<img src="[^"]*"', "", made.report(run).read_text(encoding="utf-8")))
    most = (full + without) // 2
    monkeypatch.setattr(build, "MOST_BYTES", most)
    small = made.report(run)
    assert small.stat().st_size <= most < full
    assert len(made.Page(small.read_text(encoding="utf-8")).having("img", "alt")) == 1
    monkeypatch.setattr(build, "MOST_BYTES", without + 1000)
    page = made.page(run)
    assert page.having("img", "alt") == []
    assert "fig01.png is too large for this page" in page.text


def test_the_largest_size_at_which_the_page_fits_is_taken_to_the_byte(
        run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made.figure(run, "fig01", side=1200)
    full = made.report(run).read_bytes()
    monkeypatch.setattr(build, "MOST_BYTES", len(full))
    assert made.report(run).read_bytes() == full
    monkeypatch.setattr(build, "MOST_BYTES", len(full) - 1)
    assert len(made.report(run).read_bytes()) < len(full)


def test_each_says_how_large_it_is_before_it_is_loaded(run: Run) -> None:
    made.figure(run, "fig01", side=1700)  # scaled down
    made.figure(run, "fig12", ("a", "b"), side=40)
    page = made.page(run)
    pictures = [attrs for tag, attrs in page.tags if tag == "img"]
    assert [attrs["width"] for attrs in pictures] == ["1500", "40", "40"]
    for attrs in pictures:
        data = base64.b64decode(attrs["src"].removeprefix("data:image/webp;base64,"))
        assert Image.open(io.BytesIO(data)).size == (int(attrs["width"]), int(attrs["height"]))


def test_sizes_keep_the_shape(tmp_path: Path) -> None:
    Image.new("RGB", (1000, 333)).save(tmp_path / "wide.png")
    _, width, height = figures_page.press(tmp_path / "wide.png", 500, 55)
    assert (width, height) == (500, 166)


def list_files(run: Run, text: str) -> None:
    """A caption of Figure 1 with this in place of the names of its files; the figure itself is there."""
    made.figure(run, "fig01")
    (run.figures / "fig01.txt").write_text(f"A caption.\n\nMade from simulated images.\n\n{text}\n", encoding="utf-8")


@pytest.mark.attack("caption-elsewhere")
@pytest.mark.parametrize("name", [
    "../outside.png", "/etc/passwd", "/etc/secret.png", "sub/inside.png", "./fig01.png", "..", "..png", "a..png",
    "..\\outside.png", "fig 01.png", "fig01.txt", "fig01.json", "fig01.PNG\n../outside.png", "fig01.png\x00",
    "<img src=x onerror=alert(1)>.png", "No figure: whatever", "fig99.png", "fig01.png.orig",
    "fig01.png\nfig01.png/../../outside.png"])
def test_a_caption_that_names_anything_but_files_beside_it_is_refused(run: Run, name: str) -> None:
    list_files(run, name)
    Image.new("RGB", (8, 8)).save(run.figures.parent / "outside.png")
    (run.figures / "fig01.png.orig").touch()
    (run.figures / "sub").mkdir()
    Image.new("RGB", (8, 8)).save(run.figures / "sub" / "inside.png")
    with pytest.raises(UserError, match="found") as refused:
        build.report(run)
    assert str(run.figures / "fig01.txt") in str(refused.value)
    assert "run fig01" in str(refused.value)
    assert not (run.out / "report").exists()


@pytest.mark.attack("caption-elsewhere")
def test_a_link_out_of_the_folder_is_refused(run: Run) -> None:
    list_files(run, "fig01.png")
    assert made.page(run).having("img", "alt")
    Image.new("RGB", (8, 8)).save(run.figures.parent / "outside.png")
    (run.figures / "fig01.png").unlink()
    (run.figures / "fig01.png").symlink_to(run.figures.parent / "outside.png")
    with pytest.raises(UserError, match=r"expected fig01\.png to be a file of its folder"):
        made.report(run)


def test_pictures_without_a_caption_are_refused(run: Run) -> None:
    made.figure(run, "fig01")
    (run.figures / "fig01.txt").write_text("Made from simulated images.\n\nfig01.png\n", encoding="utf-8")
    with pytest.raises(UserError, match="expected a caption above the names"):
        made.report(run)


@pytest.mark.parametrize("keep", [0, 20, 3000])
def test_a_damaged_picture_is_refused(run: Run, keep: int) -> None:
    made.figure(run, "fig01")
    path = run.figures / "fig01.png"
    assert len(path.read_bytes()) > 3000
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UserError, match=r"fig01\.png: expected a picture"):
        made.report(run)
