"""Training: data from shards, losses that behave, and a few real steps of both trainings."""

from __future__ import annotations

import csv
import io
import random
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from selcolor_backend.networks.efficientnet_lite import EfficientNetLite0
from selcolor_backend.networks.foreground import ForegroundDeepLab
from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_training import colorizer, foreground
from selcolor_training.augment import age, center_crop, random_crop
from selcolor_training.data import DatasetError, load_photos, read_manifest
from selcolor_training.export import export, load_exported
from selcolor_training.metrics import ColorMeter, intersection_over_union
from selcolor_training.run import Rates, Run, cosine, load_pretrained_backbone

SECOND = 1 / 60
COLOR_RECIPE = colorizer.ColorizerRecipe(
    model="tiny",
    head_start_minutes=SECOND,
    adversarial_minutes=SECOND,
    batch=2,
    crop=64,
    late_crop=96,
    smallest_crop=0.6,
    aged_share=0.5,
    backbone_rate=3e-4,
    rate=1e-3,
    weight_decay=0.02,
    adversarial_rate=1e-4,
    adversarial_weight=0.01,
    seed=0,
)
MASK_RECIPE = foreground.ForegroundRecipe(
    model="tiny-mask",
    minutes=SECOND,
    batch=2,
    crop=64,
    smallest_crop=0.6,
    gray_share=0.5,
    aged_share=0.5,
    backbone_rate=3e-4,
    rate=1e-3,
    weight_decay=0.02,
    seed=0,
)


