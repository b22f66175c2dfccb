"""What becomes of a result: into the image that it was made for, or offered if that has changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from krita import Document, Krita, Node

from selcolor_plugin import texts
from selcolor_plugin.layers import LayerPlan, Role, plan_layers
from selcolor_plugin.record import GroupRecord
from selcolor_plugin.staleness import Change, change_between, describe_change, describe_offer
from selcolor_protocol.messages import Done
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions
from selcolor_protocol.raster import Raster

from . import messages, records
from .errors import CannotInsert
from .inserting import add_group, build_group, convert_to_rgb, is_gray
from .joining import JoinedSteps, next_undo
from .marking import mark_document
from .reading import Source, current_snapshot, find_node, identity, is_open
from .staging import make_pixel_layer, new_image, staging


@dataclass(frozen=True)
class Outcome:
    """A finished group, and where it belongs.

    Attributes:
        document: the image that it was made for.
        plan: the group's layers.
        photo: the pixels that it was made from.
        profile: name of their color profile.
        source: identity of the photo's layer.
        below: identities of layers; the group goes above the first that is still there.
        mask_options: how the mask was made.
        background: what lies behind the subject.
        notes: what the user should know of it.
        networks: names of those that made the colors.
    """

    document: Document
    plan: LayerPlan
    photo: Raster
    profile: str
    source: str
    below: tuple[str, ...]
    mask_options: MaskOptions
    background: Background
    notes: Sequence[Note] = ()
    networks: tuple[str, ...] = ()


def settle(source: Source, options: ColorizeOptions, done: Done) -> None:
    """Insert a result, or ask when its image is not what it was."""
    outcome = Outcome(
        document=source.document,
        plan=plan_layers(done, *source.snapshot.rectangle[:2]),
        photo=source.photo,
        profile=source.profile,
        source=source.layer,
        below=(source.layer,),
        mask_options=options.mask,
        background=options.background,
        notes=done.notes,
        networks=tuple(name for name in (done.colorizer, done.segmenter) if name),
    )
    change = change_between(source.snapshot, current_snapshot(source))
    if change is None:
        insert(outcome)
    else:
        offer(outcome, change, describe_change(change), describe_offer(change))


def offer(outcome: Outcome, change: Change, sentence: str, question: str) -> None:
    """Ask what to do with a late result; doing nothing discards it."""
    if change is Change.CLOSED:
        messages.ask(sentence, question, texts.open_button(), lambda: open_anew(outcome))
    else:
        messages.ask(sentence, question, texts.insert_button(), lambda: insert_if_open(outcome))


def insert_if_open(outcome: Outcome) -> None:
    """Insert a result whatever its image is like now, unless it was closed since the question."""
    if is_open(outcome.document):
        insert(outcome)
    else:
        closed = Change.CLOSED
        offer(outcome, closed, describe_change(closed), describe_offer(closed))


def insert(outcome: Outcome) -> None:
    """Add the group to its image; when Krita does not take it, the result is kept for a retry."""
    try:
        add(outcome)
    except CannotInsert as error:
        messages.show_error(error, lambda: insert_if_open(outcome))
    else:
        messages.show_notes(outcome.notes)


def add(outcome: Outcome) -> None:
    """Add the group; one Undo takes all of it back, also in a gray image.

    Raises:
        CannotInsert: Krita did not take it.
    """
    document, group = outcome.document, build_group(outcome.plan, outcome.profile)
    steps = None
    if is_gray(document):
        convert_to_rgb(document)
        steps = JoinedSteps(document, next_undo())
    root = document.rootNode()
    found = (find_node(root, wanted) for wanted in outcome.below)
    below = next((node for node in found if node is not None), None)
    layers = add_group(document, group, below)
    if steps is not None:
        steps.join(layers[Role.GROUP])
    remember(document, layers, outcome)


def remember(document: Document, layers: dict[Role, str], outcome: Outcome) -> None:
    """Keep in the image what its new group is."""
    known = {role: (layer,) for role, layer in layers.items()} | {Role.SOURCE: (outcome.source,)}
    record = GroupRecord(
        known, outcome.mask_options, outcome.background, time.time(), outcome.networks
    )
    records.store(document, record)
    mark_document(document)


def open_anew(outcome: Outcome) -> None:
    """Show the result of a closed image as a new one: the photo, and the group above it.

    Raises:
        CannotInsert: Krita did not take the pixels.
    """
    size = outcome.photo.format
    group = build_group(replace(outcome.plan, left=0, top=0), outcome.profile)
    colorized = outcome.plan.layer(Role.COLORIZED).raster
    document = new_image(colorized, outcome.profile, size.width, size.height)
    photo = only_photo(document, outcome)
    layers = add_group(document, group, photo)
    remember(document, layers, replace(outcome, source=identity(photo)))
    Krita.instance().activeWindow().addView(document)


def only_photo(document: Document, outcome: Outcome) -> Node:
    """Replace a new image's background by the photo; its layer."""
    root = document.rootNode()
    backgrounds = root.childNodes()
    with staging(outcome.photo, outcome.profile) as stage:
        layer = make_pixel_layer(stage, texts.photo_name(), outcome.photo, 0, 0)
        root.addChildNode(layer.clone(), None)
    for background in backgrounds:
        background.remove()
    (photo,) = root.childNodes()
    return photo
