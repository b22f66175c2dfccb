"""One network's way down its loss: learning rates over time, clipping, one step."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from selcolor_training.processes import average_gradients
from selcolor_training.recipe import Optimizer

WARM_UP_STEPS = 200
"""Steps in which the rate rises to its full height."""

SMALLEST_FACTOR = 0.02
"""Of the full rate, at the end of the cosine: what comes last must not be learned for nothing."""

HEADS = (
    "logits.",
    "grow.",
    "to_chroma.",
    "classify.",
    "coarse.",
    "narrow2.",
    "decode2.",
    "fine.",
)
HINTS = ("hint_",)


def cosine(progress: float, hold: float) -> float:
    """Learning-rate factor: full until `hold`, then a cosine down to nearly zero."""
    if progress <= hold:
        return 1.0
    way = (progress - hold) / (1.0 - hold)
    return max(0.5 * (1.0 + math.cos(math.pi * way)), SMALLEST_FACTOR)


def constant(_progress: float, _hold: float) -> float:
    """Learning-rate factor of the paper: always one."""
    return 1.0


SCHEDULES = {"cosine": cosine, "constant": constant}


def rate_of(name: str, settings: Optimizer) -> float:
    """The learning rate of a weight, by its name."""
    if "backbone." in name:
        return settings.backbone_rate
    if name.startswith(HEADS) and settings.head_rate:
        return settings.head_rate
    if name.startswith(HINTS) and settings.hint_rate:
        return settings.hint_rate
    return settings.rate


def parameter_groups(network: nn.Module, settings: Optimizer) -> list[dict[str, Any]]:
    """Optimizer groups: weights with the same rate together."""
    groups: dict[float, list[nn.Parameter]] = {}
    for name, weights in network.named_parameters():
        groups.setdefault(rate_of(name, settings), []).append(weights)
    return [{"params": weights, "base_rate": rate} for rate, weights in groups.items()]


class Descent:
    """AdamW on one network, as a recipe sets it up."""

    def __init__(self, network: nn.Module, settings: Optimizer) -> None:
        self.network, self.settings, self.steps = network, settings, 0
        self.optimizer = torch.optim.AdamW(
            parameter_groups(network, settings),
            lr=settings.rate,
            betas=(settings.beta1, 0.999),
            weight_decay=settings.weight_decay,
            fused=True,
        )

    def step(self, loss: Tensor, progress: float) -> None:
        """Move once against the gradient of `loss`; `progress` is through the training, 0 to 1."""
        self.steps += 1
        factor = SCHEDULES[self.settings.schedule](progress, self.settings.hold)
        if self.settings.schedule != "constant":
            factor *= min(self.steps / WARM_UP_STEPS, 1.0)
        for group in self.optimizer.param_groups:
            group["lr"] = group["base_rate"] * factor
        self.optimizer.zero_grad()
        loss.backward()
        average_gradients(self.network)
        if self.settings.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)
        self.optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return {"optimizer": self.optimizer.state_dict(), "steps": self.steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """From the checkpoint."""
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]
