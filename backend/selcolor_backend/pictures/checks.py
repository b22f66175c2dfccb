"""Which pictures are refused for their size or kind, each with a sentence and a way out.

Decoding is left to `reading` and `tiff`; they ask here before they take memory for pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from selcolor_backend.capacity import PhotoSize, check_capacity, check_proportions
from selcolor_protocol import limits
from selcolor_protocol.errors import UnreadablePicture, UnsupportedPicture, UnsupportedRaster


@dataclass(frozen=True)
class Header:
    """What a file says of itself before its pixels are decoded.

    Attributes:
        width: pixels in a row.
        height: rows.
        samples: of a pixel, alpha included.
        sample_bytes: of one sample, once decoded.
    """

    width: int
    height: int
    samples: int
    sample_bytes: int


Check = Callable[[Header], None]
"""Called with the header before memory is taken for pixels."""

READABLE = "JPEG, JPEG 2000, PNG, TIFF, WebP, BMP, GIF and PGM"
SAVE_AGAIN = "Open it in an editor, and save it as an RGB or grayscale PNG or TIFF."


def check_size(name: str, header: Header) -> None:
    """Refuse a picture that is larger than the user or the machine allows.

    Raises:
        UnsupportedPicture: a side or the area is beyond a limit.
        OutOfMemory: it is beyond what memory is free.
    """
    if max(header.width, header.height) > limits.MAX_SIDE:
        raise UnsupportedPicture(
            f"{name} has {header.width} × {header.height} pixels, and "
            f"{limits.MAX_SIDE} along one side are the most that can be done.",
            "Scale it down, or work on a part of it.",
        )
    has_alpha = header.samples in (2, 4)
    size = PhotoSize(header.width, header.height, has_alpha, header.sample_bytes)
    with told_of_the_file():
        check_capacity(name, size)


def check_photo(name: str, header: Header) -> None:
    """Refuse a photo that is too large, too small or too narrow to colorize.

    Raises:
        UnsupportedPicture: its size or aspect ratio is outside the limits.
        OutOfMemory: it is beyond what memory is free.
    """
    check_size(name, header)
    with told_of_the_file():
        check_proportions(name, header.width, header.height)


@contextmanager
def told_of_the_file() -> Iterator[None]:
    """What is refused of any picture is here refused of a file."""
    try:
        yield
    except UnsupportedRaster as error:
        raise UnsupportedPicture(error.sentence, error.hint) from None


def unsupported(name: str, kind: str, way_out: str) -> UnsupportedPicture:
    """Make the error for a sound picture of a kind that is refused."""
    return UnsupportedPicture(f"{name} {kind}, which is not supported.", way_out)


def cmyk(name: str) -> UnsupportedPicture:
    """Make the error for CMYK."""
    return unsupported(
        name,
        "is a CMYK picture",
        "Convert it to RGB or grayscale in an editor, and save it as PNG.",
    )


def several_pictures(name: str) -> UnsupportedPicture:
    """Make the error for animations and files of several photos."""
    return UnsupportedPicture(
        f"{name} is animated or has several pages of different photos.",
        "Choose one with --page, counted from 1, or save it as a PNG of its own.",
    )


def check_page(name: str, wanted: int, count: int) -> None:
    """Refuse a page that a file does not have.

    Raises:
        UnsupportedPicture: it does not.
    """
    if not 1 <= wanted <= count:
        pages = "one page" if count == 1 else f"{count} pages"
        raise UnsupportedPicture(
            f"{name} has no page {wanted}, but {pages}.", "Choose another with --page, or none."
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
