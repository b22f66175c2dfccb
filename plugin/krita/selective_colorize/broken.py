"""What Krita loads when the packages in `vendor` cannot be imported: the menu entry tells why."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

from krita import Extension, Krita, Window

from .qt import QLocale, QMessageBox

try:
    from selcolor_plugin.translation import translate as _
    from selcolor_plugin.translation import use_languages
except ImportError:  # the translations are among what is missing

    def _(text: str) -> str:
        return text

else:
    use_languages(QLocale().uiLanguages())


class BrokenExtension(Extension):
    """One menu entry, which says what is wrong.

    Attributes:
        reason: what could not be imported.
    """

    reason: ClassVar[str] = ""

    def setup(self) -> None:
        """Called by Krita at its start; there is nothing to prepare."""

    def createActions(self, window: Window) -> None:  # noqa: N802 - Krita's name
        """Called by Krita for each window."""
        action = window.createAction(
            "selective_colorize", _("Selective Colorize…"), "tools/scripts"
        )
        action.triggered.connect(self.tell)

    def tell(self) -> None:
        """Say what is wrong, and which file to take; never blocks."""
        is_source = not (Path(__file__).parent / "vendor").is_dir()
        box = QMessageBox(Krita.instance().activeWindow().qwindow())
        box.setText(source_text() if is_source else other_text(self.reason))
        box.addButton(_("Close"), QMessageBox.ButtonRole.RejectRole)
        box.open()


def source_text() -> str:
    """Of a zip of the source."""
    return _(
        "This is the source of Selective Colorize, not the plugin: the packages that it needs are "
        "not in it. Import the file selective-colorize-krita-VERSION.zip of a release in its "
        "place. Your pictures are unchanged."
    )


def other_text(reason: str) -> str:
    """Of packages that this Python cannot import."""
    return _(
        "Selective Colorize cannot start with this Krita's Python {version}: {reason}. "
        "Run `selcolor install krita` in a terminal, or import the current plugin. "
        "Your pictures are unchanged."
    ).format(version=f"{sys.version_info.major}.{sys.version_info.minor}", reason=reason)
