"""Keeps what libraries print by themselves off the terminal: users get our notes instead."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_STANDARD_ERROR = 2

# Without a handler, remarks on odd tags would be printed between our progress bars.
for library in ("imagecodecs", "tifffile", "PIL"):
    logging.getLogger(library).addHandler(logging.NullHandler())


@contextmanager
def quiet() -> Iterator[None]:
    """Warnings of Python and what C libraries write to standard error go nowhere."""
    with warnings.catch_warnings(), _no_standard_error():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _no_standard_error() -> Iterator[None]:
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        kept = os.dup(_STANDARD_ERROR)
    except OSError:  # it is closed, so that nothing can be printed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STANDARD_ERROR)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, _STANDARD_ERROR)
        os.close(kept)
