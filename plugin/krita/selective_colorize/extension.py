"""The three actions under Tools › Scripts: from a click to a run of the workflow.

Selective Colorize…        → dialog → colorize
… Again                    →          colorize with the last settings
Update Selective Colorize  →          update
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from krita import Document, Extension, Krita, Window

from selcolor_plugin import daemon, texts
from selcolor_plugin.coloring import Wish, colorize
from selcolor_plugin.editor import NewLink, Steps
from selcolor_plugin.errors import busy_here
from selcolor_plugin.link import Link
from selcolor_plugin.occasion import occasion_for
from selcolor_plugin.record import GroupRecord
from selcolor_plugin.settings import load_settings, save_settings
from selcolor_plugin.translation import use_languages
from selcolor_plugin.updating import update
from selcolor_protocol.errors import SelectiveColorizeError

from . import messages
from .adapter import KritaEditor
from .converting import is_gray
from .dialog import OptionsDialog
from .qt import QLocale, sip
from .reading import active_document, identity, pixel_layer
from .records import last_photo
from .run import Run

EDITOR = "Krita"
MENU = "tools/scripts"


class SelectiveColorize(Extension):
    """The plugin in one Krita process; one run at a time.

    Attributes:
        editor: Krita as the workflow sees it.
    """

    def __init__(self, parent: object) -> None:
        super().__init__(parent)
        self.editor = KritaEditor()
        self._run: Run | None = None
        self._dialog: OptionsDialog | None = None
        use_languages(QLocale().uiLanguages())

    def setup(self) -> None:
        """Called by Krita at its start; there is nothing to prepare."""

    def createActions(self, window: Window) -> None:  # noqa: N802 - Krita's name
        """Called by Krita for each window."""
        for name, text, tip, do in zip(
            ("selective_colorize", "selective_colorize_again", "selective_colorize_update"),
            (texts.colorize_action(), texts.again_action(), texts.update_action()),
            texts.action_tips(),
            (self.ask, self.again, self.update),
            strict=True,
        ):
            action = window.createAction(name, text, MENU)
            action.changed.connect(lambda name=name, tip=tip: keep_tip(name, tip))
            action.triggered.connect(lambda _checked=False, do=do: messages.guarded(do))

    def ask(self) -> None:
        """Open the dialog for the active layer."""
        self._refuse_if_busy()
        document, layer = chosen()
        if self._dialog is not None:
            self._drop(self._dialog)
        has_selection = document.selection() is not None
        occasion = occasion_for(self.editor, document, [layer], has_selection, is_gray(document))
        dialog = OptionsDialog(main_window(), occasion, new_link())
        self._dialog = dialog
        dialog.accepted.connect(
            lambda: messages.guarded(lambda: self._accept(dialog, document, layer))
        )
        dialog.rejected.connect(lambda: messages.guarded(dialog.link.close))
        dialog.finished.connect(dialog.deleteLater)
        dialog.finished.connect(self._forget_dialog)
        dialog.show()

    def again(self) -> None:
        """Colorize the active layer with the last settings."""
        self._refuse_if_busy()
        document, layer = chosen()
        settings = load_settings()
        wish = Wish(settings.options, settings.refine_again)
        self._start(colorize(self.editor, document, [layer], wish, new_link))

    def update(self) -> None:
        """Take what was painted on the mask and on the hints into the result."""
        self._refuse_if_busy()
        document = active_document()
        active = self.editor.active(document)
        record = self.editor.result_meant(document, [active] if active else [])
        self.update_result(record)

    def update_result(self, record: GroupRecord, saturation: float | None = None) -> None:
        """Update a result of the image in front, with another strength of color if there is one."""
        self._refuse_if_busy()
        document, again = active_document(), load_settings().refine_again
        self._start(update(self.editor, document, record, again, new_link, saturation))

    def _accept(self, dialog: OptionsDialog, document: Document, layer: str) -> None:
        try:
            save_settings(dialog.settings())
        except SelectiveColorizeError as error:
            messages.show_error(error)
        link = dialog.link
        steps = colorize(self.editor, document, [layer], dialog.wish(), first(link))
        self._start(steps, link.close)

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return self._run is not None and self._run.is_active

    def _refuse_if_busy(self) -> None:
        if self.is_busy:
            raise busy_here()

    def _start(self, steps: Steps[Any], over: Callable[[], None] = lambda: None) -> None:
        """Run the workflow.

        Raises:
            Busy: it runs already.
        """
        try:
            self._refuse_if_busy()
        except SelectiveColorizeError:
            over()
            raise
        self._run = Run(self, main_window, steps, over)

    def _drop(self, dialog: OptionsDialog) -> None:
        """Close an earlier dialog; with the window that it belonged to, it is gone already."""
        if sip.isdeleted(dialog):
            dialog.link.close()
        else:
            dialog.close()

    def _forget_dialog(self) -> None:
        self._dialog = None


def keep_tip(name: str, tip: str) -> None:
    """Tell in the user's language what an action does: with its shortcut Krita sets the tip anew.

    It takes it from the .action file then, and translates only what is its own. A slot that held
    the action would be a cycle, which Python clears away with all slots of the action.
    """
    action = Krita.instance().action(name)
    if action is None:  # the window is not in front yet
        return
    keys = action.shortcut().toString()
    whole = f"{tip} ({keys})" if keys else tip
    if action.toolTip() != whole:
        action.setToolTip(whole)


def chosen() -> tuple[Document, str]:
    """The image in front, and the identity of the layer whose pixels are meant.

    Raises:
        CannotRead: there is none.
    """
    document = active_document()
    # After a result was undone, Krita has no active layer.
    node = document.activeNode() or last_photo(document)
    return document, identity(pixel_layer(node))


def new_link() -> Link:
    """Begin to open a session with the daemon, which is started if none answers."""
    return Link(lambda: daemon.open_session(EDITOR))


def first(link: Link) -> NewLink:
    """A dialog's session for the first job, new ones for what comes later."""
    given = [link]
    return lambda: given.pop() if given else new_link()


def main_window() -> object:
    """Krita's window as a widget, to be the parent of ours; None when it has none any more."""
    krita = Krita.instance()
    window = krita.activeWindow() or next(iter(krita.windows()), None)
    return window.qwindow() if window is not None else None
