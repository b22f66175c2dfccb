"""Selective Colorize, from the chosen layers to their results: new ones, or earlier ones renewed.

read → the daemon → insert, or renew in place; offer it if the image changed meanwhile
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from selcolor_plugin.daemon_sentences import in_users_words
from selcolor_plugin.editor import Editor, Image, NewLink, Steps
from selcolor_plugin.layers import Role, plan_layers
from selcolor_plugin.outcome import Outcome, deliver
from selcolor_plugin.record import GroupRecord
from selcolor_plugin.source import Source, read_source
from selcolor_plugin.translation import translate as _
from selcolor_plugin.working import Share, repeated, work
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Colorize, Done
from selcolor_protocol.options import ColorizeOptions, MaskOptions, Subject, SubjectKind

AS_PAINTED = MaskOptions(refine=False, feather=0.0)


@dataclass(frozen=True)
class Wish:
    """What the user has asked for.

    Attributes:
        options: what to color and how.
        refine_again: a mask that was painted is refined and feathered, too; otherwise it is taken
            exactly as it was painted.
        find_anew: a mask that was painted is given up.
        keep_mask: the mask stays as it is, painted or not.
        beside: a result beside the one that is there, which stays as it is.
    """

    options: ColorizeOptions
    refine_again: bool = False
    find_anew: bool = False
    keep_mask: bool = False
    beside: bool = False


def colorize(
    editor: Editor, image: Image, layers: Sequence[str], wish: Wish, new_link: NewLink
) -> Steps[list[str]]:
    """Color layers, all of them or none.

    Args:
        editor: of the image.
        image: the layers'.
        layers: their identities; a layer of an earlier result stands for its photo.
        wish: what the user has asked for.
        new_link: to the daemon.

    Returns:
        The identities of the results' groups.

    Raises:
        SelectiveColorizeError: something failed; the image is unchanged.
    """
    outcomes = yield from repeated(
        lambda: color_all(editor, image, photos_of(editor, image, layers), wish, new_link)
    )
    return (yield from deliver(editor, image, outcomes))


def photos_of(editor: Editor, image: Image, layers: Sequence[str]) -> list[str]:
    """The photos that are meant by what is selected, each once."""
    records = editor.records(image)
    photos = (photo_of(editor, image, layer, records) or layer for layer in layers)
    return list(dict.fromkeys(photos))


def photo_of(
    editor: Editor, image: Image, layer: str, records: Sequence[GroupRecord]
) -> str | None:
    """The photo that a layer was made from; None for a layer that is no part of a result."""
    for record in records:
        if record.has_made(layer):
            return editor.part(image, record, Role.SOURCE)
    return None


def result_of(editor: Editor, image: Image, photo: str) -> GroupRecord | None:
    """The newest result of a photo that can be updated: its layers and its mask are there."""
    needed = (Role.GROUP, Role.COLORIZED, Role.MASK)
    found = [
        record
        for record in editor.records(image)
        if photo in record.layers.get(Role.SOURCE, ())
        and all(editor.part(image, record, role) for role in needed)
    ]
    return max(found, key=lambda record: record.made, default=None)


def color_all(
    editor: Editor,
    image: Image,
    photos: Sequence[str],
    wish: Wish,
    new_link: NewLink,
    meant: GroupRecord | None = None,
) -> Steps[list[Outcome]]:
    """What the daemon makes of photos; `meant` is the result of the only one, if it is known."""
    outcomes = []
    for number, photo in enumerate(photos, 1):
        with naming(editor, image, photo, len(photos)):
            record = meant or result_to_renew(editor, image, photo, wish)
            source = yield from read_source(editor, image, photo, record)
            asked, mask_is_kept = request_for(editor, source, wish)
            done = yield from work(asked, new_link, Share(number, len(photos)))
            outcomes.append(outcome_of(source, wish.options, done, mask_is_kept))
    return outcomes


def result_to_renew(editor: Editor, image: Image, photo: str, wish: Wish) -> GroupRecord | None:
    """The result that takes the new pixels; None where a new one is wanted."""
    return None if wish.beside else result_of(editor, image, photo)


@contextmanager
def naming(editor: Editor, image: Image, layer: str, count: int) -> Iterator[None]:
    """Say which of several layers an error is about."""
    try:
        yield
    except SelectiveColorizeError as error:
        if count > 1 and editor.is_open(image) and editor.has(image, layer):
            sentence = in_users_words(error.sentence)
            error.sentence = _("“{name}”: {sentence}").format(
                name=editor.name(image, layer), sentence=sentence
            )
        raise


def request_for(editor: Editor, source: Source, wish: Wish) -> tuple[Colorize, bool]:
    """What the daemon is asked, and whether the mask is the one that is there."""
    earlier, options = source.earlier, wish.options
    is_kept = earlier is not None and (
        wish.keep_mask or (earlier.is_painted and not wish.find_anew)
    )
    request = Colorize(
        session="",
        job=0,
        options=under_a_mask(options, wish.refine_again) if is_kept else options,
        photo=source.photo,
        mask=earlier.mask if earlier is not None and is_kept else None,
        selection=None if is_kept else source.selection,
        hints=earlier.hints if earlier is not None else None,
        channel_order=editor.channel_order(source.photo),
    )
    return request, is_kept


def under_a_mask(options: ColorizeOptions, refine_again: bool) -> ColorizeOptions:
    """Options with which a mask stays as it was painted, whatever else was to be found."""
    if options.subject.kind is SubjectKind.SELECTION:
        # What is selected need not be any more; the mask decides anyway.
        options = replace(options, subject=Subject(SubjectKind.EVERYTHING))
    mask = options.mask if refine_again else AS_PAINTED
    return replace(options, mask=mask, invert=False)


def outcome_of(source: Source, options: ColorizeOptions, done: Done, mask_is_kept: bool) -> Outcome:
    """A result, and where it belongs."""
    left, top = source.snapshot.rectangle[:2]
    return Outcome(source, options, plan_layers(done, left, top), done, mask_is_kept)
