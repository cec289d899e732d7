"""Sightings: what a table of classes must have, and which of its images count as one draw."""

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.evolution.sightings import class_names, sightings

TABLE = pd.DataFrame({
    "class": [2, 0, 2, 10, 0], "source": ["b.fit", "b.fit", "a.fit", "c.fit", "d.fit"],
    "time_utc": ["2016-01-02T00:00:00.000", "2016-01-02T00:00:00.000", "2016-01-01T01:00:00.500Z",
                 "2016-01-03T23:59:59", "2016-01-04T00:00:00"],
    "longitude_deg": [0.0, 10, 20, 30, 40], "latitude_deg": [-10.0, 0, 10, 20, 30],
    "local_time_h": [10.0, 11, 12, 13, 14]})


def test_names_are_in_order_and_labels_are_their_places() -> None:
    seen = sightings(TABLE, "table")
    assert seen.names == ("0", "2", "10")
    assert seen.label.tolist() == [1, 0, 1, 2, 0]
    assert seen.sources == ("a.fit", "b.fit", "c.fit", "d.fit")
    assert seen.observation.tolist() == [1, 1, 0, 2, 3]
    assert class_names([pd.Series([1.0, -2.0, np.float32(4)]), pd.Series([3])]) == ("-2", "1", "3", "4")
    assert class_names([pd.Series(["b", "a"])]) == ("a", "b")


@pytest.mark.parametrize("odd", ["²", "①", "--1", "-", "1.5", "inf"])
def test_a_class_that_only_looks_like_a_number_is_a_name(odd: str) -> None:
    assert class_names([pd.Series([odd, "1", "10", "2"])]) == tuple(sorted([odd, "1", "10", "2"]))
    assert class_names([pd.Series([np.inf, 1.0])]) == ("1", "inf")


def test_noise_is_called_so_and_stands_last() -> None:
    for number in (-1, -1.0, "-1"):
        assert class_names([pd.Series([number, 3]), pd.Series([0])]) == ("0", "3", "noise")
    assert class_names([pd.Series(["wave", "-1", "cell"])]) == ("cell", "wave", "noise")
    table = TABLE.assign(**{"class": [2, -1, -1, 10, 0]})
    seen = sightings(table, "table", block_h=24)
    assert seen.names == ("0", "2", "10", "noise")
    assert seen.label.tolist() == [1, 3, 3, 2, 0]
    kept, expected = seen.without_noise(), sightings(table[table["class"] >= 0], "table", block_h=24)
    for name, value in vars(expected).items():
        assert list(getattr(kept, name)) == list(value)
    assert kept.without_noise() is kept


def test_images_of_the_same_hours_are_one_block() -> None:
    start = pd.Timestamp("1970-01-01")
    for block_h in (24.0, 48.0, 7.5):
        seen = sightings(TABLE, "table", block_h=block_h)
        number = [int((pd.Timestamp(text.rstrip("Z")) - start).total_seconds() // (3600 * block_h))
                  for text in TABLE["time_utc"]]
        assert [sorted(set(number)).index(one) for one in number] == seen.block.tolist()
    assert sightings(TABLE, "table", block_h=24).block.tolist() == [1, 1, 0, 2, 3]


def test_without_times_or_blocks_each_image_is_a_block() -> None:
    for table, block_h in ((TABLE, 0.0), (TABLE.drop(columns="time_utc"), 48.0)):
        seen = sightings(table, "table", block_h=block_h)
        assert seen.block.tolist() == seen.observation.tolist()
        assert seen.blocks == 4
    assert np.isnan(sightings(TABLE.drop(columns="time_utc"), "table").hours).all()


@pytest.mark.parametrize(("change", "said"), [
    ({"class": None}, "expected a class in each row, found none in row 0"),
    ({"source": [*"ab", None, *"cd"]}, "expected a source in each row, found none in row 2"),
    ({"time_utc": "now"}, "expected UTC times like 2015-12-07T05:23:30.000 in time_utc, found 'now'"),
    ({"time_utc": "01/02/2016"}, "in time_utc, found '01/02/2016'"),
    ({"time_utc": "yesterday"}, "expected UTC times like 2015-12-07T05:23:30.000 in time_utc, found 'yesterday'"),
    ({"latitude_deg": "north"}, "expected numbers in latitude_deg, found 'north' in row 0"),
])
def test_what_is_no_sighting_is_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=said):
        sightings(TABLE.assign(**change), "my table")  # type: ignore[arg-type]


def test_a_table_without_classes_or_rows_is_refused() -> None:
    with pytest.raises(UserError, match="my table: expected a column 'source', found class"):
        sightings(TABLE[["class"]], "my table")
    with pytest.raises(UserError, match="my table: expected classified images, found none"):
        sightings(TABLE[:0], "my table")
