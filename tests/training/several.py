"""Trains a small colorizer and a small segmenter, as one process or as one of several.

In double precision: Adam's first steps are as long as the rate, however small the gradient, so that
where it is nothing but rounding, single precision would part the curves of any two runs.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import torch
from small_recipes import small_color_recipe, small_mask_recipe
from torch import nn

from selcolor_training import trainer as trainers
from selcolor_training import training
from selcolor_training.processes import training_together
from selcolor_training.recipe import Recipe
from selcolor_training.training import Options, learn, make_network


def make_in_double(recipe: Recipe, options: Options) -> nn.Module:
    network = make_network(recipe, options).double()
    network.register_forward_pre_hook(lambda _, given: tuple(each.double() for each in given))
    network.register_forward_hook(lambda _network, _given, found: found.float())
    return network


def train(data: Path, build: Path) -> None:
    options = Options(data, build, data.parent / "cache", pretrained="none")
    colors = replace(small_color_recipe("vit-lsgan-laptop"), validations=0)
    learn("colors", replace(colors, adversarial=replace(colors.adversarial, start=1.0)), options)
    learn("masks", replace(small_mask_recipe(), validations=0), options)


if __name__ == "__main__":
    torch.set_num_threads(1)
    training.make_network = make_in_double
    trainers.NOTE_STEPS = 1
    with training_together():
        train(*map(Path, sys.argv[1:]))
