"""What a user does to a result in GIMP, for the manual's pictures."""

from __future__ import annotations

from gi.repository import Gegl, Gimp
from helpers import SHOWN


def paint_hints(color, size, strokes):
    """Select the newest result's hints and paint strokes of a color on them.

    Args:
        color: such as `#e2763a`.
        size: of the brush.
        strokes: for each, the points that it goes through, across and down.
    """
    image = SHOWN[-1][0]
    hints = image.get_layers()[0].get_children()[0]
    image.set_selected_layers([hints])
    Gimp.context_set_foreground(Gegl.Color.new(color))
    Gimp.context_set_brush_size(size)
    for stroke in strokes:
        Gimp.paintbrush_default(hints, [float(place) for point in stroke for place in point])
    Gimp.displays_flush()


def hide_hints():
    """Click on the eye of the newest result's hints."""
    SHOWN[-1][0].get_layers()[0].get_children()[0].set_visible(False)
    Gimp.displays_flush()
