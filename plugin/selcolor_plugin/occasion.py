"""What a dialog is opened for: it begins with what is there, not with what was chosen elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from selcolor_plugin import texts
from selcolor_plugin.choices import prefilled
from selcolor_plugin.coloring import photos_of, result_of
from selcolor_plugin.editor import Editor, Image
from selcolor_plugin.preview import Preview, read_small
from selcolor_plugin.settings import Settings, load_settings


@dataclass(frozen=True)
class Occasion:
    """What is asked about.

    Attributes:
        settings: to begin with.
        has_selection: whether something is selected.
        is_update: whether a result is there, which is updated.
        notes: sentences about the image.
        preview: of what the options would do.
    """

    settings: Settings
    has_selection: bool
    is_update: bool
    notes: tuple[str, ...]
    preview: Preview


def occasion_for(
    editor: Editor, image: Image, layers: Sequence[str], has_selection: bool, is_gray: bool
) -> Occasion:
    """What a dialog for some layers begins with.

    Args:
        editor: of the image.
        image: the layers'.
        layers: what is selected in the editor.
        has_selection: whether a part of the image is selected.
        is_gray: whether the image cannot show color as it is.
    """
    photos = photos_of(editor, image, layers)
    found = [(photo, result_of(editor, image, photo)) for photo in photos]
    # Of several layers one is shown: the first that is updated, else the first.
    photo, record = next((pair for pair in found if pair[1] is not None), found[0])
    settings = load_settings()
    if record is not None:
        settings = replace(settings, options=record.options)
    else:
        settings = replace(settings, options=prefilled(settings.options, has_selection))
    notes = (
        *((texts.gray_image_note(),) if is_gray else ()),
        *((texts.earlier_note(),) if record is not None else ()),
        *(() if settings.knows_hints else (texts.hints_note(),)),
    )
    settings = replace(settings, knows_hints=True)
    preview = Preview(editor, read_small(editor, image, photo, record))
    return Occasion(settings, has_selection, record is not None, notes, preview)
