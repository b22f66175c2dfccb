"""How well a network does on groups of photos: by what they show, and by the tone of skin.

Nobody told us the tone of anyone's skin. It is estimated from the color photo: pixels in the upper
half of a portrait's subject that have the chroma of skin (Chai and Ngan 1999: Cb 77 to 127, Cr 133
to 173, whatever the luminance), less the darker half of them, which is mostly hair; then the
individual typology angle of Chardon et al. 1991. Portraits fall into thirds by that angle. Light
and exposure move a photo between thirds: photos are sorted, not persons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn

from selcolor_backend.pixels.color import AB_SCALE, srgb_to_lab
from selcolor_training import color_figures as of_pictures
from selcolor_training import colorizer, foreground
from selcolor_training.data import Row
from selcolor_training.errors import DatasetError
from selcolor_training.mask_figures import intersection_over_union
from selcolor_training.photos import Photos
from selcolor_training.systems import device_of
from selcolor_training.views import central_views, cut

Group = dict[str, Any]
"""A group's name, how many photos it has, and its figures by name."""

THIRDS = ("skin: lightest third", "skin: middle third", "skin: darkest third")
"""Portraits by the tone of skin as photographed."""

PEOPLE = frozenset({"person", "portrait", "group", "people"})
"""Kinds of photos that show people."""

DARK = 20.0
"""A photo whose median L is below this counts as dark: most are of nights."""

WHITE, COLORLESS, MOSTLY = 80.0, 8.0, 0.35
"""A photo with so large a share of bright pixels without color counts as white: snow, for one."""

LEAST_SKIN = 0.01
"""Share of a picture that must look like skin, or nothing is said of it."""


def skin_of(rgb: Tensor, subject: Tensor) -> Tensor:
    """Which pixels are a subject's skin, by place, chroma and luminance.

    Args:
        rgb: encoded sRGB in [0, 1], `[3, H, W]`.
        subject: the subject's mask, boolean, `[H, W]`.

    Returns:
        boolean, `[H, W]`.
    """
    red, green, blue = 255 * rgb
    cb = 128 - 0.168736 * red - 0.331264 * green + 0.5 * blue
    cr = 128 + 0.5 * red - 0.418688 * green - 0.081312 * blue
    likely: Tensor = upper_half(subject) & (cb >= 77) & (cb <= 127) & (cr >= 133) & (cr <= 173)
    if not likely.any():
        return likely
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    bright: Tensor = luma >= luma[likely].median()
    return likely.logical_and(bright)


def upper_half(subject: Tensor) -> Tensor:
    """A mask without the lower half of its height: head without clothes, mostly."""
    rows = subject.any(dim=1).nonzero()
    if not len(rows):
        return subject
    middle = int(rows.float().mean()) + 1
    return subject & (torch.arange(subject.shape[0]) < middle).unsqueeze(1)


def typology_angle(rgb: Tensor, skin: Tensor) -> float:
    """The individual typology angle in degrees, arctan((L − 50) / b) of the medians of L and b.

    Args:
        rgb: encoded sRGB in [0, 1], `[3, H, W]`.
        skin: which pixels are skin, boolean, `[H, W]`.
    """
    luminance, _, b = srgb_to_lab(rgb.unsqueeze(0))[0][:, skin].median(dim=1).values.tolist()
    return math.degrees(math.atan2(luminance - 50, b))


@dataclass(frozen=True)
class Portrait:
    """A portrait: its number, its central square in [0, 1], and where skin is, `[224, 224]`."""

    number: int
    rgb: Tensor
    skin: Tensor


def portrait_thirds(photos: Photos) -> dict[str, list[Portrait]]:
    """Of portraits with masks, those that show skin, in thirds from the lightest to the darkest."""
    found = []
    for number, row in enumerate(photos.rows):
        if row.kind == "portrait":
            view = central_views(photos, torch.tensor([number]))
            assert photos.masks is not None
            rgb = cut(photos.rgb, photos, view, colorizer.VALIDATION_SIZE)[0].cpu()
            subject = cut(photos.masks, photos, view, colorizer.VALIDATION_SIZE)[0, 0].cpu()
            skin = skin_of(rgb, subject > 0.5)
            if skin.float().mean() >= LEAST_SKIN:
                found.append(Portrait(number, rgb, skin))
    found.sort(key=lambda each: -typology_angle(each.rgb, each.skin))
    ends = [round(len(found) * part / 3) for part in range(4)]
    return {
        name: found[first:last]
        for name, first, last in zip(THIRDS, ends[:-1], ends[1:], strict=True)
        if first < last
    }


def portraits(data: Path, cache: Path, split: str) -> Photos | None:
    """The photos of a split that have a mask and a color of their own; None where there is none."""
    try:
        return colorizer.photos_to_measure(data, cache, split, masks=True)
    except DatasetError:
        return None


