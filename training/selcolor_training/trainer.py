"""The loop that every training runs: steps, an average, curves, checkpoints, exports.

What a step does is left to a `Learner` (`colorizer`, `foreground`). A training is as long as a
number of samples, and then goes on after any interruption exactly as it would have without; or as
long as some minutes, and then its progress is the share of the time that is used.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from selcolor_training.errors import Diverged
from selcolor_training.journal import Journal
from selcolor_training.processes import averaged, is_first, largest
from selcolor_training.recipe import Stage

CHECKPOINT = "training.ckpt"
CHECKPOINT_SECONDS = 120.0

NOTE_STEPS = 50
"""Losses are read and written down every so many steps: each time, a GPU has to be waited for."""

AVERAGE_WARM_UP = 10
"""The average of the weights forgets faster than it shall for about ten times as many steps."""


@dataclass(frozen=True)
class Budget:
    """How long a training goes on: exactly one of both is given.

    Attributes:
        samples: pictures to learn from, counted each time.
        minutes: of a clock, validations included.
    """

    samples: int | None = None
    minutes: float | None = None

    def progress(self, samples: int, seconds: float) -> float:
        """The share that is used, from 0 to 1."""
        if self.minutes is not None:
            return min(seconds / (60.0 * self.minutes), 1.0)
        assert self.samples is not None
        return min(samples / self.samples, 1.0)


@dataclass(frozen=True)
class Plan:
    """What the trainer needs to know of a recipe.

    Attributes:
        budget: how long.
        stages: sizes and batches.
        epoch: samples in one pass over the data, for the curves.
        validations: how many times it validates and exports.
        average: decay of the moving average of the weights; 0 for none.
    """

    budget: Budget
    stages: Sequence[Stage]
    epoch: int
    validations: int
    average: float


@dataclass(frozen=True)
class Step:
    """One step of a training.

    Attributes:
        first: number of its first sample.
        batch: how many samples it has.
        size: side of a picture in pixels.
        progress: through the training, from 0 to 1.
    """

    first: int
    batch: int
    size: int
    progress: float


class Learner(Protocol):
    """What a training does with a step."""

    network: nn.Module
    """What is trained and, in the end, kept."""

    def parts(self) -> dict[str, Any]:
        """Networks and optimizers by name: all with a state that a resumed run needs."""
        ...

    def learn(self, step: Step) -> dict[str, Tensor]:
        """Take one step; returns its losses by name."""
        ...

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Figures of a network on photos it has not seen."""
        ...

    def show(self, network: nn.Module) -> Tensor:
        """A picture of what the network does, `[3, H, W]` in [0, 1]."""
        ...


