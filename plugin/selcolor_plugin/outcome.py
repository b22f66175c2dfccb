"""What becomes of results: into the image that they were made for, or offered if it has changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from selcolor_plugin import texts
from selcolor_plugin.daemon_sentences import error_text
from selcolor_plugin.editor import (
    Addition,
    Editor,
    Identities,
    Image,
    NewGroup,
    Question,
    Renewal,
    Steps,
)
from selcolor_plugin.errors import CannotInsert, CannotRead, changed_meanwhile, discarded
from selcolor_plugin.layers import LayerPlan, Role
from selcolor_plugin.record import GroupRecord, digest
from selcolor_plugin.source import Source, change_since
from selcolor_plugin.staleness import Change, describe_change, describe_offer
from selcolor_protocol.messages import Done
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import Raster


@dataclass(frozen=True)
class Outcome:
    """A finished result.

    Attributes:
        source: what it was made from.
        options: what it was made with.
        plan: its layers.
        done: the daemon's answer.
        mask_is_kept: whether its mask is the one that was painted.
    """

    source: Source
    options: ColorizeOptions
    plan: LayerPlan
    done: Done
    mask_is_kept: bool = False

    def new_group(self) -> NewGroup:
        """To be added, above an earlier result if there is one."""
        earlier = self.source.earlier
        groups = earlier.record.layers.get(Role.GROUP, ()) if earlier is not None else ()
        below = (*groups, self.source.layer)
        return NewGroup(self.plan, below, self.source.color, time.time(), self.done.networks)

    def renewal(self) -> Renewal:
        """To be put in the place of the earlier result's layers."""
        assert self.source.earlier is not None, "there is a result to renew"
        record, rectangle = self.source.earlier.record, self.source.snapshot.rectangle
        roles = (Role.COLORIZED, Role.MASK, Role.BLENDED)
        pixels = {role: self.plan.raster(role) for role in roles}
        return Renewal(record, rectangle, pixels, self.source.color)

    def addition(self) -> Addition:
        """What is to be done with it."""
        return self.new_group() if self.source.earlier is None else self.renewal()


def deliver(editor: Editor, image: Image, outcomes: Sequence[Outcome]) -> Steps[list[str]]:
    """Put results of one image into it, in one undo step.

    An image that takes no layers any more is left alone: they are opened as new ones.

    Returns:
        The identities of the groups; none where results were opened as new images.

    Raises:
        CannotRead: the image takes no layers as it is now, and nobody can be asked.
        CannotInsert: the image changed and nobody can be asked, or the editor did not take them.
        UserCancelled: the results are not wanted any more.
    """
    while True:
        change = yield from first_change(editor, outcomes)
        if change is not None:
            yield from ask(editor, change, describe_change(change), describe_offer(change))
        # It may have been closed or changed while the question was open, too.
        obstacle = editor.obstacle(image)
        if obstacle is not None:
            break
        additions = [each.new_group() if change else each.addition() for each in outcomes]
        try:
            return (yield from insert(editor, image, outcomes, additions))
        except CannotRead:
            if editor.is_open(image):
                raise
    if not editor.can_ask:
        raise obstacle
    for outcome in outcomes:
        group = outcome.new_group()
        record = record_of(outcome, group, {})
        yield from add_late(editor, image, group, outcome.source.photo, record)
    return []


def first_change(editor: Editor, outcomes: Sequence[Outcome]) -> Steps[Change | None]:
    """What happened to the image, as far as it concerns a result."""
    for outcome in outcomes:
        change = yield from change_since(editor, outcome.source)
        if change is not None:
            return change
    return None


def ask(editor: Editor, change: Change, sentence: str, hint: str) -> Steps[None]:
    """Ask whether a late result is wanted nevertheless.

    Raises:
        UserCancelled: it is not.
        CannotInsert: nobody can be asked.
    """
    if not editor.can_ask:
        raise changed_meanwhile(sentence)
    yes = texts.open_button() if change is Change.CLOSED else texts.insert_button()
    if not (yield Question(sentence, hint, yes)):
        raise discarded()


