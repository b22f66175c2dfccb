"""Raw pixels as Krita gives them, as arrays and as pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from skimage.color import rgb2lab
from skimage.transform import resize

SRGB, LINEAR = "sRGB-elle-V2-srgbtrc.icc", "sRGB-elle-V2-g10.icc"
GRAY_SRGB, GRAY_LINEAR = "Gray-D50-elle-V2-srgbtrc.icc", "Gray-D50-elle-V2-g10.icc"
"""Krita's names of the profiles with sRGB's curve, and without any."""

TYPES = {"U8": np.uint8, "U16": np.uint16, "F16": np.float16, "F32": np.float32}


def rgba(path: Path, width: int, height: int, depth: str = "U8") -> NDArray[np.generic]:
    """An RGBA layer's pixels, `[H, W, 4]` in R, G, B, A order."""
    pixels = np.frombuffer(path.read_bytes(), TYPES[depth]).reshape(height, width, 4)
    return pixels[..., [2, 1, 0, 3]] if depth.startswith("U") else pixels


def gray(path: Path, width: int, height: int) -> NDArray[np.uint8]:
    """A mask's pixels, `[H, W]`."""
    return np.frombuffer(path.read_bytes(), np.uint8).reshape(height, width)


def as_floats(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """Samples with white at 1."""
    white = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1.0
    return pixels.astype(np.float64) / white


def luminance(pixels: NDArray[np.generic], is_linear: bool) -> NDArray[np.float64]:
    """CIE L of RGB(A) pixels, scaled so that one unit is one 8-bit step of a gray."""
    rgb = as_floats(pixels[..., :3])
    if is_linear:
        bright = 1.055 * np.maximum(rgb, 1e-9) ** (1 / 2.4) - 0.055
        rgb = np.where(rgb <= 0.0031308, 12.92 * rgb, bright)
    return np.asarray(rgb2lab(rgb)[..., 0]) * 2.55


def save_png(pixels: NDArray[np.generic], path: Path) -> Path:
    """An 8-bit picture file."""
    Image.fromarray(np.ascontiguousarray(pixels)).save(path)
    return path


def write_photo(path: Path, width: int, height: int, mode: str = "RGB") -> Path:
    """A gray photo in a file of color mode `mode`."""
    gray = Image.fromarray(data.astronaut()).convert("L").resize((width, height))
    gray.convert(mode).save(path, compress_level=1)
    return path


def photo_values(picture: NDArray[np.uint8], width: int, height: int) -> NDArray[np.float64]:
    """A gray picture's values in 0…1, `[height, width]`."""
    return np.array(resize(picture, (height, width), anti_aliasing=True), np.float64)


def write_pixels(
    values: NDArray[np.float64],
    model: str,
    depth: str,
    path: Path,
    alpha: NDArray[np.float64] | None = None,
) -> Path:
    """Gray values as Krita holds them; opaque without `alpha`."""
    kind = np.dtype(TYPES[depth])
    planes = [values] * (3 if model == "RGBA" else 1)
    planes.append(np.ones_like(values) if alpha is None else alpha)
    samples = np.stack(planes, -1)
    if kind.kind == "u":
        samples = np.rint(samples * np.iinfo(kind).max)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(samples.astype(kind).tobytes())
    return path
