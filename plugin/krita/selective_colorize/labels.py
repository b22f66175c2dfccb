"""A label that is never cut off, however long its text: its height follows its width."""

from __future__ import annotations

from selcolor_plugin.texts import shortened, words

from .qt import QLabel, QResizeEvent


class WrappingLabel(QLabel):
    """Breaks its text into lines and makes its window grow for them.

    Qt asks a label that breaks lines for its height only when a window is first shown.
    """

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setWordWrap(True)
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show a text; words that no line could hold are shortened, and whole in the tool tip."""
        shown = shortened(text)
        if shown != self.text():
            self.setText(shown)
            self.setToolTip(text if shown != text else "")
            widths = map(self.fontMetrics().horizontalAdvance, words(shown))
            self.setMinimumWidth(max(widths, default=0) + 2 * self.margin())
            self._claim_height()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Called by Qt when the width has changed, and so perhaps the number of lines."""
        super().resizeEvent(event)
        self._claim_height()

    def _claim_height(self) -> None:
        if self.isVisible():
            self.setMinimumHeight(self.heightForWidth(self.width()))
