"""What a network does where its device has too little memory, step by step."""

from __future__ import annotations

import pytest
import torch
from standins import drawn_sketch
from torch import Tensor, nn

from selcolor_backend.models.devices import PlacedNetwork
from selcolor_backend.models.predictor import Predictor
from selcolor_backend.networks.architecture import Architecture
from selcolor_backend.shortage import shortages
from selcolor_protocol.errors import OutOfMemory
from selcolor_protocol.notes import Note


class Hungry(nn.Module):
    """Runs out of memory as often as it is told to."""

    def __init__(self, failures: int, error: Exception) -> None:
        super().__init__()
        self.failures, self.error = failures, error

    def forward(self, batch: Tensor) -> Tensor:
        if self.failures > 0:
            self.failures -= 1
            raise self.error
        return batch


OUT_OF_MEMORY = [torch.OutOfMemoryError("full"), RuntimeError("MPS backend out of memory")]


def on_an_accelerator(network: nn.Module) -> PlacedNetwork:
    """A network that believes to be on an accelerator, where there need not be one."""
    return PlacedNetwork(network, "cpu:0", "hungry")


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_out_of_memory_on_an_accelerator_falls_back_to_the_cpu(error: Exception) -> None:
    placed = on_an_accelerator(Hungry(1, error))
    batch = torch.rand(1, 3, 4, 4)
    assert torch.equal(placed(batch), batch)
    assert placed.device == "cpu"


@pytest.mark.parametrize("error", OUT_OF_MEMORY)
def test_the_next_prediction_tries_the_accelerator_again(error: Exception) -> None:
    placed = on_an_accelerator(Hungry(1, error))
    devices = []
    for _ in range(2):
        placed(torch.rand(1, 3, 4, 4))
        devices.append(placed.device)
    assert devices == ["cpu", "cpu:0"]


@pytest.mark.parametrize("error", [*OUT_OF_MEMORY, MemoryError()])
def test_out_of_memory_on_the_cpu_is_a_clear_error(error: Exception) -> None:
    placed = on_an_accelerator(Hungry(2, error))
    with pytest.raises(OutOfMemory) as caught:
        placed(torch.rand(1, 3, 4, 4))
    assert "hungry" in caught.value.sentence


def test_other_errors_of_a_network_are_not_taken_for_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="shapes"):
        on_an_accelerator(Hungry(1, RuntimeError("shapes differ")))(torch.rand(1, 3, 4, 4))


class Greedy(nn.Module):
    """Runs out of memory where it is shown more than so many pixels."""

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.pixels = pixels
        self.shown: list[tuple[int, int]] = []

    def forward(self, batch: Tensor) -> Tensor:
        height, width = batch.shape[2:]
        self.shown.append((height, width))
        if height * width > self.pixels:
            raise MemoryError
        return batch


def predictor_of(placed: PlacedNetwork, least: int | None) -> Predictor:
    architecture = Architecture(
        build=lambda _classes: placed.network,
        native_size=lambda _height, _width: (256, 384),
        prepare=lambda sketch: sketch.rgb[None],
        finish=torch.clone,
        least=least,
    )
    return Predictor(placed, architecture)


def test_where_memory_is_short_a_network_is_shown_less() -> None:
    network = Greedy(pixels=100 * 100)
    asked = predictor_of(PlacedNetwork(network, "cpu", "greedy"), least=64)

    assert asked.predict(drawn_sketch(64, 80)).shape == (3, 64, 96)
    assert network.shown == [(256, 384), (128, 192), (64, 96)]


@pytest.mark.parametrize("least", [None, 128])
def test_no_network_is_shown_less_than_it_can_make_sense_of(least: int | None) -> None:
    asked = predictor_of(PlacedNetwork(Greedy(pixels=10), "cpu", "greedy"), least)
    with pytest.raises(OutOfMemory):
        asked.predict(drawn_sketch(64, 80))


def test_one_ladder_leads_over_the_cpu_to_a_smaller_size_back_on_the_device() -> None:
    network, before = Greedy(pixels=128 * 192), shortages()
    placed = on_an_accelerator(network)
    asked = predictor_of(placed, least=64)

    planes = asked.predict(drawn_sketch(64, 80))

    assert network.shown == [(256, 384), (256, 384), (128, 192)]
    assert placed.device == "cpu:0", "half of the size has room on the accelerator"
    assert shortages() - before == {Note.NETWORK_SAW_LESS: 1}
    assert planes.shape == (3, 128, 192)

    network.pixels, network.shown = 10, []
    with pytest.raises(OutOfMemory):
        asked.predict(drawn_sketch(64, 80))
    steps = [size for size in ((256, 384), (128, 192), (64, 96)) for _device in "ab"]
    assert network.shown == steps, "every step on both devices, and then a clear error"


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
def test_a_full_card_leads_to_the_cpu_and_back() -> None:
    placed = PlacedNetwork(nn.Conv2d(3, 64, 3, padding=1), "cuda", "first")
    batch, filling = torch.rand(1, 3, 1024, 1024), []
    expected = placed(batch).cpu()
    free, size = torch.cuda.mem_get_info()[0], 2**28
    try:
        while size > 2**20:
            try:
                filling.append(torch.empty(min(size, free), dtype=torch.uint8, device="cuda"))
            except torch.OutOfMemoryError:
                size //= 2
        torch.cuda.empty_cache()
        assert torch.allclose(placed(batch).cpu(), expected, atol=0.02)
        assert placed.device == "cpu"
    finally:
        filling.clear()
        torch.cuda.empty_cache()
    placed(batch)
    assert placed.device == "cuda"
