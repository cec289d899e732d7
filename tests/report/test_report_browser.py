"""The report in a real browser: it needs nothing from outside, and can be used by mouse, by keyboard and by eye.

Not run where Debian's `chromium` and `chromium-driver` are not installed.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from paper_repro.base.run import COLOUR, Run, open_run
from tests.report import browser
from tests.report import pages_made as made

UVI = "uvi-3000km-flat"
SOURCES = ("l2b/one.fit", "l2b/two.fit")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with a verdict, a figure, a table to judge, and maps of photographs and of patches with source files."""
    run = open_run("sample", tmp_path_factory.mktemp("report"))
    for source in SOURCES:
        path = run.raw / "darts" / source
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a source\n")
    made.verdict(run)
    made.figure(run, "fig12", ("a", "b"), side=600)
    made.mapped(run, COLOUR)
    made.mapped(run, UVI, 40, SOURCES)
    made.report(run)
    return run


@pytest.fixture
def page(run: Run) -> Path:
    return run.out / "report" / "sample" / "index.html"


def data(driver: Chrome, number: int = 1) -> dict[str, Any]:
    """A map of the explorer with its images, as the page has them."""
    text = driver.execute_script("return document.getElementById('explorer-data').textContent")
    found = json.loads(text)
    shown: dict[str, Any] = found["maps"][number]
    return found["tables"][shown["table"]] | shown


def by_id(driver: Chrome, name: str) -> WebElement:
    return driver.find_element("id", name)


def choose_map(driver: Chrome, number: int = 1) -> dict[str, Any]:
    """Show a map, in the middle of the window, as a user would choose it."""
    driver.execute_script("document.getElementById('map').scrollIntoView({ block: 'center' })")
    select = by_id(driver, "map-set")
    select.find_elements("tag name", "option")[number].click()
    chosen = data(driver, number)
    wait(driver, lambda: drawn(driver, "points") == len(chosen["x"]))
    return chosen


def wait(driver: Chrome, true: Any) -> None:
    WebDriverWait(driver, 10).until(lambda _: true())


def drawn(driver: Chrome, what: str) -> float:
    return float(by_id(driver, "map").get_attribute(f"data-{what}") or -1)


def point_at(driver: Chrome, shown: dict[str, Any], point: int) -> tuple[int, int]:
    """Where a point of the whole map is, from the map's middle: the longer side of the points fills 1/1.06 of it."""
    size = by_id(driver, "map").size
    spans = [(min(shown[axis]), max(shown[axis])) for axis in "xy"]
    scale = min(size["width"], size["height"]) / (1.06 * max(high - low for low, high in spans))
    x, y = (scale * (shown[axis][point] - (low + high) / 2) for axis, (low, high) in zip("xy", spans, strict=True))
    return round(x), -round(y)


def hover(driver: Chrome, offset: tuple[int, int]) -> None:
    """Move the mouse from elsewhere to a place on the map, from its middle, and wait until the page has been told."""
    area = by_id(driver, "map")
    driver.execute_script("arguments[0].addEventListener('pointermove', () => { window.told = true }, { once: true });"
                          "window.told = false", area)
    ActionChains(driver, 0).move_to_element(by_id(driver, "map-set")).move_to_element_with_offset(
        area, *offset).perform()
    wait(driver, lambda: driver.execute_script("return window.told"))


