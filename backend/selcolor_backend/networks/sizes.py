"""At what size a network sees a picture: rules from a picture's size to the network's."""

from __future__ import annotations

from collections.abc import Callable

SizeRule = Callable[[int, int], tuple[int, int]]
"""From height and width of the picture to those that the network gets."""


def _scaled(height: int, width: int, factor: float, multiple: int) -> tuple[int, int]:
    """Both sides times `factor`, rounded to multiples, at least one multiple each."""
    rows, columns = (max(1, round(side * factor / multiple)) * multiple for side in (height, width))
    return rows, columns


def halved(height: int, width: int) -> tuple[int, int]:
    """Half of a network's size, in multiples of 32."""
    return _scaled(height, width, 1 / 2, 32)


def three_quarters(height: int, width: int) -> tuple[int, int]:
    """Three quarters of a network's size, in multiples of 32."""
    return _scaled(height, width, 3 / 4, 32)


def exactly(side: int) -> SizeRule:
    """A square of one size, whatever the picture's shape."""
    return lambda _height, _width: (side, side)


def short_side(side: int, longest: int, multiple: int) -> SizeRule:
    """Keep the aspect ratio: the short side becomes `side`, but the long one at most `longest`."""
    return lambda height, width: _scaled(
        height,
        width,
        min(side / min(height, width), longest / max(height, width)),
        multiple,
    )


def long_side(side: int, multiple: int) -> SizeRule:
    """Keep the aspect ratio: the long side becomes `side`."""
    return lambda height, width: _scaled(height, width, side / max(height, width), multiple)
