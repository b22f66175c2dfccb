"""What GIMP is told of the procedures: names, menu entries, documentation.

Imports nothing that may be missing, so that a broken installation still has its menu entries.
"""

from __future__ import annotations

from typing import Any

from gi.repository import Gimp

from .language import translate as _

COLORIZE = "plug-in-selective-colorize"
UPDATE = "plug-in-selective-colorize-update"
MENU = "<Image>/Colors"
HELP_DOMAIN = "selective-colorize"
"""GIMP's name for our manual, whose `gimp-help.xml` says which page belongs to a procedure."""
LABELS = {
    COLORIZE: _("Selective Colorize…"),
    UPDATE: _("Update Selective Colorize"),
}
BLURBS = {
    COLORIZE: _("Color the main subject, or chosen kinds of things, of a black-and-white photo"),
    UPDATE: _("Take what was painted on the mask and on Color Hints into the result"),
}
HELPS = {
    COLORIZE: _(
        "Adds one group above each selected layer: Colorized with its layer mask, Blended, and "
        "Color Hints. Where the layer has a result, that is updated. "
        "`classes` is `main`, `everything`, `nothing`, or names that the subject finder knows, "
        "joined by commas."
    ),
    UPDATE: _("Works on the result that the selected layer belongs to."),
}


def document(procedure: Any, name: str) -> None:
    """Give a procedure its menu entry and its documentation."""
    procedure.set_image_types("*")
    procedure.set_sensitivity_mask(
        Gimp.ProcedureSensitivityMask.DRAWABLE | Gimp.ProcedureSensitivityMask.DRAWABLES
    )
    procedure.set_menu_label(LABELS[name])
    procedure.add_menu_path(MENU)
    procedure.set_documentation(BLURBS[name], HELPS[name], name)
    procedure.set_attribution("Selective Colorize", "Apache-2.0", "2026")
