"""CIE Lab, as drum scanners and Photoshop write it into TIFF, as sRGB of 16 bits."""

from __future__ import annotations

import numpy as np

from selcolor_backend.pictures.arrays import Pixels
from selcolor_backend.pictures.icc import BLUE, D50, GREEN, RED

_BAND_PIXELS = 1 << 18
_LINEAR_PART = 6 / 29
"""Where CIE Lab's curve begins to be a line."""

_FROM_XYZ = np.linalg.inv(np.array([RED, GREEN, BLUE]).T)


def lab_to_srgb(pixels: Pixels, is_offset: bool) -> Pixels:
    """Convert Lab over D50 to sRGB.

    Args:
        pixels: `[H, W, 3 or more]` of 8 or 16 bits: L over the whole range, a and b in units of
            1 or of 1/256.
        is_offset: whether neutral is in the middle of the range of a and b (ICC), or 0 (CIE).

    Returns:
        uint16 of the same shape; further samples are spread to 16 bits.
    """
    deep = np.empty(pixels.shape, np.uint16)
    step = max(1, _BAND_PIXELS // pixels.shape[1])
    for top in range(0, len(pixels), step):
        band = pixels[top : top + step]
        deep[top : top + step, :, :3] = _converted(band[..., :3], is_offset)
        deep[top : top + step, :, 3:] = _spread(band[..., 3:])
    return deep


def _converted(band: Pixels, is_offset: bool) -> Pixels:
    bits = 8 * band.dtype.itemsize
    unit = 1 << (bits - 8)
    lightness = band[..., 0] * (100.0 / ((1 << bits) - 1))
    opponents = band[..., 1:].astype(np.float64)
    if is_offset:
        opponents -= 128 * unit
    else:
        opponents -= np.where(opponents >= 128 * unit, 256 * unit, 0)
    a, b = np.moveaxis(opponents / unit, -1, 0)
    middle = (lightness + 16) / 116
    parts = np.stack([middle + a / 500, middle, middle - b / 200], axis=-1)
    above = parts > _LINEAR_PART
    xyz = np.where(above, parts**3, 3 * _LINEAR_PART**2 * (parts - 4 / 29)) * np.array(D50)
    linear = np.clip(xyz @ _FROM_XYZ.T, 0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    rounded: Pixels = np.rint(encoded * 65535).astype(np.uint16)
    return rounded


def _spread(samples: Pixels) -> Pixels:
    deep: Pixels = samples.astype(np.uint16) * np.uint16(257 if samples.dtype.itemsize == 1 else 1)
    return deep
