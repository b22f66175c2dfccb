"""What a raster's samples mean as colors: its curve and primaries, from a name or an ICC profile.

Reading and writing the samples is left to `samples.py`, the Lab formulas to `color.py`. A profile
is not parsed here: LittleCMS is asked what some samples mean in it, and where curves and primaries
explain all of its answers, they are used, for they are quick and have an inverse. Otherwise the
profile is a table, as scanners have them, and LittleCMS is asked for every pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from selcolor_backend.pixels.color import SRGB_TO_XYZ, WHITE_D65, matrix_multiply
from selcolor_backend.pixels.curves import (
    CURVE_STEPS,
    LINEAR_CURVE,
    SRGB_CURVE,
    Curve,
    curve_through,
    curves_agree,
)
from selcolor_backend.pixels.littlecms import Floats, is_usable, to_linear_srgb
from selcolor_protocol.notes import Note
from selcolor_protocol.raster import Raster, SampleType, TransferCurve

Matrix = tuple[tuple[float, ...], ...]

_MATRIX_TOLERANCE = 2e-3
_SAME_CURVE = 2e-6
_SMALLEST_GAMUT = 1e-6
_EXPLAINED = 2e-3
_WHITE = 1e-4
_PROBES = 10
_RAMP: Floats = np.linspace(0.0, 1.0, CURVE_STEPS + 1, dtype=np.float32)


@dataclass(frozen=True)
class ColorSpace:
    """An RGB space: a curve for each channel, and primaries.

    Attributes:
        curves: transfer curves of red, green and blue.
        to_xyz: linear RGB to CIE XYZ under D65, 3×3; (1, 1, 1) gives exactly D65.
    """

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

    @property
    def is_uniform(self) -> bool:
        """Whether all three channels have the same curve."""
        return self.curves[0] is self.curves[1] is self.curves[2]

    def agrees_with(self, other: Space) -> bool:
        """Whether the same samples look the same in both, within 1/1000 or so."""
        if isinstance(other, TableSpace):
            return False
        near = np.allclose(np.array(self.to_xyz), np.array(other.to_xyz), atol=_MATRIX_TOLERANCE)
        pairs = zip(self.curves, other.curves, strict=True)
        return bool(near) and all(curves_agree(one, two) for one, two in pairs)


@dataclass(frozen=True)
class TableSpace:
    """An RGB space that only its profile knows: LittleCMS turns samples into linear sRGB.

    Attributes:
        icc_profile: the profile.
    """

    icc_profile: bytes

    @property
    def to_xyz(self) -> Matrix:
        """Linear light to CIE XYZ under D65, 3×3."""
        return SRGB.to_xyz

    @property
    def is_uniform(self) -> bool:
        """Whether equal samples are neutral: a scanner's need not be."""
        return False

    def decode(self, encoded: Tensor) -> Tensor:
        """Encoded samples, `[3, H, W]` with white at 1, to linear sRGB of the same shape."""
        pixels = encoded.permute(1, 2, 0).numpy()
        return torch.from_numpy(to_linear_srgb(pixels, self.icc_profile)).permute(2, 0, 1)

    def agrees_with(self, _other: Space) -> bool:
        """Never: nobody has looked at all colors."""
        return False


Space = ColorSpace | TableSpace


@dataclass(frozen=True)
class Label:
    """How layers are labeled, and what their samples mean.

    Attributes:
        space: what the samples mean.
        curve: the label as a named curve, or None.
        icc_profile: the label as an ICC profile, exactly when `curve` is None.
    """

    space: ColorSpace
    curve: TransferCurve | None
    icc_profile: bytes | None = None


@dataclass(frozen=True)
class Profile:
    """What a raster's samples mean, and how RGB layers that belong to it are labeled.

    Attributes:
        space: what the samples mean.
        label: as the raster itself. Where its ICC profile is gray or a table, it is the named curve
            that a gray profile equals within 1/1000 of white, and otherwise sRGB, into which what
            is taken from the raster has to be converted.
        note: what a user should know of it.
    """

    space: Space
    label: Label
    note: Note | None = None


def convert_linear(linear: Tensor, source: Space, target: ColorSpace) -> Tensor:
    """Linear light of one space, `[1|3, H, W]`, in the primaries of another; one channel stays."""
    if linear.shape[0] == 1 or source.to_xyz == target.to_xyz:
        return linear
    both = np.array(target.from_xyz) @ np.array(source.to_xyz)
    return matrix_multiply(torch.tensor(both, dtype=torch.float32), linear)


def luminance_y(linear: Tensor, space: Space) -> Tensor:
    """The Y of CIE XYZ, `[H, W]` with white at 1, of linear `[1|3, H, W]`."""
    if linear.shape[0] == 1:
        return linear[0]
    red, green, blue = space.to_xyz[1]
    return linear[0] * red + linear[1] * green + linear[2] * blue


