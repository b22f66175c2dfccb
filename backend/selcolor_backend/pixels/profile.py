"""What a raster's samples mean as colors: its curve and primaries, from a name or an ICC profile.

Reading and writing the samples is left to `samples.py`, the Lab formulas to `color.py`. Pillow's
ImageCms opens and validates a profile and gives its colorants; since it neither shows the transfer
curves nor transforms more than 8 bits, those are read by `curves.py`.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ImageCms
from torch import Tensor

from selcolor_backend.pixels.color import SRGB_TO_XYZ, WHITE_D65, matrix_multiply
from selcolor_backend.pixels.curves import (
    LINEAR_CURVE,
    SRGB_CURVE,
    Curve,
    curves_agree,
    parse_curve,
)
from selcolor_protocol.errors import UnsupportedRaster
from selcolor_protocol.raster import Raster, TransferCurve

Matrix = tuple[tuple[float, ...], ...]

WHITE_D50 = (0.9642, 1.0, 0.8249)
"""The white of ICC's connection space."""

_BRADFORD = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)
_CONVERT_HINT = "Convert the picture to sRGB in your editor, then try again."
_MATRIX_TOLERANCE = 2e-3


@dataclass(frozen=True)
class ColorSpace:
    """An RGB space: a curve for each channel, and primaries.

    Attributes:
        name: for messages.
        curves: transfer curves of red, green and blue.
        to_xyz: linear RGB to CIE XYZ under D65, 3×3; (1, 1, 1) gives exactly D65.
    """

    name: str
    curves: tuple[Curve, Curve, Curve]
    to_xyz: Matrix

    @property
    def from_xyz(self) -> Matrix:
        """CIE XYZ under D65 to linear RGB, 3×3."""
        return _as_matrix(np.linalg.inv(np.array(self.to_xyz)))

    def decode(self, encoded: Tensor) -> Tensor:
        """Encoded samples, `[1|3, H, W]` with white at 1, to linear light of the same shape."""
        if self.is_uniform or encoded.shape[0] == 1:
            return self.curves[0].decode(encoded)
        return torch.stack([c.decode(p) for c, p in zip(self.curves, encoded, strict=True)])

    def encode(self, linear: Tensor) -> Tensor:
        """Linear light, `[1|3, H, W]`, to encoded samples; one channel stands for a neutral."""
        if self.is_uniform:
            return self.curves[0].encode(linear)
        planes = linear.expand(3, -1, -1)
        return torch.stack([c.encode(p) for c, p in zip(self.curves, planes, strict=True)])

    def luminance_y(self, linear: Tensor) -> Tensor:
        """The Y of CIE XYZ, `[H, W]` with white at 1, of linear `[1|3, H, W]`."""
        if linear.shape[0] == 1:
            return linear[0]
        red, green, blue = self.to_xyz[1]
        return linear[0] * red + linear[1] * green + linear[2] * blue

    @property
    def is_uniform(self) -> bool:
        """Whether all three channels have the same curve."""
        return self.curves[0] is self.curves[1] is self.curves[2]

    def agrees_with(self, other: ColorSpace) -> bool:
        """Whether the same samples look the same in both, within 1/1000 or so."""
        near = np.allclose(np.array(self.to_xyz), np.array(other.to_xyz), atol=_MATRIX_TOLERANCE)
        pairs = zip(self.curves, other.curves, strict=True)
        return bool(near) and all(curves_agree(one, two) for one, two in pairs)


@dataclass(frozen=True)
class Profile:
    """How a raster is labeled, and what that means.

    Attributes:
        space: what the samples mean.
        curve: the label as a named curve, or None.
        icc_profile: the label as an ICC profile, exactly when `curve` is None.
    """

    space: ColorSpace
    curve: TransferCurve | None
    icc_profile: bytes | None = None


def convert_linear(linear: Tensor, source: ColorSpace, target: ColorSpace) -> Tensor:
    """Linear light of one space, `[1|3, H, W]`, in the primaries of another; one channel stays."""
    if linear.shape[0] == 1 or source.to_xyz == target.to_xyz:
        return linear
    both = np.array(target.from_xyz) @ np.array(source.to_xyz)
    return matrix_multiply(torch.tensor(both, dtype=torch.float32), linear)


def profile_of(raster: Raster) -> Profile:
    """What a raster's samples mean. A gray profile's curve gets the primaries of sRGB.

    Raises:
        UnsupportedRaster: the ICC profile is damaged, not RGB or gray, or has no matrix.
    """
    curve = raster.format.curve
    if curve is not None:
        return Profile(SRGB if curve is TransferCurve.SRGB else LINEAR, curve)
    assert raster.icc_profile is not None
    space, is_gray = _parse_profile(bytes(raster.icc_profile))
    if is_gray and not raster.format.channels.is_gray:
        raise UnsupportedRaster("A color picture carries a gray ICC profile.", _CONVERT_HINT)
    return Profile(space, None, raster.icc_profile)


