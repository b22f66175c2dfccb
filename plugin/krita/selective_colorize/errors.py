"""What only Krita's adapter can meet: each says what happened and what to do next."""

from __future__ import annotations

from selcolor_plugin.record import LayersMissing
from selcolor_plugin.translation import translate as _
from selcolor_protocol.errors import Busy, SelectiveColorizeError


class CannotRead(SelectiveColorizeError):
    """The active layer cannot be given to the daemon."""

    code = "cannot_read"


class CannotInsert(SelectiveColorizeError):
    """Krita did not take the layers."""

    code = "cannot_insert"


def no_image() -> CannotRead:
    """No image is open, or not the one that was meant."""
    return CannotRead(
        _("There is no image to work on, or it was closed."),
        _("Open a photo, select its layer, and try again."),
    )


def layer_gone() -> CannotRead:
    """The layer was removed after it had been chosen."""
    return CannotRead(
        _("The photo's layer is no longer in the image."),
        _("Undo until it is back, or select another layer and use Selective Colorize again."),
    )


def not_a_result() -> LayersMissing:
    """The active layer is in a group of the user's own, or in a copy of a result."""
    return LayersMissing(
        _("The active layer is in a group that is no result of Selective Colorize, or a copy."),
        _("Nothing was changed. Select a layer of the result itself, then try again."),
    )


def busy_here() -> Busy:
    """This Krita works on one photo at a time."""
    return Busy(
        _("Selective Colorize is still at work; nothing was changed."),
        _("Wait until it is done or cancel it, then try again."),
    )


def no_pixels(kind: str) -> CannotRead:
    """The active layer shows no pixels of its own."""
    return CannotRead(
        _("The active layer ({kind}) has no pixels of its own.").format(kind=kind),
        _("Select the photo's layer and try again."),
    )


def empty_layer(name: str) -> CannotRead:
    """There is nothing on the layer."""
    return CannotRead(
        _("The layer “{name}” is empty.").format(name=name),
        _("Select the photo's layer and try again."),
    )


def unsupported_image(model: str) -> CannotRead:
    """An image that is neither RGB nor gray."""
    return CannotRead(
        _("Selective Colorize works on RGB and grayscale, but this image is {model}.").format(
            model=model
        ),
        _("Use Image › Convert Image Color Space… to make it RGB/Alpha, then try again."),
    )


def unsupported_layer(name: str, model: str) -> CannotRead:
    """A layer that is neither RGB nor gray, in an image that is."""
    return CannotRead(
        _("Selective Colorize works on RGB and grayscale, but “{name}” is {model}.").format(
            name=name, model=model
        ),
        _("Use Layer › Convert › Convert Layer Color Space…, then try again."),
    )


def unreadable_profile(profile: str) -> CannotRead:
    """Krita does not give the profile's bytes away."""
    return CannotRead(
        _("The color profile {profile} cannot be read.").format(profile=profile),
        _("Use Image › Convert Image Color Space… to change to sRGB, then try again."),
    )