def profile_of(raster: Raster) -> Profile:
    """What a raster's samples mean. A gray profile's curve gets the primaries of sRGB.

    A profile that is broken or meant for other channels is ignored: integers are then taken as
    sRGB and floats as linear light.
    """
    form = raster.format
    if form.curve is not None:
        return _named(form.curve)
    assert raster.icc_profile is not None
    icc, channels = bytes(raster.icc_profile), 1 if form.channels.is_gray else 3
    try:
        space = _space_of(icc, channels)
    except ValueError:
        is_float = form.sample_type in (SampleType.F16, SampleType.F32)
        curve = TransferCurve.LINEAR if is_float else TransferCurve.SRGB
        return replace(_named(curve), note=Note.PROFILE_WAS_IGNORED)
    if isinstance(space, TableSpace):
        return Profile(space, _label(TransferCurve.SRGB), Note.COLORS_BECAME_SRGB)
    if channels == 3:
        return Profile(space, Label(space, None, icc))
    is_linear = curves_agree(space.curves[0], LINEAR_CURVE)
    return Profile(space, _label(TransferCurve.LINEAR if is_linear else TransferCurve.SRGB))


def _named(curve: TransferCurve) -> Profile:
    return Profile(_label(curve).space, _label(curve))


def _label(curve: TransferCurve) -> Label:
    return Label(SRGB if curve is TransferCurve.SRGB else LINEAR, curve)


@lru_cache(maxsize=16)
def _space_of(icc: bytes, channels: int) -> Space:
    if not is_usable(icc, channels):
        raise ValueError("the profile is broken, or is for other channels")
    return _gray_space(icc) if channels == 1 else _rgb_space(icc)


def _gray_space(icc: bytes) -> ColorSpace:
    light = torch.from_numpy(to_linear_srgb(_RAMP[None, :, None], icc)).permute(2, 0, 1)
    gray: Floats = luminance_y(light, SRGB)[0].numpy()
    # White is white to the last digit.
    curve = curve_through(gray / gray[-1] if abs(gray[-1] - 1.0) < _WHITE else gray)
    return ColorSpace((curve, curve, curve), SRGB.to_xyz)


def _rgb_space(icc: bytes) -> Space:
    """Curves and primaries where they explain the profile, the profile itself otherwise."""
    ramps = np.eye(3, dtype=np.float32)[:, None, :] * _RAMP[None, :, None]
    light = to_linear_srgb(ramps, icc).astype(np.float64)
    primaries = light[:, -1]
    values = [ramp @ ends / (ends @ ends) for ramp, ends in zip(light, primaries, strict=True)]
    to_xyz = np.array(SRGB.to_xyz) @ primaries.T
    if abs(np.linalg.det(to_xyz)) < _SMALLEST_GAMUT or (to_xyz.sum(axis=1) <= 0.0).any():
        return TableSpace(icc)
    try:
        curves = [curve_through(value.astype(np.float32)) for value in values]
    except ValueError:
        return TableSpace(icc)
    if np.allclose(values, values[0], rtol=0.0, atol=_SAME_CURVE):
        curves = curves[:1] * 3
    space = ColorSpace((curves[0], curves[1], curves[2]), _balanced(to_xyz))
    return space if _explains(space, icc) else TableSpace(icc)


def _explains(space: ColorSpace, icc: bytes) -> bool:
    """Whether a space gives the colors of a profile, for samples from all over its cube."""
    steps = np.linspace(0.0, 1.0, _PROBES, dtype=np.float32)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    wanted = torch.from_numpy(to_linear_srgb(cube, icc)).permute(2, 0, 1)
    given = convert_linear(space.decode(torch.from_numpy(cube).permute(2, 0, 1)), space, SRGB)
    return bool(((SRGB.encode(given) - SRGB.encode(wanted)).abs() <= _EXPLAINED).all())


def _balanced(matrix: NDArray[np.float64]) -> Matrix:
    """Scale the rows so that RGB (1, 1, 1) gives D65 to the last digit: gray stays gray."""
    return _as_matrix(matrix * (np.array(WHITE_D65) / matrix.sum(axis=1))[:, None])


def _as_matrix(array: NDArray[np.float64]) -> Matrix:
    return tuple(tuple(float(value) for value in row) for row in array)


SRGB = ColorSpace((SRGB_CURVE, SRGB_CURVE, SRGB_CURVE), _balanced(np.array(SRGB_TO_XYZ)))
LINEAR = ColorSpace((LINEAR_CURVE, LINEAR_CURVE, LINEAR_CURVE), SRGB.to_xyz)
