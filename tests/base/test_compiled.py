"""Kernels are compiled whether or not they can be cached."""

from typing import Any

import numba
import pytest

from paper_repro.base.compiled import compiled


def test_where_no_cache_can_be_written_a_kernel_is_compiled_all_the_same() -> None:
    # Numba has no place to cache a function without a file, and refuses as it does on a read-only file system.
    names: dict[str, Any] = {}
    exec("def successor(x): return x + 1", names)
    with pytest.raises(RuntimeError, match="cannot cache"):
        numba.njit(cache=True)(names["successor"])
    assert compiled(names["successor"])(1) == 2
