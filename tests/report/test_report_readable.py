"""The report's looks in a real browser: contrast in light and dark, narrow windows, and speed with many points.

Not run where Debian's `chromium` and `chromium-driver` are not installed.
"""

import statistics
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from paper_repro.base.run import open_run
from tests.report import browser
from tests.report import pages_made as made
from tests.verify.conftest import Tables

UVI = "uvi-3000km-flat"
SCHEMES = ("light", "dark")
COUNT = 10_000
# Of one picture of all points, by a processor that has no graphics and much other work: several times what is measured.
PAINT_MS = 60.0
FRAMES = """
const done = arguments[0], map = document.getElementById("map"), box = map.getBoundingClientRect(), spent = [];
let step = 0;
const frame = () => {
  if (step > 3) spent.push(Number(map.dataset.paintMs));
  if (step++ > 40) { done(spent); return; }
  map.dispatchEvent(new WheelEvent("wheel", { deltaY: step % 2 ? -40 : 40, cancelable: true,
    clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 }));
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""


@pytest.fixture
def page(tables: Tables) -> Path:
    """A page with real tables, whose claims came out in every way there is, and with figures and maps."""
    run = tables(real=True)
    made.judge(run)
    made.mapped(run, UVI)
    made.figure(run, "fig01")
    made.figure(run, "fig02", ())
    return made.report(run)


def unfold(driver: Chrome) -> None:
    driver.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


def test_texts_stand_out_in_light_and_dark(chromium: Chrome, page: Path) -> None:
    backgrounds = set()
    for scheme in SCHEMES:
        browser.show(chromium, page, scheme=scheme)
        unfold(chromium)
        words = chromium.find_element("tag name", "body").text
        assert all(word in words for word in ("✓ reproduced", "≠ differs", "– not run", "Not drawn in this run"))
        assert browser.texts_too_faint(chromium) == []
        backgrounds.add(chromium.find_element("tag name", "body").value_of_css_property("background-color"))
    assert len(backgrounds) == 2


def test_simulated_input_stands_out_too(chromium: Chrome, tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    made.verdict(run)
    made.figure(run, "fig12")
    made.mapped(run, UVI)
    for scheme in SCHEMES:
        browser.show(chromium, made.report(run), scheme=scheme)
        assert chromium.find_element("css selector", ".banner").is_displayed()
        assert chromium.find_element("css selector", "#fig12 .mark").is_displayed()
        assert "Simulated input." in chromium.find_element("id", "map-note").text
        assert browser.texts_too_faint(chromium) == []


def test_a_faint_text_would_be_seen(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    chromium.execute_script("document.querySelector('h1').style.color = '#888'")
    (found,) = browser.texts_too_faint(chromium)
    assert found["text"] == "Which of the paper's numbers came out?"
    assert 3 < found["ratio"] < 4.5


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_a_window_of_any_width_scrolls_up_and_down_only(chromium: Chrome, page: Path, width: int) -> None:
    browser.show(chromium, page, width, 740)
    unfold(chromium)
    assert chromium.execute_script("return document.documentElement.scrollWidth") == width
    assert chromium.find_element("id", "map").size["width"] > 0.6 * width
    counts = chromium.find_element("css selector", ".counts")
    assert counts.location["y"] + counts.size["height"] < 740  # seen without scrolling
    fits = "return [...document.querySelectorAll('.counts li')].every((one) => one.scrollWidth <= one.clientWidth)"
    assert chromium.execute_script(fits)


def test_ten_thousand_points_are_drawn_smoothly(chromium: Chrome, tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    made.verdict(run)
    made.mapped(run, UVI, COUNT)
    browser.show(chromium, made.report(run))
    chromium.execute_script("document.getElementById('map').scrollIntoView({ block: 'center' })")
    spent = chromium.execute_async_script(FRAMES)
    assert int(chromium.find_element("id", "map").get_attribute("data-points") or 0) > 0.9 * COUNT
    assert len(spent) > 30
    assert statistics.median(spent) < PAINT_MS
    assert browser.complaints(chromium) == []
