"""A row of the dialog: networks that are not here, a button that downloads one, how far it is."""

from __future__ import annotations

from collections.abc import Callable

from selcolor_plugin import downloading, texts
from selcolor_plugin.choices import Choice
from selcolor_plugin.downloading import DownloadPhase
from selcolor_plugin.link import Link, LinkState

from .fields import show_choices
from .labels import WrappingLabel
from .qt import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

STEPS = 1000


class Downloads(QWidget):
    """Offers what can be downloaded; neither it nor its label is seen while nothing can.

    Attributes:
        label: to stand beside it.
    """

    def __init__(self, link: Link, chosen: Callable[[str], None]) -> None:
        """Offer nothing yet.

        Args:
            link: to the daemon, which the dialog polls.
            chosen: called with a network that has been downloaded.
        """
        super().__init__()
        self._link, self._chosen = link, chosen
        self._offered: tuple[Choice, ...] = ()
        self._told: object = None
        self.label = QLabel(texts.before_field(downloading.downloads_label()))
        self.label.setBuddy(self)
        self.setToolTip(downloading.downloads_tip())
        self.list = QComboBox()
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button = QPushButton(downloading.download_button())
        self.button.setObjectName("selcolor_download")
        self.button.setAutoDefault(False)
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.line = WrappingLabel()
        row, rows = QHBoxLayout(), QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.list)
        row.addWidget(self.button)
        rows.addLayout(row)
        rows.addWidget(self.bar)
        rows.addWidget(self.line)
        self.setFocusProxy(self.list)
        self.button.clicked.connect(self._clicked)
        self.list.activated.connect(self._forget)

    def show_news(self) -> bool:
        """Show what the link knows; whether the window may need another height."""
        download, offered = self._link.download, downloading.to_download(self._link.welcome)
        news = (offered, download and (download, download.phase, download.stage, download.fraction))
        if news == self._told:
            return False
        self._told = news
        if offered != self._offered:
            self._offered = offered
            show_choices(self.list, offered, self.list.currentData())
        for widget in (self, self.label):
            widget.setVisible(bool(offered) or download is not None)
        is_busy = self._link.is_downloading
        self.list.setEnabled(not is_busy)
        self.button.setText(
            downloading.cancel_download_button() if is_busy else downloading.download_button()
        )
        self.button.setEnabled(is_busy or (bool(offered) and self._link.state is LinkState.OPEN))
        self.bar.setVisible(is_busy)
        self.bar.setValue(int(STEPS * download.fraction) if download is not None else 0)
        self._show_line()
        if download is not None and download.phase is DownloadPhase.DONE:
            self._chosen(download.name)
        return True

    def _show_line(self) -> None:
        chosen = next(
            (each for each in self._offered if each.value == self.list.currentData()), None
        )
        self.line.show_text(downloading.download_text(self._link.download, chosen))

    def _clicked(self) -> None:
        if self._link.is_downloading:
            self._link.cancel_download()
        else:
            self._link.fetch(self.list.currentData())

    def _forget(self) -> None:
        """Another network is looked at: how the last download ended is of no interest any more."""
        if not self._link.is_downloading:
            self._link.download = None
        self._show_line()
