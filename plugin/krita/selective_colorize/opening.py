"""What is opened outside of Krita: the manual, in the user's browser."""

from __future__ import annotations

from selcolor_plugin.manual import manual_file

from .errors import no_browser
from .qt import QDesktopServices, QUrl


def open_manual() -> None:
    """Show the manual.

    Raises:
        CannotRead: nothing on this computer opens pages.
    """
    page = manual_file()
    if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(page))):
        raise no_browser(page)
