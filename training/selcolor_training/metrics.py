"""How good a colorizer or a segmenter is: one picture or batch after another in, figures out.

The paper's five figures come from scikit-learn, SSIM and CIEDE2000 from scikit-image. What each
figure means and how it is scaled stands in `report.definitions`, printed beside the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.metrics import (
    explained_variance_score,
    mean_absolute_error,
    mean_squared_error,
    median_absolute_error,
    r2_score,
)
from torch import Tensor

from selcolor_training.picture_metrics import (
    area_under_curve,
    color_difference,
    colorfulness,
    shown,
    similarity,
)

SCORES = {
    "r2": r2_score,
    "explained_variance": explained_variance_score,
    "mae": mean_absolute_error,
    "median_ae": median_absolute_error,
    "mse": mean_squared_error,
}
"""The paper's five figures, each of truth and prediction, as `ColorFigures` calls them."""

CHANNELS = ("a", "b", "green", "blue")
"""What the five figures are taken of."""

BOUNDARY_PIXELS = 2.0
"""How far a boundary may be off and still count as found."""


@dataclass(frozen=True)
class QuickFigures:
    """What training looks at while it runs; see `report.definitions`. ab is divided by 110."""

    psnr: float
    r2_a: float
    r2_b: float
    mae_a: float
    mae_b: float
    chroma_ratio: float


@dataclass(frozen=True)
class ColorFigures:
    """Everything that is known of a colorizer; see `report.definitions`. ab is divided by 110.

    The ten figures of the paper's Tables 2 and 4 come first. Those of green and blue are of encoded
    sRGB in [0, 1], clipped to the gamut; `report.paper` needs them to judge the paper's.
    """

    r2_a: float
    r2_b: float
    explained_variance_a: float
    explained_variance_b: float
    mae_a: float
    mae_b: float
    median_ae_a: float
    median_ae_b: float
    mse_a: float
    mse_b: float
    psnr: float
    ssim: float
    ciede2000: float
    colorfulness: float
    colorfulness_truth: float
    chroma_ratio: float
    auc: float
    r2_green: float
    r2_blue: float
    explained_variance_green: float
    explained_variance_blue: float
    mae_green: float
    mae_blue: float
    median_ae_green: float
    median_ae_blue: float
    mse_green: float
    mse_blue: float
    pictures: int

    @property
    def colorfulness_difference(self) -> float:
        """ΔCF: below 0 where the prediction is paler than the truth."""
        return round(self.colorfulness - self.colorfulness_truth, 4)


@dataclass(frozen=True)
class MaskFigures:
    """How well a mask fits, in [0, 1]; see `report.definitions`."""

    iou: float
    pixel_accuracy: float
    boundary_f: float


class QuickMeter:
    """Adds up `QuickFigures` batch by batch, so that no split need fit in memory."""

    def __init__(self) -> None:
        self.psnr: list[float] = []
        self.pixels = 0
        self.squared_error = torch.zeros(2, dtype=torch.float64)
        self.absolute_error = torch.zeros(2, dtype=torch.float64)
        self.truth_sum = torch.zeros(2, dtype=torch.float64)
        self.truth_square_sum = torch.zeros(2, dtype=torch.float64)
        self.chroma = torch.zeros(2, dtype=torch.float64)

    def add(self, luminance: Tensor, predicted: Tensor, truth: Tensor) -> None:
        """Take in one batch, on any device.

        Args:
            luminance: L in [0, 100], `[N, 1, H, W]`.
            predicted: ab / 110, `[N, 2, H, W]`.
            truth: ab / 110, `[N, 2, H, W]`.
        """
        luminance, predicted, truth = on_cpu(luminance, predicted, truth)
        self.add_shown(predicted, truth, shown(luminance, predicted), shown(luminance, truth))

    def add_shown(
        self, predicted: Tensor, truth: Tensor, predicted_rgb: Tensor, true_rgb: Tensor
    ) -> None:
        """Take in one batch whose pictures in sRGB, `[N, 3, H, W]`, are known already."""
        error = (predicted - truth).double()
        self.pixels += truth[:, 0].numel()
        self.squared_error += error.square().sum(dim=(0, 2, 3))
        self.absolute_error += error.abs().sum(dim=(0, 2, 3))
        self.truth_sum += truth.double().sum(dim=(0, 2, 3))
        self.truth_square_sum += truth.double().square().sum(dim=(0, 2, 3))
        self.chroma += torch.stack([ab.double().norm(dim=1).sum() for ab in (predicted, truth)])
        mean_square = (predicted_rgb - true_rgb).square().mean(dim=(1, 2, 3)).clamp(min=1e-10)
        self.psnr.extend((-10 * mean_square.log10()).tolist())

    def figures(self) -> QuickFigures:
        """The figures of all that was added."""
        spread = self.truth_square_sum - self.truth_sum.square() / self.pixels
        r2 = 1 - self.squared_error / spread
        mae = self.absolute_error / self.pixels
        ratio = self.chroma[0] / self.chroma[1]
        values = [fmean(self.psnr), *r2.tolist(), *mae.tolist(), ratio.item()]
        return QuickFigures(*(round(value, 4) for value in values))


