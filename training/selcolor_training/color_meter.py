"""Adds up the figures of a colorizer over a split, batch by batch, without keeping pixels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from selcolor_training import color_figures as figures

ERROR_STEPS = 40_000
"""Absolute errors of ab / 110 are counted in so many steps per unit for the median."""

LARGEST_ERROR = 2.5


@dataclass(frozen=True)
class QuickFigures:
    """What training looks at while it runs; see `report.definitions`. ab is divided by 110."""

    psnr: float
    r2_a: float
    r2_b: float
    chroma_ratio: float
    colorfulness: float
    colorfulness_truth: float


@dataclass(frozen=True)
class ColorFigures:
    """Everything that is known of a colorizer; see `report.definitions`. ab is divided by 110.

    The ten figures of the paper's Tables 2 and 4 come first.
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
    pictures: int

    @property
    def colorfulness_difference(self) -> float:
        """ΔCF: below 0 where the prediction is paler than the truth."""
        return round(self.colorfulness - self.colorfulness_truth, 4)


def figures_from(record: dict[str, Any]) -> ColorFigures:
    """Figures from plain values, those that are no longer measured left out."""
    names = {each.name for each in fields(ColorFigures)}
    return ColorFigures(**{name: value for name, value in record.items() if name in names})


class QuickMeter:
    """Adds up `QuickFigures`."""

    def __init__(self) -> None:
        self.pictures = self.pixels = 0
        self.sums: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), dtype=torch.float64))

    def add(self, luminance: Tensor, predicted: Tensor, truth: Tensor) -> None:
        """Take in one batch, all three on the same device.

        Args:
            luminance: L in [0, 100], `[N, 1, H, W]`.
            predicted: ab / 110, `[N, 2, H, W]`.
            truth: ab / 110, `[N, 2, H, W]`.
        """
        ours, real = figures.shown(luminance, predicted), figures.shown(luminance, truth)
        self.add_pictures(ours, real, predicted, truth)

    def add_pictures(self, ours: Tensor, real: Tensor, predicted: Tensor, truth: Tensor) -> None:
        """Take in one batch whose pictures in sRGB, `[N, 3, H, W]`, are known already."""
        self.pictures += len(truth)
        self.pixels += truth[:, 0].numel()
        error = predicted - truth
        self.take("psnr", figures.psnr(ours, real).sum())
        self.take("colorfulness", figures.colorfulness(ours).sum())
        self.take("colorfulness_truth", figures.colorfulness(real).sum())
        self.take("squared_error", error.double().square().sum(dim=(0, 2, 3)))
        self.take("error", error.double().sum(dim=(0, 2, 3)))
        self.take("truth", truth.double().sum(dim=(0, 2, 3)))
        self.take("truth_square", truth.double().square().sum(dim=(0, 2, 3)))
        self.take("chroma", predicted.double().norm(dim=1).sum())
        self.take("chroma_truth", truth.double().norm(dim=1).sum())

    def take(self, name: str, value: Tensor) -> None:
        """Add to one of the sums."""
        self.sums[name] = self.sums[name] + value.detach().double().cpu()

    def mean(self, name: str) -> float:
        """A sum over pictures, divided by their number."""
        return round(float(self.sums[name]) / self.pictures, 4)

    @property
    def spread(self) -> Tensor:
        """Sum of squared distances of the truth from its mean, `[2]`."""
        return self.sums["truth_square"] - self.sums["truth"].square() / self.pixels

    @property
    def chroma_ratio(self) -> float:
        """Mean chroma of the prediction over that of the truth."""
        return round(float(self.sums["chroma"] / self.sums["chroma_truth"].clamp(min=1e-9)), 4)

    def r2(self) -> list[float]:
        """R² of a and b."""
        return rounded(1 - self.sums["squared_error"] / self.spread)

    def figures(self) -> QuickFigures:
        """The figures of all that was added."""
        r2_a, r2_b = self.r2()
        return QuickFigures(
            psnr=self.mean("psnr"),
            r2_a=r2_a,
            r2_b=r2_b,
            chroma_ratio=self.chroma_ratio,
            colorfulness=self.mean("colorfulness"),
            colorfulness_truth=self.mean("colorfulness_truth"),
        )


class ColorMeter:
    """Adds up `ColorFigures`."""

    def __init__(self) -> None:
        self.quick = QuickMeter()
        self.errors = torch.zeros(2, int(LARGEST_ERROR * ERROR_STEPS) + 1, dtype=torch.int64)

    def add(self, luminance: Tensor, predicted: Tensor, truth: Tensor) -> None:
        """Take in one batch; the arguments are those of `QuickMeter.add`."""
        ours, real = figures.shown(luminance, predicted), figures.shown(luminance, truth)
        self.quick.add_pictures(ours, real, predicted, truth)
        self.quick.take("ssim", figures.similarity(ours, real).sum())
        self.quick.take("ciede2000", figures.ciede2000(predicted, truth).mean(dim=(1, 2)).sum())
        self.quick.take("auc", figures.area_under_curve(predicted, truth).sum())
        error = (predicted - truth).abs().clamp(max=LARGEST_ERROR)
        self.quick.take("absolute_error", error.double().sum(dim=(0, 2, 3)))
        steps = (error * ERROR_STEPS).round().long().transpose(0, 1).flatten(1).cpu()
        size = self.errors.shape[1]
        self.errors += torch.stack([torch.bincount(found, minlength=size) for found in steps])

    def figures(self) -> ColorFigures:
        """The figures of all that was added."""
        quick, sums = self.quick, self.quick.sums
        mean_error = sums["error"] / quick.pixels
        mse = sums["squared_error"] / quick.pixels
        variance = quick.spread / quick.pixels
        halves = [int((counts.cumsum(0) * 2 < quick.pixels).sum()) for counts in self.errors]
        pairs = {
            "r2": quick.r2(),
            "explained_variance": rounded(1 - (mse - mean_error.square()) / variance),
            "mae": rounded(sums["absolute_error"] / quick.pixels),
            "median_ae": [round(place / ERROR_STEPS, 4) for place in halves],
            "mse": rounded(mse),
        }
        both = {
            f"{name}_{channel}": value
            for name, values in pairs.items()
            for channel, value in zip("ab", values, strict=True)
        }
        means = ("psnr", "ssim", "ciede2000", "colorfulness", "colorfulness_truth", "auc")
        return ColorFigures(
            **both,
            **{name: quick.mean(name) for name in means},
            chroma_ratio=quick.chroma_ratio,
            pictures=quick.pictures,
        )


def rounded(values: Tensor) -> list[float]:
    """Numbers to print."""
    return [round(value, 4) for value in values.tolist()]
