"""Whole trainings, small: from the command line to weights, figures and metadata."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from drawn_data import draw_data
from safetensors import safe_open
from safetensors.torch import load_file
from small_recipes import small_color_recipe, small_mask_recipe

from selcolor_backend.networks.hybrid_vit import HybridViTGenerator
from selcolor_backend.networks.hybrid_vit_bins import READ_BY, HybridViTColorizer
from selcolor_backend.networks.vit_generator import ViTGenerator, ViTSize
from selcolor_training import cli, colorizer, commands, foreground, systems
from selcolor_training.errors import DatasetError, RecipeError
from selcolor_training.export import Origin, described, export, load_exported, start_from
from selcolor_training.measure import read_as
from selcolor_training.recipe import Recipe
from selcolor_training.report.entries import segmenter_from, system_from
from selcolor_training.report.results import recipes_of
from selcolor_training.trainer import Trainer
from selcolor_training.training import Options, make_network, train

METADATA = {"recipe", "data", "figures", "effort", "commit", "torch", "groups"}
ORIGIN = Origin({"title": "none"}, data="0", figures={}, effort={}, commit="none")


@pytest.fixture
def options(tmp_path: Path) -> Options:
    data = tmp_path / "data"
    data.mkdir()
    return Options(draw_data(data), tmp_path / "build", tmp_path / "cache")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ViT-B/16 that is small and starts from nothing, and small pictures to measure."""
    monkeypatch.setattr(colorizer, "VALIDATION_SIZE", 64)
    tiny = ViTSize(64, width=24, layers=1, heads=2)
    monkeypatch.setitem(systems.GENERATORS, "vit-base", lambda: ViTGenerator(tiny))
    monkeypatch.setitem(
        systems.DISCRIMINATORS,
        "vit-base",
        lambda size: systems.ViTDiscriminator(replace(tiny, image=size)),
    )


@pytest.mark.parametrize("name", [*recipes_of("paper"), *recipes_of("laptop"), "vit-lsgan-lite"])
def test_each_system_trains(name: str, options: Options) -> None:
    file = train(name, small_color_recipe(name), replace(options, pretrained="none"))

    assert file is not None
    result = system_from(json.loads(file.with_suffix(".json").read_text()))
    assert result.recipe == name
    assert (result.steps, result.samples) == (3, 12)
    assert result.figures.pictures == 6
    with safe_open(file, "pt") as weights:
        assert set(weights.metadata()) == METADATA


def test_a_segmenter_trains_and_is_measured(options: Options) -> None:
    file = train("foreground-lite", small_mask_recipe(), options)

    assert file is not None
    result = segmenter_from(json.loads(file.with_suffix(".json").read_text()))
    assert [mask.source for mask in result.figures.masks] == ["disks"]
    assert result.figures.found_none is None
    exported = foreground.make_segmenter(pretrained=False)
    load_exported(exported, file)
    assert exported.coarse.weight.dtype is torch.float32


def test_bins_and_how_they_are_read_come_with_the_weights(options: Options) -> None:
    read = dict(zip(READ_BY, (0.5, 0.25, 0.75, 1.25, 50), strict=True))
    recipe = replace(small_color_recipe(), **read)

    file = train("mine", recipe, replace(options, pretrained="none"))

    assert file is not None
    weights = load_file(file)
    assert {name: float(weights[name]) for name in read} == read
    assert len(weights["centers"]) == len(weights["logits.weight"]) == len(weights["prior"])
    assert weights["prior"].sum() == pytest.approx(1, abs=1e-4)


def test_a_training_goes_on_from_exported_weights_with_their_bins(options: Options) -> None:
    bare = replace(options, pretrained="none")
    first = train("first", small_color_recipe(), bare)
    assert first is not None

    second = train("second", small_color_recipe(), replace(bare, start=first))

    assert second is not None
    assert torch.equal(load_file(first)["centers"], load_file(second)["centers"])
    assert described(second).effort["samples"] == 24


def test_a_network_with_another_head_starts_from_what_fits(tmp_path: Path) -> None:
    torch.manual_seed(0)
    file = export(HybridViTGenerator(), tmp_path / "old.safetensors", ORIGIN)
    network = HybridViTColorizer()

    fresh = start_from(network, file)

    assert torch.equal(network.narrow.weight, load_file(file)["narrow.weight"].float())
    assert all(
        name.startswith(("hint_", "grow", "logits", "centers", "prior", *READ_BY)) for name in fresh
    )


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    file = export(foreground.make_segmenter(False), tmp_path / "masks.safetensors", ORIGIN)

    with pytest.raises(RecipeError, match="another network"):
        start_from(torch.nn.Linear(2, 2), file)


def test_a_folder_with_another_training_is_not_continued(options: Options) -> None:
    first = train("foreground-lite", small_mask_recipe(), options)
    assert first is not None
    before = first.read_bytes()

    with pytest.raises(RecipeError, match="another recipe, data, start or time"):
        train("foreground-lite", small_mask_recipe(), replace(options, start=first))
    assert first.read_bytes() == before


