"""Gives freed memory back to the system, for processes that live long and rest between photos.

glibc keeps what a photo took for the next one, up to hundreds of MB. Other C libraries need no
asking.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

_MMAP_THRESHOLD = -3
"""The number of that option in glibc's malloc.h."""

_LARGE = 4 << 20
"""More than a piece of a picture: pieces come and go, and each would be empty pages."""


def give_back() -> None:
    """Return all memory that is free but kept: for a moment in which nothing is to be done."""
    if (trim := _function("malloc_trim")) is not None:
        trim(0)


def keep_nothing_large() -> None:
    """Have blocks of 4 MiB or more returned as soon as they are free.

    Each new one is then empty pages, which costs a program that computes a third of its speed, and
    one that only passes frames on nothing.
    """
    if (set_option := _function("mallopt")) is not None:
        set_option(_MMAP_THRESHOLD, _LARGE)


def resident_bytes(pid: int) -> int:
    """A process's resident memory; 0 when it has ended, or nobody can tell."""
    import psutil  # late: only `status` asks

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except (psutil.Error, OSError):
        return 0


def _function(name: str) -> Callable[..., int] | None:
    """A function of glibc; None where there is another C library."""
    if sys.platform != "linux":
        return None
    function: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return function
