"""Which of a TIFF's pages is the photo: thumbnails, doubles and infrared scans lie beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from selcolor_backend.pictures import checks, kinds
from selcolor_backend.pictures.arrays import Pixels
from selcolor_backend.pictures.companions import THUMBNAIL_SHARE, goes_along

_REDUCED, _MASK = 1, 4
_COLOR_FILTER_ARRAY, _LINEAR_RAW = 32803, 34892
_DNG_VERSION = 50706
_MOST_PAGES = 1000


@dataclass(frozen=True)
class Choice:
    """A page, and what else the file has.

    Attributes:
        page: the page that was asked for, or the largest.
        others: pages that are as full as it and may be photos of their own.
        is_told: whether the user has to hear of the choice.
    """

    page: Any
    others: tuple[Any, ...] = ()
    is_told: bool = False


def choose_page(name: str, file: Any, wanted: int | None) -> Choice:
    """Find the photo.

    Args:
        name: of the file.
        file: a `TiffFile`.
        wanted: the page that the user wants, counted from 1; None for the largest. Pages below
            others (SubIFDs) count after all others.

    Raises:
        UnsupportedPicture: there is no such page, or it is a raw file.
        UnreadablePicture: there is no page at all.
    """
    pages = _all_pages(file)
    if not pages:
        raise checks.damaged(name, "it has no page")
    if any(_is_raw(page) for page in pages):
        raise kinds.raw(name)
    if wanted is not None:
        checks.check_page(name, wanted, len(pages))
        return Choice(pages[wanted - 1])
    pictures = [page for page in pages if not _flags(page) & _MASK]
    full = [page for page in pictures if not _flags(page) & _REDUCED] or pictures or pages
    largest = max(full, key=_area)  # the first of equal ones
    others = tuple(page for page in full if page is not largest)
    return Choice(largest, others, bool(others) or largest is not pages[0])


def check_others(
    name: str, choice: Choice, pixels: Pixels, decode: Callable[[Any], Pixels]
) -> None:
    """Refuse a file that holds another photo beside the one that was chosen.

    Args:
        name: of the file.
        choice: what was chosen.
        pixels: of the chosen page, `[H, W, C]`.
        decode: gives those of another.

    Raises:
        UnsupportedPicture: it holds two photos.
    """
    for other in choice.others:
        if _area(other) > THUMBNAIL_SHARE * _area(choice.page) and not _goes_along(
            other, pixels, decode
        ):
            raise checks.several_pictures(name)


def _goes_along(other: Any, pixels: Pixels, decode: Callable[[Any], Pixels]) -> bool:
    try:
        return goes_along(decode(other), pixels)
    except MemoryError:
        raise
    except Exception:
        # What cannot be looked at may be a photo: the user has to say which page is meant.
        return False


def _all_pages(file: Any) -> list[Any]:
    """The pages in their order, then those below them; a chain that breaks ends there."""
    pages: list[Any] = []
    try:
        for page in file.pages:
            pages.append(page)
            if len(pages) == _MOST_PAGES:
                break
    except Exception:
        if not pages:
            raise
    return pages + [below for page in pages for below in _pages_below(page)]


def _pages_below(page: Any) -> list[Any]:
    try:
        return list(page.pages) if page.subifds else []
    except Exception:  # a thumbnail's damage is not the photo's
        return []


def _flags(page: Any) -> int:
    return int(getattr(page, "subfiletype", 0) or 0)


def _area(page: Any) -> int:
    return int(page.imagewidth) * int(page.imagelength)


def _is_raw(page: Any) -> bool:
    return _DNG_VERSION in page.tags or int(page.photometric) in (_COLOR_FILTER_ARRAY, _LINEAR_RAW)
