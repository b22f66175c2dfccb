"""When memory runs out: how that is recognized, and what was done about it."""

from __future__ import annotations

from collections import Counter

import torch

from selcolor_protocol.notes import Note

OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")

_noted: Counter[Note] = Counter()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on any device."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(word in text for word in OUT_OF_MEMORY_WORDS)


def note_smaller_parts() -> None:
    """Remember that something was done in smaller parts."""
    _noted[Note.MEMORY_WAS_SHORT] += 1


def note_seen_smaller() -> None:
    """Remember that a network was shown less than its own size."""
    _noted[Note.NETWORK_SAW_LESS] += 1


def shortages() -> Counter[Note]:
    """How often each was so in this process: what is more afterwards is of one job."""
    return _noted.copy()
