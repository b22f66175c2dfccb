"""The report's pictures: curves, grids and sheets can be opened and show what they should."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from selcolor_training.errors import DatasetError
from selcolor_training.journal import Entry
from selcolor_training.report import curves, grids, sheet


def entries(name: str, values: list[float]) -> list[Entry]:
    """A curve: a point every 10 steps, which last a second and a tenth of an epoch each."""
    return [
        Entry(10 * (at + 1), 0.1 * (at + 1), float(at + 1), name, value)
        for at, value in enumerate(values)
    ]


def a_history(points: int = 1000) -> list[Entry]:
    """Noisy losses, validated now and then."""
    noise = np.random.default_rng(0).normal(0.0, 0.05, points)
    loss = list(np.exp(-np.arange(points) / points) + noise)
    return [
        *entries("color", loss),
        *entries("discriminator", loss[::3]),
        *entries("validation PSNR", [22.0, 23.0, 23.5]),
    ]


def width_of(file: Path) -> int:
    """A picture file's width, read to the end so that a broken one is noticed."""
    with Image.open(file) as picture:
        picture.load()
        return picture.width


def test_smoothing_is_the_mean_of_the_neighbors() -> None:
    values = np.array([1.0, 2.0, 6.0, 3.0])

    assert curves.smooth(values, window=1) == pytest.approx([1.5, 3.0, 11 / 3, 4.5])


def test_curves_are_small_pictures(tmp_path: Path) -> None:
    one = curves.draw_system("ViT-LSGAN", a_history(), tmp_path / "figures" / "one.png")
    all_of_them = curves.draw_comparison(
        {"first": a_history(), "second": a_history(40)}, tmp_path / "figures" / "all.png"
    )

    for file in (one, all_of_them):
        assert file.stat().st_size < 80_000
        assert width_of(file) > 200


def test_a_history_without_points_still_gives_a_picture(tmp_path: Path) -> None:
    assert width_of(curves.draw_system("none", [], tmp_path / "empty.png")) > 200


def test_a_grid_shows_input_prediction_and_truth() -> None:
    red = torch.zeros(3, 64, 64, dtype=torch.uint8)
    red[0] = 255

    grid = np.asarray(grids.figure_grid([red, red], lambda rgb: 255 - rgb))

    row, middle = grids.SIDE + grids.LABEL_HEIGHT, grids.SIDE // 2
    assert grid.shape == (3 * row, 2 * grids.SIDE + grids.GAP, 3)
    assert tuple(grid[middle, middle]) == (76, 76, 76)
    assert tuple(grid[row + middle, middle]) == (0, 255, 255)
    assert tuple(grid[2 * row + middle, middle]) == (255, 0, 0)


def test_the_grid_of_sample_photos_is_small(tmp_path: Path) -> None:
    file = grids.write_sample_grid(lambda rgb: rgb, tmp_path / "figures" / "grid.jpg")

    assert file.stat().st_size < 150_000
    assert len(grids.sample_photos()) == len(grids.SAMPLES)


def add_photo(shard: tarfile.TarFile, name: str, pixels: np.ndarray) -> None:
    """Add a photo to a tar file."""
    content = io.BytesIO()
    Image.fromarray(pixels).resize((160, 160)).save(content, "webp")
    member = tarfile.TarInfo(name)
    member.size = content.tell()
    content.seek(0)
    shard.addfile(member, content)


@pytest.mark.slow
def test_old_photos_become_pages_by_the_models_that_are_shipped(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "historic-00.tar", "w") as shard:
        add_photo(shard, "old/portrait.webp", data.astronaut()[:260, 100:360])
        add_photo(shard, "old/nothing.webp", np.full((64, 64), 180, np.uint8))

    pages = sheet.make_historic_sheets(tmp_path, tmp_path / "sheets")

    page = np.asarray(Image.open(pages[0])).astype(int)
    gray, colored = page[: sheet.CELL, : sheet.CELL], page[: sheet.CELL, sheet.CELL + grids.GAP :]
    assert [path.name for path in pages] == ["historic-01.jpg"]
    assert page.shape[1] == 4 * (sheet.CELL + grids.GAP) - grids.GAP
    assert np.ptp(gray, axis=2).max() < 12
    assert np.ptp(colored[:, : sheet.CELL], axis=2).max() > 40


def test_a_folder_without_old_photos_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="historic"):
        sheet.make_historic_sheets(tmp_path, tmp_path / "sheets")
