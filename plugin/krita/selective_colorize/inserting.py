"""From a layer plan to Krita's layers, in one undo step.

Every `addChildNode` to an image with a view is an undo step of its own, and `setPixelData` is none.
So the group is built in a staging image that nobody sees, and its clone is added once.
"""

from __future__ import annotations

from krita import Document, Node

from selcolor_plugin.editor import Identities, NewGroup, Steps
from selcolor_plugin.layers import LayerPlan, PlannedLayer, Role

from .errors import not_added
from .masks import new_mask
from .reading import find_node, identity
from .staging import breath, composed, fill, make_pixel_layer, staging

HINTS_OPACITY = 128
"""Strokes that say a color shall not hide what becomes of it."""


def build_group(group: NewGroup, size: tuple[int, int]) -> Steps[Node]:
    """A result's group, ready to be added to an image.

    Krita composes what the group shows while it is staged: in the user's image only asking for all
    of it anew would do that, and that takes seconds.

    Args:
        group: the result.
        size: of the image that it is for.

    Raises:
        CannotInsert: Krita did not take the pixels or the mask.
    """
    plan = group.plan
    with staging(plan.raster(Role.COLORIZED), str(group.color), size) as stage:
        yield breath()
        made = stage.createGroupLayer(plan.group_name)
        stage.rootNode().addChildNode(made, None)
        for layer in reversed([layer for layer in plan.layers if layer.mask_of is None]):
            node = yield from make_layer(stage, plan, layer)
            # While Krita still composes, adding a layer waits for that.
            yield from composed(stage)
            made.addChildNode(node, None)
            yield breath()
        yield from composed(stage)
        clone = made.clone()
        yield breath()
    yield breath()
    return clone


def make_layer(stage: Document, plan: LayerPlan, planned: PlannedLayer) -> Steps[Node]:
    """One layer of pixels, with its mask if the plan has one for it."""
    node = stage.createNode(planned.name, "paintlayer")
    if planned.raster is not None:
        left, top = plan.left, plan.top
        node = yield from make_pixel_layer(stage, planned.name, planned.raster, left, top)
    node.setVisible(planned.visible)
    if planned.role is Role.HINTS:
        node.setOpacity(HINTS_OPACITY)
    for other in plan.layers:
        if other.mask_of is planned.role and other.raster is not None:
            size = other.raster.format
            place = (plan.left, plan.top, size.width, size.height)
            yield breath()
            mask = new_mask(stage, node, other.name)
            yield breath()
            yield from fill(mask, other.raster, place)
    return node


def add_group(document: Document, group: Node, below: Node | None) -> Identities:
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
    # The clone still speaks for the staging image: the group is looked up anew.
    return identities(find_node(parent, identity(group)))


def top_of(parent: Node) -> Node | None:
    """The topmost child; None in an empty image."""
    children = parent.childNodes()
    return children[-1] if children else None


def identities(group: Node | None) -> Identities:
    """Which layer is which, in a group that was just made after a plan.

    Raises:
        CannotInsert: it is not there, or not as it was planned.
    """
    layers = group.childNodes() if group is not None else []
    masks = layers[0].childNodes() if layers else []
    if (len(layers), len(masks)) != (3, 1):
        raise not_added()
    roles = (Role.COLORIZED, Role.BLENDED, Role.HINTS, Role.GROUP, Role.MASK)
    nodes = dict(zip(roles, (*layers, group, *masks), strict=True))
    return {role: identity(node) for role, node in nodes.items()}
