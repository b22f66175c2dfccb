"""Writes model cards: what people wrote of a network (`training/cards/`), and what was measured."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from selcolor_training.data import MANIFEST
from selcolor_training.export import Origin, described
from selcolor_training.mask_measure import class_table, figures_from, masks_table
from selcolor_training.recipe import packaged
from selcolor_training.report.paper import markdown

ANY = "any"
"""The card of a network about which nobody has written anything."""

TOLD = {
    "PSNR": "psnr",
    "R² a": "r2_a",
    "R² b": "r2_b",
    "mean abs. error a": "mae_a",
    "mean abs. error b": "mae_b",
    "chroma ratio": "chroma_ratio",
    "CIEDE2000": "ciede2000",
}
"""What a card tells of `ColorFigures`."""


def write_card(name: str, file: Path, parameters: int, data: Path) -> Path:
    """Write the card of a weight file beside it, from what the file tells of itself.

    Args:
        name: of the recipe or model.
        file: its weights.
        parameters: how many the network has.
        data: what it learned from.

    Returns:
        The card.
    """
    origin = described(file)
    card = file.with_suffix(".md")
    template = packaged("cards") / f"{name}.md"
    if not template.exists():
        template = packaged("cards") / f"{ANY}.md"
    text = Template(template.read_text(encoding="utf-8"))
    values = told(origin) | {
        "name": name,
        "title": origin.recipe.get("title", name),
        "parameters": f"{parameters / 1e6:.1f} million",
        "commit": origin.commit[:12],
        "data": data_table(data, masked="segmenter" in origin.recipe),
    }
    card.write_text(text.substitute(values), encoding="utf-8")
    return card


def told(origin: Origin) -> dict[str, str]:
    """What a file's figures, groups and effort are, in Markdown."""
    figures = mask_figures if "masks" in origin.figures else color_figures
    return {
        "figures": figures(origin.figures),
        "groups": groups_tables(origin.groups),
        "pictures": str(origin.figures.get("pictures", "")),
        "minutes": f"{origin.effort.get('minutes', 0):.0f}",
        "device": str(origin.effort.get("device", "an unknown device")),
    }


def color_figures(figures: dict[str, Any]) -> str:
    """The most telling of what was measured of a colorizer."""
    return table([{name: figures[key] for name, key in TOLD.items()}])


def mask_figures(figures: dict[str, Any]) -> str:
    """What was measured of a segmenter."""
    found = figures_from(figures)
    return f"{masks_table(found)}\n\n{class_table(found)}"


def groups_tables(groups: Sequence[dict[str, Any]]) -> str:
    """A table for all groups with the same figures."""
    kinds: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for group in groups:
        kinds.setdefault(tuple(group), []).append(group)
    return "\n\n".join(table(rows) for rows in kinds.values()) or "Not measured."


def data_table(data: Path, masked: bool) -> str:
    """The data sets of the train split with their licences, as the manifest names them."""
    manifest = data / MANIFEST
    if not manifest.is_file():
        return f"Photos of {data.name}."
    with manifest.open(newline="", encoding="utf-8") as lines:
        sets = Counter(
            (row.get("dataset", row["image"].split("/")[0]), row.get("licence", "not named"))
            for row in csv.DictReader(lines)
            if row["split"] == "train" and (row["mask"] or not masked)
        )
    return markdown(
        ["data set", "photos", "licence"],
        [[name, str(count), licence] for (name, licence), count in sets.most_common()],
    )


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Rows with the same keys as a table in Markdown."""
    return markdown(list(rows[0]), [[str(value) for value in row.values()] for row in rows])
