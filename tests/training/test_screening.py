"""Gray, toned and letterboxed photos teach no color and are left out."""

from __future__ import annotations

import pytest
import skimage.data
import torch
from torch import Tensor

from selcolor_training.screening import Reason, why_unusable


def reason(rgb: Tensor, source: str = "set") -> str:
    return why_unusable(source, rgb.permute(1, 2, 0).contiguous().numpy())


def astronaut() -> Tensor:
    return torch.from_numpy(skimage.data.astronaut()).permute(2, 0, 1)[:, ::2, ::2].contiguous()


def luma(rgb: Tensor) -> Tensor:
    return (rgb.float() / 255).mean(dim=0)


def toned(rgb: Tensor, shadows: tuple[int, ...], lights: tuple[int, ...]) -> Tensor:
    """Gray laid between two colors."""
    gray = luma(rgb)
    dark, bright = (torch.tensor(color).view(3, 1, 1) for color in (shadows, lights))
    return (dark + gray * (bright - dark)).round().byte()


def barred(rgb: Tensor, value: int, rows: int) -> Tensor:
    rgb = rgb.clone()
    rgb[:, :rows] = value
    rgb[:, -rows:] = value
    return rgb


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_good_photos_stay(name: str) -> None:
    rgb = torch.from_numpy(getattr(skimage.data, name)()).permute(2, 0, 1)

    assert reason(rgb) == ""


def test_a_gray_photo_goes() -> None:
    gray = (luma(astronaut()) * 255).byte().expand(3, -1, -1)

    assert reason(gray) == Reason.GRAY.value


@pytest.mark.parametrize("lights", [(255, 240, 200), (210, 255, 255), (255, 220, 130)])
def test_a_toned_photo_goes(lights: tuple[int, ...]) -> None:
    sepia = toned(astronaut(), (30, 15, 0), lights)

    assert reason(sepia) == Reason.TONED.value


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("upright", [False, True])
def test_a_letterboxed_photo_goes(value: int, upright: bool) -> None:
    boxed = barred(astronaut(), value, 24)
    boxed = boxed.transpose(1, 2) if upright else boxed

    assert reason(boxed) == Reason.LETTERBOXED.value


@pytest.mark.parametrize("value", [0, 255])
def test_an_object_before_a_plain_background_stays(value: int) -> None:
    rows, columns = torch.meshgrid(torch.arange(256), torch.arange(256), indexing="ij")
    disk = ((rows - 128) ** 2 + (columns - 128) ** 2) < 80**2
    rgb = torch.where(disk, astronaut(), torch.tensor(value, dtype=torch.uint8))

    assert reason(rgb) == ""


def test_a_set_with_noisy_color_goes() -> None:
    assert reason(astronaut(), "cats_pcashman") == Reason.NOISY.value
