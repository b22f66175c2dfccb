"""New pixels for the layers of a result, in place, with all else that their user has made of it.

Scripting has no call that replaces a layer in one step: removing is one, adding another, and
`setPixelData` is none. So a copy with other pixels is added, the old layer is removed, and these
steps are joined.
"""

from __future__ import annotations

from krita import Document, Node

from selcolor_plugin.editor import Identities, Renewal, Steps
from selcolor_plugin.layers import Role, layer_names
from selcolor_plugin.record import GroupRecord, missing

from .errors import color_space, has_masks, not_added, not_replaced, of_another_color_space
from .joining import JoinedSteps, State, state_of
from .masks import new_mask
from .reading import children, find_node, identity
from .records import part
from .staging import breath, fill, make_pixel_layer, staging

REPLACED = (Role.COLORIZED, Role.BLENDED)
"""From the bottom up; a mask goes with its layer."""


def stage_renewal(document: Document, renewal: Renewal) -> Steps[dict[Role, Node]]:
    """Layers with the new pixels, in no image yet.

    Raises:
        CannotInsert: Krita did not take the pixels, or a layer cannot be replaced as it is.
        LayersMissing: the colorized layer is gone.
    """
    root, made = document.rootNode(), {}
    with staging(renewal.pixels[Role.BLENDED], str(renewal.color)) as stage:
        for role in REPLACED:
            if role not in renewal.pixels:
                continue
            old = part(root, renewal.record, role)
            name = old.name() if old is not None else layer_names()[role]
            place = renewal.rectangle[:2]
            fresh = yield from make_pixel_layer(stage, name, renewal.pixels[role], *place)
            check_replaceable(old, fresh, role)
            if role is Role.COLORIZED:
                yield from give_masks(stage, fresh, renewal, old)
            show_like(old, fresh)
            made[role] = fresh.clone()
            yield breath()
    yield breath()
    return made


def check_replaceable(old: Node | None, fresh: Node, role: Role) -> None:
    """Refuse to replace a layer that its user has locked, converted or built upon.

    Raises:
        CannotInsert: with the way out.
    """
    if old is None:
        if role is Role.COLORIZED:
            raise missing([role])
        return
    if color_space(old) != color_space(fresh):
        raise of_another_color_space(old, fresh)
    if role is Role.BLENDED and children(old):
        raise has_masks(old)
    locked = old
    while locked is not None and not locked.locked():
        locked = locked.parentNode()
    if locked is not None:
        raise not_replaced(old)


def show_like(old: Node | None, fresh: Node) -> None:
    """Have a staged layer shown as the old one is; a composite that is new is hidden."""
    fresh.setVisible(old is not None and old.visible())
    if old is not None:
        fresh.setOpacity(old.opacity())
        fresh.setBlendingMode(old.blendingMode())
        fresh.setColorLabel(old.colorLabel())


def give_masks(stage: Document, fresh: Node, renewal: Renewal, old: Node) -> Steps[None]:
    """Give a staged layer the mask of the old one, and copies of what other masks that has."""
    known = renewal.record.layers[Role.MASK]
    for child in children(old):
        if identity(child) in known:
            mask = yield from new_mask(stage, fresh, child.name())
            yield from fill(mask, renewal.pixels[Role.MASK], renewal.rectangle)
        else:
            fresh.addChildNode(child.clone(), None)


def replace_layers(document: Document, renewal: Renewal, made: dict[Role, Node]) -> Identities:
    """Put staged layers in the place of the old ones; one Undo takes all of it back."""
    root, record = document.rootNode(), renewal.record
    olds = {role: part(root, record, role) for role in made}
    if (colorized := part(root, record, Role.COLORIZED)) is None:
        raise missing([Role.COLORIZED])
    concerned = {identity(node) for node in (*olds.values(), *made.values()) if node is not None}
    row = row_of_mask(colorized, record)
    states: list[State] = [state_of(document, concerned)]
    found: dict[Role, str] = {}
    for role, fresh in made.items():
        old = olds[role]
        above = old if old is not None else colorized
        found[role] = identity(fresh)
        if not above.parentNode().addChildNode(fresh, above):
            raise not_added()
        states.append(state_of(document, concerned))
        if old is not None:
            old.remove()
            states.append(state_of(document, concerned))
    JoinedSteps(document, states)
    fresh = find_node(root, found.get(Role.COLORIZED, ""))
    if fresh is not None:
        found[Role.MASK] = identity(children(fresh)[row])
    return found


def row_of_mask(colorized: Node, record: GroupRecord) -> int:
    """Which of a layer's masks is the one that was made with it."""
    known = record.layers[Role.MASK]
    return [identity(child) in known for child in children(colorized)].index(True)
