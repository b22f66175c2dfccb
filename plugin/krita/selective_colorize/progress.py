"""The progress window: the stage by name, a bar, where the daemon runs, and Cancel.

It is not modal: the image can be worked on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from selcolor_plugin import texts
from selcolor_plugin.editor import Show

from .labels import WrappingLabel
from .qt import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QProgressBar,
    QPushButton,
    Qt,
    QVBoxLayout,
    QWidget,
)

STEPS = 1000
FLAGS = Qt.WindowType.Dialog | Qt.WindowType.WindowTitleHint | Qt.WindowType.WindowCloseButtonHint
WIDTH_IN_CHARACTERS = 52


class ProgressWindow(QDialog):
    """Shows how far a job is."""

    def __init__(self, parent: QWidget | None, cancel: Callable[[], None]) -> None:
        """Show an empty bar.

        Args:
            parent: Krita's window.
            cancel: called when the user does not want to wait any longer.
        """
        super().__init__(parent, FLAGS)
        self.setObjectName("selcolor_progress")
        self.setWindowTitle(texts.title())
        self.setMinimumWidth(WIDTH_IN_CHARACTERS * self.fontMetrics().averageCharWidth())
        self.stage = QLabel()
        self.stage.setObjectName("selcolor_stage")
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.place = WrappingLabel()
        self.cancel_button = QPushButton(texts.cancel_button())
        self.cancel_button.setObjectName("selcolor_cancel")
        self.cancel_button.setToolTip(texts.cancel_tip())
        buttons = QDialogButtonBox()
        buttons.addButton(self.cancel_button, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.stage, self.bar, self.place, buttons):
            layout.addWidget(widget)
        self.rejected.connect(cancel)

    def show_turn(self, turn: Show) -> None:
        """Show where the work stands; a busy bar while nobody knows how long it takes."""
        self.stage.setText(turn.stage)
        self.place.show_text(turn.place)
        self.bar.setRange(0, 0 if turn.fraction is None else STEPS)
        if turn.fraction is not None:
            self.bar.setValue(int(STEPS * turn.fraction))
