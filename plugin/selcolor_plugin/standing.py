"""How a result stands: what was painted on it that it does not show yet. For a docker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from selcolor_plugin.coloring import photo_of, result_of
from selcolor_plugin.editor import Editor, Image, Steps
from selcolor_plugin.errors import layer_gone
from selcolor_plugin.layers import Role
from selcolor_plugin.record import GroupRecord, digest
from selcolor_plugin.source import read_earlier, when_idle
from selcolor_plugin.translation import translate as _


@dataclass(frozen=True)
class Standing:
    """A result as it is now.

    Attributes:
        record: of the result; None where there is none.
        mask: whether `Blended` was made with another mask.
        hints: whether the colors were made with other hints.
    """

    record: GroupRecord | None = None
    mask: bool = False
    hints: bool = False


def result_shown(editor: Editor, image: Image, layers: Sequence[str]) -> GroupRecord | None:
    """The result that a docker is about: that of the selected layers, else the newest whole one."""
    records = editor.records(image)
    sources = [photo_of(editor, image, layer, records) or layer for layer in layers]
    sources += [
        each.layers[Role.SOURCE][0] for each in sorted(records, key=lambda each: -each.made)
    ]
    found = (result_of(editor, image, source) for source in sources)
    return next((record for record in found if record is not None), None)


def standing_of(editor: Editor, image: Image, record: GroupRecord) -> Steps[Standing]:
    """Compare what is painted with what a result was made of.

    Raises:
        CannotRead: the image or the layers are gone.
    """
    yield from when_idle(editor, image)
    colorized = editor.part(image, record, Role.COLORIZED)
    if colorized is None or editor.part(image, record, Role.MASK) is None:
        raise layer_gone()
    rectangle = editor.rectangle(image, colorized)
    now = yield from read_earlier(editor, image, record, rectangle)
    return Standing(record, now.digest != record.rendered, digest(now.hints) != record.hints)


def standing_text(standing: Standing, has_other_strength: bool) -> str:
    """What a docker says of a result."""
    if standing.record is None:
        return _("This image has no result yet.")
    news = [
        name
        for name, is_new in (
            (_("mask"), standing.mask),
            (_("hints"), standing.hints),
            (_("strength"), has_other_strength),
        )
        if is_new
    ]
    if not news:
        return _("Everything is up to date.")
    return _("Changed since the last update: {what}.").format(what=_(", ").join(news))
