"""Keeps the memory of a step for the next one, where the C library is GNU's.

A training asks for the same large arrays in every step. GNU's allocator gives arrays above 32 MB
back to the system at once, and every page of the next one is made anew: on two cores that took a
tenth of the time of a step.
"""

from __future__ import annotations

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
"""Numbers of `mallopt`'s settings, from malloc.h."""

NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Ask the allocator not to give memory back.

    Returns:
        Whether there is such an allocator.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    library = ctypes.CDLL(None)
    return bool(library.mallopt(M_MMAP_MAX, 0) and library.mallopt(M_TRIM_THRESHOLD, NEVER))
