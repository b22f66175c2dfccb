"""How well a network does on groups of photos: by what they show, and by the tone of skin.

Nobody told us the tone of anyone's skin. It is estimated from the color photo: pixels in the upper
half of a portrait's subject that have the chroma of skin (Chai and Ngan 1999: Cb 77 to 127, Cr 133
to 173, whatever the luminance), less the darker half of them, which is mostly hair; then the
individual typology angle of Chardon et al. 1991. Portraits fall into thirds by that angle. Light
and exposure move a photo between thirds: photos are sorted, not persons.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn

from selcolor_backend.pixels.color import srgb_to_lab
from selcolor_training import colorizer, foreground
from selcolor_training.augment import center_square
from selcolor_training.data import Photo
from selcolor_training.metrics import QuickMeter, intersection_over_union
from selcolor_training.picture_metrics import color_difference
from selcolor_training.samples import split_lab

Group = dict[str, Any]
"""A group's name, how many photos it has, and its figures by name."""

THIRDS = ("skin: lightest third", "skin: middle third", "skin: darkest third")
"""Portraits by the tone of skin as photographed."""

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
    """A photo, its central square in [0, 1] `[3, 224, 224]`, and where skin is `[224, 224]`."""

    photo: Photo
    rgb: Tensor
    skin: Tensor


def portrait_thirds(photos: Sequence[Photo]) -> dict[str, list[Portrait]]:
    """Of portraits with masks, those that show skin, in thirds from the lightest to the darkest."""
    found = []
    for photo in photos:
        if photo.mask is not None:
            both = center_square(torch.cat([photo.rgb, photo.mask]), colorizer.VALIDATION_SIZE)
            skin = skin_of(both[:3], both[3] > 0.5)
            if skin.float().mean() >= LEAST_SKIN:
                found.append(Portrait(photo, both[:3], skin))
    found.sort(key=lambda each: -typology_angle(each.rgb, each.skin))
    ends = [round(len(found) * part / 3) for part in range(4)]
    return {
        name: found[first:last]
        for name, first, last in zip(THIRDS, ends[:-1], ends[1:], strict=True)
        if first < last
    }


def color_groups(
    network: nn.Module, photos: Sequence[Photo], masked: Sequence[Photo]
) -> list[Group]:
    """How true colors are: of each kind of photo, and of each tone of skin (skin's pixels only).

    Args:
        network: the generator.
        photos: of the val split, for the kinds.
        masked: those with a mask, for the skin.
    """
    kinds: dict[str, list[Photo]] = defaultdict(list)
    for photo in photos:
        kinds[photo.row.kind].append(photo)
    found: list[Group] = []
    for kind, shown in sorted(kinds.items()):
        meter = QuickMeter()
        colorizer.add_photos(meter, network, shown)
        figures = meter.figures()
        found.append(
            {
                "group": f"photos: {kind}",
                "photos": len(shown),
                "PSNR": figures.psnr,
                "chroma ratio": figures.chroma_ratio,
            }
        )
    return found + by_third(masked, lambda portrait: skin_figures(network, portrait))


def skin_figures(network: nn.Module, portrait: Portrait) -> dict[str, float]:
    """CIEDE2000 and chroma ratio on a portrait's skin."""
    skin = portrait.skin
    level, truth = split_lab(portrait.rgb.unsqueeze(0))
    predicted = colorizer.predict(network, level.to(colorizer.device_of(network))).cpu()
    luminance = ((level + 1) * 50)[0][:, skin].unsqueeze(1)
    ours, real = (ab[0][:, skin].unsqueeze(1) for ab in (predicted, truth))
    return {
        "CIEDE2000": color_difference(luminance, ours, real),
        "chroma ratio": float(ours.norm(dim=0).mean() / real.norm(dim=0).mean()),
    }


def mask_groups(network: nn.Module, masked: Sequence[Photo]) -> list[Group]:
    """How well masks of portraits fit, for each third of skin tones."""
    return by_third(masked, lambda portrait: {"IoU": portrait_fit(network, portrait.photo)})


def portrait_fit(network: nn.Module, photo: Photo) -> float:
    """IoU of a portrait's mask, at its own size."""
    assert photo.mask is not None
    likely = foreground.foreground(network, photo)
    return intersection_over_union(likely > 0.5, photo.mask[0] > 127)


def by_third(
    masked: Sequence[Photo], figures: Callable[[Portrait], dict[str, float]]
) -> list[Group]:
    """The mean of each figure over each third of the portraits."""
    groups: list[Group] = []
    for name, portraits in portrait_thirds(masked).items():
        found = [figures(portrait) for portrait in portraits]
        means = {key: round(fmean(each[key] for each in found), 4) for key in found[0]}
        groups.append({"group": name, "photos": len(found)} | means)
    return groups
