"""What the plugin uses of Qt: Qt 5 in Krita 5, Qt 6 in Krita 6, as Krita tells it; never tried.

No other file names a binding: a system may have both, and two Qts in one process crash it. The
bindings differ for us in one place only, since every enum is written with its scope: QAction has
moved.
"""

from __future__ import annotations

import pykrita


def qt_version() -> int:
    """Major version of Krita's Qt; the Kritas that do not tell it have Qt 5."""
    return int(getattr(pykrita, "qt_major_version", lambda: 5)())


if qt_version() >= 6:
    from PyQt6 import sip
    from PyQt6.QtCore import (
        QAbstractTableModel,
        QByteArray,
        QEvent,
        QLocale,
        QObject,
        QRect,
        QSize,
        Qt,
        QTimer,
        QUrl,
    )
    from PyQt6.QtGui import (
        QAction,
        QDesktopServices,
        QIcon,
        QImage,
        QPainter,
        QPalette,
        QPixmap,
        QResizeEvent,
    )
    from PyQt6.QtWidgets import (
        QApplication,
        QCheckBox,
        QComboBox,
        QDialog,
        QDialogButtonBox,
        QDoubleSpinBox,
        QFormLayout,
        QGridLayout,
        QHBoxLayout,
        QLabel,
        QListWidget,
        QListWidgetItem,
        QMessageBox,
        QProgressBar,
        QPushButton,
        QRadioButton,
        QSizePolicy,
        QToolButton,
        QVBoxLayout,
        QWidget,
    )
else:
    from PyQt5 import sip
    from PyQt5.QtCore import (
        QAbstractTableModel,
        QByteArray,
        QEvent,
        QLocale,
        QObject,
        QRect,
        QSize,
        Qt,
        QTimer,
        QUrl,
    )
    from PyQt5.QtGui import (
        QDesktopServices,
        QIcon,
        QImage,
        QPainter,
        QPalette,
        QPixmap,
        QResizeEvent,
    )
    from PyQt5.QtWidgets import (
        QAction,
        QApplication,
        QCheckBox,
        QComboBox,
        QDialog,
        QDialogButtonBox,
        QDoubleSpinBox,
        QFormLayout,
        QGridLayout,
        QHBoxLayout,
        QLabel,
        QListWidget,
        QListWidgetItem,
        QMessageBox,
        QProgressBar,
        QPushButton,
        QRadioButton,
        QSizePolicy,
        QToolButton,
        QVBoxLayout,
        QWidget,
    )

__all__ = [
    "QAbstractTableModel",
    "QAction",
    "QApplication",
    "QByteArray",
    "QCheckBox",
    "QComboBox",
    "QDesktopServices",
    "QDialog",
    "QDialogButtonBox",
    "QDoubleSpinBox",
    "QEvent",
    "QFormLayout",
    "QGridLayout",
    "QHBoxLayout",
    "QIcon",
    "QImage",
    "QLabel",
    "QListWidget",
    "QListWidgetItem",
    "QLocale",
    "QMessageBox",
    "QObject",
    "QPainter",
    "QPalette",
    "QPixmap",
    "QProgressBar",
    "QPushButton",
    "QRadioButton",
    "QRect",
    "QResizeEvent",
    "QSize",
    "QSizePolicy",
    "QTimer",
    "QToolButton",
    "QUrl",
    "QVBoxLayout",
    "QWidget",
    "Qt",
    "qt_version",
    "sip",
]
