"""Devices: which one to use, in what precision, and what happens when its memory runs out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import torch
from torch import Tensor, nn

from selcolor_protocol.errors import InvalidOptions, OutOfMemory

T = TypeVar("T")

CPU = "cpu"
TENSOR_CORES = (7, 0)
"""The first CUDA capability with fast half precision; older cards are slower with it."""

OUT_OF_MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


def available_devices() -> tuple[str, ...]:
    """The devices of this machine, the best first; the CPU is always the last."""
    accelerators = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "xpu": torch.xpu.is_available(),
    }
    return (*(name for name, here in accelerators.items() if here), CPU)


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
    if device.split(":")[0] not in here:
        raise InvalidOptions(
            f"There is no device {device!r} here.", f"Choose one of: {', '.join(here)}."
        )
    return device


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on any device."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(word in text for word in OUT_OF_MEMORY_WORDS)


def precision(device: str) -> AbstractContextManager[object]:
    """Automatic half precision on CUDA cards that gain by it; single precision elsewhere.

    Autocast keeps softmax and norms in single precision, and both kinds of networks end in a
    convolution of moderate values, so that half precision is safe for inference.
    """
    if device.startswith("cuda") and torch.cuda.get_device_capability(device) >= TENSOR_CORES:
        return torch.autocast("cuda", dtype=torch.float16)
    return nullcontext()


class PlacedNetwork:
    """A network on a device, ready to predict; it falls back to the CPU when memory runs out.

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
        """What `step` returns, or None when memory ran out on an accelerator.

        Raises:
            OutOfMemory: it ran out on the CPU.
        """
        try:
            return step()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            if self.device == CPU:
                raise OutOfMemory(
                    f"There is not enough memory to run {self.name}; the picture is unchanged.",
                    "Close other programs, or choose a smaller model.",
                ) from error
        # Here the error and its traceback are gone, and with them the tensors that they held.
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
        if output is None:
            self._fall_back()
            output = self._try(lambda: self._predict(*batch))
            assert output is not None, "on the CPU, running out of memory is an error"
        return output

    def _predict(self, *batch: Tensor) -> Tensor:
        inputs = [
            each.to(self.device).contiguous(memory_format=torch.channels_last) for each in batch
        ]
        # Not inference_mode: its tensors may not be changed in place by the pipeline.
        with torch.no_grad(), precision(self.device):
            output: Tensor = self.network(*inputs)
        return output.float()
