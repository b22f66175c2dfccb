"""How many cores there are to use; asked by who must not wait for torch's import, too."""

from __future__ import annotations

import os

ONE_BLAS_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""OpenBLAS's threads wait for each other at every small block of a matrix; beside another program,
one thread alone is up to ten times as quick (docs/decisions/060)."""


def use_one_blas_thread() -> None:
    """Have this process's children, and itself before it imports numpy, solve with one thread.

    Who has set the variable already has it as it is.
    """
    os.environ.update({**ONE_BLAS_THREAD, **os.environ})


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
