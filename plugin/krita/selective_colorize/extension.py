"""The three actions under Tools › Scripts, and how a run goes from the click to the layers.

Selective Colorize…  → dialog → read → Run → insert, or offer if the image changed meanwhile
… Again              →          read → Run → the same
Recomposite          →          read → Run → replace Blended
"""

from __future__ import annotations

from collections.abc import Callable

from krita import Document, Extension, Krita, Node, Window
from PyQt5 import sip
from PyQt5.QtCore import QLocale

from selcolor_plugin import daemon, texts
from selcolor_plugin.job import Job
from selcolor_plugin.link import Link
from selcolor_plugin.record import GroupRecord
from selcolor_plugin.settings import Settings, load_settings, save_settings
from selcolor_plugin.translation import use_language
from selcolor_protocol.errors import DaemonError, SelectiveColorizeError
from selcolor_protocol.messages import Colorize, Done

from . import messages, recompositing, records
from .dialog import OptionsDialog
from .errors import busy_here, layer_gone, no_image
from .inserting import is_gray
from .outcome import settle
from .reading import (
    Source,
    active_document,
    channel_order,
    find_node,
    identity,
    is_open,
    pixel_layer,
    read_source,
)
from .run import Run

EDITOR = "Krita"
MENU = "tools/scripts"


class SelectiveColorize(Extension):
    """The plugin in one Krita process; one run at a time."""

    def __init__(self, parent: object) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._dialog: OptionsDialog | None = None
        use_language(QLocale().name())

    def setup(self) -> None:
        """Called by Krita at its start; there is nothing to prepare."""

    def createActions(self, window: Window) -> None:  # noqa: N802 - Krita's name
        """Called by Krita for each window."""
        for name, text, do in (
            ("selective_colorize", texts.colorize_action(), self.ask),
            ("selective_colorize_again", texts.again_action(), self.again),
            ("selective_colorize_recomposite", texts.recomposite_action(), self.recomposite),
        ):
            action = window.createAction(name, text, MENU)
            action.triggered.connect(lambda _checked=False, do=do: messages.guarded(do))

    def ask(self) -> None:
        """Open the dialog for the active layer."""
        document, node = self._chosen()
        if self._dialog is not None:
            self._drop(self._dialog)
        note = texts.gray_image_note() if is_gray(document) else ""
        self._dialog = OptionsDialog(main_window(), load_settings(), self._new_link(), note)
        self._dialog.accepted.connect(
            lambda dialog=self._dialog: messages.guarded(
                lambda: self._accept(dialog, document, node)
            )
        )
        self._dialog.rejected.connect(lambda link=self._dialog.link: messages.guarded(link.close))
        self._dialog.finished.connect(self._dialog.deleteLater)
        self._dialog.finished.connect(self._forget_dialog)
        self._dialog.show()

    def again(self) -> None:
        """Colorize the active layer with the last settings."""
        document, node = self._chosen()
        self._colorize(document, node, load_settings(), self._new_link())

    def recomposite(self) -> None:
        """Render Blended again from the edited mask."""
        document = active_document()
        record = records.record_for(document, document.activeNode())
        self._recomposite(document, record, load_settings())

    def _chosen(self) -> tuple[Document, Node]:
        """The image in front and the layer to be colorized.

        When a layer of an earlier result is active, its photo is meant.
        """
        document = active_document()
        node = pixel_layer(document.activeNode())
        return document, records.photo_of(document, node) or node

    def _accept(self, dialog: OptionsDialog, document: Document, node: Node) -> None:
        settings = dialog.settings()
        try:
            save_settings(settings)
        except SelectiveColorizeError as error:
            messages.show_error(error)
        self._colorize(document, node, settings, dialog.link)

    def _colorize(self, document: Document, node: Node, settings: Settings, link: Link) -> None:
        try:
            if not is_open(document):
                raise no_image()
            if find_node(document.rootNode(), identity(node)) is None:
                raise layer_gone()
            source = read_source(document, node)
        except SelectiveColorizeError:
            link.close()
            raise
        request = Colorize(
            session="",
            job=0,
            options=settings.options,
            photo=source.photo,
            selection=source.selection,
            channel_order=channel_order(source.photo),
        )
        self._start(
            Job(request, link),
            lambda done: messages.guarded(lambda: settle(source, settings.options, done)),
            lambda: self._repeat(source, settings),
        )

    def _recomposite(self, document: Document, record: GroupRecord, settings: Settings) -> None:
        """Recomposite a result; trying again means the same one, whatever layer is active then."""
        if not is_open(document):
            raise no_image()
        result = recompositing.read_result(document, records.newest(document, record))
        self._start(
            Job(recompositing.request_for(result, settings), self._new_link()),
            lambda done: messages.guarded(lambda: recompositing.finish(result, done)),
            lambda: self._recomposite(document, record, settings),
        )

    def _repeat(self, source: Source, settings: Settings) -> None:
        """Try again with the same layer of the same image, as it is now."""
        if not is_open(source.document):
            raise no_image()
        node = find_node(source.document.rootNode(), source.layer)
        if node is None:
            raise layer_gone()
        self._colorize(source.document, node, settings, self._new_link())

    def _start(
        self, job: Job, succeed: Callable[[Done], None], try_again: Callable[[], None]
    ) -> None:
        """Run a job.

        Raises:
            Busy: one runs already.
        """
        if self._run is not None and self._run.is_active:
            job.cancel()
            raise busy_here()

        def fail(error: SelectiveColorizeError) -> None:
            may_repeat = isinstance(error, DaemonError)
            messages.show_error(error, try_again if may_repeat else None)

        self._run = Run(self, main_window, job, succeed, fail)

    def _new_link(self) -> Link:
        return Link(lambda: daemon.open_session(EDITOR))

    def _drop(self, dialog: OptionsDialog) -> None:
        """Close an earlier dialog; with the window that it belonged to, it is gone already."""
        if sip.isdeleted(dialog):
            dialog.link.close()
        else:
            dialog.close()

    def _forget_dialog(self) -> None:
        self._dialog = None


def main_window() -> object:
    """Krita's window as a widget, to be the parent of ours; None when it has none any more."""
    krita = Krita.instance()
    window = krita.activeWindow() or next(iter(krita.windows()), None)
    return window.qwindow() if window is not None else None