def test_it_loads_in_silence_and_fetches_nothing(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    choose_map(chromium)
    by_id(chromium, "zoom-in").click()
    for picture in chromium.find_elements("tag name", "img"):  # loaded when they come into view
        chromium.execute_script("arguments[0].scrollIntoView()", picture)
        wait(chromium, lambda one=picture: one.get_property("complete") and one.get_property("naturalWidth") > 0)
    assert browser.complaints(chromium) == []
    assert [url for url in browser.fetched(chromium) if not url.startswith("data:")] == [page.as_uri()]


def test_what_a_page_fetches_and_says_would_be_seen(chromium: Chrome, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("<img src='http://reports.example/x.png'><script>nothing.here()</script>")
    browser.show(chromium, tmp_path / "x.html")
    assert "http://reports.example/x.png" in browser.fetched(chromium)
    assert any("nothing is not defined" in line for line in browser.complaints(chromium))


def test_its_policy_stops_what_would_be_fetched(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    chromium.execute_script("document.body.append(Object.assign(new Image(), { src: 'http://reports.example/x.png' }))")
    said: list[str] = []

    def heard() -> bool:
        said.extend(browser.complaints(chromium))
        return any("Content Security Policy" in line for line in said)

    wait(chromium, heard)
    assert any("Content Security Policy" in line and "reports.example" in line for line in said)


def test_its_policy_runs_nothing_but_its_own_scripts(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    chromium.execute_script("""
        document.body.append(Object.assign(document.createElement("script"), { textContent: "window.ran = 1" }));
        document.body.insertAdjacentHTML("beforeend", "<b id='handler' onclick='window.ran = 2'>x</b>")""")
    chromium.execute_script("document.getElementById('handler').click()")
    assert chromium.execute_script("return window.ran === undefined")
    assert sum("Content Security Policy" in line for line in browser.complaints(chromium)) == 2


def test_hovering_shows_the_patch_and_where_it_is(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    shown = choose_map(chromium)
    assert not by_id(chromium, "tip").is_displayed()
    hover(chromium, point_at(chromium, shown, 5))
    assert by_id(chromium, "tip").text.splitlines() == [
        "id: 5", "class: Class 1", "latitude: -10.00 °", "longitude: 6.23 °", "local time: 9.50 h",
        "time (UTC): 2016-03-01T00:00:00.000"]
    wait(chromium, lambda: by_id(chromium, "tip").find_element("tag name", "canvas").is_displayed())
    picture = "document.querySelector('#tip canvas').getContext('2d').getImageData(0, 0, 64, 64).data"
    assert len(set(chromium.execute_script(f"return [...{picture}]"))) > 10
    ActionChains(chromium, 0).move_to_element(by_id(chromium, "map-set")).perform()
    wait(chromium, lambda: not by_id(chromium, "tip").is_displayed())


def test_a_class_can_be_left_out(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    shown = choose_map(chromium)
    box = by_id(chromium, "class-boxes").find_elements("tag name", "input")[1]
    box.click()
    wait(chromium, lambda: drawn(chromium, "points") == 30)
    hover(chromium, point_at(chromium, shown, 5))
    assert "id: 5" not in by_id(chromium, "tip").text.splitlines()
    box.click()
    wait(chromium, lambda: drawn(chromium, "points") == 40)


def test_a_click_leads_to_the_source_file(chromium: Chrome, page: Path, run: Run) -> None:
    browser.show(chromium, page)
    shown = choose_map(chromium)
    hover(chromium, point_at(chromium, shown, 7))
    ActionChains(chromium, 0).click().perform()
    wait(chromium, lambda: by_id(chromium, "facts").find_elements("tag name", "a"))
    link = by_id(chromium, "facts").find_element("tag name", "a")
    assert link.text == SOURCES[1]
    browser.fetched(chromium)
    link.click()  # a browser that can't show the file offers to save it
    wait(chromium, lambda: (run.raw / "darts" / SOURCES[1]).as_uri() in browser.fetched(chromium))


def test_the_ring_lies_on_the_map_whatever_stands_beside_it(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page, height=500)
    choose_map(chromium)
    by_id(chromium, "map").send_keys(Keys.ARROW_RIGHT, Keys.ENTER)
    area, ring = by_id(chromium, "map").rect, by_id(chromium, "map").find_element("xpath", "../canvas[2]").rect
    assert chromium.find_element("tag name", "aside").size["height"] > area["height"]
    assert [ring[key] - area[key] for key in ("x", "y", "width", "height")] == [1, 1, -2, -2]  # inside the border


def test_wheel_and_buttons_zoom_about_the_mouse_and_the_middle(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    shown = choose_map(chromium)
    hover(chromium, point_at(chromium, shown, 3))
    chromium.execute_script("""const map = document.getElementById("map"), box = map.getBoundingClientRect();
        map.dispatchEvent(new WheelEvent("wheel", { deltaY: -800, cancelable: true,
          clientX: box.left + box.width / 2 + arguments[0], clientY: box.top + box.height / 2 + arguments[1] }))""",
                            *point_at(chromium, shown, 3))
    wait(chromium, lambda: drawn(chromium, "zoom") > 2)
    x, y = point_at(chromium, shown, 3)
    hover(chromium, (x + 1, y))
    assert "id: 3" in by_id(chromium, "tip").text.splitlines()  # what was under the mouse still is
    before = drawn(chromium, "zoom")
    by_id(chromium, "zoom-out").click()
    wait(chromium, lambda: drawn(chromium, "zoom") < before)
    by_id(chromium, "zoom-all").click()
    wait(chromium, lambda: drawn(chromium, "zoom") == 1)
    assert drawn(chromium, "points") == 40


def test_all_of_the_map_works_by_keyboard(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    choose_map(chromium)
    focused = "return document.activeElement.id"
    by_id(chromium, "map-set").send_keys(Keys.TAB)
    stops = []
    while (stop := chromium.execute_script(focused)) != "map":
        stops.append(stop)
        assert len(stops) < 10, stops
        ActionChains(chromium).send_keys(Keys.TAB).perform()
    canvas = by_id(chromium, "map")
    assert canvas.value_of_css_property("outline-style") == "solid"
    press = ActionChains(chromium).send_keys
    press("+").perform()
    wait(chromium, lambda: drawn(chromium, "zoom") > 1.3)
    press("0").perform()
    wait(chromium, lambda: drawn(chromium, "zoom") == 1)
    ActionChains(chromium).send_keys(Keys.ARROW_RIGHT).perform()
    first = by_id(chromium, "map-says").text
    ActionChains(chromium).send_keys(Keys.ARROW_RIGHT).perform()
    second = by_id(chromium, "map-says").text
    assert first.startswith("id ")
    assert second.startswith("id ")
    assert first != second
    ActionChains(chromium).send_keys(Keys.ENTER).perform()
    assert by_id(chromium, "facts").find_elements("tag name", "dd")[0].text == second.split(",")[0].removeprefix("id ")
    ActionChains(chromium).send_keys(*[Keys.TAB] * 4).perform()
    assert chromium.execute_script("return document.activeElement.href || ''").endswith(".fit")
    canvas.send_keys(Keys.ESCAPE)
    assert by_id(chromium, "facts").text == ""
    assert by_id(chromium, "hint").is_displayed()


def test_claims_are_filtered(chromium: Chrome, page: Path) -> None:
    browser.show(chromium, page)
    says = by_id(chromium, "claims-shown")
    assert says.text == "6 of 6 claims"
    chromium.find_element("css selector", ".by-verdict[value='ran, not comparable']").click()
    assert says.text == "4 of 6 claims"
    by_id(chromium, "by-words").send_keys("SECOND too")
    assert says.text == "1 of 6 claims"
    rows = chromium.find_elements("css selector", "#all-claims tbody tr")
    assert [row.get_attribute("id") for row in rows if row.is_displayed()] == ["claim-a.two"]
    by_id(chromium, "by-words").clear()
    chromium.find_element("css selector", "#by-section option:last-child").click()
    assert says.text == "0 of 6 claims"
