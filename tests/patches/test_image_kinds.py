"""Image files one by one: what is read of each kind, and each way a file can be wrong."""

from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.patches.image_files import FORMATS, SUFFIXES, read_image
from tests.patches.image_cases import CASES, Case, encoded
from tests.patches.photographs_made import Pixels, pixels


def read(path: Path, data: bytes) -> Pixels:
    path.write_bytes(data)
    return read_image(path)


@pytest.mark.parametrize("case", [case for case in CASES if case.read], ids=lambda case: case.input)
def test_what_is_read_of_each_kind_of_file(tmp_path: Path, case: Case) -> None:
    for name, (data, seen) in case.files().items():
        found = read(tmp_path / name, data)
        assert found.dtype == np.uint8
        assert np.array_equal(found, seen), name


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=lambda case: case.input)
def test_each_kind_of_file_that_is_refused_names_the_file_and_the_reason(tmp_path: Path, case: Case) -> None:
    for name, (data, _) in case.files().items():
        with pytest.raises(UserError) as caught:
            read(tmp_path / name, data)
        assert str(caught.value).startswith(f"{tmp_path / name}: expected ")
        assert case.said in str(caught.value), name
        assert " object at 0x" not in str(caught.value)


def test_every_suffix_is_among_the_cases() -> None:
    assert {Path(name).suffix.lower() for name in CASES[0].files()} == set(SUFFIXES)


@pytest.mark.parametrize("kind", FORMATS)
@hypothesis.given(st.data())
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture], max_examples=30,
                     deadline=None)
def test_a_cut_anywhere_is_noticed_or_changes_nothing(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    whole = encoded(Image.fromarray(pixels(1, side=40)), kind)
    path = tmp_path / f"a{FORMATS[kind][0]}"
    seen = read(path, whole)
    length = data.draw(st.integers(0, len(whole) - 1))
    try:
        found = read(path, whole[:length])
    except UserError as error:
        said = str(error)
        assert said.startswith(f"{path}: expected an image")
    else:
        assert np.array_equal(found, seen)
