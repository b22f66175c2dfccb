"""The networks that a worker keeps loaded between jobs."""

from __future__ import annotations

from selcolor_backend.models.loading import open_colorizer, open_segmenter
from selcolor_backend.models_api import Colorizer, Segmenter


class WarmModels:
    """Networks by name, loaded when first asked for; they go when the worker process does."""

    def __init__(self, device: str) -> None:
        """Load nothing yet.

        Args:
            device: where the networks are to run, as `devices.best_device` tells.
        """
        self.device = device
        self._colorizers: dict[str, Colorizer] = {}
        self._segmenters: dict[str, Segmenter] = {}

    def colorizer(self, name: str) -> Colorizer:
        """A colorizer; raises as `loading.open_colorizer`."""
        if name not in self._colorizers:
            self._colorizers[name] = open_colorizer(name, self.device)
        return self._colorizers[name]

    def segmenter(self, name: str) -> Segmenter:
        """A segmenter; raises as `loading.open_segmenter`."""
        if name not in self._segmenters:
            self._segmenters[name] = open_segmenter(name, self.device)
        return self._segmenters[name]

    def notes(self, *used: Colorizer | Segmenter | None) -> tuple[str, ...]:
        """Sentences on networks that had to leave the device for lack of memory."""
        return tuple(
            f"{network.name} ran on the {network.device}, "
            f"because the memory of {self.device} did not suffice."
            for network in used
            if network is not None and network.device != self.device
        )
