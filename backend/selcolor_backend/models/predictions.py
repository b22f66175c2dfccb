"""What was decided about photos, kept so that changing a mask or saturation decides it only once.

Everything kept is small, for it has the size of a network's output or of a sketch. The cache is
bounded by bytes and forgets what was not used for longest. It belongs to one thread.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import TypeVar

from torch import Tensor

from selcolor_backend.sketch import Sketch

T = TypeVar("T")

CACHE_BYTES = 192 * 1024 * 1024


class Decisions:
    """Tensors, and small values that are made of them, by what they follow from."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[tuple[object, ...], object] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def recall(self, key: tuple[object, ...], decide: Callable[[], T]) -> T:
        """Decide something, or remember it.

        Args:
            key: all that the decision follows from, beginning with what it is.
            decide: called when it is not remembered; gives a tensor, or a dataclass of some.

        Returns:
            The decision; shared, so not to be written to.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]  # type: ignore[return-value]
        decision = decide()
        self._kept[key] = decision
        self._bytes += bytes_of(decision)
        while self._bytes > self._limit:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= bytes_of(oldest)
        return decision


def bytes_of(decision: object) -> int:
    """Bytes of a tensor, or of all tensors in a dataclass."""
    if isinstance(decision, Tensor):
        return decision.nbytes
    if is_dataclass(decision):
        return sum(bytes_of(getattr(decision, field.name)) for field in fields(decision))
    return 0


def digest_of(sketch: Sketch) -> bytes:
    """What tells one sketch from another, in 32 bytes."""
    digest = hashlib.blake2b(str(tuple(sketch.rgb.shape)).encode(), digest_size=32)
    digest.update(sketch.rgb.numpy().data.cast("B"))
    return digest.digest()