@dataclass
class State:
    """How far a training has come, with the losses that have not been written down yet."""

    steps: int = 0
    samples: int = 0
    seconds: float = 0.0
    noted: int = 0
    sums: dict[str, Tensor] = field(default_factory=dict)

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint."""
        return asdict(self)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """From the checkpoint."""
        for name, value in state.items():
            setattr(self, name, value)


class Trainer:
    """Runs a training.

    Args:
        plan: how long, and in which steps.
        learner: what a step does.
        folder: for the checkpoint and the curves.
        export: called with the averaged network at each validation, at the end and when stopped.
    """

    def __init__(
        self, plan: Plan, learner: Learner, folder: Path, export: Callable[[nn.Module, State], None]
    ) -> None:
        self.plan, self.learner, self.folder, self.export = plan, learner, folder, export
        self.checkpoint = folder / CHECKPOINT
        self.state = State()
        self.average = AveragedModel(
            learner.network, multi_avg_fn=self.average_weights, use_buffers=True
        )
        self.asked, self.stopped = False, False
        folder.mkdir(parents=True, exist_ok=True)
        self.resume()

    @property
    def progress(self) -> float:
        """Through the training, from 0 to 1."""
        return self.plan.budget.progress(self.state.samples, self.state.seconds)

    def train(self) -> bool:
        """Train to the end, or until SIGTERM or Ctrl+C; either way the newest weights are exported.

        Returns:
            Whether it came to the end.

        Raises:
            Diverged: a loss is not a number; what was exported and saved before is kept.
        """
        with self.stopping_gently(), self.journal() as journal, progress_bar() as bar:
            clock, saved = time.monotonic(), self.state.seconds
            while self.progress < 1.0 and not self.stopped:
                before = self.progress
                self.step()
                clock = self.tick(clock)
                if self.state.steps % NOTE_STEPS == 0:
                    self.note(journal, bar)
                if self.validates_between(before, self.progress):
                    self.note(journal, bar)
                    self.validate(journal)
                    clock = self.tick(clock)
                if self.state.seconds - saved > CHECKPOINT_SECONDS:
                    self.note(journal, bar)
                    self.save()
                    saved = self.state.seconds
            self.note(journal, bar)
        self.save()
        self.export(self.average.module, self.state)
        return self.progress >= 1.0

    def step(self) -> None:
        """Learn from one batch."""
        progress = self.progress
        stage = next(stage for stage in self.plan.stages if progress < stage.until)
        self.learner.network.train()
        losses = self.learner.learn(Step(self.state.samples, stage.batch, stage.size, progress))
        self.average.update_parameters(self.learner.network)
        self.state.steps += 1
        self.state.samples += stage.batch
        for name, loss in losses.items():
            self.state.sums[name] = self.state.sums.get(name, torch.zeros(())) + loss

    def average_weights(self, kept: Any, newest: Any, count: Tensor | int) -> None:
        """Move the average towards the newest weights, faster while it is young."""
        young = 1.0 - AVERAGE_WARM_UP / (AVERAGE_WARM_UP + self.state.steps)
        get_ema_multi_avg_fn(min(self.plan.average, young))(kept, newest, count)

    def tick(self, clock: float) -> float:
        """Add the time since `clock` to what was used, and hear who is asked to end.

        All processes of a training agree on both; returns the time now.
        """
        seconds = self.state.seconds + time.monotonic() - clock
        self.state.seconds, asked = largest(seconds, self.asked)
        self.stopped = bool(asked)
        return time.monotonic()

    def validates_between(self, before: float, after: float) -> bool:
        """Whether a validation is due between two points of the progress."""
        count = self.plan.validations
        return int(before * count) < int(after * count)

    @contextmanager
    def stopping_gently(self) -> Iterator[None]:
        """End after the current step when the process is asked to end."""

        def stop(*_: object) -> None:
            self.asked = True

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The curves, open for writing."""
        journal = Journal(self.folder, self.state.steps)
        try:
            yield journal
        finally:
            journal.close()

    def note(self, journal: Journal, bar: tqdm[Any]) -> None:
        """Write down the mean losses since the last time."""
        count = self.state.steps - self.state.noted
        if not count:
            return
        means = {name: float(averaged(total)) / count for name, total in self.state.sums.items()}
        if not all(map(math.isfinite, means.values())):
            raise Diverged(self.state.steps, self.folder)
        self.state.noted, self.state.sums = self.state.steps, {}
        self.write(journal, means)
        bar.n = round(100 * self.progress, 1)
        rate = self.state.samples / max(self.state.seconds, 1e-9)
        told = " ".join(f"{name} {mean:.4f}" for name, mean in means.items())
        bar.set_postfix_str(f"{rate:.1f} pictures/s {told}")

    def write(self, journal: Journal, values: dict[str, float]) -> None:
        """Write values into the journal."""
        epoch = self.state.samples / self.plan.epoch
        journal.write(self.state.steps, epoch, self.state.seconds, values)

    def validate(self, journal: Journal) -> None:
        """Measure the averaged network, show what it does, and export it."""
        network = self.average.module.eval()
        figures = self.learner.validate(network)
        self.write(journal, {f"validation {name}": value for name, value in figures.items()})
        journal.show(self.state.steps, self.learner.show(network))
        self.export(network, self.state)

    def save(self) -> None:
        """Write everything that a resumed run needs; a kill leaves the old state or the new."""
        partial = self.checkpoint.with_suffix(".partial")
        parts = {name: part.state_dict() for name, part in self.parts().items()}
        with partial.open("wb") as file:
            torch.save(parts, file)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.checkpoint)

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        if not self.checkpoint.exists():
            return
        saved = torch.load(self.checkpoint, map_location="cpu", weights_only=True)
        for name, part in self.parts().items():
            part.load_state_dict(saved[name])

    def parts(self) -> dict[str, Any]:
        """All that a checkpoint holds, by name."""
        return {"state": self.state, "average": self.average, **self.learner.parts()}


def progress_bar() -> tqdm[Any]:
    """A bar in percent, whatever the budget is counted in."""
    shape = "{l_bar}{bar}| {elapsed}{postfix}"
    return tqdm(desc="train", total=100, bar_format=shape, disable=not is_first())
