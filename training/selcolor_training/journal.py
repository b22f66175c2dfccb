"""Learning curves: for the report as `history.csv`, for people as TensorBoard."""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter


@dataclass(frozen=True)
class Entry:
    """One point of a curve.

    Attributes:
        step: batches so far.
        epoch: passes over the data so far.
        seconds: of training so far.
        name: of the curve, such as `entropy`.
        value: what it was.
    """

    step: int
    epoch: float
    seconds: float
    name: str
    value: float


HEADER = [field.name for field in fields(Entry)]


def read_history(file: Path) -> list[Entry]:
    """Every entry that a journal wrote, in order."""
    if not file.exists():
        return []
    with file.open(newline="", encoding="utf-8") as lines:
        return [
            Entry(
                int(row["step"]),
                float(row["epoch"]),
                float(row["seconds"]),
                row["name"],
                float(row["value"]),
            )
            for row in csv.DictReader(lines)
        ]


class Journal:
    """Writes the curves of a training; what a killed run wrote after its checkpoint is dropped."""

    def __init__(self, folder: Path, step: int) -> None:
        self.file = folder / "history.csv"
        kept = [entry for entry in read_history(self.file) if entry.step <= step]
        folder.mkdir(parents=True, exist_ok=True)
        with self.file.open("w", newline="", encoding="utf-8") as lines:
            csv.writer(lines).writerows([HEADER, *map(astuple, kept)])
        board = str(folder / "tensorboard")
        self.board = SummaryWriter(board, purge_step=step + 1 if step else None)

    def write(self, step: int, epoch: float, seconds: float, values: dict[str, float]) -> None:
        """Add one point to each named curve."""
        with self.file.open("a", newline="", encoding="utf-8") as lines:
            rows = csv.writer(lines)
            for name, value in values.items():
                entry = Entry(step, round(epoch, 4), round(seconds, 1), name, round(value, 6))
                rows.writerow(astuple(entry))
                self.board.add_scalar(name, value, step)

    def show(self, step: int, pictures: Tensor) -> None:
        """Keep sample pictures, `[3, H, W]` in [0, 1], for TensorBoard."""
        self.board.add_image("samples", pictures, step)

    def close(self) -> None:
        """Flush TensorBoard's file."""
        self.board.close()
