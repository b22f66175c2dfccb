"""Tiles and the pool that works on them."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from selcolor_backend.pixels import tiles
from selcolor_backend.pixels.tiles import Tile
from selcolor_backend.shortage import shortages
from selcolor_protocol.notes import Note


@pytest.fixture
def several_threads() -> Iterator[None]:
    """Torch with threads, as in the worker, where the tests otherwise have one."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_tiles_cover_every_pixel_once() -> None:
    count = np.zeros((100, 37), int)
    for band in tiles.bands(100, 37, 500):
        here = np.zeros(band.shape, int)
        for tile in tiles.tiles(band, 5, 8):
            count[tile.area] += 1
            here[tile.within(band)] += 1
        assert (here == 1).all()
    assert (count == 1).all()


def test_a_margin_ends_at_the_edges_of_the_picture() -> None:
    assert Tile(10, 20, 0, 5).grown(8, 25, 40) == Tile(2, 25, 0, 13)


@pytest.mark.usefixtures("several_threads")
def test_every_part_is_worked_on_in_a_thread_where_torch_computes_alone() -> None:
    seen: list[tuple[int, int, bool]] = []
    shares: list[float] = []

    def work(part: int) -> None:
        assert threading.current_thread() is not threading.main_thread()
        seen.append((part, torch.get_num_threads(), torch.is_inference_mode_enabled()))

    tiles.each(range(5), work, shares.append)
    assert sorted(seen) == [(part, 1, True) for part in range(5)]
    assert shares == [0.0, 0.2, 0.4, 0.6, 0.8]


@pytest.mark.usefixtures("several_threads")
def test_torch_keeps_its_threads_outside_the_pool() -> None:
    tiles.each([1], lambda _: None, lambda _: None)
    assert torch.get_num_threads() == 3


def test_what_work_or_report_raise_ends_the_work() -> None:
    def refuse(_: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        tiles.each(range(3), refuse, lambda _: None)
    begun: list[int] = []
    gate = threading.Event()

    def work(part: int) -> None:
        begun.append(part)
        gate.wait(10)

    def report(share: float) -> None:
        gate.set()
        refuse(share)

    with pytest.raises(ValueError, match="no"):
        tiles.each(range(1000), work, report)
    assert len(begun) < 1000


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("not enough memory")])
def test_where_memory_runs_out_what_is_left_is_done_one_by_one(error: Exception) -> None:
    failures, done, before = [error], set(), shortages()[Note.MEMORY_WAS_SHORT]

    def work(part: int) -> None:
        if part == 2 and failures:
            raise failures.pop()
        done.add(part)

    tiles.each(range(4), work, lambda _: None)

    assert done == set(range(4))
    assert shortages()[Note.MEMORY_WAS_SHORT] == before + 1


def test_what_one_part_alone_has_no_memory_for_is_an_error() -> None:
    def work(_part: int) -> None:
        raise MemoryError

    with pytest.raises(MemoryError):
        tiles.each(range(4), work, lambda _: None)
