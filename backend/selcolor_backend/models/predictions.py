"""What the networks said, kept so that changing a mask or saturation does not run them again.

The outputs are small (some hundred KiB each); the cache is bounded by their bytes and forgets what
was not used for longest. It belongs to one thread. Which networks run is left to `pipeline.py`.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable

from torch import Tensor

CACHE_BYTES = 128 * 1024 * 1024


class PredictionCache:
    """Network outputs by network and input, bounded by bytes."""

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[bytes, Tensor] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def predict(self, name: str, picture: Tensor, network: Callable[[Tensor], Tensor]) -> Tensor:
        """Ask a network, or remember what it said.

        Args:
            name: the network's name in the registry.
            picture: its input, float32 on the CPU.
            network: its `predict`.

        Returns:
            Its output, float32 on the CPU; shared, so not to be written to.
        """
        key = _digest(name, picture)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        output = network(picture).detach().float().cpu()
        self._keep(key, output)
        return output

    def _keep(self, key: bytes, output: Tensor) -> None:
        self._kept[key] = output
        self._bytes += output.nbytes
        while self._bytes > self._limit:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.nbytes


def _digest(name: str, picture: Tensor) -> bytes:
    """Name, shape and content in 32 bytes; gain is part of the content."""
    digest = hashlib.blake2b(f"{name} {tuple(picture.shape)} ".encode(), digest_size=32)
    digest.update(picture.contiguous().numpy().data.cast("B"))
    return digest.digest()
