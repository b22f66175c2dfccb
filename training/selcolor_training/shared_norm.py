"""Batch normalization over the batches of all processes, so that two train as one would.

torch's own `SyncBatchNorm` does this on GPUs only; on CPUs it raises. This one works on both.
"""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_reduce


class SharedBatchNorm2d(nn.BatchNorm2d):
    """`nn.BatchNorm2d` whose mean and variance are those of all processes' batches together."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Normalize `[N, C, H, W]`; every process brings as many pictures."""
        if not self.training or not distributed.is_initialized():
            return super().forward(inputs)
        values = inputs.float()
        moments = torch.stack([values.mean(dim=(0, 2, 3)), values.square().mean(dim=(0, 2, 3))])
        mean, square = all_reduce(moments) / distributed.get_world_size()
        # Rounding may make the difference of two large numbers negative.
        variance = (square - mean.square()).clamp(min=0.0)
        self.remember(mean.detach(), variance.detach(), inputs)
        normalized = (values - column(mean)) * column((variance + self.eps).rsqrt())
        return (normalized * column(self.weight) + column(self.bias)).to(inputs.dtype)

    def remember(self, mean: Tensor, variance: Tensor, inputs: Tensor) -> None:
        """Move the running statistics, as `nn.BatchNorm2d` does (with the unbiased variance)."""
        count = inputs.numel() // inputs.shape[1] * distributed.get_world_size()
        momentum = self.momentum or 0.0
        assert self.running_mean is not None
        assert self.running_var is not None
        self.running_mean.lerp_(mean, momentum)
        self.running_var.lerp_(variance * count / (count - 1), momentum)


def column(values: Tensor) -> Tensor:
    """One value a channel, to multiply `[N, C, H, W]` by."""
    return values.view(1, -1, 1, 1)


def share_norms(network: nn.Module) -> nn.Module:
    """Replace every batch normalization in a network by a shared one, its tensors kept."""
    for name, child in network.named_children():
        if type(child) is nn.BatchNorm2d:
            shared = SharedBatchNorm2d(child.num_features, child.eps, child.momentum)
            shared.load_state_dict(child.state_dict())
            network.add_module(name, shared)
        else:
            share_norms(child)
    return network
