"""`selcolor-train table`: from four small trainings to the page with its pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from drawn_data import draw_data
from small_recipes import SmallGenerator, small_color_recipe

from selcolor_backend.networks.vit_generator import ViTGenerator, ViTSize
from selcolor_training import systems
from selcolor_training.recipe import Recipe, load_recipe
from selcolor_training.report import results
from selcolor_training.report.results import SYSTEMS, recipes_of, write_results
from selcolor_training.training import Options


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    """Drawn photos, and networks that train in seconds at the paper's size."""
    tiny = ViTSize(224, width=24, layers=1, heads=2)
    monkeypatch.setitem(systems.GENERATORS, "resnet18-unet", SmallGenerator)
    monkeypatch.setitem(systems.GENERATORS, "vit-base", lambda: ViTGenerator(tiny))
    monkeypatch.setitem(
        systems.DISCRIMINATORS,
        "vit-base",
        lambda size: systems.ViTDiscriminator(replace(tiny, image=size)),
    )

    def load_small(name: str) -> Recipe:
        return small_color_recipe(name, 224) if name in recipes_of("paper") else load_recipe(name)

    monkeypatch.setattr(results, "load_recipe", load_small)
    return Options(draw_data(tmp_path), tmp_path / "build", tmp_path / "cache", pretrained="none")


@pytest.mark.slow
def test_the_page_has_every_system_and_is_not_trained_twice(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = write_results("paper", options, tmp_path / "out").read_text()

    assert "selcolor-train table --preset laptop|paper" in page
    assert "0.9856" in page  # the paper's
    for name in SYSTEMS:
        assert f"`{name}`" in page
        for file in (f"figures/curves-{name}.png", f"figures/grid-{name}.jpg"):
            assert f"({file})" in page
            assert (tmp_path / "out" / file).stat().st_size < 150_000
        assert (options.build / name / "grid.jpg").exists()

    def no_training(*_: object) -> Path:
        raise AssertionError("trained again")

    monkeypatch.setattr(results, "train", no_training)
    assert write_results("paper", options, tmp_path / "out").read_text() == page
