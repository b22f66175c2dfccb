"""The picture of `make bench`: time and memory over megapixels, both axes logarithmic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

if TYPE_CHECKING:
    from bench import Cost

OURS, PAPER = "#c2410c", "#475569"


def draw(results: Mapping[float, tuple[Cost | str, Cost | str]], path: Path) -> None:
    """Write the picture.

    Args:
        results: by megapixels, our cost and the paper's way's; sentences are left out.
        path: a PNG file.
    """
    plt.rcParams.update({"font.size": 13, "axes.spines.top": False, "axes.spines.right": False})
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 6), constrained_layout=True)
    ours = {size: cost for size, (cost, _) in results.items() if not isinstance(cost, str)}
    paper = {size: cost for size, (_, cost) in results.items() if not isinstance(cost, str)}

    plot(left, paper, lambda cost: cost.seconds, PAPER, "s-", "the paper's way")
    plot(left, ours, lambda cost: cost.seconds, OURS, "o-", "selcolor colorize")
    finish(left, sorted(results), "seconds, daemon warm")

    plot(right, paper, lambda cost: cost.bytes / 1e9, PAPER, "s-", "the paper's way")
    plot(right, ours, lambda cost: cost.bytes / 1e9, OURS, "o-", "selcolor colorize, in all")
    plot(right, ours, lambda cost: cost.daemon_bytes / 1e9, OURS, "^--", "daemon and worker")
    plot(right, ours, lambda cost: cost.command_bytes / 1e9, OURS, "v:", "command line")
    finish(right, sorted(results), "GB at the peak")

    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)


def plot(
    axes: Any,
    costs: Mapping[float, Cost],
    value: Callable[[Cost], float],
    color: str,
    style: str,
    name: str,
) -> None:
    """Draw one line; one that has no points is left out of the legend, too."""
    if costs:
        values = [value(cost) for cost in costs.values()]
        axes.plot(list(costs), values, style, color=color, label=name, linewidth=2, markersize=8)


def finish(axes: Any, sizes: list[float], title: str) -> None:
    """Scales, ticks and legend."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(sizes)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_locator(NullLocator())
    axes.set_xlabel("megapixels")
    axes.set_title(title, loc="left")
    axes.grid(alpha=0.3, which="both")
    axes.legend(frameon=False)
