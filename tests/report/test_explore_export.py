"""What leaves the explorable page, in a real browser: CSV, lists of files, notes, and what the browser keeps.

Not run where Debian's `chromium` and `chromium-driver` are not installed.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.support.wait import WebDriverWait

from paper_repro.base import cells
from paper_repro.report import explore_page
from tests.report import browser
from tests.report.explored_made import LATITUDES, LONGITUDES, SOURCES, grid
from tests.report.test_explore_select import el, selected, wait

NOTE = "=SUM(A1), \"waves\"?"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "index.html"
    explore_page.write(path, "Images on a grid", [grid()])
    return path


@pytest.fixture
def driver(chromium: Chrome, page: Path, tmp_path: Path) -> Iterator[Chrome]:
    browser.show(chromium, page)
    chromium.execute_script("localStorage.clear()")
    chromium.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    browser.show(chromium, page)
    yield chromium
    chromium.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "default"})


def saved(driver: Chrome, button: str, path: Path) -> str:
    """What a button saves as the file `path`."""
    path.unlink(missing_ok=True)
    el(driver, button).click()
    WebDriverWait(driver, 10).until(lambda _: path.is_file() and path.stat().st_size)
    return path.read_text(encoding="utf-8")


def choose_two(driver: Chrome) -> list[int]:
    el(driver, "map").send_keys(Keys.ARROW_RIGHT, Keys.SPACE, Keys.ARROW_RIGHT, Keys.SPACE)
    wait(driver, lambda: el(driver, "selected-count").text.startswith("2 of "))
    return sorted(selected(driver))


def test_images_are_exported_so_that_no_spreadsheet_runs_them(driver: Chrome, tmp_path: Path) -> None:
    ids = choose_two(driver)
    el(driver, "note").send_keys(NOTE)
    text = saved(driver, "export-csv", tmp_path / "uvi-500km-flat-simulated-images.csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["id", "source", "longitude_deg", "latitude_deg", "local_time_h", "time_utc", "class",
                             "distance", "margin", "simulated", "note"]
    assert [int(row["id"]) for row in rows] == ids
    for row, number in zip(rows, (one - 100 for one in ids), strict=True):
        assert row["source"] == cells.guarded(SOURCES[number % 3])  # as in the CSV files of a run
        assert float(row["longitude_deg"]) == LONGITUDES[number]
        assert float(row["latitude_deg"]) == LATITUDES[number]
        assert row["class"] == f"Class {number // 6 % 3}"
        assert (row["simulated"], row["note"]) == ("yes", f"'{NOTE}")
    assert browser.complaints(driver) == []


def test_with_nothing_selected_all_that_is_shown_is_exported(driver: Chrome, tmp_path: Path) -> None:
    el(driver, "class-boxes").find_elements("tag name", "input")[0].click()  # rows 0 and 3 of five
    text = saved(driver, "export-csv", tmp_path / "uvi-500km-flat-simulated-images.csv")
    numbers = [n for n in range(30) if n // 6 % 3]
    assert [int(row["id"]) - 100 for row in csv.DictReader(io.StringIO(text))] == numbers
    text = saved(driver, "export-files", tmp_path / "uvi-500km-flat-simulated-files.txt")
    assert text.splitlines() == list(SOURCES)  # each once, as it is


def test_the_same_cells_are_guarded_as_in_the_runs_own_tables(driver: Chrome) -> None:
    words = ["=1", "+1", "-1.5", "-x", "@a", "''=a", "'", "-", "a=1", "\tx", "1e5", "-.5e-3", "-1+2", "", "+"]
    text = driver.execute_script("return exporting.csv(['x'], arguments[0].map((one) => [one]))", words)
    found = [row[0] if row else "" for row in csv.reader(io.StringIO(text))][1:]
    assert found == [cells.guarded(word) for word in words]


def keep(driver: Chrome, note: str) -> None:
    el(driver, "note").send_keys(note)
    el(driver, "keep").click()


def kept(driver: Chrome) -> list[str]:
    return [one.text for one in el(driver, "kept").find_elements("css selector", "span")]


def test_a_note_is_kept_by_the_browser_and_exported(driver: Chrome, page: Path, tmp_path: Path) -> None:
    ids = choose_two(driver)
    keep(driver, NOTE)
    assert "Kept in this browser only" in el(driver, "storage").text
    browser.show(driver, page)
    assert kept(driver) == [NOTE]
    el(driver, "kept").find_elements("tag name", "button")[0].click()
    wait(driver, lambda: el(driver, "selected-count").text.startswith("2 of "))
    assert sorted(selected(driver)) == ids
    assert el(driver, "note").get_property("value") == NOTE
    text = saved(driver, "export-notes", tmp_path / "uvi-500km-flat-simulated-notes.csv")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row == {"set": "uvi-500km-flat", "map": "First", "images": "2", "simulated": "yes", "note": f"'{NOTE}",
                   "ids": " ".join(map(str, ids))}
    el(driver, "kept").find_elements("tag name", "button")[1].click()
    browser.show(driver, page)
    assert kept(driver) == []


@pytest.mark.parametrize("stored", ["{", "null", '{"a": 1}', '[1, {"note": 5}]'])
def test_notes_that_are_damaged_are_begun_anew(driver: Chrome, page: Path, stored: str) -> None:
    family = driver.execute_script(
        "return JSON.parse(document.getElementById('explorer-data').textContent).tables[0].family")
    driver.execute_script("localStorage.setItem(`paper_repro notes ${arguments[0]}`, arguments[1])", family, stored)
    browser.show(driver, page)
    assert kept(driver) == []
    choose_two(driver)
    keep(driver, "again")
    assert kept(driver) == ["again"]
    assert browser.complaints(driver) == []


def test_where_nothing_may_be_kept_notes_last_as_long_as_the_page_and_it_says_so(driver: Chrome, tmp_path: Path
                                                                                  ) -> None:
    driver.execute_script("Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceededError') }")
    choose_two(driver)
    keep(driver, "not stored")
    assert kept(driver) == ["not stored"]
    assert "export your notes before you close it" in el(driver, "storage").text
    assert "not stored" in saved(driver, "export-notes", tmp_path / "uvi-500km-flat-simulated-notes.csv")


REFUSED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"


def test_a_browser_that_lets_no_page_look_shows_it_all_the_same(driver: Chrome, page: Path) -> None:
    script = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": REFUSED})
    try:
        browser.show(driver, page)
        assert "export your notes before you close it" in el(driver, "storage").text
        choose_two(driver)
        keep(driver, "not stored")
        assert kept(driver) == ["not stored"]
        assert browser.complaints(driver) == []
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": script["identifier"]})
