"""One network's way down its loss: learning rates over time, clipping, one step."""

from __future__ import annotations

import math
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import extract_model_from_parallel
from torch import Tensor, nn

from selcolor_training.recipe import Optimizer
from selcolor_training.shared_norm import share_norms

WARM_UP = 0.02
"""Share of a phase in which the cosine schedule rises to its full rate."""

SMALLEST_FACTOR = 1e-3


def cosine(progress: float) -> float:
    """Learning-rate factor: a short linear warm-up, then a cosine down to nearly zero."""
    warm = min(progress / WARM_UP, 1.0)
    return max(warm * 0.5 * (1.0 + math.cos(math.pi * progress)), SMALLEST_FACTOR)


def constant(_progress: float) -> float:
    """Learning-rate factor of the paper: always one."""
    return 1.0


SCHEDULES = {"cosine": cosine, "constant": constant}


def parameter_groups(network: nn.Module, rate: float, backbone_rate: float) -> list[dict[str, Any]]:
    """Optimizer groups: a pretrained `backbone` learns slower than what starts from nothing."""
    named = list(network.named_parameters())
    pretrained = [weight for name, weight in named if "backbone." in name]
    fresh = [weight for name, weight in named if "backbone." not in name]
    return [
        {"params": weights, "base_rate": base}
        for weights, base in ((pretrained, backbone_rate), (fresh, rate))
        if weights
    ]


def bare(network: nn.Module) -> nn.Module:
    """The network without what `accelerate` put around it."""
    inner: nn.Module = extract_model_from_parallel(network)
    return inner


def prepared(network: nn.Module, accelerator: Accelerator) -> nn.Module:
    """The network on its device, batch statistics shared where several processes train it."""
    if accelerator.num_processes > 1:
        share_norms(network)
    ready: nn.Module = accelerator.prepare(network.to(memory_format=torch.channels_last))
    return ready


class Descent:
    """AdamW on one network, as a recipe sets it up."""

    def __init__(self, network: nn.Module, settings: Optimizer, accelerator: Accelerator) -> None:
        groups = parameter_groups(network, settings.rate, settings.backbone_rate)
        self.network, self.settings, self.accelerator = network, settings, accelerator
        self.factor = SCHEDULES[settings.schedule]
        self.optimizer = accelerator.prepare(
            torch.optim.AdamW(
                groups,
                lr=settings.rate,
                betas=(settings.beta1, 0.999),
                weight_decay=settings.weight_decay,
                fused=True,
            )
        )

    def step(self, loss: Tensor, progress: float) -> None:
        """Move once against the gradient of `loss`; `progress` through the phase is in [0, 1]."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_rate"] * self.factor(progress)
        self.optimizer.zero_grad()
        self.accelerator.backward(loss)
        if self.settings.clip:
            self.accelerator.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimizer.step()
