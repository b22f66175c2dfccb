"""The loop that every training runs: samples in order, steps, an average, curves, checkpoints.

What a step does is left to a `Learner` (`colorizer`, `foreground`); devices, processes and mixed
precision are left to `accelerate`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator, PartialState
from accelerate.utils import (
    DataLoaderConfiguration,
    DistributedDataParallelKwargs,
    broadcast_object_list,
)
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset, Subset
from tqdm import tqdm

from selcolor_training.journal import Journal

CHECKPOINT_SECONDS = 120.0
CURVE_POINTS = 100


@dataclass(frozen=True)
class Phase:
    """How long a training, or one of its phases, goes on.

    Attributes:
        name: `head start`, `adversarial` or `masks`.
        steps: batches in all.
        batch: pictures in a step, over all processes.
        epoch: samples in one pass over the data.
        first: number of the first sample, so that a second phase does not repeat the first.
        validations: how many times it is validated, at equal distances.
        patience: validations without progress after which it ends; 0 for never.
        average: decay of the moving average of the weights; 0 for none.
    """

    name: str
    steps: int
    batch: int
    epoch: int
    first: int = 0
    validations: int = 0
    patience: int = 0
    average: float = 0.0

    @property
    def journal_steps(self) -> int:
        """A point of the curves is the mean over this many steps."""
        return max(self.steps // CURVE_POINTS, 1)

    def validates(self, step: int) -> bool:
        """Whether the network is validated after this step."""
        distance = max(self.steps // self.validations, 1) if self.validations else 0
        return distance > 0 and step % distance == 0


class Learner(Protocol):
    """What one phase does with a batch."""

    network: nn.Module
    """What is trained and, in the end, kept."""

    def prepare(self, accelerator: Accelerator) -> None:
        """Bring networks to the device and make optimizers."""
        ...

    def parts(self) -> dict[str, Any]:
        """Networks and optimizers by name: all with a state that a resumed run needs."""
        ...

    def learn(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """Take one step; returns its losses by name."""
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures of a network on photos it has not seen; `score` decides which one is kept."""
        ...

    def show(self, network: nn.Module) -> Tensor:
        """A picture of what the network does, `[3, H, W]` in [0, 1]."""
        ...


