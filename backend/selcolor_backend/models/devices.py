"""Devices: which one to use, in what precision, and what happens when its memory runs out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor, nn

from selcolor_backend.models.heartbeat import Heartbeat
from selcolor_backend.shortage import is_out_of_memory
from selcolor_protocol.errors import InvalidOptions, OutOfMemory

log = logging.getLogger(__name__)

T = TypeVar("T")

CPU = "cpu"
TENSOR_CORES = (7, 0)
"""The first CUDA capability with fast half precision; older cards are slower with it."""


def available_devices() -> tuple[str, ...]:
    """The devices that compute on this machine, the best first; the CPU is always the last."""
    accelerators = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "xpu": torch.xpu.is_available(),
    }
    return (*(name for name, here in accelerators.items() if here and computes(name)), CPU)


@cache
def computes(device: str) -> bool:
    """Whether a device really computes; tried once in the life of a process.

    PyTorch calls a card available that its build has no programs for, and fails at the first step.
    """
    try:
        picture = torch.ones(1, 1, 4, 4, device=device)
        return float(nn.functional.conv2d(picture, picture).item()) == 16.0
    except (RuntimeError, AssertionError) as error:
        if is_out_of_memory(error):
            return True  # it is only full, and may have room when it is needed
        log.warning("%s is not used, because it does not compute: %s", device, error)
        return False


def best_device() -> str:
    """CUDA, else MPS, else XPU, else the CPU."""
    return available_devices()[0]


def check_device(device: str | None) -> str:
    """The device to use: `device`, such as "cuda:1", or the best one for None.

    Raises:
        InvalidOptions: this machine has no such device.
    """
    if device is None:
        return best_device()
    here = available_devices()
    if device.split(":")[0] not in here or not computes(device):
        raise InvalidOptions(
            f"There is no device {device!r} here.", f"Choose one of: {', '.join(here)}."
        )
    return device


def precision(device: str) -> AbstractContextManager[object]:
    """Automatic half precision on CUDA cards that gain by it; single precision elsewhere.

    Autocast keeps softmax and norms in single precision, and both kinds of networks end in a
    convolution of moderate values, so that half precision is safe for inference.
    """
    if device.startswith("cuda") and torch.cuda.get_device_capability(device) >= TENSOR_CORES:
        return torch.autocast("cuda", dtype=torch.float16)
    return nullcontext()


class PlacedNetwork:
    """A network on a device, ready to predict, with a way out when memory runs out.

    The way out is the CPU; what a network can be shown less of is the predictor's concern.

    Memory is often taken by an editor for a moment only. Hence the next prediction tries the
    device again.

    Attributes:
        name: the model's name in the registry.
        wanted: the device that it is to run on.
        device: where the network is now: the CPU after a fallback.
    """

    def __init__(self, network: nn.Module, device: str, name: str) -> None:
        self.name = name
        self.wanted = device
        self.network = network.eval().requires_grad_(False)
        self._heartbeat = Heartbeat(network)
        self._return()

    def _return(self) -> None:
        """Move to the device that is wanted, if it has room."""
        self.device = self.wanted
        if self._try(self._place) is None:
            self._fall_back()

    def _place(self) -> nn.Module:
        self.network = self.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return self.network

    def _fall_back(self) -> None:
        """Move to the CPU, freeing the accelerator."""
        self.network = self.network.to(CPU)
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
        self.device = CPU

    def _try(self, step: Callable[[], T]) -> T | None:
        """What `step` returns, or None when memory ran out."""
        try:
            return step()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        # Here the error and its traceback are gone, and with them the tensors that they held.
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()
        return None

    def __call__(self, *batch: Tensor) -> Tensor:
        """Predict.

        Args:
            batch: the network's inputs, float32, on any device.

        Returns:
            The network's output in float32, on `device`.

        Raises:
            OutOfMemory: not even the CPU has room.
        """
        if self.device != self.wanted:
            self._return()
        output = self._try(lambda: self._predict(*batch))
        if output is None and self.device != CPU:
            self._fall_back()
            output = self._try(lambda: self._predict(*batch))
        if output is None:
            raise OutOfMemory(
                f"There is not enough memory to run {self.name}; the picture is unchanged.",
                "Close other programs, or choose a smaller model.",
            )
        return output

    def _predict(self, *batch: Tensor) -> Tensor:
        inputs = [
            each.to(self.device).contiguous(memory_format=torch.channels_last) for each in batch
        ]
        # Not inference_mode: its tensors may not be changed in place by the pipeline.
        with torch.no_grad(), precision(self.device), self._heartbeat.of_a_prediction():
            output: Tensor = self.network(*inputs)
        return output.float()
