"""Weights that are made by a formula, in the layout of a published file.

The layouts (`published/NAME.txt`) are facts about the authors' files: the name and shape of every
tensor. The weights are as good as random, but the same on every machine.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import torch
from torch import Tensor

from selcolor_backend.models.registry import find_model
from selcolor_backend.networks.architecture import IMAGENET_DEVIATION, IMAGENET_MEAN
from selcolor_backend.networks.swin import relative_positions

LAYOUTS = Path(__file__).with_name("published")
CONSTANTS = {"mean": IMAGENET_MEAN, "std": IMAGENET_DEVIATION}


def layout_of(name: str) -> dict[str, tuple[int, ...]]:
    """Each tensor's shape by its name in the published file, in the order of that file."""
    shapes = {}
    for line in (LAYOUTS / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        tensor, shape = line.split()[:2]
        shapes[tensor] = () if shape == "scalar" else tuple(map(int, shape.split("×")))
    return shapes


def drawn(name: str, shape: tuple[int, ...]) -> Tensor:
    """Numbers in [−1, 1] that look random: the well-known sine hash, from the tensor's name on."""
    count = torch.Size(shape).numel()
    steps = torch.arange(count, dtype=torch.float64) + zlib.crc32(name.encode()) % 10_000
    noise = (steps * 12.9898).sin_().mul_(43758.5453)
    return noise.frac_().float().view(shape)


def formula_tensor(name: str, shape: tuple[int, ...]) -> Tensor:
    """One tensor, with values under which it matters for the output."""
    part = name.rsplit(".", 1)[-1]
    if part == "num_batches_tracked":
        return torch.tensor(0)
    if part == "relative_position_index":
        return relative_positions(7)
    if part in CONSTANTS:
        return torch.tensor(CONSTANTS[part]).view(shape)
    if part == "running_var" or (part == "weight" and len(shape) == 1):
        return 1.0 + 0.3 * drawn(name, shape)
    if part in ("bias", "in_proj_bias", "running_mean"):
        return 0.1 * drawn(name, shape)
    fan_in = max(1, torch.Size(shape[1:]).numel())
    return drawn(name, shape) * (3.0 / fan_in) ** 0.5


def formula_weights(name: str) -> dict[str, Tensor]:
    """All tensors of a published file."""
    tensors = {tensor: formula_tensor(tensor, shape) for tensor, shape in layout_of(name).items()}
    for tensor in [each for each in tensors if each.endswith("_orig")]:
        # A norm that is not near zero by chance: that along the direction of `v`.
        base = tensor.removesuffix("_orig")
        along = tensors[tensor].flatten(1) @ tensors[f"{base}_v"]
        tensors[f"{base}_u"] = along / along.norm()
    return tensors


def write_published(name: str, path: Path) -> None:
    """A file as the authors publish it."""
    if find_model(name).download.endswith(".safetensors"):
        from safetensors.torch import save_file

        save_file(formula_weights(name), path)
    else:
        torch.save(formula_weights(name), path)
