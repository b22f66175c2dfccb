"""Transfer curves of color profiles: encoded samples ↔ linear light.

Primaries, white points and the choice of a profile are left to `profile.py`. All curves are odd
functions and go on beyond 1, so that negative and brighter-than-white float samples survive.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from selcolor_backend.pixels.littlecms import Floats

MAX_LINEAR = 1e12
"""Linear light is cut here, so that a steep curve over an absurd sample stays finite."""

CURVE_STEPS = 65535
"""A curve is known at the samples of 16 bits; those of 8 bits are among them."""

_NEAR = 2e-5
_END = 1 / 64
_END_GAMMAS = (0.1, 10.0)


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
    """`(a·x + b)^gamma` for x ≥ d and `c·x` below.

    Attributes:
        gamma: exponent, above 0.
        a: factor inside the power, above 0.
        b: offset inside the power.
        c: slope of the straight part.
        d: where the power begins; 0 for a power alone.
    """

    gamma: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0

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
        if self.d > 0.0:
            curve = torch.where(magnitude < self.d, magnitude * self.c, curve)
        return curve.clamp_(max=MAX_LINEAR).copysign_(encoded)

    def encode(self, linear: Tensor) -> Tensor:
        """Linear light, any shape, to encoded samples."""
        if self.is_linear:
            return linear
        magnitude = linear.abs()
        curve = _power_(magnitude.clone(), 1.0 / self.gamma)
        curve = curve.sub_(self.b).div_(self.a)
        if self.d > 0.0:
            curve = torch.where(magnitude < self.c * self.d, magnitude / self.c, curve)
        return curve.copysign_(linear)


@dataclass(frozen=True, eq=False)
class SampledCurve:
    """Samples at equal distances over [0, 1], joined by straight lines; a power beyond 1.

    Attributes:
        linear: non-decreasing linear values, float32 `[n]`, n ≥ 2; the last one is above 0.
    """

    linear: Floats

    def decode(self, encoded: Tensor) -> Tensor:
        """Encoded samples, any shape, to linear light."""
        magnitude = encoded.abs()
        inside = _look_up(magnitude, self.linear)
        beyond = _power_(magnitude.clamp(min=1.0), self._end_gamma).mul_(self._white)
        curve = torch.where(magnitude > 1.0, beyond.clamp_(max=MAX_LINEAR), inside)
        return curve.copysign_(encoded)

    def encode(self, linear: Tensor) -> Tensor:
        """Linear light, any shape, to encoded samples."""
        ratio = linear.abs().div_(self._white)
        inside = _look_up(ratio.sqrt(), self._inverse)
        beyond = _power_(ratio.clamp(min=1.0), 1.0 / self._end_gamma)
        return torch.where(ratio >= 1.0, beyond, inside).copysign_(linear)

    @property
    def _white(self) -> float:
        return float(self.linear[-1])

    @cached_property
    def _end_gamma(self) -> float:
        """The exponent with which the curve goes on beyond 1, from its last 1/64."""
        before = float(np.interp(1.0 - _END, *self._points))
        gamma = math.log(max(before, 1e-6) / self._white) / math.log(1.0 - _END)
        return min(max(gamma, _END_GAMMAS[0]), _END_GAMMAS[1])

    @cached_property
    def _inverse(self) -> Floats:
        """Encoded samples at equal distances of the linear values' roots: dense in the dark."""
        roots = np.linspace(0.0, 1.0, CURVE_STEPS + 1)
        encoded, linear = self._points
        return np.interp(roots**2 * self._white, linear, encoded).astype(np.float32)

    @property
    def _points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return np.linspace(0.0, 1.0, len(self.linear)), self.linear.astype(np.float64)


def _look_up(values: Tensor, table: Floats) -> Tensor:
    """Interpolate in a table over [0, 1]; numpy looks up much quicker than torch."""
    last = len(table) - 1
    position = values.clamp(max=1.0).mul_(last).numpy()
    index = np.minimum(position.astype(np.int32), last - 1)
    below, above = table.take(index, mode="clip"), table.take(index + 1, mode="clip")
    return torch.from_numpy(below + (above - below) * (position - index).astype(np.float32))


def _power_(base: Tensor, exponent: float) -> Tensor:
    """Raise in place, negative bases as 0: three quick passes, within 2e-6, instead of `pow`."""
    return base.clamp_(min=0.0).log_().mul_(exponent).exp_()


LINEAR_CURVE = ParametricCurve(1.0)
SRGB_CURVE = ParametricCurve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def curves_agree(first: Curve, second: Curve, tolerance: float = 1e-3) -> bool:
    """Whether two curves differ by at most `tolerance` of encoded white, anywhere in [0, 1]."""
    probe = torch.linspace(0.0, 1.0, 1025)
    return bool(((second.encode(first.decode(probe)) - probe).abs() <= tolerance).all())


def curve_through(linear: Floats) -> Curve:
    """The curve with these linear values at equal distances over [0, 1].

    Args:
        linear: `[n]`, n odd.

    Returns:
        A formula where one meets the values, for it is exact between and beyond them, too.

    Raises:
        ValueError: the values do not rise, so that the curve has no inverse.
    """
    if not np.isfinite(linear).all() or linear[-1] <= max(float(linear[0]), 0.0):
        raise ValueError("the curve does not rise")
    # Profiles made from measurements may dip by a step; an inverse needs a rising curve.
    sampled = SampledCurve(np.maximum.accumulate(linear.clip(0.0)))
    middle = float(np.interp(0.5, *sampled._points))
    guesses = [LINEAR_CURVE, SRGB_CURVE]
    if 0.0 < middle < 1.0:
        guesses.append(ParametricCurve(math.log(middle) / math.log(0.5)))
    return next((guess for guess in guesses if curves_agree(sampled, guess, _NEAR)), sampled)
