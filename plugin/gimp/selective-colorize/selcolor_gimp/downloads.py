"""A row of the dialog: networks that are not here, a button that downloads one, how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gi.repository import Gtk

from selcolor_plugin import downloading
from selcolor_plugin.choices import Choice
from selcolor_plugin.downloading import DownloadPhase
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.texts import FieldText

from .arguments import underlined
from .widgets import SPACING, ModelList, note

LINE_CHARACTERS = 40
"""Of the line below the list, which has less room than the dialog."""


class Downloads:
    """Offers what can be downloaded; it is hidden while nothing can.

    Attributes:
        text: its label and its tip.
        box: the widget.
    """

    def __init__(self, link: Link, chosen: Callable[[str], None]) -> None:
        """Offer nothing yet.

        Args:
            link: to the daemon, which the dialog polls.
            chosen: called with a network that has been downloaded.
        """
        self._link, self._chosen = link, chosen
        self._offered: tuple[Choice, ...] = ()
        self._told: object = None
        self.text = FieldText(downloading.downloads_label(), downloading.downloads_tip())
        self._list = ModelList(self._forget)
        self._button = Gtk.Button.new_with_mnemonic(with_one_key(downloading.download_button()))
        self._bar = Gtk.ProgressBar(no_show_all=True)
        self._line = note("")
        self._line.set_width_chars(LINE_CHARACTERS)
        self._line.set_max_width_chars(LINE_CHARACTERS)
        row = Gtk.Box(spacing=SPACING)
        row.pack_start(self._list.box, True, True, 0)
        row.pack_start(self._button, False, False, 0)
        self.box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=SPACING)
        for widget in (row, self._bar, self._line):
            self.box.pack_start(widget, False, False, 0)
        self._button.connect("clicked", self._clicked)

    def show_news(self, whole: Any) -> bool:
        """Show what the link knows; whether there was something new.

        Args:
            whole: the row with its label, hidden while there is nothing to show.
        """
        download, offered = self._link.download, downloading.to_download(self._link.welcome)
        news = (offered, download and (download, download.phase, download.stage, download.fraction))
        if news == self._told:
            return False
        self._told = news
        if offered != self._offered:
            self._offered = offered
            self._list.show(offered, self._list.chosen())
        whole.set_visible(bool(offered) or download is not None)
        is_busy = self._link.is_downloading
        self._list.box.set_sensitive(not is_busy)
        label = downloading.cancel_download_button if is_busy else downloading.download_button
        self._button.set_label(with_one_key(label()))
        is_open = self._link.state is LinkState.OPEN
        self._button.set_sensitive(is_busy or (bool(offered) and is_open))
        self._bar.set_visible(is_busy)
        self._bar.set_fraction(download.fraction if download is not None else 0.0)
        self._show_line()
        if download is not None and download.phase is DownloadPhase.DONE:
            self._chosen(download.name)
        return True

    def _show_line(self) -> None:
        name = self._list.chosen()
        chosen = next((each for each in self._offered if each.value == name), None)
        self._line.set_text(downloading.download_text(self._link.download, chosen))

    def _clicked(self, _button: Any) -> None:
        if self._link.is_downloading:
            self._link.cancel_download()
        else:
            self._link.fetch(self._list.chosen())

    def _forget(self, _name: str) -> None:
        """Another network is looked at: how the last download ended is of no interest any more."""
        self._link.download = None
        self._show_line()


def with_one_key(label: str) -> str:
    """A label of the button with the letter that *Download* has: one key begins and cancels."""
    _, _, rest = underlined(downloading.download_button()).partition("_")
    key = rest[:1]
    return label.replace(key, f"_{key}", 1) if key and key in label else underlined(label)