def drawn(seed: int) -> tuple[Image.Image, Image.Image]:
    """A colored disk on a colored ground, and the disk's mask."""
    chance = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:80, 0:96]
    inside = np.hypot(rows - 40, columns - 48) < 25
    ground, disk = chance.integers(30, 226, (2, 3))
    picture = np.where(inside[..., None], disk, ground).astype(np.uint8)
    return Image.fromarray(picture), Image.fromarray(inside)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder as `../shared/data` is laid out: manifest and tar shards."""
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["split", "image", "mask", "kind"])
        for split in ("train", "val"):
            with tarfile.open(tmp_path / f"{split}-00.tar", "w") as shard:
                for number in range(4):
                    name = f"disks/{split}{number}"
                    rows.writerow([split, f"{name}.webp", f"{name}.mask.png", "object"])
                    for suffix, picture in zip((".webp", ".mask.png"), drawn(number), strict=True):
                        add_file(shard, name + suffix, picture)
    return tmp_path


def add_file(shard: tarfile.TarFile, name: str, picture: Image.Image) -> None:
    """Add a picture to a tar file."""
    data = io.BytesIO()
    picture.save(data, "webp" if name.endswith(".webp") else "png")
    member = tarfile.TarInfo(name)
    member.size = data.tell()
    data.seek(0)
    shard.addfile(member, data)


def test_photos_and_masks_are_read_together(folder: Path) -> None:
    photos = load_photos(folder, "train", masked=True)

    assert len(photos) == 4
    assert photos[0].rgb.shape == (3, 80, 96)
    assert photos[0].mask is not None
    assert set(photos[0].mask.unique().tolist()) == {0, 255}


def test_a_folder_without_a_manifest_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"manifest\.csv"):
        read_manifest(tmp_path, "train")


def test_an_empty_split_says_so(folder: Path) -> None:
    with pytest.raises(DatasetError, match="nothing"):
        read_manifest(folder, "nothing")


def test_crops_have_the_size_and_range(folder: Path) -> None:
    photo = load_photos(folder, "train", masked=True)[0]

    for crop in (random_crop(photo.rgb, 48, random.Random(0), 0.5), center_crop(photo.rgb, 48)):
        assert crop.shape == (3, 48, 48)
        assert 0 <= crop.min() <= crop.max() <= 1


def test_age_leaves_the_other_pictures_alone() -> None:
    batch = torch.rand(4, 1, 16, 16)

    assert torch.equal(age(batch, 0.0), batch)
    assert not torch.equal(age(batch, 1.0), batch)


def test_the_learning_rate_warms_up_and_goes_to_zero() -> None:
    assert cosine(0.0) < 0.01
    assert cosine(0.02) > 0.99
    assert cosine(1.0) < 0.01


def test_color_loss_weighs_colorful_pixels_more() -> None:
    gray = torch.zeros(1, 2, 4, 4)

    pale = colorizer.color_loss(gray, torch.full((1, 2, 4, 4), 0.1))
    vivid = colorizer.color_loss(gray, torch.full((1, 2, 4, 4), 0.2))

    assert vivid > 2.5 * pale


def test_a_subject_of_any_class_satisfies_an_unnamed_mask() -> None:
    logits = torch.zeros(1, 4, 8, 8)
    logits[:, 2] = 12.0
    subject = torch.ones(1, 1, 8, 8)

    unnamed = foreground.mask_loss(logits, subject, torch.tensor([foreground.ANY_CLASS]))
    person = foreground.mask_loss(logits, subject, torch.tensor([1]))

    assert unnamed < 0.01
    assert person > 1


def test_r2_is_one_for_the_truth_and_zero_for_its_mean() -> None:
    truth = torch.randn(2, 2, 16, 16) / 5
    luminance = torch.full((2, 1, 16, 16), 50.0)
    perfect, average = ColorMeter(), ColorMeter()
    perfect.add(luminance, truth, truth)
    average.add(luminance, truth.mean(dim=(0, 2, 3), keepdim=True).expand_as(truth), truth)

    assert perfect.figures().r2_a == 1
    assert abs(average.figures().r2_b) < 1e-3
    assert perfect.figures().chroma_ratio == 1


def test_iou_of_halves() -> None:
    left = torch.zeros(4, 4, dtype=torch.bool)
    left[:, :2] = True

    assert intersection_over_union(left, left) == 1
    assert intersection_over_union(left, ~left) == 0


def test_the_pretrained_backbone_fits_tensor_by_tensor() -> None:
    backbone = EfficientNetLite0()
    before = backbone.stem[0].weight.clone()

    load_pretrained_backbone(backbone)

    assert not torch.equal(backbone.stem[0].weight, before)
    assert torch.isfinite(backbone(torch.zeros(1, 3, 64, 64)).stride32).all()


def test_the_colorizer_trains_and_resumes(folder: Path, tmp_path: Path) -> None:
    build = tmp_path / "build"
    network = colorizer.train_colorizer(COLOR_RECIPE, folder, build)
    resumed = Run(HybridViTGenerator(), Rates(3e-4, 1e-3, 0.02), SECOND)

    resumed.resume(build / "tiny.ckpt")

    assert resumed.budget.progress() == 1
    assert (build / "tiny-head-start.pt").exists()
    assert network(torch.zeros(1, 1, 64, 64)).shape == (1, 2, 16, 16)


def test_the_segmenter_trains_and_is_exported(folder: Path, tmp_path: Path) -> None:
    network = foreground.train_foreground(MASK_RECIPE, folder, tmp_path / "build")
    path = export(network, {"model": "tiny-mask"}, folder, tmp_path)
    exported = ForegroundDeepLab(len(foreground.CLASSES))
    load_exported(exported, path)

    figures = foreground.validate(exported, foreground.validation_photos(folder), side=64)

    assert set(figures) == {"disks"}
    assert exported.to_logits.weight.dtype is torch.float32
    with safe_open(path, "pt") as file:
        assert set(file.metadata()) == {"recipe", "data", "torch"}


def test_a_variance_beyond_half_precision_survives_the_export(folder: Path, tmp_path: Path) -> None:
    network = HybridViTGenerator()
    network.decode8[1].running_var.fill_(1e5)
    path = export(network, {"model": "wide"}, folder, tmp_path)
    exported = HybridViTGenerator()

    load_exported(exported, path)

    assert exported.decode8[1].running_var.max() == 1e5


def test_a_weight_that_half_precision_cannot_hold_is_not_exported(
    folder: Path, tmp_path: Path
) -> None:
    network = HybridViTGenerator()
    with torch.no_grad():
        network.to_chroma.weight.fill_(1e5)

    with pytest.raises(ValueError, match="to_chroma"):
        export(network, {"model": "wide"}, folder, tmp_path)
