"""Maps made up for the explorable page: images on a grid, so that it is known which an outline holds."""

from typing import Any

import numpy as np
import pandas as pd

from paper_repro.report.explored import Explored

ACROSS, COUNT = 6, 30
SOURCES = ("=cmd|'/c calc'!A1", "-1+2.fit", "plain, with a comma.fit")
LATITUDES, LONGITUDES = -50.0 + np.arange(COUNT) * 3, 10.0 + np.arange(COUNT) * 11 % 340
FEATURES = np.column_stack([np.arange(COUNT) % ACROSS, np.arange(COUNT) // ACROSS, np.zeros(COUNT)]).astype(np.float32)


def grid(name: str = "uvi-500km-flat", title: str = "First", count: int = COUNT, **other: Any) -> Explored:
    """A map of `count` images in rows of ACROSS, class = row % 3, at two times and three sources."""
    number = np.arange(count)
    table = pd.DataFrame({
        "id": 100 + number, "source": [SOURCES[n % 3] for n in number], "longitude_deg": np.resize(LONGITUDES, count),
        "latitude_deg": np.resize(LATITUDES, count), "local_time_h": np.where(number == 0, np.nan, 8 + number % 9),
        "time_utc": np.where(number % 2, "2016-03-01T00:00:00.000", "2015-12-07T05:23:30.500")})
    images = np.repeat((number * 8 % 256).astype(np.uint8), 64).reshape(count, 8, 8)
    xy = np.column_stack([number % ACROSS, number // ACROSS]).astype(np.float64)
    made: dict[str, Any] = {
        "images": images, "table": table, "xy": xy, "classes": ("Class 0", "Class 1", "Class 2"),
        "labels": number // ACROSS % 3, "features": np.resize(FEATURES, (count, 3)), "note": "A note.",
        "simulated": True}
    return Explored(name, title, **{**made, **other})


def turned(**other: Any) -> Explored:
    """The same images on another map: columns are rows."""
    return grid(title="Second", xy=grid().xy[:, ::-1], **other)
