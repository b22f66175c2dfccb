"""How good segmenters are, several weight files side by side: masks, classes, finding nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from torch import Tensor, nn
from tqdm import tqdm

from selcolor_backend.subjects import SUBJECT_SHARE, shows_subject, without_doubtful_parts
from selcolor_protocol.options import Subject
from selcolor_training.backgrounds import HELD_OUT, background_photos
from selcolor_training.export import described, load_exported
from selcolor_training.foreground import foreground, make_segmenter, masked_photos, predict
from selcolor_training.mask_figures import (
    MaskFigures,
    intersection_over_union,
    mask_figures,
    mean_figures,
)
from selcolor_training.photos import UNKNOWN_CLASS, Photos
from selcolor_training.report.paper import markdown
from selcolor_training.subjects import BACKGROUND, CLASSES, KNOWN, OBJECT, class_of
from selcolor_training.systems import as_used, best_device

MAIN = Subject()
"""What users get who choose nothing."""

FALSE_SHARE = 0.005
"""A class that is found on this share of a picture that does not show it is a false alarm."""


@dataclass(frozen=True)
class MaskResult:
    """How well masks of the main subject fit on one data set.

    Attributes:
        source: the data set.
        photos: how many.
        figures: means over the photos.
        missed: share of the photos in which no subject was found.
    """

    source: str
    photos: int
    figures: MaskFigures
    missed: float


@dataclass(frozen=True)
class ClassResult:
    """How well one class is told from everything else.

    Attributes:
        name: of the class.
        photos: that show it, by their maps of classes.
        iou: mean over these photos of map against map; None where there is none.
        false_alarms: share of the photos without it in which it is found; None likewise.
        subjects: photos whose whole mask is said to be of this class.
        subject_iou: mean over those of the class against the mask; None where there is none.
    """

    name: str
    photos: int
    iou: float | None
    false_alarms: float | None
    subjects: int
    subject_iou: float | None


@dataclass(frozen=True)
class SegmenterFigures:
    """All that is measured of a segmenter.

    Attributes:
        masks: a result for each data set.
        classes: a result for each class with a name of its own.
        pictures_without_subject: how many of them it was shown.
        found_none: share of those on which it rightly found nothing; None when there were none.
    """

    masks: tuple[MaskResult, ...]
    classes: tuple[ClassResult, ...]
    pictures_without_subject: int
    found_none: float | None


def figures_from(record: dict[str, Any]) -> SegmenterFigures:
    """Figures from their JSON."""
    masks = tuple(
        MaskResult(**(mask | {"figures": MaskFigures(**mask["figures"])}))
        for mask in record["masks"]
    )
    classes = tuple(ClassResult(**each) for each in record["classes"])
    return SegmenterFigures(**(record | {"masks": masks, "classes": classes}))


@dataclass
class ClassMeter:
    """Adds up what is seen of one class, photo by photo."""

    name: str
    overlaps: list[float] = field(default_factory=list)
    alarms: list[bool] = field(default_factory=list)
    subjects: list[float] = field(default_factory=list)

    def add_map(self, found: Tensor, truth: Tensor) -> None:
        """Take in a photo with a map of classes; both bool `[H, W]`."""
        if truth.float().mean() > SUBJECT_SHARE:
            self.overlaps.append(intersection_over_union(found, truth))
        else:
            self.alarms.append(float(found.float().mean()) > FALSE_SHARE)

    def result(self) -> ClassResult:
        """What was seen."""
        return ClassResult(
            self.name,
            len(self.overlaps),
            mean_or_none(self.overlaps),
            mean_or_none(self.alarms),
            len(self.subjects),
            mean_or_none(self.subjects),
        )


def mean_or_none(values: Sequence[float]) -> float | None:
    """The mean; None of nothing."""
    return round(fmean(values), 4) if values else None


def measure(network: nn.Module, photos: Photos, empty: Sequence[Tensor]) -> SegmenterFigures:
    """Figures on gray input, threshold 0.5, at the masks' own size.

    Args:
        network: as it is used.
        photos: with masks.
        empty: photos without any subject, uint8 `[3, H, W]`.
    """
    figures: dict[str, list[MaskFigures]] = defaultdict(list)
    missed: dict[str, list[bool]] = defaultdict(list)
    meters = [ClassMeter(name) for name in CLASSES]
    for number in tqdm(range(len(photos)), desc="measure"):
        likely = predict(network, photos.picture(number))
        main, source = without_doubtful_parts(1.0 - likely[BACKGROUND]), photos.rows[number].source
        figures[source].append(mask_figures(main > 0.5, photos.mask(number) > 127))
        missed[source].append(not shows_subject(main, MAIN))
        measure_classes(likely > 0.5, photos, number, meters)
    results = [
        MaskResult(source, len(values), mean_figures(values), round(fmean(missed[source]), 4))
        for source, values in sorted(figures.items())
    ]
    none = [not shows_subject(foreground(network, photo), MAIN) for photo in empty]
    classes = tuple(meter.result() for meter in meters[BACKGROUND + 1 : OBJECT])
    return SegmenterFigures(tuple(results), classes, len(none), mean_or_none(none))


def measure_classes(
    found: Tensor, photos: Photos, number: int, meters: Sequence[ClassMeter]
) -> None:
    """Compare the classes of one photo with its map, or with what is said of its whole mask.

    Args:
        found: where each class is, bool `[K, H, W]`.
        photos: the photo is one of them.
        number: which.
        meters: one for each class; they are added to.
    """
    row = photos.rows[number]
    if row.classes:
        truth = KNOWN[photos.class_map(number).long()]
        known = truth != UNKNOWN_CLASS
        for place, meter in enumerate(meters):
            meter.add_map(found[place] & known, truth == place)
    elif row.subject:
        place = class_of(row.subject)
        mask = photos.mask(number) > 127
        meters[place].subjects.append(intersection_over_union(found[place], mask))


def photos_without_subject(data: Path, cache: Path) -> list[Tensor]:
    """The photos without a subject that are held out of training, uint8 `[3, H, W]`."""
    held_out = [background_photos(data, HELD_OUT, split, cache) for split in ("val", "eval")]
    return [
        photos.picture(number) for photos in held_out if photos for number in range(len(photos))
    ]


def is_segmenter(file: Path) -> bool:
    """Whether a weight file says that it is a segmenter's."""
    return "segmenter" in described(file).recipe


