"""A large picture in tiles, worked on by a pool of threads.

Every thread of the pool computes alone: many small operations, each split over all cores with a
barrier at its end, lose most of their time in the barriers as soon as another program runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import torch

from selcolor_backend.cores import available_cores
from selcolor_backend.shortage import is_out_of_memory, note_smaller_parts

T = TypeVar("T")

TILE_HEIGHT = 64
TILE_WIDTH = 512
"""A float plane of one tile is 128 KiB, so that the planes of a step stay in a core's cache."""

BAND_PIXELS = 1 << 18
"""Pixels that one thread works on before it takes the next ones: several tiles."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of a picture, from `top` to `bottom` and `left` to `right`, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.bottom - self.top, self.right - self.left

    @property
    def area(self) -> tuple[slice, slice]:
        """The tile as an index into arrays `[H, W, …]`."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def within(self, area: Tile) -> tuple[slice, slice]:
        """The tile as an index into arrays that hold nothing but an area around it."""
        top, left = area.top, area.left
        return slice(self.top - top, self.bottom - top), slice(self.left - left, self.right - left)

    def grown(self, margin: int, height: int, width: int) -> Tile:
        """The tile with a margin on every side, cut off at the edges of the picture."""
        return Tile(
            max(0, self.top - margin),
            min(height, self.bottom + margin),
            max(0, self.left - margin),
            min(width, self.right + margin),
        )


def tiles(area: Tile, rows: int = TILE_HEIGHT, columns: int = TILE_WIDTH) -> list[Tile]:
    """The tiles of an area, row by row; those at its right and bottom edges may be smaller."""
    return [
        Tile(top, min(top + rows, area.bottom), left, min(left + columns, area.right))
        for top in range(area.top, area.bottom, rows)
        for left in range(area.left, area.right, columns)
    ]


def bands(height: int, width: int, pixels: int = BAND_PIXELS) -> list[Tile]:
    """A picture in bands of its full width and of about `pixels` pixels, from top to bottom."""
    return tiles(Tile(0, height, 0, width), max(1, pixels // width), width)


_threads: int | None = None


def use_threads(count: int) -> None:
    """Have this process work with so many threads: one of several that share the cores."""
    global _threads  # noqa: PLW0603
    _threads = count


def each(parts: Sequence[T], work: Callable[[T], None], report: Callable[[float], None]) -> None:
    """Do the same work for many parts, as many at once as there are cores.

    Args:
        parts: what is worked on, such as tiles.
        work: called once for every part, in threads; parts must not depend on each other.
        report: called in the caller's thread before each part is waited for, with the share that
            is done. What it raises ends the work: parts that have not begun are left out.

    Where memory runs out, what is left is done again, one part after the other.
    """
    # Torch remembers its inference mode for each thread.
    quiet = torch.inference_mode()(work)
    left = _try_each(parts, quiet, report)
    if not left:
        return
    note_smaller_parts()
    done = len(parts) - len(left)
    for number, part in enumerate(left, start=done):
        report(number / len(parts))
        with pool(1) as thread:
            thread.submit(quiet, part).result()


def _try_each(
    parts: Sequence[T], work: Callable[[T], None], report: Callable[[float], None]
) -> Sequence[T]:
    """Do the work for all parts; those from the first on for which memory ran out."""
    with pool() as workers:
        pending = [workers.submit(work, part) for part in parts]
        for number, future in enumerate(pending):
            try:
                report(number / len(pending))
                future.result()
            except BaseException as error:
                workers.shutdown(cancel_futures=True)
                if not is_out_of_memory(error):
                    raise
                return parts[number:]
    return ()


def pool(threads: int | None = None) -> ThreadPoolExecutor:
    """Threads, one for each core or as `use_threads` says; torch uses none of its own in them."""
    count = threads or _threads or available_cores()
    return ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))


def spans(length: int, step: int) -> Iterator[tuple[int, int]]:
    """First and last-plus-one of consecutive parts of `length`, each of `step` but the last."""
    for first in range(0, length, step):
        yield first, min(first + step, length)