def layer_profile_of(raster: Raster) -> Profile:
    """The profile of RGB layers that belong to a raster.

    It is the raster's own, unless that is a gray ICC profile, which cannot label RGB: then it is
    the named curve that the gray curve equals within 1/1000 of white (sRGB or linear), and
    otherwise sRGB, into which the neutral values have to be converted.

    Raises:
        UnsupportedRaster: as `profile_of`.
    """
    own = profile_of(raster)
    if own.icc_profile is None or not _parse_profile(own.icc_profile)[1]:
        return own
    if curves_agree(own.space.curves[0], LINEAR_CURVE):
        return Profile(LINEAR, TransferCurve.LINEAR)
    return Profile(SRGB, TransferCurve.SRGB)


@lru_cache(maxsize=16)
def _parse_profile(icc: bytes) -> tuple[ColorSpace, bool]:
    """The space of an ICC profile, and whether it is a gray one."""
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc)).profile
        kind = profile.xcolor_space.strip()
    except (OSError, ImageCms.PyCMSError, ValueError) as error:
        raise UnsupportedRaster("The picture's ICC profile is damaged.", _CONVERT_HINT) from error
    name = profile.profile_description or "an unnamed profile"
    if kind not in ("RGB", "GRAY"):
        raise UnsupportedRaster(
            f"The picture's ICC profile is for {kind} colors, not for RGB or gray.", _CONVERT_HINT
        )
    if profile.connection_space.strip() != "XYZ":
        raise UnsupportedRaster(
            f"The picture's ICC profile ({name}) has no matrix, only tables.", _CONVERT_HINT
        )
    if kind == "GRAY":
        gray = _read_curve(icc, b"kTRC", name)
        return ColorSpace(name, (gray, gray, gray), SRGB.to_xyz), True
    colorants = (profile.red_colorant, profile.green_colorant, profile.blue_colorant)
    if None in colorants:
        raise UnsupportedRaster(
            f"The picture's ICC profile ({name}) has no matrix, only tables.", _CONVERT_HINT
        )
    columns = np.array([colorant[0] for colorant in colorants if colorant]).T
    return ColorSpace(name, _read_rgb_curves(icc, name), _adapted(columns, name)), False


def _read_rgb_curves(icc: bytes, name: str) -> tuple[Curve, Curve, Curve]:
    """The three curves; the same object three times where their bytes are the same."""
    red, green, blue = (_find_tag(icc, tag) for tag in (b"rTRC", b"gTRC", b"bTRC"))
    first = _read_curve(icc, b"rTRC", name)
    if red == green == blue:
        return first, first, first
    return first, _read_curve(icc, b"gTRC", name), _read_curve(icc, b"bTRC", name)


def _read_curve(icc: bytes, signature: bytes, name: str) -> Curve:
    try:
        return parse_curve(_find_tag(icc, signature))
    except (ValueError, struct.error) as error:
        raise UnsupportedRaster(
            f"The picture's ICC profile ({name}) cannot be used: {error}.", _CONVERT_HINT
        ) from error


def _find_tag(icc: bytes, signature: bytes) -> bytes:
    """The bytes of one tag; empty when it is missing (ICC.1:2022, section 7.3)."""
    (count,) = struct.unpack_from(">I", icc, 128)
    for entry in range(min(count, (len(icc) - 132) // 12)):
        found, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * entry)
        if found == signature:
            return icc[offset : offset + size]
    return b""


def _adapted(columns: NDArray[np.float64], name: str) -> Matrix:
    """Colorants under D50, as columns, adapted to D65 after Bradford and balanced."""
    bradford = np.array(_BRADFORD)
    ratio = (bradford @ np.array(WHITE_D65)) / (bradford @ np.array(WHITE_D50))
    matrix = np.linalg.inv(bradford) @ np.diag(ratio) @ bradford @ columns
    if abs(np.linalg.det(matrix)) < 1e-6 or (matrix.sum(axis=1) <= 0.0).any():
        raise UnsupportedRaster(
            f"The picture's ICC profile ({name}) has primaries that span no colors.", _CONVERT_HINT
        )
    return _balanced(matrix)


def _balanced(matrix: NDArray[np.float64]) -> Matrix:
    """Scale the rows so that RGB (1, 1, 1) gives D65 to the last digit: gray stays gray."""
    return _as_matrix(matrix * (np.array(WHITE_D65) / matrix.sum(axis=1))[:, None])


def _as_matrix(array: NDArray[np.float64]) -> Matrix:
    return tuple(tuple(float(value) for value in row) for row in array)


SRGB = ColorSpace("sRGB", (SRGB_CURVE, SRGB_CURVE, SRGB_CURVE), _balanced(np.array(SRGB_TO_XYZ)))
LINEAR = ColorSpace("linear sRGB", (LINEAR_CURVE, LINEAR_CURVE, LINEAR_CURVE), SRGB.to_xyz)