def measure_files(
    files: Sequence[Path], data: Path, cache: Path, split: str, stride: int
) -> dict[str, SegmenterFigures]:
    """Measure weight files of segmenters on a split, each by its name.

    Raises:
        DatasetError: the split cannot be read.
    """
    photos = masked_photos(data, cache, split).every(stride)
    empty = photos_without_subject(data, cache)
    found = {}
    for file in files:
        network = make_segmenter(pretrained=False)
        load_exported(network, file)
        used = as_used(network.eval().to(best_device()), bool(described(file).recipe["mirrored"]))
        found[str(file)] = measure(used, photos, empty)
    return found


def told(results: dict[str, SegmenterFigures]) -> str:
    """Tables in Markdown: data sets and classes, the files one below the other."""
    parts = [
        f"## {name}\n\n{masks_table(each)}\n\n{class_table(each)}" for name, each in results.items()
    ]
    return "\n\n".join(parts)


def masks_table(figures: SegmenterFigures) -> str:
    """How well masks fit, and the means: of the data sets, and of all photos."""
    header = ["data set", "photos", "IoU", "boundary F", "wrong regions", "nothing found"]
    rows = [
        [
            each.source,
            str(each.photos),
            f"{each.figures.iou:.3f}",
            f"{each.figures.boundary_f:.3f}",
            f"{each.figures.wrong_regions:.2f}",
            f"{each.missed:.1%}",
        ]
        for each in figures.masks
    ]
    count = sum(each.photos for each in figures.masks)
    mean = mean_figures([each.figures for each in figures.masks])
    missed = sum(each.missed * each.photos for each in figures.masks) / max(count, 1)
    rows.append(
        [
            "mean of the sets",
            str(count),
            f"{mean.iou:.3f}",
            f"{mean.boundary_f:.3f}",
            f"{mean.wrong_regions:.2f}",
            f"{missed:.1%} of all",
        ]
    )
    text = markdown(header, rows)
    if figures.found_none is not None:
        text += (
            f"\n\nOn {figures.pictures_without_subject} pictures without a subject it finds "
            f"nothing in {figures.found_none:.0%}."
        )
    return text


def class_table(figures: SegmenterFigures) -> str:
    """How well each class is told."""
    header = ["class", "maps", "IoU", "false alarms", "whole masks", "IoU"]
    rows = [
        [
            each.name,
            str(each.photos),
            "–" if each.iou is None else f"{each.iou:.3f}",
            "–" if each.false_alarms is None else f"{each.false_alarms:.1%}",
            str(each.subjects),
            "–" if each.subject_iou is None else f"{each.subject_iou:.3f}",
        ]
        for each in figures.classes
    ]
    return markdown(header, rows)
