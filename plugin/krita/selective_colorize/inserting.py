"""From a layer plan to Krita's layers, in one undo step.

Every `addChildNode` to an image with a view is an undo step of its own, and `setPixelData` is none.
So the group is built in a staging image that nobody sees, and its clone is added once.
"""

from __future__ import annotations

from krita import Document, Node
from PyQt5.QtCore import QRect

from selcolor_plugin.layers import LayerPlan, PlannedLayer, Role
from selcolor_plugin.translation import translate as _
from selcolor_protocol.raster import Raster

from .errors import CannotInsert
from .masks import add_mask
from .profiles import LINEAR_PROFILE, SRGB_PROFILE
from .reading import find_node, identity
from .staging import make_pixel_layer, staging


def is_gray(document: Document) -> bool:
    """Whether an image is grayscale: colored layers would show gray."""
    return bool(document.colorModel() == "GRAYA")


def convert_to_rgb(document: Document) -> None:
    """Make a grayscale image RGB with the same depth and curve: an undo step of its own.

    Raises:
        CannotInsert: Krita did not; the image is unchanged.
    """
    is_linear = "g10" in document.colorProfile()
    profile = LINEAR_PROFILE if is_linear else SRGB_PROFILE
    document.setColorSpace("RGBA", document.colorDepth(), profile)
    document.waitForDone()
    if is_gray(document):
        raise CannotInsert(
            _("Krita did not convert the gray image to RGB; it is unchanged."),
            _("Use Image › Convert Image Color Space… to make it RGB/Alpha, then try again."),
        )


def build_group(plan: LayerPlan, profile: str) -> Node:
    """A plan's group, ready to be added to an image.

    Args:
        plan: what to make.
        profile: name of the photo's color profile.

    Raises:
        CannotInsert: Krita did not take the pixels or the mask.
    """
    with staging(plan.layer(Role.COLORIZED).raster, profile) as stage:
        group = stage.createGroupLayer(plan.group_name)
        for layer in reversed([layer for layer in plan.layers if layer.mask_of is None]):
            group.addChildNode(make_layer(stage, plan, layer), None)
        stage.rootNode().addChildNode(group, None)
        return group.clone()


def add_group(document: Document, group: Node, below: Node | None) -> dict[Role, str]:
    """Add a group to an image, in one undo step.

    Args:
        document: gets the group.
        group: from `build_group`.
        below: the group goes directly above it; None for the top of the image.

    Returns:
        The identities of the new layers.

    Raises:
        CannotInsert: Krita did not take them.
    """
    parent = below.parentNode() if below is not None else document.rootNode()
    if not parent.addChildNode(group, below or top_of(parent)):
        raise not_added()
    # What the group shows was never composed: its staging image is tiny.
    document.refreshProjection()
    document.waitForDone()
    # The clone still speaks for the staging image: the group is looked up anew.
    return identities(find_node(parent, identity(group)))


def not_added() -> CannotInsert:
    """What to say when the layers are not where they were put."""
    return CannotInsert(
        _("Krita did not take the new layers as they are; the photo's layer is unchanged."),
        _("Undo takes back what was done beside it. Try again."),
    )


def make_layer(stage: Document, plan: LayerPlan, planned: PlannedLayer) -> Node:
    """One layer of pixels, with its mask if the plan has one for it."""
    node = make_pixel_layer(stage, planned.name, planned.raster, plan.left, plan.top)
    node.setVisible(planned.visible)
    for other in plan.layers:
        if other.mask_of is planned.role:
            add_mask(stage, node, other.name, place(other.raster, plan), other.raster.pixels)
    return node


def place(raster: Raster, plan: LayerPlan) -> QRect:
    """Where a raster of the plan lies in the image."""
    return QRect(plan.left, plan.top, raster.format.width, raster.format.height)


def top_of(parent: Node) -> Node | None:
    """The topmost child; None in an empty image."""
    children = parent.childNodes()
    return children[-1] if children else None


def identities(group: Node | None) -> dict[Role, str]:
    """Which layer is which, in a group that was just made after a plan.

    Raises:
        CannotInsert: it is not there, or not as it was planned.
    """
    layers = group.childNodes() if group is not None else []
    masks = layers[0].childNodes() if layers else []
    if (len(layers), len(masks)) != (2, 1):
        raise not_added()
    nodes = {
        Role.GROUP: group,
        Role.BLENDED: layers[1],
        Role.COLORIZED: layers[0],
        Role.MASK: masks[0],
    }
    return {role: identity(node) for role, node in nodes.items()}
