"""Files of MD5 sums in the forms that programs write, and which sum is a file's."""

import hashlib

import pytest

from paper_repro.download import checksums
from paper_repro.download.checksums import Sums

A, B = (hashlib.md5(text).hexdigest() for text in (b"a", b"b"))


@pytest.mark.parametrize("line", [f"{A}  data/a b.fit", f"{A} *data/a b.fit", f"{A.upper()}\t./data/a b.fit",
                                  f"MD5 (data/a b.fit) = {A}", f"MD5(data/a b.fit)= {A}", f"data/a b.fit  {A}",
                                  f"data\\a b.fit,{A}", f"  {A}  data//a b.fit  "])
def test_forms(line: str) -> None:
    assert checksums.parse(f"# sums\r\n\r\n{line}\r\n{B}  c\nno sum: {A[:-1]}  x\n") == {"data/a b.fit": A, "c": B}


def test_two_sums_of_one_path_are_none() -> None:
    assert checksums.parse(f"{A}  a\n{B}  ./a\n{A}  b\n{A}  b\n") == {"b": A}


def test_by_path_then_by_name() -> None:
    sums = Sums({"set/": {"v1/data/a.fit": A, "x/b.fit": B}, "set/v2/": {"other/c.fit": A, "1/d.fit": A, "2/d.fit": A}})
    assert sums.of("set/v1/data/a.fit") == A
    assert sums.of("set/v1/data/b.fit") == B
    assert sums.of("set/v2/c.fit") == A
    assert sums.of("set/v2/d.fit") is None
    assert sums.of("other/a.fit") is None
    assert sums.of("set/none.fit") is None


def test_files_of_sums_that_contradict_each_other_say_nothing() -> None:
    assert Sums({"set/": {"v1/a": A}, "set/v1/": {"a": B}}).of("set/v1/a") is None
    assert Sums({"set/": {"v1/a": A}, "set/v1/": {"a": A}}).of("set/v1/a") == A
