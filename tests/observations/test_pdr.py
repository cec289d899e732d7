"""Images as pdr reads them, which knows nothing of this project: real ones, and labels that say the same otherwise."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.observations import pds3
from paper_repro.observations.pds3_image import Image
from paper_repro.observations.vmc import read_image
from tests.observations import products

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # what it says when it is imported is its own business
    import pdr

SHAPE = (4, 6)


def by_pdr(path: Path) -> NDArray[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(pdr.read(str(path))["IMAGE"])


@pytest.mark.parametrize("name", ["V0260_0008_UV2", "V0942_0004_UV2"])
def test_real_images(real_inputs: Path, name: str) -> None:
    path = real_inputs / f"vmc/{name}.IMG"
    found, expected = read_image(path), by_pdr(path)
    assert found.shape == (512, 512)
    np.testing.assert_array_equal(found, expected)


CASES: dict[str, tuple[tuple[int, int, int], str, int, str, dict[str, str]]] = {
    "as the archive": ((1, *SHAPE), "MSB_INTEGER", 16, ">i2", {}),
    "little endian": ((1, *SHAPE), "LSB_INTEGER", 16, "<i2", {}),
    "32 bits": ((1, *SHAPE), "MSB_INTEGER", 32, ">i4", {}),
    "real numbers": ((1, *SHAPE), "IEEE_REAL", 32, ">f4", {}),
    "real numbers of a PC": ((1, *SHAPE), "PC_REAL", 32, "<f4", {}),
    "prefix": ((1, *SHAPE), "MSB_INTEGER", 16, ">i2", {"LINE_PREFIX_BYTES": "4"}),
    "suffix": ((1, *SHAPE), "MSB_INTEGER", 16, ">i2", {"LINE_SUFFIX_BYTES": "6"}),
    "based integers": ((1, *SHAPE), "MSB_INTEGER", 16, ">i2", {"LINES": "16#4#", "RECORD_BYTES": "16#200#"}),
    "a pointer with a name": ((1, *SHAPE), "MSB_INTEGER", 16, ">i2", {"POINTER": '("V0942_0004_UV2.IMG", 7)'}),
    "a pointer in bytes": ((1, *SHAPE), "MSB_INTEGER", 16, ">i2", {"POINTER": "3073 <BYTES>"}),
    "bands one after the other": ((5, *SHAPE), "IEEE_REAL", 32, ">f4", {}),
    "lines interleaved": ((5, *SHAPE), "IEEE_REAL", 32, ">f4", {"BAND_STORAGE_TYPE": "LINE_INTERLEAVED"}),
    "samples interleaved": ((5, *SHAPE), "IEEE_REAL", 32, ">f4", {"BAND_STORAGE_TYPE": "SAMPLE_INTERLEAVED"}),
}


@pytest.mark.parametrize("name", CASES)
def test_what_both_read(tmp_path: Path, name: str) -> None:
    shape, kind, bits, dtype, changes = CASES[name]
    path = tmp_path / f"{products.VMC_STEM}.IMG"
    rng = np.random.default_rng(0)
    count = int(np.prod(shape))
    samples = rng.integers(-9, 3000, count).astype(dtype)
    beside = shape[1] * sum(int(changes.get(f"LINE_{side}_BYTES", "0")) for side in ("PREFIX", "SUFFIX"))
    data = samples.tobytes() + rng.integers(0, 127, beside, np.uint8).tobytes()
    head = products.vmc_label(shape, kind, bits, 512, **changes)
    path.write_bytes(head + b" " * 512 + data.ljust(-(-len(data) // 512) * 512, b"\0"))
    with path.open("rb") as handle:
        image = Image(pds3.read_label(handle, path, path.stat().st_size))
        found = np.stack([image.read_band(handle, band) for band in range(shape[0])])
    expected = by_pdr(path)
    assert found.dtype.kind == expected.dtype.kind
    np.testing.assert_array_equal(found, expected.reshape(shape))
    assert len(np.unique(found)) > 20
