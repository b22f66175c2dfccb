"""Model cards and groups: what they say follows from the photos and the weight file."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
import torch
from drawn_data import draw_data
from drawn_photos import photos_of
from torch import Tensor, nn

from selcolor_training import groups
from selcolor_training.export import Origin, export
from selcolor_training.mask_figures import MaskFigures
from selcolor_training.mask_measure import ClassResult, MaskResult, SegmenterFigures
from selcolor_training.photos import Photos
from selcolor_training.report.card import write_card

FIGURES = {
    "psnr": 24.4,
    "r2_a": 0.25,
    "r2_b": 0.26,
    "mae_a": 0.06,
    "mae_b": 0.09,
    "chroma_ratio": 0.85,
    "ciede2000": 9.5,
    "pictures": 6,
}


class NoColor(nn.Module):
    """Predicts no color at all: what any colorizer must beat."""

    def __init__(self) -> None:
        super().__init__()
        self.chroma = nn.Parameter(torch.zeros(1, 2, 1, 1))

    def forward(self, luminance: Tensor) -> Tensor:
        return self.chroma.expand(luminance.shape[0], 2, *luminance.shape[-2:])


def portraits(*tones: tuple[int, int, int]) -> Photos:
    """Disks of a skin's color on a blue ground."""
    rows, columns = np.mgrid[0:240, 0:240]
    inside = np.hypot(rows - 120, columns - 120) < 80
    noise = np.random.default_rng(0).integers(-6, 7, (240, 240, 1))
    pictures = [
        torch.from_numpy(
            (np.where(inside[..., None], tone, (40, 60, 160)) + noise).clip(0, 255).astype(np.uint8)
        ).permute(2, 0, 1)
        for tone in tones
    ]
    mask = torch.from_numpy(inside.astype(np.uint8) * 255)
    return photos_of(pictures, [mask] * len(pictures), kind="portrait")


def astronaut() -> tuple[Tensor, Tensor]:
    """Her picture in [0, 1], and about where she is."""
    rgb = torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1) / 255
    rows, columns = torch.meshgrid(torch.arange(512), torch.arange(512), indexing="ij")
    head = ((rows - 110) / 95) ** 2 + ((columns - 225) / 75) ** 2 < 1
    return rgb, head | ((rows > 190) & (columns < 380))


LIGHT, TAN, DARK = (238, 205, 184), (198, 150, 120), (112, 72, 54)


def test_skin_is_found_on_a_face_and_not_on_hair_or_clothes() -> None:
    skin = groups.skin_of(*astronaut())

    assert skin[60:180, 180:260].float().mean() > 0.4
    assert skin[:60].float().mean() < 0.06
    assert skin[200:].float().mean() < 0.04


def test_portraits_fall_into_thirds_from_light_to_dark() -> None:
    thirds = groups.portrait_thirds(portraits(DARK, LIGHT, TAN))

    assert {name: [each.number for each in found] for name, found in thirds.items()} == {
        groups.THIRDS[0]: [1],
        groups.THIRDS[1]: [2],
        groups.THIRDS[2]: [0],
    }


def test_a_portrait_without_skin_is_in_no_group() -> None:
    assert groups.portrait_thirds(portraits((60, 160, 70))) == {}


def test_gray_skin_has_no_chroma_and_is_far_off() -> None:
    photos = portraits(LIGHT)

    (lightest,) = groups.by_third(photos, lambda each: groups.skin_figures(NoColor(), each))

    assert lightest["chroma ratio"] == 0
    assert lightest["CIEDE2000"] > 8


def test_photos_fall_into_groups_by_what_they_show_and_by_their_light() -> None:
    night = torch.full((3, 240, 240), 12, dtype=torch.uint8)
    snow = torch.full((3, 240, 240), 235, dtype=torch.uint8)
    night[0, :20] = snow[0, :20] = 200
    scenes = photos_of([night, snow], kind="scene")

    found = groups.kinds_of(NoColor(), scenes) + groups.kinds_of(NoColor(), portraits(TAN))

    counts = {group["group"]: group["photos"] for group in found}
    assert counts == {"dark": 1, "white": 1, "photos: scene": 2, "people": 1, "photos: portrait": 1}
    assert all(group["chroma ratio"] == 0 for group in found)


def card_of(tmp_path: Path, figures: dict[str, Any], found: list[groups.Group]) -> str:
    origin = Origin({"title": "Test"}, "0", figures, {"minutes": 3, "device": "a CPU"}, "c0ffee")
    file = export(NoColor(), tmp_path / "weights.safetensors", replace(origin, groups=found))
    return write_card("test", file, 2, draw_data(tmp_path)).read_text(encoding="utf-8")


def test_a_card_tells_figures_groups_effort_and_data(tmp_path: Path) -> None:
    card = card_of(tmp_path, FIGURES, [{"group": "photos: food", "photos": 3, "PSNR": 22.2}])

    assert "| 24.4 | 0.25 | 0.26 | 0.06 | 0.09 | 0.85 | 9.5 |" in card
    assert "| photos: food | 3 | 22.2 |" in card
    assert "3 minutes on a CPU" in card
    assert "| disks | 6 | not named |" in card


def test_a_card_of_a_segmenter_tells_how_often_it_finds_nothing(tmp_path: Path) -> None:
    masks = (MaskResult("ccp", 4, MaskFigures(0.9, 0.98, 0.8, 1.5), missed=0.25),)
    classes = (ClassResult("dog", 9, 0.7, 0.02, 3, 0.8),)
    figures = asdict(SegmenterFigures(masks, classes, 50, found_none=0.94))

    card = card_of(tmp_path, figures, [])

    assert "| ccp | 4 | 0.900 | 0.800 | 1.50 | 25.0% |" in card
    assert "| dog | 9 | 0.700 | 2.0% | 3 | 0.800 |" in card
    assert "On 50 pictures without a subject it finds nothing in 94%." in card


@pytest.mark.parametrize("name", ["vit-lsgan-lite", "foreground-lite"])
def test_what_is_shipped_has_a_card_that_tells_of_groups(name: str) -> None:
    card = Path(__file__).parents[2] / "backend" / "weights" / f"{name}.md"

    text = card.read_text(encoding="utf-8")
    assert all(third in text for third in groups.THIRDS)
