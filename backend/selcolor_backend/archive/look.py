"""A photo and its layers at a glance: three small pictures, and figures that say what is doubtful.

Everything is measured on pictures of at most 256 pixels, so that it costs milliseconds.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from selcolor_backend.archive.entry import Look
from selcolor_backend.paint import Layers
from selcolor_backend.pictures.bands import banded
from selcolor_backend.pictures.openraster import make_thumbnail
from selcolor_protocol.raster import Raster

SIDE = 160
"""Pixels along the longer side in the report."""

QUALITY = 75
_SMOOTH = 2.0
"""Pixels of the blur that makes an outline smooth."""


@dataclass(frozen=True)
class Glance:
    """What is seen of a result without opening it; see `Entry` for the figures."""

    look: Look
    width: int
    height: int
    subject: str
    mask_share: float
    colorfulness: float
    raggedness: float


def small(raster: Raster) -> Image.Image:
    """A raster of at most 256 pixels, 8 bits, in sRGB."""
    return Image.open(io.BytesIO(make_thumbnail(banded(raster, _bits(raster)))))


def _bits(raster: Raster) -> int:
    return min(16, 8 * raster.format.sample_type.bytes)


def glance_at(before: Image.Image, layers: Layers) -> Glance:
    """Look at a result.

    Args:
        before: the photo as `small` gives it.
        layers: what was made of it.
    """
    colorized = small(layers.colorized)
    mask = np.asarray(small(layers.mask).convert("L").resize(colorized.size), np.float32) / 255.0
    look = Look(*(_jpeg(picture) for picture in (before, colorized, small(layers.blended))))
    size = layers.mask.format
    return Glance(
        look=look,
        width=size.width,
        height=size.height,
        subject=layers.subject,
        mask_share=float(mask.mean()),
        colorfulness=colorfulness(colorized, mask),
        raggedness=raggedness(mask),
    )


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    shown = picture.convert("RGBA")
    flat = Image.new("RGBA", shown.size, "white")
    flat.alpha_composite(shown)
    rgb = flat.convert("RGB")
    rgb.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    rgb.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def colorfulness(colorized: Image.Image, mask: NDArray[np.float32]) -> float:
    """Mean chroma in Lab's units where the mask is, or of the whole picture where it is empty."""
    from skimage.color import rgb2lab  # late: a second of imports

    ab = rgb2lab(np.asarray(colorized.convert("RGB")))[..., 1:]
    chroma = np.hypot(ab[..., 0], ab[..., 1])
    weights = mask if mask.any() else np.ones_like(mask)
    return float((chroma * weights).sum() / weights.sum())


def raggedness(mask: NDArray[np.float32]) -> float:
    """By what share a mask's outline is longer than that of the same mask, smoothed.

    Islands, holes and frayed edges are outline that smoothing takes away; the edges of the picture
    are none.

    Args:
        mask: `[h, w]` in [0, 1].
    """
    rough = _outline(mask >= 0.5)
    smooth = _outline(ndimage.gaussian_filter(mask, _SMOOTH) >= 0.5)
    return float(max(0, rough - smooth) / max(smooth, 1)) if rough else 0.0


def _outline(inside: NDArray[np.bool_]) -> int:
    """How many pixels of a shape touch what is outside of it."""
    kernel = ndimage.generate_binary_structure(2, 2)
    eroded = ndimage.binary_erosion(inside, kernel, border_value=1)
    return int(np.count_nonzero(inside & ~eroded))
