"""What only GIMP's adapter can meet: each says what happened and what to do next."""

from __future__ import annotations

from selcolor_plugin.errors import CannotInsert, CannotRead
from selcolor_plugin.record import LayersMissing
from selcolor_plugin.translation import translate as _


def no_layer() -> CannotRead:
    """Nothing is selected that has pixels."""
    return CannotRead(
        _("No layer is selected."),
        _("Nothing was changed. Select the photo's layer in the Layers dialog and try again."),
    )


def not_a_layer(name: str) -> CannotRead:
    """A channel or the selection."""
    return CannotRead(
        _("“{name}” is a channel, not a layer.").format(name=name),
        _("Nothing was changed. Select the photo's layer in the Layers dialog and try again."),
    )


def not_in_image() -> CannotRead:
    """The layer was deleted, belongs to another image, or was never added to one."""
    return CannotRead(
        _("The layer to be colorized is not in this image, or not any more."),
        _("Nothing was changed. Select the photo's layer in the Layers dialog and try again."),
    )


def image_closed() -> CannotRead:
    """The image was closed while the dialog was open."""
    return CannotRead(_("The image was closed."), _("Open it again, then use Selective Colorize."))


def no_display() -> CannotRead:
    """Options were to be asked for, but GIMP has no windows."""
    return CannotRead(
        _("Selective Colorize cannot ask for its options: GIMP runs without windows."),
        _("Nothing was changed. Call the procedure with RunMode.NONINTERACTIVE."),
    )


def indexed_image() -> CannotRead:
    """The image has a palette."""
    return CannotRead(
        _("This image has indexed colors: its palette has no room for new ones."),
        _("Nothing was changed. Use Image › Mode › RGB to convert it, then try again."),
    )


def floating_selection() -> CannotRead:
    """Something was pasted and is not settled yet; GIMP adds no layers meanwhile."""
    return CannotRead(
        _("There is a floating selection, and GIMP adds no layers until it is settled."),
        _("Nothing was changed. Anchor it, or use Layer › To New Layer, then try again."),
    )


def empty_layer(name: str) -> CannotRead:
    """A group without layers."""
    return CannotRead(
        _("The layer “{name}” is empty.").format(name=name),
        _("Nothing was changed. Select the photo's layer in the Layers dialog and try again."),
    )


def unusable_profile(name: str) -> CannotRead:
    """A color profile of which GIMP can make no variant for the image's precision."""
    return CannotRead(
        _("The color profile “{name}” cannot be used with this precision.").format(name=name),
        _(
            "Nothing was changed. Use Image › Color Management › Convert to Color Profile…, then "
            "try again."
        ),
    )


def not_taken() -> CannotInsert:
    """GIMP refused a layer."""
    return CannotInsert(
        _("GIMP did not take the new layers; the photo's layer is unchanged."),
        _("Undo takes back what was done beside it. Unlock the group that it is in, if it is."),
    )


def copied_result() -> LayersMissing:
    """A duplicate of a result, in its image or in a duplicate of that."""
    return LayersMissing(
        _("This is a duplicate of a result: Update knows only the original."),
        _(
            "Nothing was changed. Select a layer of the original, or use Selective Colorize on the "
            "photo here."
        ),
    )