@dataclass
class State:
    """How far a phase has come."""

    step: int = 0
    seconds: float = 0.0
    best: float = float("-inf")
    stale: int = 0

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return asdict(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """From the checkpoint."""
        for name, value in state.items():
            setattr(self, name, value)


def process_state() -> PartialState:
    """Which of how many processes this is; without an accelerator they meet on the CPU."""
    return PartialState(cpu=not torch.accelerator.is_available())


def make_accelerator() -> Accelerator:
    """One batch is split over the processes; half precision only where a GPU has bfloat16."""
    half = torch.cuda.is_bf16_supported(including_emulation=False)
    return Accelerator(
        cpu=not torch.accelerator.is_available(),
        mixed_precision="bf16" if half else "no",
        dataloader_config=DataLoaderConfiguration(split_batches=True),
        kwargs_handlers=[DistributedDataParallelKwargs(broadcast_buffers=False)],
    )


class Trainer:
    """Runs one phase of a training.

    Args:
        phase: how long.
        learner: what a step does.
        samples: by number, without end.
        folder: for the checkpoint and the curves.
        workers: processes that make samples; 0 makes them in this one.
    """

    def __init__(
        self, phase: Phase, learner: Learner, samples: Dataset[Any], folder: Path, workers: int = 0
    ) -> None:
        self.phase, self.learner, self.samples = phase, learner, samples
        self.folder, self.workers = folder, workers
        file_name = phase.name.replace(" ", "-")
        self.checkpoint = folder / f"{file_name}.ckpt"
        self.best_file = folder / f"{file_name}-best.pt"
        self.accelerator = make_accelerator()
        learner.prepare(self.accelerator)
        self.bare = self.accelerator.unwrap_model(learner.network)
        self.average = AveragedModel(
            self.bare, multi_avg_fn=get_ema_multi_avg_fn(phase.average), use_buffers=True
        )
        self.state = State()
        folder.mkdir(parents=True, exist_ok=True)
        self.resume()

    def train(self) -> nn.Module:
        """Train to the end of the phase, or until validation sees no progress.

        Returns:
            The network to keep: the averaged one, its best state when the phase has patience.
        """
        self.learner.network.train()
        with self.journal() as journal, self.progress_bar() as bar:
            begun, saved = time.monotonic() - self.state.seconds, time.monotonic()
            recent: list[dict[str, float]] = []
            for batch in self.batches():
                recent.append(self.step(batch))
                self.state.seconds = time.monotonic() - begun
                bar.update()
                if len(recent) == self.phase.journal_steps or self.state.step == self.phase.steps:
                    bar.set_postfix({name: f"{mean:.4f}" for name, mean in mean_of(recent).items()})
                    self.note(journal, mean_of(recent))
                    recent.clear()
                if self.phase.validates(self.state.step):
                    self.validate(journal)
                    if self.exhausted:
                        bar.set_postfix_str(f"no progress in {self.state.stale} validations: ends")
                        break
                if time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self.save()
                    saved = time.monotonic()
        self.save()
        self.accelerator.wait_for_everyone()
        return self.kept()

    def step(self, batch: Any) -> dict[str, float]:
        """Learn from one batch; returns its losses by name."""
        losses = self.learner.learn(batch, self.state.step / self.phase.steps)
        self.average.update_parameters(self.bare)
        self.state.step += 1
        return {name: loss.item() for name, loss in losses.items()}

    @property
    def exhausted(self) -> bool:
        """Whether validation has seen no progress for longer than the phase has patience."""
        return 0 < self.phase.patience <= self.state.stale

    def progress_bar(self) -> tqdm[Any]:
        """Steps done and to do, with the time left, in the main process."""
        return tqdm(
            desc=self.phase.name,
            total=self.phase.steps,
            initial=self.state.step,
            unit="batch",
            disable=not self.accelerator.is_main_process,
        )

    @contextmanager
    def journal(self) -> Iterator[Journal | None]:
        """The curves, open for writing in the main process."""
        if not self.accelerator.is_main_process:
            yield None
            return
        journal = Journal(self.folder, self.phase.name, self.state.step)
        try:
            yield journal
        finally:
            journal.close()

    def batches(self) -> Iterator[Any]:
        """The batches still to come, in their fixed order, on the device."""
        first = self.phase.first + self.state.step * self.phase.batch
        last = self.phase.first + self.phase.steps * self.phase.batch
        loader = DataLoader(
            Subset(self.samples, range(first, last)),
            batch_size=self.phase.batch,
            num_workers=self.workers,
            pin_memory=self.accelerator.device.type == "cuda",
        )
        yield from () if self.exhausted else self.accelerator.prepare(loader)

    def note(self, journal: Journal | None, values: dict[str, float]) -> None:
        """Write values into the journal, in the process that has it."""
        if journal:
            step = self.state.step
            epoch = step * self.phase.batch / self.phase.epoch
            journal.write(step, epoch, self.state.seconds, values)

    def validate(self, journal: Journal | None) -> None:
        """Measure the averaged network, remember whether it is the best so far."""
        network = self.average.module.eval()
        # Every process must see the same figures, or one would end early and the others wait.
        figures = broadcast_object_list([self.learner.validate(network)])[0]
        self.note(journal, {f"validation {name}": value for name, value in figures.items()})
        if journal:
            journal.show(self.state.step, self.learner.show(network))
        if figures["score"] > self.state.best:
            self.state.best, self.state.stale = figures["score"], 0
            if self.accelerator.is_main_process:
                torch.save(network.state_dict(), self.best_file)
        else:
            self.state.stale += 1

    def kept(self) -> nn.Module:
        """The averaged network; its best state when the phase has patience."""
        network: nn.Module = self.average.module
        if self.phase.patience and self.best_file.exists():
            best = torch.load(self.best_file, map_location="cpu", weights_only=True)
            network.load_state_dict(best)
        return network.eval()

    def save(self) -> None:
        """Write everything that a resumed run needs; a kill leaves the old state or the new.

        Processes do not wait for each other here: each has its own clock, and
        comes here at its own step.
        """
        if self.accelerator.is_main_process:
            partial = self.checkpoint.with_suffix(".partial")
            parts = {name: part.state_dict() for name, part in self.parts().items()}
            torch.save({**parts, "random": torch.get_rng_state()}, partial)
            os.replace(partial, self.checkpoint)

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        if not self.checkpoint.exists():
            return
        saved = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        for name, part in self.parts().items():
            part.load_state_dict(saved[name])
        torch.set_rng_state(saved["random"])

    def parts(self) -> dict[str, Any]:
        """All that a checkpoint holds, by name."""
        return {"state": self.state, "average": self.average, **self.learner.parts()}


def mean_of(entries: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each value over several steps."""
    return {name: sum(entry[name] for entry in entries) / len(entries) for name in entries[0]}
