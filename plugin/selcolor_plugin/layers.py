"""The layer plan: which layers a result becomes, how they are called, and whose mask is whose.

    Selective Colorize (models, device)     group, directly above the source layer
        Blended                             hidden     the finished composite
        Colorized (model, device)           visible    the whole photo in color, carrying
            Mask (model, device)            its native, editable mask

How a layer is made is left to each editor's adapter.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from selcolor_plugin.translation import translate as _
from selcolor_protocol.messages import Done
from selcolor_protocol.raster import Raster


class Role(str, Enum):
    """What a layer is for."""

    GROUP = "group"
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
        raster: its pixels, all of the source's size.
        visible: whether it is shown.
        mask_of: whose native mask it is; None for a layer of pixels.
    """

    role: Role
    name: str
    raster: Raster
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

    def layer(self, role: Role) -> PlannedLayer:
        """The planned layer of a role.

        Raises:
            KeyError: the plan has none.
        """
        for layer in self.layers:
            if layer.role is role:
                return layer
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
    models = " + ".join(name for name in (done.colorizer, done.segmenter) if name)
    return LayerPlan(
        group_name=_named(_("Selective Colorize"), models, done.device),
        layers=(
            PlannedLayer(Role.BLENDED, blended_name(), done.blended, visible=False),
            PlannedLayer(
                Role.COLORIZED, _named(_("Colorized"), done.colorizer, done.device), done.colorized
            ),
            PlannedLayer(
                Role.MASK,
                _named(_("Mask"), done.segmenter, done.device if done.segmenter else ""),
                done.mask,
                mask_of=Role.COLORIZED,
            ),
        ),
        left=left,
        top=top,
    )


def blended_name() -> str:
    """The name of the finished composite."""
    return _("Blended")


def _named(what: str, model: str, device: str) -> str:
    details = ", ".join(part for part in (model, device) if part)
    return f"{what} ({details})" if details else what
