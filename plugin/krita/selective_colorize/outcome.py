"""What becomes of a result: into the image that it was made for, or offered if that has changed."""

from __future__ import annotations

from dataclasses import replace

from krita import Document, Krita, Node

from selcolor_plugin import texts
from selcolor_plugin.layers import LayerPlan, Role, plan_layers
from selcolor_plugin.record import GroupRecord
from selcolor_plugin.staleness import Change, change_between, describe_change, describe_offer
from selcolor_protocol.messages import Done
from selcolor_protocol.options import ColorizeOptions

from . import messages, records
from .inserting import convert_to_rgb, insert_plan, is_gray
from .reading import Source, current_snapshot, find_node, identity
from .staging import make_pixel_layer, new_image, staging


def settle(source: Source, options: ColorizeOptions, done: Done) -> None:
    """Insert a result, or ask when its image is not what it was.

    Raises:
        CannotInsert: Krita did not take the layers.
    """
    left, top = source.snapshot.rectangle[:2]
    plan = plan_layers(done, left, top)
    change = change_between(source.snapshot, current_snapshot(source))
    if change is None:
        insert(source, options, plan, done)
    else:
        offer(source, options, plan, done, change)


def insert(source: Source, options: ColorizeOptions, plan: LayerPlan, done: Done) -> None:
    """Add the group to the source's image; raises as `settle`."""
    document = source.document
    if is_gray(document):
        convert_to_rgb(document)
    node = find_node(document.rootNode(), source.layer)
    add(document, node, source, options, plan)
    messages.show_notes(done.notes)


def offer(
    source: Source, options: ColorizeOptions, plan: LayerPlan, done: Done, change: Change
) -> None:
    """Ask what to do with a late result; doing nothing discards it."""
    is_closed = change is Change.CLOSED
    messages.ask(
        describe_change(change),
        describe_offer(change),
        texts.open_button() if is_closed else texts.insert_button(),
        lambda: (
            open_anew(source, options, plan) if is_closed else late(source, options, plan, done)
        ),
    )


def late(source: Source, options: ColorizeOptions, plan: LayerPlan, done: Done) -> None:
    """Insert a late result nevertheless; the image may have been closed since the question."""
    if current_snapshot(source) is None:
        offer(source, options, plan, done, Change.CLOSED)
    else:
        insert(source, options, plan, done)


def open_anew(source: Source, options: ColorizeOptions, plan: LayerPlan) -> None:
    """Show the result of a closed image as a new one: the photo, and the group above it."""
    width, height = source.snapshot.rectangle[2:]
    document = new_image(plan.layer(Role.COLORIZED).raster, source.profile, width, height)
    root = document.rootNode()
    backgrounds = root.childNodes()
    with staging(source.photo, source.profile) as stage:
        root.addChildNode(
            make_pixel_layer(stage, texts.photo_name(), source.photo, 0, 0).clone(), None
        )
    for background in backgrounds:
        background.remove()
    (photo,) = root.childNodes()
    moved = LayerPlan(plan.group_name, plan.layers, 0, 0)
    add(document, photo, replace(source, layer=identity(photo)), options, moved)
    Krita.instance().activeWindow().addView(document)


def add(
    document: Document, node: Node | None, source: Source, options: ColorizeOptions, plan: LayerPlan
) -> None:
    """Insert the group and remember what it is."""
    layers = insert_plan(document, plan, node, source.profile)
    known = {role: (identity,) for role, identity in layers.items()}
    known[Role.SOURCE] = (source.layer,)
    records.store(document, GroupRecord(known, options.mask, options.background))
