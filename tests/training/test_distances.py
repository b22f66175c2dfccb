"""Distances of features, blind pairs: what they say of equal, shifted and narrowed pictures."""

from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from drawn_data import add_file
from PIL import Image
from scipy.linalg import sqrtm

from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_training.errors import DatasetError
from selcolor_training.export import Origin, export
from selcolor_training.features import LiteFeatures, frechet_distance, kernel_distance
from selcolor_training.report.pairs import write_pairs


def normal(seed: int, count: int = 300, size: int = 6) -> torch.Tensor:
    return torch.randn(count, size, generator=torch.Generator().manual_seed(seed))


def test_samples_of_one_kind_are_at_no_distance() -> None:
    assert abs(kernel_distance(normal(0), normal(1))) < 0.05
    assert kernel_distance(normal(0) + 1, normal(1)) > 1


def test_the_kernel_distance_is_that_of_its_definition() -> None:
    ours, real = normal(0, 12).double(), normal(1, 9).double() + 0.5

    def kernel(one: torch.Tensor, two: torch.Tensor) -> float:
        return float((one @ two / len(one) + 1) ** 3)

    def mean(first: torch.Tensor, second: torch.Tensor, same: bool) -> float:
        values = [
            kernel(one, two)
            for place, one in enumerate(first)
            for other, two in enumerate(second)
            if not (same and place == other)
        ]
        return sum(values) / len(values)

    expected = mean(ours, ours, True) + mean(real, real, True) - 2 * mean(ours, real, False)

    assert kernel_distance(ours, real) == pytest.approx(expected, rel=1e-9)


def test_the_frechet_distance_on_all_axes_is_that_of_scipy() -> None:
    ours, real = normal(0).double() * 0.7 + 0.3, normal(1).double()
    first, second = (np.cov(each.numpy().T) for each in (ours, real))
    apart = float((ours.mean(0) - real.mean(0)).square().sum())

    expected = apart + np.trace(first + second - 2 * sqrtm(first @ second).real)

    assert frechet_distance(ours, real, axes=6) == pytest.approx(expected, rel=1e-6)


def test_features_tell_a_gray_picture_from_a_colored_one() -> None:
    photo = torch.from_numpy(skimage.data.astronaut() / 255.0).float().permute(2, 0, 1)[None]
    small = torch.nn.functional.interpolate(photo, size=(128, 128), mode="area")
    look = LiteFeatures()

    colored, shifted, gray = (
        look(each) for each in (small, small.roll(2, 3), small.mean(1, True).expand(-1, 3, -1, -1))
    )

    assert colored.shape == (1, 1280)
    assert (colored - gray).norm() > 1.5 * (colored - shifted).norm()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two old photos and one of eval."""
    picture = Image.fromarray(skimage.data.astronaut()[:300, 100:300])
    with tarfile.open(tmp_path / "historic-00.tar", "w") as shard:
        for number in range(2):
            add_file(shard, f"old/{number}.webp", picture)
    with tarfile.open(tmp_path / "eval-00.tar", "w") as shard:
        add_file(shard, "kodak/1.webp", picture)
    return tmp_path


def weights(folder: Path, generator: str) -> Path:
    torch.manual_seed(0)
    network = HybridViTColorizer() if generator == "hybrid-vit-bins" else HybridViTGenerator()
    if isinstance(network, HybridViTColorizer):
        network.centers.copy_(40 * torch.randn(len(network.centers), 2))
    origin = Origin({"generator": generator}, "0", {}, {}, "none")
    return export(network, folder / f"{generator}.safetensors", origin)


def test_pairs_are_blind_and_the_key_lies_beside(photos: Path, tmp_path: Path) -> None:
    files = [weights(tmp_path, generator) for generator in ("hybrid-vit", "hybrid-vit-bins")]

    *sheets, key = write_pairs(files[0], files[1], photos, tmp_path / "out", seed=1)

    assert [sheet.name for sheet in sheets] == ["pairs-01.jpg"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["pairs-01.jpg"]
    rows = list(csv.DictReader(key.read_text().splitlines()))
    assert [row["photo"] for row in rows] == ["old/0.webp", "old/1.webp", "kodak/1.webp"]
    assert all({row["left"], row["right"]} == set(map(str, files)) for row in rows)
    with Image.open(io.BytesIO(sheets[0].read_bytes())) as sheet:
        left, right = (np.asarray(sheet)[10:290, x : x + 150].astype(int) for x in (20, 540))
    assert np.abs(left - right).mean() > 1


def test_pairs_without_photos_say_so(tmp_path: Path) -> None:
    file = weights(tmp_path, "hybrid-vit")

    with pytest.raises(DatasetError, match="historic or eval"):
        write_pairs(file, file, tmp_path, tmp_path / "out")
