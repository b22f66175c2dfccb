"""A device that is listed but does not compute is not used: it is tried once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from selcolor_backend.models import devices
from selcolor_protocol.errors import InvalidOptions

NO_PROGRAMS = (
    "CUDA error: no kernel image is available for execution on the device\n"
    "CUDA kernel errors might be asynchronously reported"
)
"""What PyTorch raises on a GTX 1080 with a build for Turing and newer."""
NO_DRIVER = "Found no NVIDIA driver on your system."
FULL = "CUDA out of memory. Tried to allocate 2.00 MiB."


@pytest.fixture(autouse=True)
def untried() -> Iterator[None]:
    """No device has been tried yet, nor will what was tried here count elsewhere."""
    devices.computes.cache_clear()
    yield
    devices.computes.cache_clear()


class Card:
    """A card that PyTorch calls available; every tensor on it ends in this error."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
        self.tried: list[str] = []
        self.words = words
        self.ones = torch.ones
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch, "ones", self.make)

    def make(self, *shape: int, device: str) -> torch.Tensor:
        self.tried.append(device)
        if device.startswith("cuda"):
            raise RuntimeError(self.words)
        return self.ones(*shape, device=device)


@pytest.mark.parametrize("words", [NO_PROGRAMS, NO_DRIVER])
def test_a_card_that_pytorch_has_no_programs_for_is_not_used(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, words: str
) -> None:
    card = Card(monkeypatch, words)

    assert devices.best_device() == "cpu"
    assert devices.available_devices() == ("cpu",)
    assert card.tried == ["cuda"], "once is enough"
    assert "cuda is not used" in caplog.text
    with pytest.raises(InvalidOptions, match="no device 'cuda:0'"):
        devices.check_device("cuda:0")


def test_a_card_that_is_only_full_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    Card(monkeypatch, FULL)

    assert devices.best_device() == "cuda"


def test_of_two_cards_the_one_that_computes_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available_devices", lambda: ("cuda", "cpu"))
    monkeypatch.setattr(devices, "computes", lambda device: device != "cuda:1")

    assert devices.check_device("cuda:0") == "cuda:0"
    with pytest.raises(InvalidOptions):
        devices.check_device("cuda:1")


def test_the_cpu_computes() -> None:
    assert devices.computes("cpu")