def insert(
    editor: Editor, image: Image, outcomes: Sequence[Outcome], additions: Sequence[Addition]
) -> Steps[list[str]]:
    """Add results; where the editor does not take them, they are kept for another try."""
    active = editor.active(image)
    added = yield from applied(editor, image, additions)
    records = [
        record_of(outcome, addition, layers)
        for outcome, addition, layers in zip(outcomes, additions, added, strict=True)
    ]
    try:
        yield from make_ready(editor, image, records[-1], outcomes[-1].mask_is_kept, active)
    finally:
        for record in records:
            editor.note(image, record)
    notes = [note.sentence for outcome in outcomes for note in outcome.done.notes]
    editor.tell(notes, texts.done_text(any(outcome.mask_is_kept for outcome in outcomes)))
    return [record.layers[Role.GROUP][0] for record in records]


def make_ready(
    editor: Editor, image: Image, record: GroupRecord, mask_is_kept: bool, active: str | None
) -> Steps[None]:
    """Have the user paint on the mask with a brush, or go on painting hints if that was done."""
    goes_on = mask_is_kept and active in record.layers.get(Role.HINTS, ())
    layer = editor.part(image, record, Role.HINTS if goes_on else Role.MASK)
    if layer is not None:
        yield from editor.activate(image, layer, with_brush=not goes_on)


def applied(editor: Editor, image: Image, additions: Sequence[Addition]) -> Steps[list[Identities]]:
    """Change an image; again if that fails and the user wants it.

    Raises:
        CannotInsert: the editor did not take the pixels, and nobody can be asked.
        UserCancelled: the user gives up.
    """
    while True:
        try:
            return (yield from editor.apply(image, additions))
        except CannotInsert as error:
            failure = error
        words = error_text(failure)
        if not (yield Question(*words, texts.try_again_button(), failure)):
            raise discarded()
        if (obstacle := editor.obstacle(image)) is not None:
            raise obstacle


def record_of(outcome: Outcome, addition: Addition, layers: Identities) -> GroupRecord:
    """What the image keeps of a result."""
    record = known_before(outcome, addition)
    for role, layer in layers.items():
        record = record.replaced(role, layer)
    earlier, mask = outcome.source.earlier, outcome.plan.raster(Role.MASK)
    return replace(
        record,
        options=outcome.options,
        networks=outcome.done.networks or record.networks,
        mask=record.mask if outcome.mask_is_kept else digest(mask),
        rendered=digest(mask),
        hints=digest(earlier.hints) if earlier is not None else "",
    )


def known_before(outcome: Outcome, addition: Addition) -> GroupRecord:
    """The record of what is renewed; of a new group, one that knows its photo alone."""
    if isinstance(addition, Renewal):
        return addition.record
    layers = {Role.SOURCE: (outcome.source.layer,)}
    return GroupRecord(layers, outcome.options, addition.made)


def add_late(
    editor: Editor, image: Image, group: NewGroup, photo: Raster, record: GroupRecord
) -> Steps[None]:
    """Add a result beside what has changed; as a new image where it takes no layers any more.

    Args:
        editor: of the image.
        image: that the result was made for.
        group: the result.
        photo: what it was made from.
        record: what is known of it but for its layers.
    """
    obstacle = editor.obstacle(image)
    known = {Role.SOURCE: record.layers[Role.SOURCE]}
    if obstacle is None:
        (layers,) = yield from applied(editor, image, [group])
    else:
        plan = replace(group.plan, left=0, top=0)
        anew = replace(group, plan=plan, below=())
        changed, (image, layers) = image, (yield from editor.open(anew, photo, texts.photo_name()))
        if editor.is_open(changed):
            editor.tell([obstacle.sentence, texts.opened_anew()])
    found = known | {role: (layer,) for role, layer in layers.items()}
    editor.note(image, replace(record, layers=found, made=group.made))
