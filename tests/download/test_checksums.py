"""Files of MD5 sums in the forms that programs write, and which sum is a file's."""

import hashlib
import time

import pytest

from paper_repro.download import checksums
from paper_repro.download.checksums import ContradictionError, Sums

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
