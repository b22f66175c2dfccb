"""What LittleCMS says of samples in an ICC profile; without torch, for files are read without it.

Colors are relative to white, as monitors and editors show them: the profile's white is (1, 1, 1).
"""

from __future__ import annotations

from functools import lru_cache

import imagecodecs
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_SPACES = {1: "gray", 3: "rgb"}
_SIGNATURES = {1: b"GRAY", 3: b"RGB "}
_COLOR_SPACE = slice(16, 20)
"""Where a profile's header has the kind of its samples (ICC.1:2022, section 7.2)."""

_LINEAR_SRGB = imagecodecs.cms_profile(
    "rgb",
    whitepoint=(0.3127, 0.3290, 1.0),
    primaries=(0.64, 0.33, 1.0, 0.30, 0.60, 1.0, 0.15, 0.06, 1.0),
    gamma=1.0,
)


def to_linear_srgb(encoded: Floats, profile: bytes) -> Floats:
    """Turn samples into linear light over sRGB's primaries.

    Args:
        encoded: `[h, w, 1|3]` with white at 1, for a gray or an RGB profile.
        profile: an ICC profile of any kind: curves and a matrix, or tables.

    Returns:
        `[h, w, 3]`; colors outside sRGB are below 0 or above 1.

    Raises:
        ValueError: the profile is broken, or is for other channels.
    """
    channels = encoded.shape[-1]
    if profile[_COLOR_SPACE] != _SIGNATURES[channels]:
        raise ValueError(f"the profile is not for {channels} channels")
    try:
        linear: Floats = imagecodecs.cms_transform(
            np.ascontiguousarray(encoded[..., 0] if channels == 1 else encoded, np.float32),
            profile,
            _LINEAR_SRGB,
            colorspace=_SPACES[channels],
            planar=False,
            outcolorspace="rgb",
            outplanar=False,
            outdtype="f4",
            intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
        )
    except imagecodecs.CmsError as error:
        raise ValueError(str(error)) from error
    return linear


@lru_cache(maxsize=16)
def is_usable(profile: bytes, channels: int) -> bool:
    """Whether a profile says what samples of 1 or 3 channels mean: black is darker than white."""
    try:
        ends = np.array([[[0.0] * channels, [1.0] * channels]], np.float32)
        black, white = to_linear_srgb(ends, profile)[0]
    except ValueError:
        return False
    return bool(np.isfinite(white).all() and (white > np.maximum(black, 0.0)).all())
