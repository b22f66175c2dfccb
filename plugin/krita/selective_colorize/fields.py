"""The dialog's fields: what the core says of them, as widgets."""

from __future__ import annotations

from collections.abc import Sequence

from selcolor_plugin.choices import Choice
from selcolor_plugin.texts import FieldText
from selcolor_protocol.options import Range

from .qt import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QListWidget,
    QLocale,
    QPalette,
    QRadioButton,
)


def check_box(text: FieldText) -> QCheckBox:
    """A yes-or-no field."""
    box = QCheckBox(text.label)
    box.setToolTip(text.tip)
    return box


def number_box(allowed: Range, step: float, decimals: int, unit: str = "") -> QDoubleSpinBox:
    """A number within a range; its default at first."""
    box = QDoubleSpinBox()
    box.setDecimals(decimals)
    box.setRange(allowed.lowest, allowed.highest)
    box.setValue(allowed.default)
    box.setSingleStep(step)
    box.setSuffix(unit)
    # In a locale that writes 2.5, "2,5" would become 25.
    locale = box.locale()
    locale.setNumberOptions(QLocale.NumberOption.RejectGroupSeparator)
    box.setLocale(locale)
    return box


def class_list() -> QListWidget:
    """An empty list of boxes to check, on the window's color: on a dark list they are not seen."""
    classes = QListWidget()
    colors = classes.palette()
    colors.setColor(QPalette.ColorRole.Base, colors.color(QPalette.ColorRole.Window))
    classes.setPalette(colors)
    return classes


def radio_button(choice: Choice) -> QRadioButton:
    """One thing that can be colored."""
    button = QRadioButton(choice.label)
    button.setEnabled(choice.enabled)
    button.setToolTip(choice.tip)
    return button


def show_choices(box: QComboBox, offered: Sequence[Choice], chosen: str) -> None:
    """Fill a list and give it room: Qt keeps the least width of the entries that it saw first.

    Qt 5 measures the ink of an entry, but lays out its letters with the space around them.
    """
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.blockSignals(True)
    box.clear()
    for choice in offered:
        box.addItem(choice.label, choice.value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)
    metrics = box.fontMetrics()
    around = max(
        (
            metrics.horizontalAdvance(each.label) - metrics.boundingRect(each.label).width()
            for each in offered
        ),
        default=0,
    )
    box.setMinimumWidth(box.sizeHint().width() + max(0, around))
