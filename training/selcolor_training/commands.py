"""What each command of `selcolor-train` does, from its arguments to what it prints."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import torch

from selcolor_training.memory import keep_freed_memory
from selcolor_training.recipe import load_recipe, recipe_name
from selcolor_training.training import Options, describe, prepare
from selcolor_training.training import train as train_recipe

STOPPED = 130


def options_of(chosen: argparse.Namespace) -> Options:
    """The training options of a command line."""
    return Options(
        data=chosen.data,
        build=getattr(chosen, "build", Path("build/training")),
        cache=chosen.cache,
        pretrained=getattr(chosen, "pretrained", "default"),
        start=getattr(chosen, "start", None),
        minutes=getattr(chosen, "minutes", None),
        stride=getattr(chosen, "stride", 1),
        reading=getattr(chosen, "decode", ""),
    )


def train(chosen: argparse.Namespace) -> int:
    """Train by a recipe."""
    keep_freed_memory()
    name, recipe = recipe_name(chosen.recipe), load_recipe(chosen.recipe, chosen.set)
    file = train_recipe(name, recipe, options_of(chosen))
    if file is None:
        print(
            f"Stopped before its end; the newest weights are in {chosen.build / name}. "
            "The same command goes on.",
            file=sys.stderr,
        )
        return STOPPED
    print(file)
    return 0


def measure(chosen: argparse.Namespace) -> int:
    """Measure weight files side by side, all of colorizers or all of segmenters."""
    from selcolor_training import mask_measure

    if all(mask_measure.is_segmenter(file) for file in chosen.weights):
        masks = mask_measure.measure_files(
            chosen.weights, chosen.data, chosen.cache, chosen.split, chosen.stride
        )
        if chosen.json:
            text = json.dumps({name: asdict(each) for name, each in masks.items()}, indent=2)
            chosen.json.write_text(text + "\n", encoding="utf-8")
        print(mask_measure.told(masks))
        return 0
    from selcolor_training.measure import measure_files, open_candidates, told, write_json

    candidates = open_candidates(chosen.weights, chosen.decode)
    results = measure_files(candidates, chosen.data, chosen.cache, chosen.split, chosen.stride)
    if chosen.json:
        write_json(results, chosen.json)
    print(told(results))
    return 0


def hints(chosen: argparse.Namespace) -> int:
    """Let simulated users paint hints."""
    from selcolor_training.hint_measure import measure_file, told, write_json
    from selcolor_training.report.hints import draw_gains

    result = measure_file(chosen.weights, chosen.data, chosen.cache, chosen.split, chosen.stride)
    if chosen.json:
        write_json(result, chosen.json)
    if chosen.plot:
        draw_gains(result, chosen.plot)
    print(told(result))
    return 0


def pairs(chosen: argparse.Namespace) -> int:
    """Write blind sheets."""
    from selcolor_training.report.pairs import write_pairs

    print(*write_pairs(chosen.first, chosen.second, chosen.data, chosen.out, chosen.seed), sep="\n")
    return 0


def card(chosen: argparse.Namespace) -> int:
    """Measure weights and write their card."""
    recipe = load_recipe(chosen.recipe, chosen.set)
    print(describe(recipe_name(chosen.recipe), recipe, chosen.weights, options_of(chosen)))
    return 0


def table(chosen: argparse.Namespace) -> int:
    """Write the paper's tables, and train what they need."""
    from selcolor_training.report.results import write_results

    print(write_results(chosen.preset, options_of(chosen), chosen.out))
    return 0


def historic(chosen: argparse.Namespace) -> int:
    """Write contact sheets of old photos."""
    from selcolor_training.report.sheet import make_historic_sheets

    print(*make_historic_sheets(chosen.data, chosen.out), sep="\n")
    return 0


def coco(chosen: argparse.Namespace) -> int:
    """Fetch the paper's photos."""
    from selcolor_training.coco import COCO_URL, download_coco

    print(download_coco(chosen.out, chosen.url or COCO_URL))
    return 0


def speed(chosen: argparse.Namespace) -> int:
    """Count the pictures a second that the last stage of a recipe trains."""
    from selcolor_training.trainer import Step

    keep_freed_memory()
    recipe = load_recipe(chosen.recipe, chosen.set)
    learner, _ = prepare(recipe, options_of(chosen))
    stage = recipe.stages[-1]
    steps = [Step(n * stage.batch, stage.batch, stage.size, 0.5) for n in range(chosen.steps + 2)]
    learner.network.train()
    for step in steps[:2]:
        learner.learn(step)
    clock, processor = time.monotonic(), time.process_time()
    for step in steps[2:]:
        losses = learner.learn(step)
    if torch.accelerator.is_available():
        torch.accelerator.synchronize()
    seconds, used = time.monotonic() - clock, time.process_time() - processor
    pictures = chosen.steps * stage.batch
    print(
        f"{pictures / seconds:.1f} pictures/s, {pictures / used:.1f} per second of processor, "
        f"{stage.size} px, {stage.batch} in a step; {', '.join(losses)}"
    )
    return 0
