"""Writes `training/RESULTS.md`: the paper's tables, ours beside them, and what each figure means.

Everything here is text from numbers (`entries`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from selcolor_training.color_meter import ColorFigures
from selcolor_training.colorizer import VALIDATION_EXCLUDED
from selcolor_training.mask_measure import class_table, masks_table
from selcolor_training.report.definitions import DEFINITIONS
from selcolor_training.report.entries import Picture, Results, SegmenterResult, SystemResult
from selcolor_training.report.paper import DIFFERENCES, FIGURES, SUMMARIES, TABLES, markdown

SIZES = {"laptop": "ours, laptop size", "paper": "ours, paper size"}
"""What tables call the presets."""

STARTS = {
    "pretrained": "encoder from ImageNet",
    "nothing": "from nothing",
    "weights": "from an earlier training",
}
"""What tables call where weights started."""

COLOR_WORDS = (
    (0.25, "nearly gray"),
    (0.6, "pale"),
    (0.85, "somewhat pale"),
    (1.15, "as colorful as the photos"),
    (float("inf"), "more colorful than the photos"),
)
"""What a chroma ratio below each number is called."""


def write(results: Results, path: Path) -> Path:
    """Write the page; returns `path`."""
    path.write_text(render(results), encoding="utf-8")
    return path


def render(results: Results) -> str:
    """The page, in Markdown."""
    sections = [
        introduction(results),
        paper_table("unet-resnet18", results.systems),
        architectures_table(results.systems),
        paper_table("vit-lsgan", results.systems),
        further_figures(results),
        trainings(results.systems),
        differences(),
        *map(segmenter_table, results.segmenters),
        gallery(results.pictures),
        definitions(),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def introduction(results: Results) -> str:
    """What made the page, and on which photos."""
    photos = sorted({result.figures.pictures for result in results.systems})
    return "\n".join(
        [
            "# Results",
            "",
            "Made by:",
            "",
            "```",
            results.command,
            "```",
            "",
            f"Measured on {' or '.join(map(str, photos))} photos of the val split, short side to "
            f"224 px, center crop (the paper size: squeezed to 224 × 224); data "
            f"{results.data_digest}. Left out where the data has them: "
            f"{', '.join(sorted(VALIDATION_EXCLUDED))}, and photos without color. What each figure "
            "means stands at the end. Laptop size is the same code at a smaller size, all four "
            "systems with equal samples and encoders from ImageNet; see `training/recipes/`. "
            "Minutes are of a clock: what else the machine does meanwhile counts.",
        ]
    )


def paper_table(system: str, results: Sequence[SystemResult]) -> str:
    """One of the paper's tables of metrics, ours beside it; empty without a result of ours."""
    paper = TABLES[system]
    ours = [result for result in results if result.system == system]
    if not ours:
        return ""
    header = ["Metric"]
    for name in (*(SIZES[result.preset] for result in ours), "the paper"):
        header += [f"{name}: a", f"{name}: b"]
    rows = []
    for label, stem in FIGURES.items():
        values = [pair(result.figures, stem) for result in ours] + [paper.values[label]]
        rows.append([label, *(f"{value:.4f}" for both in values for value in both)])
    sizes = [result.figures.pictures for result in ours] + [paper.pictures]
    rows.append(["Sample size", *(str(size) for size in sizes for _ in "ab")])
    title = f"## Table {paper.number}: {ours[0].title} (the paper: “{paper.caption}”)"
    return f"{title}\n\n{markdown(header, rows)}"


def architectures_table(results: Sequence[SystemResult]) -> str:
    """The paper's Table 3: each architecture in words, ours generated from its figures."""
    rows = [
        [result.title, result.preset, SUMMARIES[result.system], describe(result.figures)]
        for result in results
        if result.system in SUMMARIES
    ]
    if not rows:
        return ""
    header = ["GAN architecture", "size", "the paper's summary", "ours"]
    return f"## Table 3: GAN architectures\n\n{markdown(header, rows)}"


def describe(figures: ColorFigures) -> str:
    """A colorizer in words that follow from its figures."""
    words = next(name for limit, name in COLOR_WORDS if figures.chroma_ratio < limit)
    return (
        f"{words.capitalize()}: chroma {figures.chroma_ratio:.2f} of the truth, "
        f"R² {figures.r2_a:.3f} (a) and {figures.r2_b:.3f} (b)."
    )


def further_figures(results: Results) -> str:
    """What the paper did not measure."""
    header = ["System", "size", "PSNR", "SSIM", "CIEDE2000", "Colorfulness", "ΔCF"]
    rows = [[result.title, result.preset, *further(result.figures)] for result in results.systems]
    if results.gray:
        rows.append(["No color at all", "", *further(results.gray)])
    return f"## Further figures\n\n{markdown([*header, 'Chroma ratio', 'AuC'], rows)}"


def further(figures: ColorFigures) -> list[str]:
    """The cells of one line of `further_figures`."""
    return [
        f"{figures.psnr:.2f} dB",
        f"{figures.ssim:.4f}",
        f"{figures.ciede2000:.2f}",
        f"{figures.colorfulness:.1f} of {figures.colorfulness_truth:.1f}",
        f"{figures.colorfulness_difference:+.1f}",
        f"{figures.chroma_ratio:.3f}",
        f"{figures.auc:.4f}",
    ]


def trainings(results: Sequence[SystemResult]) -> str:
    """What each training took."""
    header = ["System", "recipe", "parameters", "start", "samples", "steps", "minutes", "on"]
    rows = [
        [
            result.title,
            f"`{result.recipe}`",
            f"{result.parameters / 1e6:.1f} M",
            STARTS[result.start],
            str(result.samples or "–"),
            str(result.steps),
            f"{result.minutes:.1f}",
            result.device,
        ]
        for result in results
    ]
    return f"## What each training took\n\n{markdown(header, rows)}"


def differences() -> str:
    """What still differs from the paper where the preset `paper` is used."""
    table = markdown(["", "the paper, or its tutorial", "here"], DIFFERENCES)
    return (
        "## What differs from the paper\n\nOf the preset `paper`; everything else is as printed. "
        f"What its R² may be: `docs/r2.md`.\n\n{table}"
    )


def segmenter_table(result: SegmenterResult) -> str:
    """How well masks fit, data set by data set, and how well each class is told."""
    return (
        f"## Masks: `{result.recipe}`\n\nOn gray input, threshold 0.5, at the masks' own size.\n\n"
        f"{masks_table(result.figures)}\n\n{class_table(result.figures)}"
    )


def gallery(pictures: Iterable[Picture]) -> str:
    """Curves and grids."""
    shown = [
        f"**{picture.caption}**\n\n![{picture.caption}]({picture.path})" for picture in pictures
    ]
    return "\n\n".join(["## Pictures", *shown]) if shown else ""


def definitions() -> str:
    """What each figure means."""
    lines = [f"* **{name}**: {meaning}." for name, meaning in DEFINITIONS.items()]
    return "\n".join(["## Definitions", "", *lines])


def pair(figures: ColorFigures, stem: str) -> tuple[float, float]:
    """One of the paper's figures in channel a and channel b."""
    return getattr(figures, f"{stem}_a"), getattr(figures, f"{stem}_b")
