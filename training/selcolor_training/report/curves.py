"""Learning curves, drawn from the `history.csv` that a training writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from selcolor_training.journal import Entry

VALIDATION = "validation"
"""Names of figures on the val split begin with this word."""

MOST_POINTS = 300
"""A line has no more points than this; more would not be seen and only fill the file."""

COLUMNS = 3
PANEL_INCHES = (3.6, 2.4)
DOTS_PER_INCH = 80


def draw_system(title: str, history: Sequence[Entry], path: Path) -> Path:
    """Draw every figure of one training over its steps, a panel each.

    Args:
        title: above all panels.
        history: what happened.
        path: of the PNG; its folder is made.

    Returns:
        `path`.
    """
    names = ordered(entry.name for entry in history)
    figure, panels = grid_of_panels(title, names)
    for name, panel in zip(names, panels, strict=True):
        draw_line(panel, [entry for entry in history if entry.name == name])
        panel.set_xlabel("step", fontsize=8)
    return save(figure, panels, path)


def draw_comparison(histories: Mapping[str, Sequence[Entry]], path: Path) -> Path:
    """Draw the validation figures of several trainings over minutes, a panel each.

    Args:
        histories: by the system's title.
        path: of the PNG; its folder is made.

    Returns:
        `path`.
    """
    names = ordered(
        entry.name
        for history in histories.values()
        for entry in history
        if entry.name.startswith(VALIDATION)
    )
    figure, panels = grid_of_panels("On the val split, while training", names)
    for name, panel in zip(names, panels, strict=True):
        for number, (title, history) in enumerate(histories.items()):
            points = [entry for entry in history if entry.name == name]
            minutes = np.array([entry.seconds / 60 for entry in points])
            values = np.array([entry.value for entry in points])
            panel.plot(minutes, values, f"C{number}.-", linewidth=1.2, markersize=4, label=title)
        panel.set_xlabel("minutes", fontsize=8)
    return save(figure, panels, path)


def draw_line(panel: Axes, points: Sequence[Entry]) -> None:
    """One figure: validation entry by entry, a loss pale with its mean on top."""
    steps = np.array([entry.step for entry in points])
    values = np.array([entry.value for entry in points])
    if len(points) <= MOST_POINTS // 10:
        panel.plot(steps, values, "C0.-", linewidth=1.2, markersize=4)
        return
    thin = slice(None, None, ceil(len(points) / MOST_POINTS))
    panel.plot(steps[thin], values[thin], color="C0", alpha=0.25, linewidth=0.7)
    mean = smooth(values, window=len(values) // 20)
    panel.plot(steps[thin], mean[thin], color="C0", linewidth=1.4)


def smooth(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """The mean of the values up to `window` before and after each; as many as there were."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    here = np.arange(len(values))
    first, last = np.maximum(here - window, 0), np.minimum(here + window + 1, len(values))
    mean: NDArray[np.float64] = (total[last] - total[first]) / (last - first)
    return mean


def ordered(names: Iterable[str]) -> list[str]:
    """Each name once, in the order of first appearance."""
    return list(dict.fromkeys(names))


def grid_of_panels(title: str, names: Sequence[str]) -> tuple[Figure, list[Axes]]:
    """A figure with an empty, titled panel for each name."""
    columns = min(COLUMNS, max(len(names), 1))
    rows = max(ceil(len(names) / columns), 1)
    size = (PANEL_INCHES[0] * columns, PANEL_INCHES[1] * rows + 0.4)
    figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
    figure.suptitle(title, fontsize=11)
    panels = [figure.add_subplot(rows, columns, number + 1) for number in range(len(names))]
    for name, panel in zip(names, panels, strict=True):
        panel.set_title(name, fontsize=9)
        panel.tick_params(labelsize=7)
        panel.grid(alpha=0.3)
    return figure, panels


def save(figure: Figure, panels: Sequence[Axes], path: Path) -> Path:
    """Write the figure with a legend in its first panel; returns `path`."""
    if panels and panels[0].get_legend_handles_labels()[0]:
        panels[0].legend(fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return path
