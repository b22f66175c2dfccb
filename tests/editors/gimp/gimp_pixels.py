"""Raw pixels as GIMP's scenarios write them, as arrays and as picture files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

TYPES = {
    "u8": np.uint8,
    "u16": np.uint16,
    "half": np.float16,
    "u32": np.float32,
    "float": np.float32,
    "double": np.float32,
}
"""How a precision's samples are compared, by the first part of its name."""


def pixels(path: Path, width: int, height: int, kind: str = "u8") -> NDArray[np.generic]:
    """Samples of a layer or a mask, `[H, W, C]`."""
    return np.frombuffer(path.read_bytes(), TYPES[kind]).reshape(height, width, -1)


def steps(samples: NDArray[np.generic]) -> NDArray[np.float64]:
    """Samples in 8-bit steps: white is 255."""
    white = np.iinfo(samples.dtype).max if samples.dtype.kind == "u" else 1.0
    return samples.astype(np.float64) * 255.0 / white


def largest_step(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    """The largest difference in 8-bit steps."""
    return float(np.abs(steps(first) - steps(second)).max())


def save_png(samples: NDArray[np.generic], path: Path) -> Path:
    """An 8-bit picture file."""
    Image.fromarray(np.ascontiguousarray(samples).squeeze()).save(path)
    return path


def save_tiff(samples: NDArray[np.generic], icc: bytes, path: Path) -> Path:
    """A picture file with the samples as they are, and what they mean."""
    photometric = "rgb" if samples.shape[-1] == 3 else "minisblack"
    tifffile.imwrite(path, samples.squeeze(), photometric=photometric, iccprofile=icc)
    return path
