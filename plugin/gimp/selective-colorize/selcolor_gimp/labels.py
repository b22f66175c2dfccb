"""What GIMP is told of the procedures: names, menu entries, documentation.

Imports nothing that may be missing, so that a broken installation still has its menu entries.
"""

from __future__ import annotations

from typing import Any

from gi.repository import Gimp

COLORIZE = "plug-in-selective-colorize"
RECOMPOSITE = "plug-in-selective-colorize-recomposite"
MENU = "<Image>/Colors"
LABELS = {
    COLORIZE: "Selective Colorize…",
    RECOMPOSITE: "Recomposite Selective Colorize",
}
BLURBS = {
    COLORIZE: "Color the main subject, or chosen kinds of things, of a black-and-white photo",
    RECOMPOSITE: "Render Blended again after the mask of Colorized was painted on",
}
HELPS = {
    COLORIZE: (
        "Adds one group above each selected layer: Colorized with its layer mask, and Blended. "
        "`classes` is `main`, `everything`, `nothing`, or names that the segmenter knows, "
        "joined by commas."
    ),
    RECOMPOSITE: "Works on the result that the selected layer belongs to; runs no network.",
}


def document(procedure: Any, name: str) -> None:
    """Give a procedure its menu entry and its documentation."""
    procedure.set_image_types("*")
    procedure.set_sensitivity_mask(
        Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES
    )
    procedure.set_menu_label(LABELS[name])
    procedure.add_menu_path(MENU)
    procedure.set_documentation(BLURBS[name], HELPS[name], None)
    procedure.set_attribution("Selective Colorize", "Apache-2.0", "2026")
