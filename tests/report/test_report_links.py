"""The links within the report in a real browser: each brings its target into view, whatever has still to be loaded.

Not run where Debian's `chromium` and `chromium-driver` are not installed.
"""

from pathlib import Path

import pytest
from PIL import Image
from selenium.webdriver import ActionChains, Chrome, Keys

from paper_repro.base.run import COLOUR, open_run
from tests.report import browser
from tests.report import pages_made as made

SIZE = (1500, 1100)
FIGURES = ("fig01", "fig05", "fig10", "fig12", "fig16", "losses")
# Follow where a target is on the screen until it and the page have not moved for twenty pictures of the screen.
AT_REST = """
const [target, done] = arguments;
let last = "", still = 0;
const frame = () => {
  const where = `${target.getBoundingClientRect().top} ${scrollY} ${document.documentElement.scrollHeight}`;
  still = where === last ? still + 1 : 0;
  last = where;
  if (still >= 20) done(target.getBoundingClientRect().top);
  else requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""
LOAD_ALL = """
const done = arguments[0], pictures = [...document.images];
for (const picture of pictures) picture.loading = "eager";
Promise.all(pictures.map((picture) => picture.decode())).then(() => done(pictures.length));
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with a map, and figures in every part: each higher than a window, too far below to be loaded at once."""
    run = open_run("sample", tmp_path_factory.mktemp("links"))
    of_table1, differs, not_run = made.CLAIMS[:3]
    made.verdict(run, [of_table1, differs, *((f"b.{number}", *not_run[1:8], f"reason {number}", *not_run[9:])
                                             for number in range(200))])
    made.mapped(run, COLOUR)
    for number, name in enumerate(FIGURES):
        made.figure(run, name)
        Image.new("RGB", SIZE, (10 * number, 120, 120)).save(run.figures / f"{name}.png")  # none is another's copy
    return made.report(run)


def links(driver: Chrome) -> list[str]:
    """Where the page's links to itself lead, each address once."""
    addresses: list[str] = driver.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map((link) => link.getAttribute('href'))")
    return list(dict.fromkeys(addresses))


def top_after_following(driver: Chrome, address: str) -> float:
    """Where the top of a link's target comes to rest, in px below the contents that stay at the top of the window.

    Then all pictures are loaded, in a browser that doesn't hold what is seen in its place while something above it
    grows: some don't.
    """
    driver.execute_script("for (const one of document.querySelectorAll('*')) one.style.overflowAnchor = 'none'")
    *_, link = driver.find_elements("css selector", f'a[href="{address}"]')
    target = driver.find_element("css selector", address)
    driver.execute_script("arguments[0].focus()", link)
    driver.execute_async_script(AT_REST, link)
    ActionChains(driver, 0).send_keys(Keys.ENTER).perform()
    driver.execute_async_script(AT_REST, target)
    assert driver.execute_async_script(LOAD_ALL) == len(FIGURES)
    top = driver.execute_async_script(AT_REST, target)
    covered = driver.execute_script("return document.querySelector('nav').getBoundingClientRect().bottom")
    return float(top) - float(covered)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height", "motion"), [(1280, 900, "no-preference"), (360, 740, "reduce")])
def test_every_link_brings_its_target_into_view(
        chromium: Chrome, page: Path, width: int, height: int, motion: str) -> None:
    browser.show(chromium, page, width, height)
    addresses = links(chromium)
    assert {"#verdict", "#claims", "#paper", "#more", "#explorer", "#provenance", "#differs"} <= {*addresses}
    for address in addresses:
        browser.show(chromium, page, width, height, motion=motion)  # anew: no picture is loaded yet
        assert 0 <= top_after_following(chromium, address) < height / 2, address


def test_a_link_that_stops_short_would_be_seen(chromium: Chrome, page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    size = ' width="{}" height="{}"'.format(*SIZE)
    assert text.count(size) == len(FIGURES)
    (tmp_path / "x.html").write_text(text.replace(size, ""), encoding="utf-8")
    browser.show(chromium, tmp_path / "x.html")
    assert top_after_following(chromium, "#explorer") > 900
