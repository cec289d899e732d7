"""The explorable page of a made-up set: python -m tests.bench.explorer [IMAGES].

How long it takes to write and how much memory, how large it is, and how long a picture of it takes in Chromium: the
median and the tenth percentile, which is near what it would be on an idle computer. Two maps of the same images.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import Select

from paper_repro.report import explore_page
from paper_repro.report.explored import Explored
from tests.report import browser

BRUSH = """
const [name, act, done] = arguments, view = document.getElementById(name), box = view.getBoundingClientRect();
const at = [], spent = [];
const fire = (type, x, y) => view.dispatchEvent(new PointerEvent(type, { pointerId: 1, bubbles: true,
  clientX: box.left + box.width * x, clientY: box.top + box.height * y }));
view.setPointerCapture = () => {};
let step = 0;
if (act !== "zoom") { document.querySelector(`input[value=${act}]`).checked = true; fire("pointerdown", .25, .5); }
const frame = (now) => {
  at.push(now);
  if (step > 3) spent.push(Number(view.dataset.paintMs));
  if (step++ > 90) { if (act !== "zoom") fire("pointerup", .25, .5); done([at, spent]); return; }
  const angle = step / 90 * 6.28;
  if (act === "zoom") view.dispatchEvent(new WheelEvent("wheel", { deltaY: step % 2 ? -40 : 40, cancelable: true,
    clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 }));
  else fire("pointermove", .5 - .25 * Math.cos(angle), .5 + .3 * Math.sin(angle));
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""


def maps(count: int, folder: Path) -> list[Explored]:
    """Two maps of `count` images of noise in four groups, their features of 512 numbers in a file."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, count)
    features = np.lib.format.open_memmap(folder / "features.npy", "w+", np.float32, (count, 512))
    images = np.lib.format.open_memmap(folder / "images.npy", "w+", np.uint8, (count, 32, 32))
    for start in range(0, count, 1000):
        rows = slice(start, start + 1000)
        features[rows] = rng.normal(size=(len(labels[rows]), 512)) + labels[rows, None]
        images[rows] = rng.integers(0, 256, (len(labels[rows]), 32, 32))
    number = np.arange(count)
    times = np.datetime64("2015-12-07T00:00:00") + (number // 30 * 7000).astype("timedelta64[s]")
    table = pd.DataFrame({
        "id": number, "source": [f"l2b/{one:06d}.fit" for one in number // 30], "time_utc": times.astype(str),
        "longitude_deg": rng.uniform(-180, 180, count), "latitude_deg": rng.uniform(-70, 70, count),
        "local_time_h": rng.uniform(7, 17, count), "drawn_out": rng.uniform(0, 0.12, count)})
    xy = 6 * rng.normal(size=(4, 2))[labels] + 2 * rng.normal(size=(count, 2))
    return [Explored("noise", title, images, table, places, tuple(f"Class {n}" for n in range(4)), labels, features,
                     simulated=True) for title, places in (("First", xy), ("Second", xy[:, ::-1].copy()))]


def brush(driver: Chrome, view: str, act: str) -> str:
    """How often a picture is shown while a view is zoomed or brushed, and how long drawing that view takes."""
    driver.execute_script("document.getElementById(arguments[0]).scrollIntoView({ block: 'center' })", view)
    at, spent = driver.execute_async_script(BRUSH, view, act)
    return (f"{act} in {view}: every {np.median(np.diff(at)):.1f} ms a picture, drawing takes {np.median(spent):.1f}, "
            f"tenth percentile {np.percentile(spent, 10):.1f}")


def main(count: int) -> None:
    """Write, load and brush a page."""
    with tempfile.TemporaryDirectory() as folder:
        path, made = Path(folder) / "index.html", maps(count, Path(folder))
        before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        explore_page.write(path, "Noise", made)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{count} images on two maps: {time.perf_counter() - start:.0f} s, peak {peak / 1024:.0f} MB (before "
              f"{before / 1024:.0f}), {path.stat().st_size / 1e6:.1f} MB")
        with browser.started() as driver:
            start = time.perf_counter()
            browser.show(driver, path)
            print(f"loaded in {time.perf_counter() - start:.1f} s")
            for beside in (0, 1):
                Select(driver.find_element("id", "beside-set")).select_by_index(beside)
                print(f"{3 + beside} views")
                for view, act in (("map", "zoom"), ("map", "lasso"), ("planet", "box"), ("time", "box")):
                    print(f"  {brush(driver, view, act)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
