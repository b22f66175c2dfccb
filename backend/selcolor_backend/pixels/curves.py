"""Transfer curves of color profiles: encoded samples ↔ linear light, and ICC curve tags.

Primaries, white points and the choice of a profile are left to `profile.py`. All curves are odd
functions and go on beyond 1, so that negative and brighter-than-white float samples survive.
Formats: ICC.1:2022, sections 10.6 (`curveType`) and 10.18 (`parametricCurveType`).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

MAX_LINEAR = 1e12
"""Linear light is cut here, so that a steep curve over an absurd sample stays finite."""

_MAX_GAMMA = 20.0
_PARAMETER_COUNTS = (1, 3, 4, 5, 7)
_END_SLOPE_SHARE = 64
_SMALLEST_SLOPE = 0.05


class Curve(Protocol):
    """A transfer curve of one channel."""

    def decode(self, encoded: Tensor) -> Tensor:
        """Encoded samples (white is 1), any shape, to linear light."""
        ...

    def encode(self, linear: Tensor) -> Tensor:
        """Linear light, any shape, to encoded samples; the inverse of `decode`."""
        ...


@dataclass(frozen=True)
class ParametricCurve:
    """`(a·x + b)^gamma + e` for x ≥ d and `c·x + f` below: all five kinds that ICC knows.

    Attributes:
        gamma: exponent, above 0.
        a: factor inside the power, above 0.
        b: offset inside the power.
        c: slope of the straight part, 0 or more.
        d: where the power begins.
        e: offset of the power.
        f: offset of the straight part.
    """

    gamma: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 0.0
    f: float = 0.0

    @property
    def is_linear(self) -> bool:
        """Whether the curve does nothing."""
        return self == ParametricCurve(1.0)

    def decode(self, encoded: Tensor) -> Tensor:
        """Encoded samples, any shape, to linear light."""
        if self.is_linear:
            return encoded
        magnitude = encoded.abs()
        curve = _power_(magnitude * self.a + self.b, self.gamma)
        if self.e:
            curve += self.e
        if self.d > 0.0:
            curve = torch.where(magnitude < self.d, magnitude * self.c + self.f, curve)
        return curve.clamp_(max=MAX_LINEAR).copysign_(encoded)

    def encode(self, linear: Tensor) -> Tensor:
        """Linear light, any shape, to encoded samples."""
        if self.is_linear:
            return linear
        magnitude = linear.abs()
        curve = _power_(magnitude - self.e, 1.0 / self.gamma)
        curve = curve.sub_(self.b).div_(self.a).clamp_(min=0.0)
        if self.d > 0.0:
            curve = torch.where(magnitude < self._threshold, self._encode_foot(magnitude), curve)
        return curve.copysign_(linear)

    @property
    def _threshold(self) -> float:
        """The linear value at which the power begins."""
        if self.c > 0.0:
            return self.c * self.d + self.f
        return float(max(self.a * self.d + self.b, 0.0) ** self.gamma + self.e)

    def _encode_foot(self, magnitude: Tensor) -> Tensor:
        if self.c > 0.0:
            return ((magnitude - self.f) / self.c).clamp_(min=0.0)
        return torch.zeros_like(magnitude)


@dataclass(frozen=True, eq=False)
class TableCurve:
    """Samples at equal distances over [0, 1], joined by straight lines.

    Attributes:
        table: non-decreasing linear values, float32 `[n]`, n ≥ 2, on the CPU.
    """

    table: Tensor

    @property
    def _end_slope(self) -> float:
        """The slope with which the curve goes on beyond 1, from its last 1/64."""
        last = self.table.numel() - 1
        span = max(1, last // _END_SLOPE_SHARE)
        rise = float(self.table[last] - self.table[last - span]) * last / span
        return max(rise, _SMALLEST_SLOPE)

    def decode(self, encoded: Tensor) -> Tensor:
        """Encoded samples, any shape, to linear light."""
        table = self.table.to(encoded.device)
        last = table.numel() - 1
        magnitude = encoded.abs()
        position = magnitude.clamp(max=1.0) * last
        index = position.long().clamp_(max=last - 1)
        inside = torch.lerp(table[index], table[index + 1], position - index)
        beyond = (magnitude - 1.0).clamp_(min=0.0) * self._end_slope
        return (inside + beyond).copysign_(encoded)

    def encode(self, linear: Tensor) -> Tensor:
        """Linear light, any shape, to encoded samples."""
        table = self.table.to(linear.device)
        last = table.numel() - 1
        magnitude = linear.abs()
        index = torch.searchsorted(table, magnitude.contiguous(), right=True)
        index = (index - 1).clamp_(0, last - 1)
        step = (table[index + 1] - table[index]).clamp_(min=1e-9)
        inside = (index + ((magnitude - table[index]) / step).clamp_(0.0, 1.0)) / last
        # A table may be flat at its end; its white is the last entry, not the first of equals.
        beyond = 1.0 + (magnitude - table[last]) / self._end_slope
        return torch.where(magnitude >= table[last], beyond, inside).copysign_(linear)


def _power_(base: Tensor, exponent: float) -> Tensor:
    """Raise in place, negative bases as 0: three quick passes, within 2e-6, instead of `pow`."""
    return base.clamp_(min=0.0).log_().mul_(exponent).exp_()


LINEAR_CURVE = ParametricCurve(1.0)
SRGB_CURVE = ParametricCurve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def curves_agree(first: Curve, second: Curve, tolerance: float = 1e-3) -> bool:
    """Whether two curves differ by at most `tolerance` of encoded white, anywhere in [0, 1]."""
    probe = torch.linspace(0.0, 1.0, 1025)
    return bool(((second.encode(first.decode(probe)) - probe).abs() <= tolerance).all())


def parse_curve(tag: bytes) -> Curve:
    """Read the content of an ICC `rTRC`, `gTRC`, `bTRC` or `kTRC` tag.

    Args:
        tag: the tag's bytes, beginning with its type signature.

    Raises:
        ValueError: the curve is damaged, not a curve, or cannot be inverted.
    """
    try:
        kind = tag[:4]
        if kind == b"curv":
            return _parse_table(tag)
        if kind == b"para":
            return _parse_parametric(tag)
    except struct.error as error:
        raise ValueError("a curve is cut short") from error
    raise ValueError(f"a curve of type {kind!r} is unknown")


def _parse_table(tag: bytes) -> Curve:
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return LINEAR_CURVE
    if count == 1:
        (fixed,) = struct.unpack_from(">H", tag, 12)
        return _checked(ParametricCurve(fixed / 256.0))
    if len(tag) < 12 + 2 * count:
        raise ValueError("a curve is cut short")
    values = np.frombuffer(tag, dtype=">u2", count=count, offset=12).astype(np.float32) / 65535.0
    if values[-1] <= values[0]:
        raise ValueError("a curve does not rise")
    # Profiles made from measurements may dip by a step; an inverse needs a rising curve.
    return TableCurve(torch.from_numpy(np.maximum.accumulate(values)))


def _parse_parametric(tag: bytes) -> Curve:
    (kind,) = struct.unpack_from(">H", tag, 8)
    if kind >= len(_PARAMETER_COUNTS):
        raise ValueError(f"a parametric curve of type {kind} is unknown")
    fixed = struct.unpack_from(f">{_PARAMETER_COUNTS[kind]}i", tag, 12)
    gamma, *rest = (value / 65536.0 for value in fixed)
    if kind == 0:
        return _checked(ParametricCurve(gamma))
    a, b, *rest = rest
    if a <= 0.0:
        raise ValueError("a parametric curve does not rise")
    if kind in (1, 2):
        foot = rest[0] if rest else 0.0
        return _checked(ParametricCurve(gamma, a, b, 0.0, -b / a, foot, foot))
    c, d, *offsets = rest
    return _checked(ParametricCurve(gamma, a, b, c, d, *offsets))


def _checked(curve: ParametricCurve) -> ParametricCurve:
    values = (curve.gamma, curve.a, curve.b, curve.c, curve.d, curve.e, curve.f)
    if not all(map(math.isfinite, values)):
        raise ValueError("a parametric curve is not finite")
    if not 0.0 < curve.gamma <= _MAX_GAMMA or curve.c < 0.0:
        raise ValueError("a parametric curve does not rise")
    return curve
