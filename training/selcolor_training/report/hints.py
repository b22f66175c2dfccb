"""Draws how much simulated users gain by hints."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes

from selcolor_training.hint_measure import NUMBERS, Figures, Hinted, means
from selcolor_training.report.curves import grid_of_panels, save


def draw_gains(result: Hinted, path: Path) -> Path:
    """PSNR by the number of hints, a panel for each kind of user; returns `path`."""
    figure, panels = grid_of_panels("What hints gain", list(result.figures))
    for systems, panel in zip(result.figures.values(), panels, strict=True):
        for name, by_number in systems.items():
            draw_line(panel, name, by_number)
        panel.set_xscale("symlog", linthresh=1)
        panel.set_xticks(NUMBERS, [str(number) for number in NUMBERS])
        panel.set_xlabel("hints", fontsize=8)
        panel.set_ylabel("PSNR, dB", fontsize=8)
    return save(figure, panels, path)


def draw_line(panel: Axes, name: str, by_number: dict[int, list[Figures]]) -> None:
    """One system."""
    values = [means(by_number[number]).psnr for number in NUMBERS]
    panel.plot(NUMBERS, values, ".-", linewidth=1.4, label=name)
