"""Questions to the user: the options before the work, and what to do with a late result.

Imported only when there is a user: it opens the display.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gi.repository import Gimp, GimpUi, Gtk

from selcolor_plugin import texts
from selcolor_plugin.coloring import Wish
from selcolor_plugin.editor import Question
from selcolor_plugin.link import Link
from selcolor_plugin.occasion import occasion_for
from selcolor_plugin.settings import Settings

from .adapter import GimpEditor
from .dialog import OptionsDialog
from .errors import no_display
from .inserting import is_gray

PROGRAM = "selective-colorize"


def ask_for_wish(
    procedure: Any, config: Any, image: Any, layers: Sequence[str], link: Link
) -> tuple[Settings, Wish] | None:
    """Show the dialog; None when it was cancelled.

    Raises:
        CannotRead: there is no display.
    """
    if not Gtk.init_check(None)[0]:
        raise no_display()
    GimpUi.init(PROGRAM)
    has_selection = not Gimp.Selection.is_empty(image)
    editor = GimpEditor(can_ask=True)
    occasion = occasion_for(editor, image, layers, has_selection, is_gray(image))
    dialog = OptionsDialog(procedure, config, occasion, link)
    try:
        return (dialog.settings(), dialog.wish()) if dialog.run() else None
    finally:
        dialog.window.destroy()
        Gimp.displays_flush()
        settle_events()


def ask_user(question: Question) -> bool:
    """Put a question to the user."""
    GimpUi.init(PROGRAM)
    box = Gtk.MessageDialog(
        message_type=Gtk.MessageType.QUESTION,
        text=question.sentence,
        secondary_text=question.hint,
        title=texts.title(),
    )
    box.add_button(texts.discard_button(), Gtk.ResponseType.CANCEL)
    box.add_button(question.yes, Gtk.ResponseType.OK)
    box.set_default_response(Gtk.ResponseType.OK)
    GimpUi.window_set_transient(box)
    try:
        return bool(box.run() == Gtk.ResponseType.OK)
    finally:
        box.destroy()
        settle_events()


def settle_events() -> None:
    """Let a closed window disappear: nothing handles events while a job runs."""
    while Gtk.events_pending():
        Gtk.main_iteration()
