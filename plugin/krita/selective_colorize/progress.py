"""The progress window: the stage by name, a bar, where the daemon runs, and Cancel.

It is not modal: the image can be worked on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from selcolor_plugin import texts
from selcolor_plugin.job import Job, JobPhase

from .labels import WrappingLabel

STEPS = 1000
WIDTH_IN_CHARACTERS = 52


class ProgressWindow(QDialog):
    """Shows how far a job is."""

    def __init__(self, parent: QWidget | None, cancel: Callable[[], None]) -> None:
        """Show an empty bar.

        Args:
            parent: Krita's window.
            cancel: called when the user does not want to wait any longer.
        """
        super().__init__(parent, Qt.Dialog | Qt.WindowTitleHint | Qt.WindowCloseButtonHint)
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
        buttons.addButton(self.cancel_button, QDialogButtonBox.RejectRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.stage, self.bar, self.place, buttons):
            layout.addWidget(widget)
        self.rejected.connect(cancel)

    def show_job(self, job: Job) -> None:
        """Show where a job stands; a busy bar while nobody knows how long it takes."""
        is_running = job.phase in (JobPhase.RUNNING, JobPhase.DONE)
        self.stage.setText(texts.stage_text(job))
        self.place.show_text(texts.place_text(job))
        self.bar.setRange(0, STEPS if is_running else 0)
        if is_running:
            self.bar.setValue(int(STEPS * job.fraction))
