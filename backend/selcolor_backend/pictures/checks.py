"""Which pictures are refused for their size or kind, each with a sentence and a way out.

Decoding is left to `reading` and `tiff`; they ask here before they take memory for pixels.
"""

from __future__ import annotations

from collections.abc import Callable

from selcolor_protocol import limits
from selcolor_protocol.errors import UnreadablePicture, UnsupportedPicture

SizeCheck = Callable[[int, int], None]
"""Called with width and height, as the header has them, before pixels are decoded."""

READABLE = "JPEG, PNG, WebP, BMP and TIFF"


def check_limits(name: str, width: int, height: int) -> None:
    """Refuse a picture that is too large to decode.

    Raises:
        UnsupportedPicture: a side or the area is beyond the protocol's limits.
    """
    if max(width, height) > limits.MAX_SIDE or width * height > limits.MAX_PIXELS:
        raise UnsupportedPicture(
            f"{name} has {width} × {height} pixels, which is more than "
            f"{limits.MAX_PIXELS // 1_000_000} megapixels or {limits.MAX_SIDE} along one side.",
            "Scale it down, or work on a part of it.",
        )


def check_photo_size(name: str, width: int, height: int) -> None:
    """Refuse a photo that is too large, too small or too narrow to colorize.

    Raises:
        UnsupportedPicture: its size or aspect ratio is outside the limits.
    """
    check_limits(name, width, height)
    if min(width, height) < limits.MIN_PHOTO_SIDE:
        raise UnsupportedPicture(
            f"{name} has {width} × {height} pixels, which is too small to colorize.",
            f"Choose a picture with at least {limits.MIN_PHOTO_SIDE} pixels on each side.",
        )
    if max(width, height) > limits.MAX_ASPECT_RATIO * min(width, height):
        raise UnsupportedPicture(
            f"{name} has {width} × {height} pixels, which is too narrow to colorize.",
            f"Crop it: its long side may be {limits.MAX_ASPECT_RATIO} times the short one at most.",
        )


def unsupported(name: str, kind: str, way_out: str) -> UnsupportedPicture:
    """Make the error for a sound picture of a kind that is refused."""
    return UnsupportedPicture(f"{name} {kind}, which is not supported.", way_out)


def palette(name: str) -> UnsupportedPicture:
    """Make the error for indexed color."""
    return unsupported(
        name,
        "is a palette (indexed) picture",
        "Convert it to RGB or grayscale (in GIMP: Image > Mode), and save it as PNG.",
    )


def cmyk(name: str) -> UnsupportedPicture:
    """Make the error for CMYK."""
    return unsupported(
        name,
        "is a CMYK picture",
        "Convert it to RGB or grayscale in an editor, and save it as PNG.",
    )


def several_pictures(name: str) -> UnsupportedPicture:
    """Make the error for animations and files of several pages."""
    return unsupported(
        name,
        "is animated or has several pages",
        "Save the frame or page that you want as a PNG of its own.",
    )


def unreadable(name: str, empty: bool = False) -> UnreadablePicture:
    """Make the error for a file that no decoder recognizes."""
    what = "is empty" if empty else "is not a picture that can be read"
    return UnreadablePicture(
        f"{name} {what}.", f"Choose another file: {READABLE} pictures can be read."
    )


def damaged(name: str, detail: object) -> UnreadablePicture:
    """Make the error for a picture that ends early or does not decode; `detail` says where."""
    reason = " ".join(str(detail).split())[:200].rstrip(".") or type(detail).__name__
    return UnreadablePicture(
        f"{name} is damaged or incomplete ({reason}).",
        "Copy or download it again, or open it in an editor and save what is left of it.",
    )
