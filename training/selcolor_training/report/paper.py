"""The paper's own numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

FIGURES = {
    "R-square": "r2",
    "Explained variance": "explained_variance",
    "Mean absolute error": "mae",
    "Median absolute error": "median_ae",
    "Mean squared error": "mse",
}
"""The paper's figures, and what `ColorFigures` calls them, less the channel."""


@dataclass(frozen=True)
class PaperTable:
    """One of the paper's tables of metrics.

    Attributes:
        number: of the table.
        caption: as it is printed.
        values: for each of `FIGURES`, channel a and channel b.
        pictures: what it was measured on.
    """

    number: int
    caption: str
    values: dict[str, tuple[float, float]]
    pictures: int = 2000


TABLES = {
    "unet-resnet18": PaperTable(
        2,
        "ResNet18 metrics on validation dataset",
        {
            "R-square": (0.9762, 0.7944),
            "Explained variance": (0.9763, 0.8047),
            "Mean absolute error": (0.0221, 0.0813),
            "Median absolute error": (0.0115, 0.0533),
            "Mean squared error": (0.0016, 0.0144),
        },
    ),
    "vit-lsgan": PaperTable(
        4,
        "ViT metrics on validation dataset",
        {
            "R-square": (0.9856, 0.8596),
            "Explained variance": (0.9859, 0.8620),
            "Mean absolute error": (0.0157, 0.0625),
            "Median absolute error": (0.0075, 0.0374),
            "Mean squared error": (0.0010, 0.0095),
        },
    ),
}
"""Tables 2 and 4, by the recipe that rebuilds their system."""

SUMMARIES = {
    "unet-vit-discriminator": "Patches of colors, modest b-channel predictions. Gray images.",
    "vit-gan": "Gray images.",
    "vit-lsgan": "Good natural colorization, best metrics for ab-channels.",
}
"""Table 3, by recipe, in the paper's words."""


DIFFERENCES = (
    (
        "last block of the U-Net",
        "fastai concatenates L, adds a residual block, then a 1×1 convolution",
        "one convolution",
    ),
    (
        "optimizer at the beginning of the second part",
        "made anew",
        "goes on, with its momenta",
    ),
    (
        "head start's rate and beta1",
        "not printed; the tutorial has 1e-4 and Adam's default",
        "2e-4 and 0.5, as in the second part",
    ),
    (
        "the ViT's start",
        "masked image modeling, says the text; its listing names a classifier of ImageNet-21k",
        "that checkpoint",
    ),
    (
        "the ViT as discriminator",
        "its start is not told",
        "from nothing: none was pretrained on Lab",
    ),
    (
        "the photos",
        "10 000 of COCO, drawn by the tutorial's seed from fast.ai's sample",
        "the same where `selcolor-train coco` fetched them; else the data that is named",
    ),
)
"""What differs, what the paper or its tutorial does, what we do: one row each."""


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, as its lines."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
