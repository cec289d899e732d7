"""A real browser for the report's tests: Debian's headless Chromium through selenium, never leaving the machine."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.remote.command import Command

PROGRAMS = ("chromium", "chromedriver")
ARGUMENTS = (
    "--headless=new", "--hide-scrollbars", "--no-sandbox", "--disable-dev-shm-usage",  # containers run as root
    "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
)


def missing() -> str:
    """Which of the programs are not installed; "" if all are."""
    return ", ".join(name for name in PROGRAMS if shutil.which(name) is None)


@contextmanager
def started() -> Iterator[webdriver.Chrome]:
    """A browser that keeps a log of what it fetches."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    driver.set_script_timeout(120)
    driver.execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})  # each page loads its own pictures
    try:
        yield driver
    finally:
        driver.quit()


def show(driver: webdriver.Chrome, page: Path, width: int = 1280, height: int = 900, scheme: str = "light",
         motion: str = "reduce") -> None:
    """Load a page in a window of this size, with an empty log, by a user with these wishes about colours and motion."""
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": motion}]})
    for log in ("browser", "performance"):
        _log(driver, log)
    driver.get(page.as_uri())


def fetched(driver: webdriver.Chrome) -> list[str]:
    """Addresses of all that was asked for since the last look, the page itself included."""
    messages = [json.loads(entry["message"])["message"] for entry in _log(driver, "performance")]
    return [message["params"]["request"]["url"] for message in messages
            if message["method"] == "Network.requestWillBeSent"]


def complaints(driver: webdriver.Chrome) -> list[str]:
    """What the page said on the console since the last look."""
    return [str(entry["message"]) for entry in _log(driver, "browser")]


def _log(driver: webdriver.Chrome, name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = driver.execute(Command.GET_LOG, {"type": name})["value"]
    return entries


def texts_too_faint(driver: webdriver.Chrome, least: float = 4.5) -> list[dict[str, Any]]:
    """Elements whose own text has a smaller contrast (WCAG 2) to what is behind it, with that contrast."""
    found: list[dict[str, Any]] = driver.execute_script(CONTRAST, least)
    return found


CONTRAST = """
const least = arguments[0], pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const layer = (colour) => { // any notation of CSS, as red, green, blue, alpha of 0 to 255
  pen.clearRect(0, 0, 1, 1);
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data;
};
const over = (top, below) => [0, 1, 2].map((i) => (top[i] * top[3] + below[i] * (255 - top[3])) / 255);
const light = (colour) => {
  const [r, g, b] = colour.map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * r + .7152 * g + .0722 * b;
};
const behind = (element) => {
  const layers = [];
  for (let one = element; one; one = one.parentElement) layers.push(layer(getComputedStyle(one).backgroundColor));
  return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
};
const faint = [];
let seen = 0;
for (const element of document.body.querySelectorAll("*")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || element.closest("script, noscript, option, title") || !element.checkVisibility()) continue;
  seen++;
  const back = behind(element), front = over(layer(getComputedStyle(element).color), back);
  const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
  if (ratio < least) faint.push({ text: element.textContent.trim().slice(0, 60), ratio });
}
if (seen < 50) throw new Error(`only ${seen} texts seen`);
return faint;
"""