class ColorMeter:
    """Adds up `ColorFigures` batch by batch.

    The median needs every pixel, so all are kept, in half precision: 800 kB for a picture of
    224 × 224 pixels.
    """

    def __init__(self) -> None:
        self.quick = QuickMeter()
        self.predicted: list[NDArray[np.float16]] = []
        self.truth: list[NDArray[np.float16]] = []
        self.ssim: list[float] = []
        self.ciede2000: list[float] = []
        self.auc: list[float] = []
        self.colorfulness: list[float] = []
        self.colorfulness_truth: list[float] = []

    def add(self, luminance: Tensor, predicted: Tensor, truth: Tensor) -> None:
        """Take in one batch of pictures, all batches of the same height and width.

        Args:
            luminance: L in [0, 100], `[N, 1, H, W]`.
            predicted: ab / 110, `[N, 2, H, W]`.
            truth: ab / 110, `[N, 2, H, W]`.
        """
        luminance, predicted, truth = on_cpu(luminance, predicted, truth)
        predicted_rgb, true_rgb = shown(luminance, predicted), shown(luminance, truth)
        self.quick.add_shown(predicted, truth, predicted_rgb, true_rgb)
        self.predicted.append(torch.cat([predicted, predicted_rgb[:, 1:]], dim=1).half().numpy())
        self.truth.append(torch.cat([truth, true_rgb[:, 1:]], dim=1).half().numpy())
        for level, guess, ab in zip(luminance, predicted, truth, strict=True):
            self.ciede2000.append(color_difference(level, guess, ab))
            self.auc.append(area_under_curve(guess, ab))
        for fake, real in zip(predicted_rgb, true_rgb, strict=True):
            self.ssim.append(similarity(fake, real))
            self.colorfulness.append(colorfulness(fake))
            self.colorfulness_truth.append(colorfulness(real))

    def figures(self) -> ColorFigures:
        """The figures of all that was added."""
        quick = self.quick.figures()
        values = self.regression() | {
            "ssim": fmean(self.ssim),
            "ciede2000": fmean(self.ciede2000),
            "colorfulness": fmean(self.colorfulness),
            "colorfulness_truth": fmean(self.colorfulness_truth),
            "auc": fmean(self.auc),
        }
        return ColorFigures(
            **{name: round(value, 4) for name, value in values.items()},
            psnr=quick.psnr,
            chroma_ratio=quick.chroma_ratio,
            pictures=len(self.ssim),
        )

    def regression(self) -> dict[str, float]:
        """The paper's five figures of each channel, by the names that `ColorFigures` gives them."""
        figures = {}
        for channel, name in enumerate(CHANNELS):
            truth, predicted = (
                np.concatenate([batch[:, channel].ravel() for batch in batches]).astype(np.float32)
                for batches in (self.truth, self.predicted)
            )
            for figure, score in SCORES.items():
                figures[f"{figure}_{name}"] = float(score(truth, predicted))
        return figures


def on_cpu(*tensors: Tensor) -> list[Tensor]:
    """Single precision on the CPU, where scikit-image wants them."""
    return [tensor.detach().float().cpu() for tensor in tensors]


def mask_figures(predicted: Tensor, truth: Tensor) -> MaskFigures:
    """Compare two boolean masks of one photo, `[H, W]`."""
    return MaskFigures(
        iou=intersection_over_union(predicted, truth),
        pixel_accuracy=float((predicted == truth).double().mean()),
        boundary_f=boundary_f(predicted, truth),
    )


def mean_figures(photos: Sequence[MaskFigures]) -> MaskFigures:
    """The mean over photos, each figure for itself."""
    columns = zip(*(astuple(figures) for figures in photos), strict=True)
    return MaskFigures(*(round(fmean(column), 4) for column in columns))


def intersection_over_union(predicted: Tensor, truth: Tensor) -> float:
    """IoU of two boolean masks of one photo; 1 when both are empty."""
    union = (predicted | truth).sum().item()
    return (predicted & truth).sum().item() / union if union else 1.0


def boundary_f(predicted: Tensor, truth: Tensor, tolerance: float = BOUNDARY_PIXELS) -> float:
    """F of the boundary pixels of two boolean masks `[H, W]`, matched within `tolerance` pixels."""
    found, real = boundary(predicted), boundary(truth)
    if not found.any() and not real.any():
        return float(torch.equal(predicted, truth))
    precision, recall = share_near(found, real, tolerance), share_near(real, found, tolerance)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def boundary(mask: Tensor) -> NDArray[np.bool_]:
    """The mask's pixels with a neighbor outside; the picture's frame is no boundary."""
    inside = mask.cpu().numpy().astype(bool)
    eroded: NDArray[np.bool_] = ndimage.binary_erosion(inside, border_value=1)
    return inside & ~eroded


def share_near(points: NDArray[np.bool_], others: NDArray[np.bool_], tolerance: float) -> float:
    """Share of `points` with one of `others` within `tolerance` pixels; 0 where either is empty."""
    if not points.any() or not others.any():
        return 0.0
    distance = ndimage.distance_transform_edt(~others)
    return float((distance[points] <= tolerance).mean())
