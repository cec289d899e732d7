"""Folders of very many images, classes or splits: found as one by one, in as much work as there are of them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from paper_repro.base.errors import UserError
from paper_repro.patches import image_folder
from paper_repro.patches.image_folder import find_images
from tests.counted import Name, calls_of


def test_folders_of_classes_are_those_found_one_by_one() -> None:
    rng = np.random.default_rng(2)
    kinds = [(), ("a",), ("b",), ("a", "x"), ("a", "y"), ("b", "x"), ("b", "y", "z"), ("c", "x"), ("c", "x", "y")]
    found = Counter[str]()
    for _ in range(500):
        parents = [kinds[n] for n in rng.choice(len(kinds), rng.integers(1, 8))]
        expected = []
        for name in "bac":
            below = {each[1:2] for each in parents if each[:1] == (name,)}
            if () not in below and len(below) > 1:
                expected.append(name)
        assert image_folder._with_classes("bac", parents) == expected
        found.update(expected)
    assert found["a"] > 20
    assert found["b"] > 20
    assert not found["c"]


@pytest.mark.parametrize(("count", "said"), [
    (2, "fold 1 test and fold 2 test"), (6, "fold 1 test, fold 2 test, fold 3 test, fold 4 test, fold 5 test and fold "
    "6 test"), (7, "fold 1 test, fold 2 test, fold 3 test and 4 others"),
    (1000, "fold 1 test, fold 2 test, fold 3 test and 997 others")])
def test_of_very_many_names_the_first_are_said(tmp_path: Path, count: int, said: str) -> None:
    for number in range(1, count + 1):
        for name in ("a", "b"):
            (folder := tmp_path / f"fold {number} test" / name).mkdir(parents=True)
            (folder / "1.png").touch()  # not opened here
    with pytest.raises(UserError, match=f": expected images by class, found the splits {said}; join them with"):
        find_images(tmp_path)


@pytest.mark.parametrize("below", ["", "a/", "set/{}/"])
def test_twice_the_files_are_at_most_twice_the_work(tmp_path: Path, below: str) -> None:
    def calls(files: int) -> int:
        root = tmp_path / str(files)
        for number in range(files):
            path = root / below.format(number % 2) / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()  # not opened here
        return calls_of(lambda: find_images(root))

    assert calls(400) < 2.2 * calls(200)  # some of a sort's work is log N


@pytest.mark.parametrize("other", [(), ("beside",)])
def test_twice_the_splits_are_twice_the_work(other: tuple[str, ...]) -> None:
    def calls(splits: int) -> int:
        names = [*(Name(f"test {number}") for number in range(splits)), *map(Name, other)]
        parents = [(name, below) for name in names for below in ("a", "b")]

        def refused() -> None:
            with pytest.raises(UserError, match="found"):
                image_folder._without_splits(Path("in"), parents, False)

        return calls_of(refused)

    assert calls(400) < 2.2 * calls(200)


class Read(list[tuple[str, ...]]):
    """A list that counts how often it is gone through."""

    times = 0

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        self.times += 1
        return super().__iter__()


def test_the_common_folder_is_not_looked_for_at_each_image() -> None:
    few, many = (Read([("set", "a")] * count) for count in (10, 1000))
    assert image_folder._below_common(few) == [()] * 10
    assert image_folder._below_common(many) == [()] * 1000
    assert few.times == many.times
