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
from .reading import children, find_node, identity
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
    yield breath()
    clone = yield from staged_group(group, size)
    # What was staged is gone now, before the image composes its own.
    yield breath()
    return clone


def staged_group(group: NewGroup, size: tuple[int, int]) -> Steps[Node]:
    """A clone of a group that was made in an image of its own, which is closed by now."""
    plan = group.plan
    with staging(plan.raster(Role.COLORIZED), str(group.color), size) as stage:
        yield breath()
        # With the group alone in it, Krita takes the group's pixels as those of the image.
        for background in children(stage.rootNode()):
            background.remove()
        made = stage.createGroupLayer(plan.group_name)
        stage.rootNode().addChildNode(made, None)
        for layer in reversed([layer for layer in plan.layers if layer.mask_of is None]):
            node = yield from make_layer(stage, plan, layer)
            yield breath()
            # While Krita still composes, adding a layer waits for that.
            yield from composed(stage)
            made.addChildNode(node, None)
            yield breath()
        yield from composed(stage)
        clone = made.clone()
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
            mask = yield from new_mask(stage, node, other.name)
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
    found = children(parent)
    return found[-1] if found else None


def identities(group: Node | None) -> Identities:
    """Which layer is which, in a group that was just made after a plan.

    Raises:
        CannotInsert: it is not there, or not as it was planned.
    """
    layers = children(group) if group is not None else []
    masks = children(layers[0]) if layers else []
    if (len(layers), len(masks)) != (3, 1):
        raise not_added()
    roles = (Role.COLORIZED, Role.BLENDED, Role.HINTS, Role.GROUP, Role.MASK)
    nodes = dict(zip(roles, (*layers, group, *masks), strict=True))
    return {role: identity(node) for role, node in nodes.items()}
