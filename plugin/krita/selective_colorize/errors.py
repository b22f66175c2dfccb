"""What only Krita's adapter can meet: each says what happened and what to do next."""

from __future__ import annotations

from pathlib import Path

from krita import Node

from selcolor_plugin.errors import CannotInsert, CannotRead
from selcolor_plugin.record import LayersMissing
from selcolor_plugin.translation import translate as _


def not_a_result() -> LayersMissing:
    """The active layer is in a group of the user's own, or in a copy of a result."""
    return LayersMissing(
        _("The active layer is in a group that is no result of Selective Colorize, or a copy."),
        _("Nothing was changed. Select a layer of the result itself, then try again."),
    )


def no_pixels() -> CannotRead:
    """The active layer shows no pixels of its own."""
    return CannotRead(
        _("The active layer has no pixels of its own."),
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


def pixels_not_taken() -> CannotInsert:
    """What was written is not what is there."""
    return CannotInsert(
        _("Krita did not take the pixels; your image is unchanged."),
        _("Please report this with your version of Krita."),
    )


def not_added() -> CannotInsert:
    """The layers are not where they were put."""
    return CannotInsert(
        _("Krita did not take the new layers as they are; the photo's layer is unchanged."),
        _("Undo takes back what was done beside it. Try again."),
    )


def not_converted() -> CannotInsert:
    """The image is gray as before."""
    return CannotInsert(
        _("Krita did not convert the gray image to RGB; it is unchanged."),
        _("Use Image › Convert Image Color Space… to make it RGB/Alpha, then try again."),
    )


def not_replaced(node: Node) -> CannotInsert:
    """Krita keeps the old layer: it or a group that it is in may be locked."""
    locked = node
    while locked is not None and not locked.locked():
        locked = locked.parentNode()
    return CannotInsert(
        _("The layer “{name}” could not be replaced; nothing was changed.").format(
            name=node.name()
        ),
        _("Unlock “{name}”, then update again.").format(name=locked.name())
        if locked is not None
        else _("Delete that layer, then update again: a new one is made."),
    )


def has_masks(node: Node) -> CannotInsert:
    """There is more on the old layer than pixels."""
    return CannotInsert(
        _("The layer “{name}” has masks of its own; nothing was changed.").format(name=node.name()),
        _("Flatten or delete that layer, then update again."),
    )


def of_another_color_space(node: Node, wanted: Node) -> CannotInsert:
    """The image or a layer was converted since the old layer was made."""
    return CannotInsert(
        _("The layer “{name}” is {old}, but the photo is {new}; nothing was changed.").format(
            name=node.name(), old=" ".join(color_space(node)), new=" ".join(color_space(wanted))
        ),
        _("Delete that layer, then update again: a new one is made."),
    )


def color_space(node: Node) -> tuple[str, str, str]:
    """What the bytes of a layer mean."""
    return node.colorModel(), node.colorDepth(), node.colorProfile()


def no_browser(page: Path) -> CannotRead:
    """Nothing opens pages."""
    return CannotRead(
        _("This computer did not open the manual; your image is unchanged."),
        _("Open this file in a browser: {page}").format(page=page),
    )
