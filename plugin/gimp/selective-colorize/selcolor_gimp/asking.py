"""Questions to the user: the options before the work, and what to do with a late result.

Imported only when there is a user: it opens the display.
"""

from __future__ import annotations

from typing import Any

from gi.repository import Gimp, GimpUi, Gtk

from selcolor_plugin import texts
from selcolor_plugin.link import Link
from selcolor_plugin.settings import Settings
from selcolor_plugin.staleness import Change, describe_change, describe_offer

from .dialog import OptionsDialog
from .errors import no_display
from .inserting import is_gray

PROGRAM = "selective-colorize"


def ask_for_settings(
    procedure: Any, config: Any, settings: Settings, link: Link, image: Any
) -> Settings | None:
    """Show the dialog; None when it was cancelled.

    Raises:
        CannotRead: there is no display.
    """
    if not Gtk.init_check(None)[0]:
        raise no_display()
    GimpUi.init(PROGRAM)
    about = texts.gray_image_note() if is_gray(image) else ""
    dialog = OptionsDialog(procedure, config, settings, link, about)
    try:
        return dialog.settings() if dialog.run() else None
    finally:
        dialog.window.destroy()
        Gimp.displays_flush()
        settle_events()


def ask_whether_wanted(change: Change) -> bool:
    """Whether a late result shall be inserted, or opened as a new image."""
    GimpUi.init(PROGRAM)
    box = Gtk.MessageDialog(
        message_type=Gtk.MessageType.QUESTION,
        text=describe_change(change),
        secondary_text=describe_offer(change),
        title=texts.title(),
    )
    yes = texts.open_button() if change is Change.CLOSED else texts.insert_button()
    box.add_button(texts.discard_button(), Gtk.ResponseType.CANCEL)
    box.add_button(yes, Gtk.ResponseType.OK)
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