def color_groups(
    network: nn.Module, photos: Photos, data: Path, cache: Path, split: str
) -> list[Group]:
    """How true colors are: by what photos show, and by tone of skin (skin's pixels only).

    Args:
        network: the colorizer.
        photos: to sort by what they show.
        data: where the portraits with masks are, for the skin.
        cache: of decoded photos.
        split: of the portraits.
    """
    groups = kinds_of(network, photos)
    masked = portraits(data, cache, split)
    if masked is None:
        return groups
    return groups + by_third(masked, lambda portrait: skin_figures(network, portrait))


def kinds_of(network: nn.Module, photos: Photos) -> list[Group]:
    """Figures of photos by what they show."""
    members: dict[str, list[dict[str, float]]] = {}
    rows = iter(photos.rows)
    for luminance, truth in colorizer.central_squares(photos, device_of(network)):
        predicted = colorizer.predict(network, luminance)
        level = (luminance + 1) * 50
        for figures, ab, light in zip(
            each_picture(level, predicted, truth), truth, level, strict=True
        ):
            for name in groups_of(next(rows), light, ab):
                members.setdefault(name, []).append(figures)
    return [mean_group(name, found) for name, found in sorted(members.items())]


def groups_of(row: Row, luminance: Tensor, ab: Tensor) -> list[str]:
    """The groups that a photo belongs to, by its kind and by its light."""
    names = [f"photos: {row.kind}"]
    if row.kind in PEOPLE:
        names.append("people")
    if float(luminance.median()) < DARK:
        names.append("dark")
    pale = (luminance[0] > WHITE) & (AB_SCALE * ab.norm(dim=0) < COLORLESS)
    return [*names, "white"] if float(pale.float().mean()) > MOSTLY else names


def each_picture(luminance: Tensor, predicted: Tensor, truth: Tensor) -> list[dict[str, float]]:
    """Figures of each picture of a batch, and the sums that ratios are made of."""
    ours, real = (of_pictures.shown(luminance, ab) for ab in (predicted, truth))
    values = {
        "PSNR": of_pictures.psnr(ours, real),
        "CIEDE2000": of_pictures.ciede2000(predicted, truth).mean(dim=(1, 2)),
        "chroma": predicted.norm(dim=1).mean(dim=(1, 2)),
        "true chroma": truth.norm(dim=1).mean(dim=(1, 2)),
    }
    lists = {name: value.tolist() for name, value in values.items()}
    return [{name: found[n] for name, found in lists.items()} for n in range(len(truth))]


def mean_group(name: str, members: Sequence[dict[str, float]]) -> Group:
    """Means over the pictures of a group; chroma as the ratio of means."""
    chroma, true = (fmean(each[key] for each in members) for key in ("chroma", "true chroma"))
    means = {key: round(fmean(each[key] for each in members), 3) for key in ("PSNR", "CIEDE2000")}
    ratio = round(chroma / max(true, 1e-9), 3)
    return {"group": name, "photos": len(members)} | means | {"chroma ratio": ratio}


def skin_figures(network: nn.Module, portrait: Portrait) -> dict[str, float]:
    """CIEDE2000 and chroma ratio on a portrait's skin."""
    luminance, truth = colorizer.split_lab(portrait.rgb.unsqueeze(0))
    predicted = colorizer.predict(network, luminance.to(device_of(network))).cpu()
    error = of_pictures.ciede2000(predicted, truth)[0][portrait.skin].mean()
    ours, real = (ab[0][:, portrait.skin].norm(dim=0).mean() for ab in (predicted, truth))
    return {"CIEDE2000": float(error), "chroma ratio": float(ours / real)}


def mask_groups(network: nn.Module, data: Path, cache: Path) -> list[Group]:
    """How well masks of portraits fit, for each third of skin tones, at the photos' own size."""
    photos = portraits(data, cache, "val")
    if photos is None:
        return []

    def fit(portrait: Portrait) -> dict[str, float]:
        likely = foreground.foreground(network, photos.picture(portrait.number))
        truth = photos.mask(portrait.number) > 127
        return {"IoU": intersection_over_union(likely > 0.5, truth)}

    return by_third(photos, fit)


def by_third(photos: Photos, figures: Callable[[Portrait], dict[str, float]]) -> list[Group]:
    """The mean of each figure over each third of the portraits."""
    groups: list[Group] = []
    for name, found in portrait_thirds(photos).items():
        each = [figures(portrait) for portrait in found]
        means = {key: round(fmean(one[key] for one in each), 4) for key in each[0]}
        groups.append({"group": name, "photos": len(found)} | means)
    return groups
