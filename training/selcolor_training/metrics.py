"""How good a colorizer or a segmenter is. Every function says its definition and its scale."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from selcolor_backend.color import AB_SCALE, lab_to_srgb


@dataclass(frozen=True)
class ColorFigures:
    """Figures of a colorizer over all pixels of a split; ab is divided by 110."""

    psnr: float
    r2_a: float
    r2_b: float
    mae_a: float
    mae_b: float
    chroma_ratio: float


class ColorMeter:
    """Adds up `ColorFigures` batch by batch, so that no split need fit in memory.

    * PSNR: mean over pictures, on encoded sRGB in [0, 1], both clipped to the gamut.
    * R²: 1 − Σ(truth − prediction)² / Σ(truth − mean truth)², over all pixels of all pictures.
    * mean absolute error: over all pixels.
    * chroma ratio: mean √(a² + b²) of the prediction over that of the truth.
    """

    def __init__(self) -> None:
        self.psnr: list[float] = []
        self.pixels = 0
        self.squared_error = torch.zeros(2, dtype=torch.float64)
        self.absolute_error = torch.zeros(2, dtype=torch.float64)
        self.truth_sum = torch.zeros(2, dtype=torch.float64)
        self.truth_square_sum = torch.zeros(2, dtype=torch.float64)
        self.chroma = torch.zeros(2, dtype=torch.float64)

    def add(self, luminance: Tensor, predicted: Tensor, truth: Tensor) -> None:
        """Take in one batch.

        Args:
            luminance: L in [0, 100], `[N, 1, H, W]`.
            predicted: ab / 110, `[N, 2, H, W]`.
            truth: ab / 110, `[N, 2, H, W]`.
        """
        self.pixels += truth.shape[0] * truth.shape[2] * truth.shape[3]
        error = (predicted - truth).double()
        self.squared_error += error.square().sum(dim=(0, 2, 3))
        self.absolute_error += error.abs().sum(dim=(0, 2, 3))
        self.truth_sum += truth.double().sum(dim=(0, 2, 3))
        self.truth_square_sum += truth.double().square().sum(dim=(0, 2, 3))
        self.chroma += torch.stack([predicted.norm(dim=1).sum(), truth.norm(dim=1).sum()]).double()
        shown, real = (
            lab_to_srgb(torch.cat([luminance, AB_SCALE * ab], dim=1)).clamp(0, 1)
            for ab in (predicted, truth)
        )
        mean_square = (shown - real).square().mean(dim=(1, 2, 3)).clamp(min=1e-10)
        self.psnr.extend((-10 * mean_square.log10()).tolist())

    def figures(self) -> ColorFigures:
        """The figures of all that was added."""
        spread = self.truth_square_sum - self.truth_sum.square() / self.pixels
        r2 = 1 - self.squared_error / spread
        mae = self.absolute_error / self.pixels
        ratio = self.chroma[0] / self.chroma[1]
        psnr = sum(self.psnr) / len(self.psnr)
        values = [psnr, *r2.tolist(), *mae.tolist(), ratio.item()]
        return ColorFigures(*(round(value, 4) for value in values))


def intersection_over_union(predicted: Tensor, truth: Tensor) -> float:
    """IoU of two boolean masks of one picture; 1 when both are empty."""
    union = (predicted | truth).sum().item()
    return (predicted & truth).sum().item() / union if union else 1.0
