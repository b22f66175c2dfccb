"""How large a photo may be, and how small: the user's limit, the machine's memory, the networks.

Asked before memory is taken: by the command line, which knows a file's header, and by the daemon.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass

from selcolor_backend.folders import config_folder
from selcolor_protocol import limits
from selcolor_protocol.errors import InvalidOptions, OutOfMemory, UnsupportedRaster
from selcolor_protocol.raster import Raster

VARIABLE = "SELCOLOR_MAX_MEGAPIXELS"
SETTINGS_FILE = "limits.json"
SETTING = "max_megapixels"
DEFAULT_MEGAPIXELS = 256.0
"""A glass plate of 8 × 10 inches at 1600 dpi has 205."""

GIGABYTE = 1e9
_PROGRAMS_BYTES = 900_000_000
"""Of command line, daemon and worker with its networks, whatever the photo."""
_UNASKED_BYTES = 1_200_000_000
"""What needs no more is done without a look at the machine's memory: looking takes time, too."""


@dataclass(frozen=True)
class PhotoSize:
    """What decides on the memory that a photo takes.

    Attributes:
        width: pixels in a row.
        height: rows.
        has_alpha: whether it has alpha.
        sample_bytes: of one sample.
    """

    width: int
    height: int
    has_alpha: bool
    sample_bytes: int

    @classmethod
    def of(cls, photo: Raster) -> PhotoSize:
        """The size of a raster."""
        form = photo.format
        return cls(form.width, form.height, form.channels.has_alpha, form.sample_type.bytes)

    @property
    def megapixels(self) -> float:
        """Millions of pixels."""
        return self.width * self.height / 1e6

    @property
    def bytes_needed(self) -> int:
        """The most memory that all processes together take for it at one time.

        While the layers are painted that is the photo, two layers in color and the mask; while they
        travel, the layers, and one of them twice. A photo is at most as large as a layer.
        """
        layer = (3 + self.has_alpha) * self.sample_bytes
        return _PROGRAMS_BYTES + self.width * self.height * (3 * layer + 1)


def max_megapixels() -> float:
    """The most that a photo may have: SELCOLOR_MAX_MEGAPIXELS, else the setting, else 256.

    Raises:
        InvalidOptions: what the user wrote is no number above 0.
    """
    if chosen := os.environ.get(VARIABLE):
        return _number(chosen, VARIABLE)
    path = config_folder() / SETTINGS_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return DEFAULT_MEGAPIXELS
    except (OSError, ValueError, RecursionError) as error:
        raise InvalidOptions(
            f"The settings in {path} cannot be read ({error}).", "Mend the file, or remove it."
        ) from error
    written = settings.get(SETTING, DEFAULT_MEGAPIXELS) if isinstance(settings, dict) else settings
    return _number(written, f"{SETTING} in {path}")


def check_capacity(name: str, size: PhotoSize) -> None:
    """Refuse a photo that is beyond the user's limit or the machine's memory.

    Args:
        name: of the photo, as it begins the sentence.
        size: of the photo.

    Raises:
        UnsupportedRaster: it is beyond the limit.
        OutOfMemory: it is beyond what memory is free.
        InvalidOptions: the limit that the user wrote is no number.
    """
    limit, needed = max_megapixels(), size.bytes_needed
    told = f"{name} has {size.width} × {size.height} pixels and needs about {in_words(needed)}"
    if size.megapixels > limit:
        raise UnsupportedRaster(
            f"{told} of memory; {limit:g} megapixels are allowed, and it has "
            f"{size.megapixels:.0f}. It is untouched.",
            f"Scale it down, work on a part of it, or set {VARIABLE} to a larger number.",
        )
    if needed > _UNASKED_BYTES and needed > (free := free_bytes()):
        raise OutOfMemory(
            f"{told} of memory, but {in_words(free)} are free. It is untouched.",
            "Close other programs, scale it down, or work on a part of it.",
        )


def check_proportions(name: str, width: int, height: int) -> None:
    """Refuse a photo that no network can make sense of.

    Args:
        name: of the photo, as it begins the sentence.
        width: pixels in a row.
        height: rows.

    Raises:
        UnsupportedRaster: a side is below 16 pixels, or one is 100 times the other.
    """
    if min(width, height) < limits.MIN_PHOTO_SIDE:
        raise UnsupportedRaster(
            f"{name} has {width} × {height} pixels, which is too small to colorize.",
            f"Choose a picture with at least {limits.MIN_PHOTO_SIDE} pixels on each side.",
        )
    if max(width, height) > limits.MAX_ASPECT_RATIO * min(width, height):
        raise UnsupportedRaster(
            f"{name} has {width} × {height} pixels, which is too narrow to colorize.",
            f"Crop it: its long side may be {limits.MAX_ASPECT_RATIO} times the short one at most.",
        )


def in_words(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / GIGABYTE:.1f} GB"


def free_bytes() -> int:
    """The memory that can be had without taking it from another program, swap included."""
    import psutil  # late: most photos are so small that nobody asks

    return int(psutil.virtual_memory().available + psutil.swap_memory().free)


def _number(value: object, source: str) -> float:
    """A user's number of megapixels.

    Raises:
        InvalidOptions: it is none, or not above 0.
    """
    try:
        number = float(value) if isinstance(value, (str, int, float)) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        raise InvalidOptions(
            f"{source} is “{value}”, which is no number of megapixels.",
            f"Write one such as {DEFAULT_MEGAPIXELS:g}.",
        )
    return number
