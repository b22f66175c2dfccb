"""Whole trainings, small: from the command line to weights, figures and metadata."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn_data import draw_data
from safetensors import safe_open
from small_recipes import small_color_recipe, small_mask_recipe

from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_backend.networks.vit_generator import ViTGenerator, ViTSize
from selcolor_training import cli, colorizer, foreground, systems, training
from selcolor_training.errors import DatasetError, RecipeError
from selcolor_training.export import Origin, described, export, load_exported
from selcolor_training.recipe import Recipe
from selcolor_training.report.entries import segmenter_from, system_from
from selcolor_training.report.results import recipes_of
from selcolor_training.training import Options, train

METADATA = {"recipe", "data", "figures", "effort", "commit", "torch", "groups"}
ORIGIN = Origin({"title": "none"}, data="0", figures={}, effort={}, commit="none")


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(draw_data(tmp_path), tmp_path / "build", workers=0)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recipes with few steps, and a ViT-B/16 that is small and starts from nothing."""

    def load_small(name: str) -> Recipe:
        return small_mask_recipe() if name == "foreground-lite" else small_color_recipe(name)

    for module in (training, cli):
        monkeypatch.setattr(module, "load_recipe", load_small)
    monkeypatch.setattr(colorizer, "VALIDATION_SIZE", 64)
    tiny = ViTSize(64, width=24, layers=1, heads=2)
    monkeypatch.setitem(systems.GENERATORS, "vit-base", lambda: ViTGenerator(tiny))
    monkeypatch.setitem(
        systems.DISCRIMINATORS,
        "vit-base",
        lambda size: systems.ViTDiscriminator(replace(tiny, image=size)),
    )


@pytest.mark.parametrize("name", [*recipes_of("paper"), "vit-lsgan-laptop", "vit-lsgan-lite"])
def test_each_system_trains(name: str, options: Options) -> None:
    file = train(name, replace(options, pretrained="none"))

    result = system_from(json.loads((options.build / name / f"{name}.json").read_text()))
    assert result.recipe == name
    assert result.steps == 6
    assert result.figures.pictures == 6
    with safe_open(file, "pt") as weights:
        assert set(weights.metadata()) == METADATA


def test_a_segmenter_trains_and_is_measured(options: Options) -> None:
    file = train("foreground-lite", options)

    kept = json.loads((options.build / "foreground-lite" / "foreground-lite.json").read_text())
    result = segmenter_from(kept)
    assert [mask.source for mask in result.masks] == ["disks"]
    assert result.found_none is None
    exported = foreground.make_segmenter(pretrained=False)
    load_exported(exported, file)
    assert exported.to_logits.weight.dtype is torch.float32


def test_a_training_can_start_from_exported_weights(options: Options) -> None:
    first = train("foreground-lite", options)

    network = training.make_network(small_mask_recipe(), replace(options, start=first))

    exported = foreground.make_segmenter(pretrained=False)
    load_exported(exported, first)
    assert torch.equal(network.to_logits.weight, exported.to_logits.weight)


def test_a_folder_with_another_training_is_not_continued(options: Options) -> None:
    first = train("foreground-lite", options)
    before = first.read_bytes()

    with pytest.raises(RecipeError, match="another recipe, data or start"):
        train("foreground-lite", replace(options, start=first))
    assert first.read_bytes() == before


def test_photos_without_a_subject_are_asked_for(options: Options) -> None:
    recipe = replace(small_mask_recipe(), empty_share=0.2)

    with pytest.raises(DatasetError, match="without a subject"):
        foreground.train_foreground(
            recipe, foreground.make_segmenter(False), options.data, options.build
        )


def test_weights_are_measured_from_the_command_line(
    options: Options, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = train("foreground-lite", options)
    arguments = ["selcolor-train", "evaluate", "foreground-lite", str(file)]
    monkeypatch.setattr(sys, "argv", [*arguments, "--data", str(options.data)])

    cli.main()

    assert json.loads(capsys.readouterr().out) == described(file).figures


def test_a_mistake_on_the_command_line_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["selcolor-train", "train", "foreground-lite", "--data", str(tmp_path / "none")]
    monkeypatch.setattr(sys, "argv", arguments)

    with pytest.raises(SystemExit) as exit_status:
        cli.main()

    assert exit_status.value.code == 1
    assert capsys.readouterr().err.startswith("selcolor-train: ")


def test_a_variance_beyond_half_precision_survives_the_export(tmp_path: Path) -> None:
    network, exported = HybridViTGenerator(), HybridViTGenerator()
    network.decode8[1].running_var.fill_(1e5)
    export(network, tmp_path / "wide.safetensors", ORIGIN)

    load_exported(exported, tmp_path / "wide.safetensors")

    assert exported.decode8[1].running_var.max() == 1e5


def test_a_weight_that_half_precision_cannot_hold_is_not_exported(tmp_path: Path) -> None:
    network = HybridViTGenerator()
    with torch.no_grad():
        network.to_chroma.weight.fill_(1e5)

    with pytest.raises(ValueError, match="to_chroma"):
        export(network, tmp_path / "wide.safetensors", ORIGIN)
