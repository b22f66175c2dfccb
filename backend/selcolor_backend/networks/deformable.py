"""Deformable convolution, version 2 (Zhu et al. 2018, arXiv 1811.11168).

Each tap of the kernel looks where the features tell it to. torchvision unrolls all taps at once,
which takes 2.9 GB for a kernel of 7 × 7 at 640 × 360: here it is given 16 channels and one row of
the kernel at a time. On devices that it does not know, plain tensor operations do the same, more
slowly (docs/decisions/111).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.ops import deform_conv2d

UNROLLED_ON = ("cpu", "cuda")
"""Types of devices that torchvision has deformable convolution for."""

CHANNELS_AT_ONCE = 16


class DeformableConv(nn.Module):
    """A convolution whose taps are moved and weighted pixel by pixel.

    Modules bear the names that BiRefNet's published files give their tensors.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.kernel = kernel
        taps, padding = kernel**2, kernel // 2
        self.offset_conv = nn.Conv2d(inputs, 2 * taps, kernel, padding=padding)
        self.modulator_conv = nn.Conv2d(inputs, taps, kernel, padding=padding)
        self.regular_conv = nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False)
        self.part = DeformedPart()

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` to `[N, outputs, H, W]`.

        In single precision also where the rest of the network is not: places between pixels need
        it, and torchvision's kernels do not know every half precision.
        """
        offsets = self.offset_conv(features).float()
        weights = 2.0 * torch.sigmoid(self.modulator_conv(features).float())
        device, features = features.device.type, features.float()
        with torch.autocast(device, enabled=False):
            if device not in UNROLLED_ON:
                return by_taps(features, offsets, weights, self.regular_conv.weight)
            return by_rows(features, offsets, weights, self.regular_conv.weight, self.part)


class DeformedPart(nn.Module):
    """Some channels under one row of the kernel; a module, so that a job can be left in between."""

    def forward(self, features: Tensor, moves: Tensor, weights: Tensor, row: Tensor) -> Tensor:
        """As `by_taps`, for a kernel `[K, C, 1, side]`."""
        part: Tensor = deform_conv2d(
            features, moves, row, padding=(0, row.shape[-1] // 2), mask=weights
        )
        return part


def by_rows(
    features: Tensor, offsets: Tensor, weights: Tensor, kernel: Tensor, part: DeformedPart
) -> Tensor:
    """Convolve as `by_taps` does, some channels and a row of the kernel at a time."""
    side = kernel.shape[-1]
    total = features.new_zeros(len(features), len(kernel), *features.shape[2:])
    for row in range(side):
        taps = slice(row * side, (row + 1) * side)
        moves = offsets.unflatten(1, (-1, 2))[:, taps].clone()
        moves[:, :, 0] += row - side // 2
        seen = (moves.flatten(1, 2), weights[:, taps].contiguous())
        for channels in torch.arange(features.shape[1]).split(CHANNELS_AT_ONCE):
            few = slice(int(channels[0]), int(channels[-1]) + 1)
            total += part(features[:, few].contiguous(), *seen, kernel[:, few, row : row + 1])
    return total


def by_taps(features: Tensor, offsets: Tensor, weights: Tensor, kernel: Tensor) -> Tensor:
    """Convolve with moved taps; what they see beyond the edges is 0.

    Args:
        features: `[N, C, H, W]`.
        offsets: down and right in pixels for each tap, row by row, `[N, 2 T, H, W]`.
        weights: of each tap, `[N, T, H, W]`.
        kernel: of T taps, `[K, C, side, side]`.

    Returns:
        `[N, K, H, W]`.
    """
    side = kernel.shape[-1]
    down, right = places(features)
    total = features.new_zeros(len(features), len(kernel), *features.shape[2:])
    for tap in range(side**2):
        row, column = tap // side, tap % side
        moved = torch.stack(
            [
                right + offsets[:, 2 * tap + 1] + (column - side // 2),
                down + offsets[:, 2 * tap] + (row - side // 2),
            ],
            dim=-1,
        )
        seen = sampled(features, moved) * weights[:, tap, None]
        total += functional.conv2d(seen, kernel[:, :, row, column, None, None])
    return total


def places(features: Tensor) -> tuple[Tensor, Tensor]:
    """The row and the column of each pixel of `[N, C, H, W]`, `[H, 1]` and `[1, W]`."""
    rows, columns = (
        torch.arange(count, device=features.device, dtype=features.dtype)
        for count in features.shape[2:]
    )
    return rows[:, None], columns[None]


def sampled(features: Tensor, moved: Tensor) -> Tensor:
    """Look up `[N, C, H, W]` at columns and rows `[N, H, W, 2]`, bilinear, 0 beyond the edges."""
    # grid_sample wants −1 for the outer edge of the first pixel and 1 for that of the last.
    last = moved.new_tensor([features.shape[3], features.shape[2]])
    grid = (2.0 * moved + 1.0) / last - 1.0
    return functional.grid_sample(features, grid, align_corners=False)
