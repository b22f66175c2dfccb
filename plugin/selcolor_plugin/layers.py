"""The layer plan: which layers a result becomes, how they are called, and whose mask is whose.

    Selective Colorize      group, directly above the source layer
        Color Hints         visible    empty: what is painted on it says which color something has
        Blended             hidden     the finished composite
        Colorized           visible    the whole photo in color, carrying
            Mask            its native, editable mask

How a layer is made is left to each editor's adapter. Which networks made it stands in the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from selcolor_plugin.translation import translate as _
from selcolor_protocol.messages import Done
from selcolor_protocol.raster import Raster


class Role(str, Enum):
    """What a layer is for."""

    GROUP = "group"
    HINTS = "hints"
    BLENDED = "blended"
    COLORIZED = "colorized"
    MASK = "mask"
    SOURCE = "source"


@dataclass(frozen=True)
class PlannedLayer:
    """A layer to be made.

    Attributes:
        role: what it is for.
        name: what the editor shows.
        raster: its pixels, all of the source's size; None for an empty layer.
        visible: whether it is shown.
        mask_of: whose native mask it is; None for a layer of pixels.
    """

    role: Role
    name: str
    raster: Raster | None
    visible: bool = True
    mask_of: Role | None = None


@dataclass(frozen=True)
class LayerPlan:
    """A group to be made and added in one undo step.

    Attributes:
        group_name: what the editor shows.
        layers: top to bottom; a mask follows the layer it belongs to.
        left: of every layer, in the image's pixels.
        top: of every layer, in the image's pixels.
    """

    group_name: str
    layers: tuple[PlannedLayer, ...]
    left: int
    top: int

    def raster(self, role: Role) -> Raster:
        """The pixels of a role.

        Raises:
            KeyError: the plan has no pixels for it.
        """
        for layer in self.layers:
            if layer.role is role and layer.raster is not None:
                return layer.raster
        raise KeyError(role)


def plan_layers(done: Done, left: int, top: int) -> LayerPlan:
    """The plan for a colorize result.

    Args:
        done: the daemon's answer to a Colorize.
        left: of the source layer, in the image's pixels.
        top: of the source layer, in the image's pixels.
    """
    assert done.colorized is not None, "a Blend has no colorized layer"
    assert done.mask is not None, "a Blend has no mask"
    names = layer_names()
    pixels = {
        Role.HINTS: None,
        Role.BLENDED: done.blended,
        Role.COLORIZED: done.colorized,
        Role.MASK: done.mask,
    }
    return LayerPlan(names[Role.GROUP], planned(pixels, names), left, top)


def planned(
    pixels: Mapping[Role, Raster | None], names: Mapping[Role, str]
) -> tuple[PlannedLayer, ...]:
    """Layers of a group, top to bottom.

    Args:
        pixels: of each layer; None for an empty one.
        names: what they are called.
    """
    return tuple(
        PlannedLayer(
            role,
            names[role],
            raster,
            visible=role is not Role.BLENDED,
            mask_of=Role.COLORIZED if role is Role.MASK else None,
        )
        for role, raster in pixels.items()
    )


def layer_names() -> dict[Role, str]:
    """What layers are called: short, for layer lists are narrow."""
    return {
        Role.GROUP: _("Selective Colorize"),
        Role.HINTS: _("Color Hints"),
        Role.BLENDED: _("Blended"),
        Role.COLORIZED: _("Colorized"),
        Role.MASK: _("Mask"),
    }
