"""Memory that a job has freed, given back to the system.

The C library of most Linux systems keeps what was freed for the next time. After a job these are
a photo's pixels several times over, which a user sees as the editor's.
"""

from __future__ import annotations

import ctypes
import sys

GLIBC = "libc.so.6"


def give_back() -> bool:
    """Have the C library give back what is free; False where it has no such call."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        trim = ctypes.CDLL(GLIBC).malloc_trim
    except (OSError, AttributeError):  # another C library, such as musl
        return False
    trim(0)
    return True
