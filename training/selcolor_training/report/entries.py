"""What the page of results is written from: one entry for each network, kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selcolor_training.color_meter import ColorFigures, figures_from
from selcolor_training.mask_measure import SegmenterFigures
from selcolor_training.mask_measure import figures_from as segmenter_figures_from


@dataclass(frozen=True)
class SystemResult:
    """What is known of one trained colorizer.

    Attributes:
        recipe: its name, such as `unet-resnet18-laptop`.
        title: for people.
        preset: `laptop` or `paper`.
        start: where its weights started, see `recipe`.
        parameters: of the generator.
        epochs: passes over the training photos.
        steps: batches.
        minutes: of training.
        device: what trained it, in words.
        figures: on the val split.
        history: its learning curves, a CSV beside where the result is kept.
        samples: pictures it has learned from, counted each time; 0 where that is not known.
    """

    recipe: str
    title: str
    preset: str
    start: str
    parameters: int
    epochs: float
    steps: int
    minutes: float
    device: str
    figures: ColorFigures
    history: Path
    samples: int = 0

    @property
    def system(self) -> str:
        """The recipe's name without its size: what `paper.TABLES` knows."""
        return self.recipe.removesuffix("-laptop")


@dataclass(frozen=True)
class SegmenterResult:
    """What is known of one trained segmenter.

    Attributes:
        recipe: its name.
        title: for people.
        figures: on the val split.
    """

    recipe: str
    title: str
    figures: SegmenterFigures


@dataclass(frozen=True)
class Picture:
    """A picture on the page: its caption, and its path as seen from `RESULTS.md`."""

    caption: str
    path: str


@dataclass(frozen=True)
class Results:
    """Everything on the page.

    Attributes:
        command: what made it.
        data_digest: names the photos, as `data.data_digest` does.
        systems: colorizers, in the order of the page.
        segmenters: likewise.
        pictures: curves and grids.
        gray: of predicting no color at all, on the same photos: what any colorizer must beat.
    """

    command: str
    data_digest: str
    systems: tuple[SystemResult, ...]
    segmenters: tuple[SegmenterResult, ...] = ()
    pictures: tuple[Picture, ...] = ()
    gray: ColorFigures | None = None


def system_from(record: dict[str, Any]) -> SystemResult:
    """A `SystemResult` from its JSON."""
    figures, history = figures_from(record["figures"]), Path(record["history"])
    return SystemResult(**(record | {"figures": figures, "history": history}))


def segmenter_from(record: dict[str, Any]) -> SegmenterResult:
    """A `SegmenterResult` from its JSON."""
    return SegmenterResult(**(record | {"figures": segmenter_figures_from(record["figures"])}))
