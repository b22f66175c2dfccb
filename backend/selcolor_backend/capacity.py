"""How large a photo may be, and how small: the user's limit, the machine's memory, the networks.

Asked before memory is taken: by the command line, which knows a file's header, and by the daemon.
"""

from __future__ import annotations

import errno
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

SHARE_VARIABLE = "SELCOLOR_MEMORY_SHARE"
SHARE_SETTING = "memory_share"
DEFAULT_SHARE = 0.25
"""Of the machine's memory, for pictures that wait and results that nobody has taken yet."""

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
        beside: bytes of what comes with it: a mask, a selection, hints.
    """

    width: int
    height: int
    has_alpha: bool
    sample_bytes: int
    beside: int = 0

    @classmethod
    def of(cls, photo: Raster, beside: int = 0) -> PhotoSize:
        """The size of a raster with what comes with it."""
        form = photo.format
        has_alpha, sample_bytes = form.channels.has_alpha, form.sample_type.bytes
        return cls(form.width, form.height, has_alpha, sample_bytes, beside)

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
        return _PROGRAMS_BYTES + self.width * self.height * (3 * layer + 1) + self.beside

    @property
    def result_bytes(self) -> int:
        """Of its three layers."""
        layer = (3 + self.has_alpha) * self.sample_bytes
        return self.width * self.height * (2 * layer + 1)


def memory_budget() -> int:
    """Bytes of pictures that the daemon may hold for all programs together, one excepted.

    Raises:
        InvalidOptions: the share that the user wrote is no number above 0.
    """
    import psutil  # late: only the daemon asks

    share = setting(SHARE_VARIABLE, SHARE_SETTING, DEFAULT_SHARE)
    return int(min(share, 1.0) * psutil.virtual_memory().total)


def max_megapixels() -> float:
    """The most that a photo may have: SELCOLOR_MAX_MEGAPIXELS, else the setting, else 256.

    Raises:
        InvalidOptions: what the user wrote is no number above 0.
    """
    return setting(VARIABLE, SETTING, DEFAULT_MEGAPIXELS)


def setting(variable: str, name: str, default: float) -> float:
    """A number that the user may set.

    Args:
        variable: of the environment.
        name: in `limits.json`, which counts where the variable is unset.
        default: where both are.

    Raises:
        InvalidOptions: what the user wrote is no number above 0.
    """
    if chosen := os.environ.get(variable):
        return _number(chosen, variable, default)
    path = config_folder() / SETTINGS_FILE
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return default
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return default  # strangers hold all descriptors for a moment; work goes on
        raise InvalidOptions(
            f"The settings in {path} cannot be read ({error}).", "Mend the file, or remove it."
        ) from error
    written = settings.get(name, default) if isinstance(settings, dict) else settings
    return _number(written, f"{name} in {path}", default)


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
    if size.megapixels > limit:
        raise UnsupportedRaster(
            f"{name} has {size.width} × {size.height} pixels and needs about {in_words(needed)} of "
            f"memory; {limit:g} megapixels are allowed, and it has {size.megapixels:.0f}. It is "
            "untouched.",
            f"Scale it down, work on a part of it, or set {VARIABLE} to a larger number.",
        )
    if needed > _UNASKED_BYTES and needed > (free := free_bytes()):
        raise OutOfMemory(
            f"{name} has {size.width} × {size.height} pixels and needs about {in_words(needed)} of "
            f"memory, but {in_words(free)} are free. It is untouched.",
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


def _number(value: object, source: str, example: float) -> float:
    """A user's number.

    Raises:
        InvalidOptions: it is none, or not above 0.
    """
    try:
        number = float(value) if isinstance(value, (str, int, float)) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not 0 < number < math.inf:
        raise InvalidOptions(
            f"{source} is “{value}”, which is no number above 0.", f"Write one such as {example:g}."
        )
    return number
