"""Several processes that train as one, each on its share of every batch.

`torchrun` starts them and tells each by its environment which one it is. All make the same batch,
for its samples are numbered; each learns from its own share, and the gradients are averaged. Losses
and statistics are those of the whole batch, so that the curves are those of one process, to
rounding. Where there is only one, everything gives back what it gets.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn

Samples = TypeVar("Samples", bound=Any)

PATIENCE = timedelta(hours=6)
"""The others wait while the first one decodes all photos."""


@contextmanager
def first_goes_ahead() -> Iterator[None]:
    """Have the first process make what the others then find: caches, folders."""
    if not is_first():
        wait_for_all()
    yield
    if is_first():
        wait_for_all()


def wait_for_all() -> None:
    """Go on when all processes have come here."""
    if count() > 1:
        distributed.barrier()


@contextmanager
def folder_for(folder: Path, checkpoint: str) -> Iterator[Path]:
    """Where this process keeps its training.

    The first one has the folder itself; the others do the same in one that is thrown away, from the
    same checkpoint.
    """
    if is_first():
        wait_for_all()
        yield folder
        return
    with TemporaryDirectory(prefix="selcolor-train-") as own:
        if (folder / checkpoint).exists():
            shutil.copy(folder / checkpoint, own)
        wait_for_all()
        yield Path(own)


@contextmanager
def training_together() -> Iterator[None]:
    """Find the other processes, if this one was started as one of several."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group(timeout=PATIENCE)
    try:
        yield
    finally:
        distributed.destroy_process_group()


def count() -> int:
    """How many processes there are."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def is_first() -> bool:
    """Whether this process is the one that writes and tells."""
    return not distributed.is_initialized() or distributed.get_rank() == 0


def share_of(batch: Samples) -> Samples:
    """What this process learns from.

    Args:
        batch: a dataclass of tensors whose first dimension is that of the samples.
    """
    if count() == 1:
        return batch
    tensors = {field.name: getattr(batch, field.name) for field in fields(batch)}
    own = distributed.get_rank()
    return replace(
        batch,
        **{
            name: None if tensor is None else tensor.chunk(count())[own]
            for name, tensor in tensors.items()
        },
    )


def averaged(tensor: Tensor) -> Tensor:
    """The mean over all processes; gradients go through it."""
    return tensor if count() == 1 else _Averaged.apply(tensor)


def share_of_total(total: Tensor) -> Tensor:
    """What to divide a sum over the share of this process by, so that the mean over all is right.

    Args:
        total: the weights of this share; those of all count as 1 at least.
    """
    return (averaged(total) * count()).clamp(min=1.0) / count()


def largest(*values: float) -> list[float]:
    """Each value as it is in the process where it is largest: what all have to agree on."""
    if count() == 1:
        return list(values)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    agreed = torch.tensor(values, dtype=torch.float64, device=device)
    distributed.all_reduce(agreed, distributed.ReduceOp.MAX)
    return agreed.tolist()


def average_gradients(network: nn.Module) -> None:
    """Have all processes go down the same gradient."""
    if count() == 1:
        return
    gradients = [each.grad for each in network.parameters() if each.grad is not None]
    together = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(together)
    together /= count()
    parts = together.split([gradient.numel() for gradient in gradients])
    for gradient, part in zip(gradients, parts, strict=True):
        gradient.copy_(part.view(gradient.shape))


class _Averaged(torch.autograd.Function):
    """The mean over all processes; its gradient is the mean of the gradients."""

    @staticmethod
    def forward(_context: Any, tensor: Tensor) -> Tensor:
        together = tensor.clone()
        distributed.all_reduce(together)
        return together / count()

    @staticmethod
    def backward(_context: Any, *gradients: Tensor) -> Tensor:
        return averaged(gradients[0].contiguous())


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalization by the whole batch; torch's own (`SyncBatchNorm`) needs GPUs."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 – torch's name
        """Normalize; `input` is `[N, C, H, W]`, the share of this process."""
        if not self.training:
            return super().forward(input)
        values = input.to(torch.promote_types(input.dtype, torch.float32))
        mean = averaged(values.mean((0, 2, 3), keepdim=True))
        variance = averaged((values - mean).square().mean((0, 2, 3), keepdim=True))
        self._remember(mean.detach().flatten(), variance.detach().flatten(), values[:, 0].numel())
        normal = (values - mean) * (variance + self.eps).rsqrt()
        shape = (1, -1, 1, 1)
        return (normal * self.weight.view(shape) + self.bias.view(shape)).to(input.dtype)

    def _remember(self, mean: Tensor, variance: Tensor, share: int) -> None:
        """Keep running statistics, as `nn.BatchNorm2d` does."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        number = share * count()
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * number / (number - 1), self.momentum)


def share_statistics(network: nn.Module) -> None:
    """Have all batch normalization of a network go by the whole batch."""
    if count() == 1:
        return
    for name, part in network.named_children():
        if isinstance(part, nn.BatchNorm2d):
            shared = SharedBatchNorm(part.num_features, part.eps, part.momentum).to(part.weight)
            shared.load_state_dict(part.state_dict())
            setattr(network, name, shared)
        else:
            share_statistics(part)
