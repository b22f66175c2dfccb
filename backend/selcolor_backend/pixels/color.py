"""Color spaces in torch: encoded sRGB ↔ linear RGB ↔ CIE XYZ ↔ CIE Lab, float32, any device.

The constants are those of IEC 61966-2-1 and CIE 15 with the D65 white of the 2° observer, as
scikit-image uses them, so that both agree within 1e-3. Tensors have their channels in front:
`[..., 3, H, W]`.
"""

from __future__ import annotations

import torch
from torch import Tensor

WHITE_D65 = (0.95047, 1.0, 1.08883)
SRGB_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
LAB_EPSILON = 0.008856
SRGB_KNEE = 0.0031308
"""Linear light below which the sRGB curve is a straight line."""
LAB_SLOPE = 7.787
LAB_OFFSET = 16.0 / 116.0
LAB_KNEE = 6.0 / 29.0
AB_SCALE = 110.0

LUMA_WEIGHTS = (0.299, 0.587, 0.114)
"""Of BT.601. Training and inference must gray their pictures alike."""


def srgb_to_linear(encoded: Tensor) -> Tensor:
    """Undo the sRGB transfer curve; values are kept outside [0, 1] too (odd extension)."""
    magnitude = encoded.abs()
    curve = ((magnitude + 0.055) / 1.055).pow(2.4)
    return torch.where(magnitude > 0.04045, curve, magnitude / 12.92) * encoded.sign()


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Apply the sRGB transfer curve, the inverse of `srgb_to_linear`."""
    magnitude = linear.abs()
    # Clamped where the line is taken: the slope of the power is infinite at black, and training
    # differentiates what is not taken, too.
    curve = 1.055 * magnitude.clamp(min=SRGB_KNEE).pow(1.0 / 2.4) - 0.055
    return torch.where(magnitude > SRGB_KNEE, curve, magnitude * 12.92) * linear.sign()


def matrix_multiply(matrix: Tensor, channels: Tensor) -> Tensor:
    """Apply a 3×3 `matrix` to the channels of `[..., 3, H, W]`."""
    return torch.einsum("ij,...jhw->...ihw", matrix.to(channels), channels)


def lab_curve(ratio: Tensor) -> Tensor:
    """CIE's f: the cube root above LAB_EPSILON, a straight line below."""
    # Not `pow`: its last bit depends on where a value stands in memory, and so on the tile.
    root = (ratio.clamp(min=LAB_EPSILON).log() / 3.0).exp()
    return torch.where(ratio > LAB_EPSILON, root, LAB_SLOPE * ratio + LAB_OFFSET)


def inverse_lab_curve(value: Tensor) -> Tensor:
    """The inverse of `lab_curve`."""
    # The line and the cube meet at LAB_KNEE; their sum without the knee is quicker than a choice.
    cube = value.clamp(min=LAB_KNEE).pow(3)
    return cube + (value.clamp(max=LAB_KNEE) - LAB_KNEE) / LAB_SLOPE


def y_to_luminance(y: Tensor) -> Tensor:
    """The Y of CIE XYZ (white is 1), any shape, to L in [0, 100]; beyond 1 to more than 100."""
    return 116.0 * lab_curve(y) - 16.0


def luminance_to_y(luminance: Tensor) -> Tensor:
    """L, any shape, to the Y of CIE XYZ, the inverse of `y_to_luminance`."""
    return inverse_lab_curve((luminance + 16.0) / 116.0)


def xyz_to_lab(xyz: Tensor) -> Tensor:
    """CIE XYZ (Y of white is 1) to Lab: L in [0, 100], a and b about ±110."""
    white = torch.tensor(WHITE_D65, device=xyz.device, dtype=xyz.dtype).view(3, 1, 1)
    x, y, z = lab_curve(xyz / white).unbind(-3)
    return torch.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], dim=-3)


def lab_to_xyz(lab: Tensor) -> Tensor:
    """Lab to CIE XYZ, the inverse of `xyz_to_lab`."""
    luminance, a, b = lab.unbind(-3)
    y = (luminance + 16.0) / 116.0
    white = torch.tensor(WHITE_D65, device=lab.device, dtype=lab.dtype).view(3, 1, 1)
    return inverse_lab_curve(torch.stack([y + a / 500.0, y, y - b / 200.0], dim=-3)) * white


def srgb_to_lab(encoded: Tensor) -> Tensor:
    """Encoded sRGB in [0, 1], `[..., 3, H, W]`, to Lab."""
    return xyz_to_lab(matrix_multiply(torch.tensor(SRGB_TO_XYZ), srgb_to_linear(encoded)))


def lab_to_srgb(lab: Tensor) -> Tensor:
    """Lab to encoded sRGB; colors outside the gamut leave [0, 1]."""
    inverse = torch.linalg.inv(torch.tensor(SRGB_TO_XYZ, dtype=torch.float64)).float()
    return linear_to_srgb(matrix_multiply(inverse, lab_to_xyz(lab)))


def to_gray(rgb: Tensor) -> Tensor:
    """Luma of encoded RGB, `[..., 3, H, W]`, in all three channels: what segmenters are shown."""
    weights = torch.tensor(LUMA_WEIGHTS, device=rgb.device, dtype=rgb.dtype).view(3, 1, 1)
    return (rgb * weights).sum(dim=-3, keepdim=True).expand_as(rgb)
