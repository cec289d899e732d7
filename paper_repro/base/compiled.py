"""Compiled kernels, cached where that is possible."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile to machine code that runs outside the interpreter lock, kept on disk where a folder can be written.

    Numba looks beside the source, then in the user's cache folder; where it can write neither (a read-only
    installation without a home) it refuses, and the kernel is compiled once in each process instead.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:
        return numba.njit(**options)(function)
