"""Memory of repeated work is kept: given back, it would have to be asked for and zeroed again at every step."""

import ctypes
import sys

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX, M_ARENA_MAX = -1, -2, -4, -8  # glibc's malloc.h


def keep_freed() -> None:
    """Let the C library keep freed memory for the next step, up to the most the process ever used.

    A training step, or an observation, frees and asks for hundreds of megabytes; with glibc's defaults up to half of
    the time goes into page faults, more so with several processes. To be called before threads are started: those
    that come later share one heap, since a heap of a thread's own can't keep blocks above 64 MB. Does nothing where
    the C library isn't glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1), (M_TOP_PAD, 2**26),
                              (M_ARENA_MAX, 1)):
            mallopt(option, value)
