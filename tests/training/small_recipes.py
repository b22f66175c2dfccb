"""Recipes for tests: the real ones with few steps and small pictures."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from selcolor_training.recipe import ColorRecipe, MaskRecipe, Stage, load_recipe


def small_color_recipe(name: str = "vit-lsgan-lite", size: int = 64) -> ColorRecipe:
    """Three steps of 4 small pictures, the last one against a discriminator if there is one."""
    recipe = load_recipe(name)
    assert isinstance(recipe, ColorRecipe)
    return replace(
        recipe,
        stages=(Stage(1.0, size, 4),),
        samples=12,
        validations=1,
        adversarial=replace(recipe.adversarial, start=min(recipe.adversarial.start, 0.5)),
    )


def small_mask_recipe() -> MaskRecipe:
    """Three steps of 4 pictures of 64 pixels, none pasted."""
    recipe = load_recipe("foreground-lite")
    assert isinstance(recipe, MaskRecipe)
    return replace(
        recipe,
        stages=(Stage(1.0, 64, 4),),
        samples=12,
        validations=1,
        pasted_share=0.0,
        empty_share=0.0,
        frozen_stages=0,
    )


class SmallGenerator(nn.Module):
    """A generator with batch normalization that trains in milliseconds: ab at half the size."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            nn.Conv2d(1, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU()
        )
        self.to_chroma = nn.Conv2d(8, 2, 1)

    def forward(self, luminance: Tensor) -> Tensor:
        """L / 50 − 1, `[N, 1, H, W]`, to ab / 110, `[N, 2, H / 2, W / 2]`."""
        chroma: Tensor = self.to_chroma(self.encode(luminance))
        return chroma