def test_a_training_that_is_stopped_is_not_measured_but_its_weights_are_there(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Trainer.step

    def stop_after(run: Trainer) -> None:
        step(run)
        run.asked = True

    monkeypatch.setattr(Trainer, "step", stop_after)
    recipe, bare = small_color_recipe(), replace(options, pretrained="none")

    assert train("mine", recipe, bare) is None
    exported = described(options.build / "mine" / "mine.safetensors")
    assert exported.effort["steps"] == 1
    assert exported.figures == {}

    monkeypatch.setattr(Trainer, "step", step)
    file = train("mine", recipe, bare)
    assert file is not None
    assert described(file).effort["steps"] == 3


def test_a_training_can_be_given_minutes(options: Options) -> None:
    recipe = replace(small_color_recipe("vit-lsgan-laptop"), samples=10**9)

    file = train("mine", recipe, replace(options, pretrained="none", minutes=0.001))

    assert file is not None
    assert described(file).effort["steps"] >= 1


def test_photos_without_a_subject_are_asked_for(options: Options) -> None:
    recipe = replace(small_mask_recipe(), empty_share=0.2)

    with pytest.raises(DatasetError, match="without a subject"):
        train("foreground-lite", recipe, options)


def test_a_network_starts_from_the_weights_that_are_named(options: Options) -> None:
    first = train("foreground-lite", small_mask_recipe(), options)

    network = make_network(small_mask_recipe(), replace(options, start=first))

    assert first is not None
    assert torch.equal(network.coarse.weight, load_file(first)["coarse.weight"].float())


Command = Callable[..., int]


@pytest.fixture
def command(options: Options, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `selcolor-train` with arguments, on small recipes; returns its exit status."""

    def load_small(name: str, _changes: list[str]) -> Recipe:
        return small_mask_recipe() if name == "foreground-lite" else small_color_recipe(name)

    def run(*arguments: object) -> int:
        words = ["selcolor-train", *map(str, arguments)]
        words += ["--data", str(options.data), "--cache", str(options.cache)]
        monkeypatch.setattr(sys, "argv", words)
        with pytest.raises(SystemExit) as status:
            cli.main()
        return int(status.value.code or 0)

    monkeypatch.setattr(commands, "load_recipe", load_small)
    return run


def test_the_command_line_trains_and_measures_files_side_by_side(
    command: Command, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("vit-lsgan-laptop", "vit-lsgan-lite"):
        assert command("train", name, "--build", options.build, "--pretrained", "none") == 0
    files = [Path(line) for line in capsys.readouterr().out.split()]
    kept = options.build / "all.json"

    readings = ["--decode", "temperature=0.4,likeness=2", "--decode", "vividness=2"]
    status = command("measure", *files, "--split", "val", *readings, "--json", kept)

    assert status == 0
    told = capsys.readouterr().out
    assert "ratio to vit-lsgan-laptop" in told
    gray, old, first, second = json.loads(kept.read_text())
    assert [each["name"] for each in (gray, old, first, second)] == [
        "gray",
        "vit-lsgan-laptop",
        "vit-lsgan-lite temperature=0.4,likeness=2",
        "vit-lsgan-lite vividness=2",
    ]
    assert gray["figures"]["colorfulness"] == pytest.approx(0, abs=0.01)
    assert old["hints"] == {}
    assert set(first["hints"]) == {"0", "1", "5", "10", "20", "50"}
    assert first["figures"] != second["figures"]


def test_a_card_can_settle_how_colors_are_read(
    command: Command, options: Options, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("train", "vit-lsgan-lite", "--build", options.build, "--pretrained", "none") == 0
    file = Path(capsys.readouterr().out.strip())
    before = described(file).figures

    reading = "temperature=0.25,prior_power=0.5,likeness=0.75,vividness=1.5,most_chroma=50"
    assert command("card", "vit-lsgan-lite", file, "--decode", reading, "--stride", 2) == 0

    weights = load_file(file)
    assert tuple(float(weights[name]) for name in READ_BY) == (0.25, 0.5, 0.75, 1.5, 50)
    assert described(file).figures["pictures"] == -(-before["pictures"] // 2)
    assert file.with_suffix(".md").read_text().startswith("# vit-lsgan-lite")


def test_a_mistake_on_the_command_line_is_told_in_a_sentence(
    command: Command, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = export(torch.nn.Linear(2, 2), tmp_path / "line.safetensors", ORIGIN)

    assert command("measure", file) == 1
    assert "does not say that it is a colorizer's" in capsys.readouterr().err


@pytest.mark.parametrize("reading", ["", "warm", "warmth=1", "temperature=warm", "likeness=1=2"])
def test_what_is_no_way_to_read_a_distribution_is_told(reading: str) -> None:
    with pytest.raises(RecipeError, match="no way to read a distribution"):
        read_as(HybridViTColorizer(), reading)


def test_a_missing_package_is_told_in_a_sentence(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_chosen: object) -> int:
        raise ModuleNotFoundError("No module named 'tensorboard'", name="tensorboard")

    monkeypatch.setattr(commands, "train", fail)

    assert command("train", "vit-lsgan-lite") == 1
    assert "tensorboard is not installed" in capsys.readouterr().err


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


def test_segmenters_are_measured_side_by_side_from_the_command_line(
    options: Options, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = train("foreground-lite", small_mask_recipe(), options)
    assert file is not None
    other = file.with_name("other.safetensors")
    other.write_bytes(file.read_bytes())
    arguments = ["selcolor-train", "measure", str(file), str(other)]
    places = ["--data", str(options.data), "--cache", str(options.cache)]
    monkeypatch.setattr(sys, "argv", [*arguments, *places])

    with pytest.raises(SystemExit) as exit_status:
        cli.main()

    assert exit_status.value.code == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "| disks |" in line]
    figures = segmenter_from(json.loads(file.with_suffix(".json").read_text())).figures
    assert len(lines) == 2
    assert f"{figures.masks[0].figures.iou:.3f}" in lines[0]
