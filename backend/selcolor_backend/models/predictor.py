"""A network with its weights, as the plan asks it: from a sketch to colors or classes."""

from __future__ import annotations

import logging
import time

import torch
from torch import Tensor

from selcolor_backend.models.devices import PlacedNetwork
from selcolor_backend.models.parts import predict_in_parts
from selcolor_backend.networks.architecture import Architecture
from selcolor_backend.networks.sizes import halved
from selcolor_backend.shortage import note_seen_smaller
from selcolor_backend.sketch import Sketch
from selcolor_protocol.errors import OutOfMemory

log = logging.getLogger(__name__)


class Predictor:
    """A colorizer or a segmenter that is ready to be asked.

    Attributes:
        name: the model's name in the registry.
        classes: of a segmenter, what can be asked for, the background first.
        seconds: spent on predictions so far.
    """

    def __init__(
        self,
        network: PlacedNetwork,
        architecture: Architecture,
        classes: tuple[str, ...] = (),
        unsure: tuple[str, ...] = (),
    ) -> None:
        """Take a network.

        Args:
            network: on its device.
            architecture: of the network.
            classes: of a segmenter, in the order of its logits, the background first.
            unsure: those of them that count as the last one.
        """
        self.name = network.name
        self.classes = tuple(name for name in classes if name not in unsure)
        self._kept = [number for number, name in enumerate(classes) if name not in unsure]
        self._unsure = [number for number, name in enumerate(classes) if name in unsure]
        self.seconds = 0.0
        self._network = network
        self._architecture = architecture

    @property
    def device(self) -> str:
        """The torch device on which the last prediction was made."""
        return self._network.device

    @property
    def takes_hints(self) -> bool:
        """Whether the hints of a sketch change what is predicted."""
        return self._architecture.prepare_hints is not None

    @property
    def sees(self) -> int:
        """Pixels along the longer side of a picture up to which the network finds more."""
        return self._architecture.sees

    def predict(self, sketch: Sketch) -> Tensor:
        """Predict for a picture.

        Args:
            sketch: of any size and proportions; its hints are left out by networks that take none.

        Returns:
            At the network's own size, or less where memory is short, float32 on the CPU: ab in
            Lab's units, `[2, h, w]`, or the probability of each class, `[K, h, w]`, the background
            first.

        Raises:
            OutOfMemory: not even the CPU has room.
        """
        began = time.monotonic()
        try:
            return predict_in_parts(sketch, self._predict_whole)
        finally:
            self.seconds += time.monotonic() - began

    def _predict_whole(self, sketch: Sketch) -> Tensor:
        """Predict at the network's size, or at half of it as often as memory demands."""
        least = self._architecture.least
        size = self._architecture.native_size(sketch.height, sketch.width)
        while True:
            smaller = halved(*size)
            try:
                return self._predict_at(sketch, size)
            except OutOfMemory:
                if least is None or min(smaller) < least:
                    raise
            # Here the error is gone, and with it the tensors that it held.
            log.warning("%s is shown %s × %s for lack of memory", self.name, *smaller)
            note_seen_smaller()
            size = smaller

    def _predict_at(self, sketch: Sketch, size: tuple[int, int]) -> Tensor:
        architecture = self._architecture
        small = sketch.resized(*size)
        inputs = [architecture.prepare(small)]
        if architecture.prepare_hints is not None and small.hints is not None:
            inputs.append(architecture.prepare_hints(small))
        planes = architecture.finish(self._network(*inputs)[0].cpu())
        if not self._unsure:
            return planes
        last = planes[[*self._unsure, -1]].sum(dim=0).clamp(max=1.0)
        return torch.cat([planes[self._kept[:-1]], last[None]])
