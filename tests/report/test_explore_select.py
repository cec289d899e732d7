"""Selecting on the explorable page in a real browser: by mouse and by keys, in every view, side by side.

Not run where Debian's `chromium` and `chromium-driver` are not installed.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select
from selenium.webdriver.support.wait import WebDriverWait

from paper_repro.report import explore_page
from tests.report import browser
from tests.report.explored_made import ACROSS, COUNT, grid, turned

VIEWS = ("map", "planet", "time")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explored") / "index.html"
    drawn = grid().table.assign(drawn_out=np.where(np.arange(COUNT) < ACROSS, 0.3, 0.0))  # the first row
    explore_page.write(path, "Images on a grid", [grid(table=drawn), turned(table=drawn), grid("other", "Third", 12)],
                       ["A note of the input."])
    return path


@pytest.fixture
def driver(chromium: Chrome, page: Path) -> Chrome:
    browser.show(chromium, page)
    chromium.execute_script("localStorage.clear()")
    browser.show(chromium, page)
    wait(chromium, lambda: drawn(chromium, "map", "points") == COUNT)
    return chromium


def el(driver: Chrome, name: str) -> WebElement:
    return driver.find_element("id", name)


def wait(driver: Chrome, true: object) -> None:
    assert callable(true)
    WebDriverWait(driver, 10).until(lambda _: true())


def drawn(driver: Chrome, view: str, what: str) -> float:
    return float(el(driver, view).get_attribute(f"data-{what}") or -1)


def mode(driver: Chrome, name: str) -> None:
    driver.find_element("css selector", f"input[value={name}] + span").click()


def place(driver: Chrome, x: float, y: float, view: str = "map") -> tuple[int, int]:
    """Where a place of the grid's map is, from the middle of its canvas."""
    size = el(driver, view).size
    scale = min(size["width"] - 2, size["height"] - 2) / (1.06 * (ACROSS - 1))
    return round((x - (ACROSS - 1) / 2) * scale), -round((y - (COUNT // ACROSS - 1) / 2) * scale)


def drag(driver: Chrome, corners: Sequence[tuple[int, int]], view: str = "map", key: str = "") -> None:
    canvas, chain = el(driver, view), ActionChains(driver, 10)
    driver.execute_script("arguments[0].scrollIntoView({ block: 'center' })", canvas)
    chain = chain.key_down(key) if key else chain
    chain.move_to_element_with_offset(canvas, *corners[0]).click_and_hold()
    for corner in corners[1:]:
        chain.move_to_element_with_offset(canvas, *corner)
    (chain.release().key_up(key) if key else chain.release()).perform()


def selected(driver: Chrome) -> set[int]:
    """The ids that stand below the views."""
    buttons = driver.find_elements("css selector", "#gallery button")
    return {100 + int(button.get_attribute("data-point") or -1) for button in buttons}


def says(driver: Chrome, count: int) -> None:
    """Every view and the line below say that `count` are selected."""
    wait(driver, lambda: el(driver, "selected-count").text.startswith(f"{count} of "))
    for view in VIEWS:
        wait(driver, lambda view=view: drawn(driver, view, "selected") == count)


def test_a_lasso_by_mouse_marks_the_same_images_in_every_view(driver: Chrome) -> None:
    mode(driver, "lasso")
    triangle = [(-0.5, -0.5), (2.6, -0.5), (-0.5, 2.6)]  # which holds 6 points of the grid
    drag(driver, [place(driver, x, y) for x, y in triangle])
    says(driver, 6)
    assert selected(driver) == {100, 101, 102, 106, 107, 112}
    rows = [row.text.split() for row in driver.find_elements("css selector", "#selected-classes tbody tr")]
    assert rows == [["Class", "0", "3", "50", "%", "40", "%"], ["Class", "1", "2", "33", "%", "40", "%"],
                    ["Class", "2", "1", "17", "%", "20", "%"]]
    assert "−50.0 to −14.0°, median " in el(driver, "selected-latitudes").text
    el(driver, "select-none").click()
    wait(driver, lambda: el(driver, "selected-count").text == f"Nothing selected: all {COUNT} images shown")
    assert browser.complaints(driver) == []


def test_shift_adds_and_alt_takes_away(driver: Chrome) -> None:
    mode(driver, "box")
    drag(driver, [place(driver, -0.4, -0.4), place(driver, 5.4, 0.4)])
    says(driver, 6)
    drag(driver, [place(driver, -0.4, 1.6), place(driver, 5.4, 2.4)], key=Keys.SHIFT)
    says(driver, 12)
    drag(driver, [place(driver, -0.4, -0.4), place(driver, 2.4, 4.4)], key=Keys.ALT)
    says(driver, 6)
    assert selected(driver) == {103, 104, 105, 115, 116, 117}


def test_lasso_and_box_work_by_keys(driver: Chrome) -> None:
    canvas = el(driver, "map")
    canvas.send_keys("b")
    assert driver.find_element("css selector", "input[value=box]").is_selected()
    across, down = place(driver, -0.3, 0.7)
    for _ in range(round(-across / 16)):
        canvas.send_keys(Keys.ARROW_LEFT)
    for _ in range(round(down / 16)):
        canvas.send_keys(Keys.ARROW_DOWN)
    canvas.send_keys(Keys.SPACE)
    assert el(driver, "map-says").text.startswith("box, 1 corner set")
    for _ in range(40):
        canvas.send_keys(Keys.ARROW_RIGHT)
    for _ in range(40):
        canvas.send_keys(Keys.ARROW_DOWN)  # to the corner of the view
    canvas.send_keys(Keys.ENTER)
    says(driver, 6)  # the lowest row
    assert selected(driver) == set(range(100, 106))
    assert el(driver, "map-says").text == "6 images selected"
    canvas.send_keys("l", Keys.SPACE)  # a triangle from the middle, upwards and to the right
    canvas.send_keys(*[Keys.ARROW_UP] * 40, Keys.SPACE, *[Keys.ARROW_RIGHT] * 40, Keys.SPACE, Keys.ENTER)
    found = selected(driver)
    assert found
    assert all((one - 100) % ACROSS >= 3 and (one - 100) // ACROSS >= 2 for one in found)
    before = len(found)
    canvas.send_keys(Keys.SPACE, *[Keys.ARROW_LEFT] * 30, Keys.SPACE, *[Keys.ARROW_DOWN] * 20, Keys.ESCAPE)
    says(driver, before)  # given up


def test_a_brush_in_another_view_marks_the_map(driver: Chrome) -> None:
    mode(driver, "box")
    width, height = el(driver, "time").size["width"], el(driver, "time").size["height"]
    drag(driver, [(0, -height // 2 + 3), (width // 2 - 3, height // 2 - 30)], "time")
    says(driver, COUNT // 2)  # the later of the two times
    assert {number % 2 for number in selected(driver)} == {1}
    width, height = el(driver, "planet").size["width"], el(driver, "planet").size["height"]
    # the plot ends 28 px above the canvas
    drag(driver, [(-width // 2 + 46, -height // 2 + 10), (width // 2 - 12, -10)], "planet")
    wait(driver, lambda: 5 < drawn(driver, "map", "selected") < COUNT - 5)
    north = {100 + n for n in range(COUNT) if -50 + 3 * n > -6}  # above the middle of all latitudes
    assert selected(driver) == north


def test_a_point_is_selected_by_space_and_looked_at_in_all_views(driver: Chrome) -> None:
    canvas = el(driver, "map")
    canvas.send_keys(Keys.ARROW_RIGHT, Keys.SPACE, Keys.ARROW_RIGHT, Keys.SPACE)
    says(driver, 2)
    canvas.send_keys(Keys.SPACE)
    says(driver, 1)
    assert "no longer selected; 1 selected" in el(driver, "map-says").text


def test_maps_of_the_same_images_stand_side_by_side(driver: Chrome) -> None:
    beside = Select(el(driver, "beside-set"))
    assert [one.text for one in beside.options] == ["none", "Second"]  # not that of other images
    beside.select_by_visible_text("Second")
    wait(driver, lambda: drawn(driver, "beside", "points") == COUNT)
    assert el(driver, "beside").location["y"] == el(driver, "map").location["y"]
    mode(driver, "box")
    drag(driver, [place(driver, -0.1, -0.4), place(driver, 5.1, 0.4)])
    says(driver, 6)
    wait(driver, lambda: drawn(driver, "beside", "selected") == 6)
    Select(el(driver, "map-set")).select_by_visible_text("Second")
    says(driver, 6)  # they stay selected, on the other map
    Select(el(driver, "map-set")).select_by_visible_text("Third")
    wait(driver, lambda: el(driver, "selected-count").text == "Nothing selected: all 12 images shown")
    assert not el(driver, "beside-label").is_displayed()


def test_the_most_similar_and_the_odd_ones_are_shown(driver: Chrome) -> None:
    el(driver, "map").send_keys(Keys.ARROW_RIGHT, Keys.ENTER)
    kept = int(el(driver, "facts").find_elements("tag name", "dd")[0].text) - 100
    alike = [int(one.get_attribute("data-point") or -1)
             for one in driver.find_elements("css selector", "#similar-thumbs button")]
    features = grid().features
    assert features is not None
    far = np.linalg.norm(features - features[kept], axis=1)
    far[kept] = np.inf
    assert alike == np.argsort(far, kind="stable")[:8].tolist()
    driver.find_element("css selector", "#similar-thumbs button").click()
    wait(driver, lambda: el(driver, "facts").find_elements("tag name", "dd")[0].text == str(100 + alike[0]))
    for order, key, sign in (("far", "distance", -1), ("close", "margin", 1)):
        Select(el(driver, "sort")).select_by_value(order)
        shown = [int(one.get_attribute("data-point") or -1)
                 for one in driver.find_elements("css selector", "#gallery button")]
        values = driver.execute_script(
            f"return JSON.parse(document.getElementById('explorer-data').textContent).maps[0].{key}")
        assert shown == sorted(range(COUNT), key=lambda n: (sign * values[n], n))


def test_noise_comes_after_the_odd_ones_and_has_no_distance(chromium: Chrome, tmp_path: Path) -> None:
    path, classes = tmp_path / "index.html", ("Class 0", "Class 1", "Noise")
    explore_page.write(path, "With noise", [grid(classes=classes, noise=True)])
    browser.show(chromium, path)
    wait(chromium, lambda: drawn(chromium, "map", "points") == COUNT)
    noise = np.flatnonzero(grid().labels == 2).tolist()
    for order in ("far", "close"):
        Select(el(chromium, "sort")).select_by_value(order)
        buttons = chromium.find_elements("css selector", "#gallery button")
        assert [int(one.get_attribute("data-point") or -1) for one in buttons][-len(noise):] == noise
        assert len(buttons) == COUNT
    buttons[-1].click()
    wait(chromium, lambda: "Noise" in el(chromium, "facts").text)
    assert "null" not in el(chromium, "facts").text
    assert "to its class's centre" not in el(chromium, "facts").text


def test_drawn_out_patches_are_counted_hidden_and_their_class_called_so(driver: Chrome) -> None:
    assert el(driver, "drawn-count").text == f"{ACROSS} of {COUNT}"
    assert "mostly drawn out" not in el(driver, "class-boxes").text  # half of class 0
    el(driver, "drawn-hide").click()
    wait(driver, lambda: drawn(driver, "map", "points") == COUNT - ACROSS)
    share = el(driver, "drawn-share")
    share.clear()
    share.send_keys("40", Keys.TAB)
    wait(driver, lambda: drawn(driver, "map", "points") == COUNT)
    assert el(driver, "drawn-count").text == f"0 of {COUNT}"
