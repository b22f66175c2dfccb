"""EXIF orientation: which way up a picture is to be shown."""

from __future__ import annotations

from PIL import Image

from selcolor_backend.pictures.arrays import Pixels

ORIENTATION = 0x0112


def exif_orientation(exif: bytes | None) -> int:
    """Find the orientation, 1 to 8, in EXIF data.

    Broken data mean upright, as the picture itself is sound.
    """
    if not exif:
        return 1
    try:
        found = Image.Exif()
        found.load(exif)
        return int(found.get(ORIENTATION, 1))
    except Exception:
        return 1


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF or TIFF orientation of 1 to 8; any other number means upright."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return pixels
