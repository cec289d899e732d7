"""Files of MD5 sums in the forms that programs write, and which sum is a file's."""

import hashlib
import time
from collections.abc import Mapping

import numpy as np
import pytest

from paper_repro.download import checksums
from paper_repro.download.checksums import ContradictionError, Digests, Sums
from tests.counted import calls_of

A, B = (hashlib.md5(text).hexdigest() for text in (b"a", b"b"))


@pytest.mark.parametrize("line", [f"{A}  data/a b.fit", f"{A} *data/a b.fit", f"{A.upper()}\t./data/a b.fit",
                                  f"MD5 (data/a b.fit) = {A}", f"MD5(data/a b.fit)= {A}", f"data/a b.fit  {A}",
                                  f"data\\a b.fit,{A}", f"  {A}  data//a b.fit  "])
def test_forms(line: str) -> None:
    text = f"# sums\r\n\r\n{line}\r\n{B}  c\nno sum: {A[:-1]}  x\n"
    assert checksums.parse(text) == {"data/a b.fit": (A,), "c": (B,)}


def test_two_sums_of_one_path_are_both_kept() -> None:
    assert checksums.parse(f"{A}  a\n{B}  ./a\n{A}  b\n{A}  b\n") == {"a": tuple(sorted((A, B))), "b": (A,)}


@pytest.mark.attack("checksum-commas")
@pytest.mark.parametrize("line", ["," * 80_000, ", " * 40_000, "x," * 40_000, "MD5(" + ")" * 80_000,
                                  "MD5 (" + ") " * 40_000, "MD5" + " " * 80_000 + "x", "a" * 80_000,
                                  A + " " * 80_000 + "\\", "x " + A * 2500])
def test_no_line_takes_more_time_than_its_length_is_worth(line: str) -> None:
    start = time.process_time()
    checksums.parse(line)
    checksums.parse(line + "\0")
    assert time.process_time() - start < 0.5


def test_by_path_then_by_name() -> None:
    sums = Sums({"set/md5sum.txt": {"v1/data/a.fit": (A,), "x/b.fit": (B,)},
                 "set/v2/checksum.txt": {"other/c.fit": (A,), "1/d.fit": (A,), "2/d.fit": (A,)}})
    assert sums.of("set/v1/data/a.fit") == A
    assert sums.of("set/v1/data/b.fit") == B
    assert sums.of("set/v2/c.fit") == A
    assert sums.of("set/v2/d.fit") is None
    assert sums.of("other/a.fit") is None
    assert sums.of("set/none.fit") is None


@pytest.mark.attack("checksum-contradiction")
@pytest.mark.parametrize("files", [
    {"set/md5sum.txt": {"v1/a": (A,)}, "set/v1/checksum.txt": {"a": (B,)}},  # of two folders
    {"set/md5sum.txt": {"v1/a": (A,)}, "set/checksum.txt": {"v1/a": (B,)}},  # of one folder
    {"set/md5sum.txt": {"v1/a": (A, B)}},
])
def test_sums_that_contradict_each_other_are_said(files: dict[str, dict[str, tuple[str, ...]]]) -> None:
    with pytest.raises(ContradictionError, match="set/v1/a: expected one MD5 sum, the archive has 2") as caught:
        Sums(files).of("set/v1/a")
    assert all(word in str(caught.value) for word in (A, B, *files))


def test_sums_that_agree_are_one() -> None:
    assert Sums({"set/md5sum.txt": {"v1/a": (A,)}, "set/v1/checksum.txt": {"a": (A,)}}).of("set/v1/a") == A


def plain(files: Mapping[str, Digests], path: str) -> str | None:
    """What `Sums.of` says, by looking into every file of sums."""
    stated: dict[str, str] = {}
    for file, digests in files.items():
        folder = file[: file.rfind("/") + 1]
        if path.startswith(folder):
            name = path.rpartition("/")[2]
            same_name = [sums for other, sums in digests.items() if other.rpartition("/")[2] == name]
            sums = digests.get(path.removeprefix(folder)) or (same_name[0] if len(same_name) == 1 else ())
            stated |= dict.fromkeys(sums, file)
    if len(stated) > 1:
        each = ", ".join(f"{digest} in {file}" for digest, file in stated.items())
        return (f"{path}: expected one MD5 sum, the archive has {len(stated)} that contradict each other ({each}), and "
                "nothing says which is right.")
    return next(iter(stated), None)


def test_any_file_has_the_sum_that_looking_into_every_file_of_sums_gives() -> None:
    rng = np.random.default_rng(8)
    parts = ["", "a", "b", "a/", "a/b", "a/b/", "b/a", "a/a/b", "/a", "a//b", "..", "b/b/a"]
    kinds = {"none": 0, "one": 0, "contradiction": 0}
    for _ in range(300):
        files = {f"{rng.choice(parts)}{rng.choice(['/', ''])}{n % 3}.md5": {
            str(rng.choice(parts)): tuple(map(str, rng.choice([A, B], rng.choice([0, 1, 1, 1, 2]), replace=False)))
            for _ in range(rng.integers(0, 4))} for n in range(rng.integers(0, 7))}
        sums = Sums(files)
        for path in [*parts, *(f"{one}/{other}" for one in parts for other in parts)]:
            expected = plain(files, path)
            try:
                found = sums.of(path)
                kinds["none" if found is None else "one"] += 1
            except ContradictionError as error:
                found = str(error)
                kinds["contradiction"] += 1
            assert found == expected
    assert min(kinds.values()) > 1000


@pytest.mark.parametrize("folder", ["set/", "set/{}/"])
def test_twice_the_images_with_a_file_of_sums_each_are_twice_the_work(folder: str) -> None:
    def calls(images: int) -> int:
        names = [f"{folder.format(number)}{number}.fit" for number in range(images)]
        files = {f"{name}.md5": {name.rpartition("/")[2]: (A,)} for name in names}

        def asked() -> None:
            sums = Sums(files)
            found.extend(sums.of(name) for name in names)

        found: list[str | None] = []
        count = calls_of(asked)
        assert found == [A] * images
        return count

    assert calls(400) < 2.1 * calls(200)
