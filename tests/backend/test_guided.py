"""Resampling and the guided filter beside slow references."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from scipy import ndimage

from selcolor_backend.pixels.guided import Lines, box_mean, fit_lines
from selcolor_backend.pixels.resample import area_span, enlarge, reduce_columns, reduce_rows
from selcolor_backend.pixels.tiles import Tile, tiles
from selcolor_backend.plan import fit_chroma


def random_planes(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(2))


def apply(lines: Lines, luminance: torch.Tensor) -> torch.Tensor:
    height, width = luminance.shape
    return lines.apply(luminance / 100, Tile(0, height, 0, width), height, width)


def slow_area_matrix(size: int, reduced: int) -> np.ndarray:
    """How much of each pixel lies in each reduced one."""
    step = size / reduced
    return np.array(
        [
            [max(0.0, min(j + 1, (i + 1) * step) - max(j, i * step)) / step for j in range(size)]
            for i in range(reduced)
        ]
    )


def test_reducing_is_the_exact_area_average() -> None:
    planes = random_planes(2, 53, 40)
    rows, columns = slow_area_matrix(53, 17), slow_area_matrix(40, 33)
    expected = np.einsum("ij,cjk,lk->cil", rows, planes.numpy(), columns)
    ours = reduce_columns(reduce_rows(planes.numpy(), 0, (0, 17), (53, 17)), 33)
    assert np.abs(ours - expected).max() < 1e-5


def test_reducing_in_strips_gives_the_same() -> None:
    planes = random_planes(1, 101, 8).numpy()
    parts = []
    for first in range(0, 37, 5):
        rows = (first, min(first + 5, 37))
        top, bottom = area_span(*rows, 101, 37)
        parts.append(reduce_rows(planes[:, top:bottom], top, rows, (101, 37)))
    assert np.array_equal(np.concatenate(parts, 1), reduce_rows(planes, 0, (0, 37), (101, 37)))


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (64, 20)])
def test_enlarging_agrees_with_torch_whatever_the_tile(size: tuple[int, int]) -> None:
    planes = random_planes(2, 9, 13)
    expected = F.interpolate(planes[None], size=size, mode="bilinear", align_corners=False)[0]
    for tile in tiles(Tile(0, size[0], 0, size[1]), 7, 6):
        difference = enlarge(planes, tile, *size) - expected[:, tile.area[0], tile.area[1]]
        assert difference.abs().max() < 1e-5


def test_box_means_agree_with_a_slow_loop_at_the_edges_too() -> None:
    plane = random_planes(1, 11, 6)
    expected = [
        [plane[0, max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].mean() for x in range(6)]
        for y in range(11)
    ]
    assert (
        torch.from_numpy(box_mean(plane.numpy(), 4))[0] - torch.tensor(expected)
    ).abs().max() < 1e-5


def test_the_guided_filter_agrees_with_its_paper() -> None:
    values, luminance = random_planes(1, 30, 40)[0], random_planes(2, 30, 40)[1] * 100
    guide, p = luminance.double().numpy() / 100, values.double().numpy()

    def mean(x: np.ndarray) -> np.ndarray:
        total = ndimage.uniform_filter(x, 7, mode="constant")
        return total / ndimage.uniform_filter(np.ones_like(x), 7, mode="constant")

    a = (mean(guide * p) - mean(guide) * mean(p)) / (mean(guide**2) - mean(guide) ** 2 + 1e-2)
    b = mean(p) - a * mean(guide)
    expected = mean(a) * guide + mean(b)
    ours = apply(fit_lines(values[None], luminance, 3, 1e-2), luminance)[0]
    assert np.abs(ours.numpy() - expected).max() < 1e-4


def test_tiles_of_upsampled_chroma_equal_the_whole() -> None:
    lines = fit_chroma(random_planes(2, 14, 20) * 50, random_planes(1, 60, 80)[0] * 100)
    luminance = random_planes(1, 251, 333)[0] * 100
    whole = apply(lines, luminance)
    for tile in tiles(Tile(0, 251, 0, 333), 13, 40):
        part = lines.apply(luminance[tile.area] / 100, tile, 251, 333)
        assert torch.equal(part, whole[:, tile.area[0], tile.area[1]])


def test_color_ends_at_an_edge_of_the_luminance() -> None:
    luminance = torch.full((240, 320), 20.0)
    luminance[:, 150:] = 80.0
    ab = torch.zeros(2, 24, 32)
    ab[:, :, 15:] = 40.0
    ab = F.avg_pool2d(ab[None], 3, 1, 1, count_include_pad=False)[0]
    chroma = apply(fit_chroma(ab, luminance), luminance)[0]
    assert chroma[120, 147] < 12
    assert chroma[120, 152] > 28


@pytest.mark.parametrize("size", [(1, 1), (2, 16), (16, 16)])
def test_pictures_smaller_than_the_network_work(size: tuple[int, int]) -> None:
    luminance = random_planes(1, *size)[0] * 100
    chroma = apply(fit_chroma(torch.full((2, 56, 56), 30.0), luminance), luminance)
    assert (chroma - 30.0).abs().max() < 1e-2
