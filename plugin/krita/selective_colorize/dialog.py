"""The dialog: what to color and how. It shows what the daemon reports as soon as that is known.

Ranges, defaults and texts come from the core; here they only become widgets.
"""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from selcolor_plugin import choices, texts
from selcolor_plugin.choices import Choice
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.settings import Settings
from selcolor_plugin.translation import translate as _
from selcolor_protocol.options import (
    FEATHER,
    GAIN,
    SATURATION,
    Background,
    ColorizeOptions,
    MaskOptions,
    Range,
    Subject,
    SubjectKind,
)

from . import messages
from .labels import WrappingLabel

POLL_MILLISECONDS = 50
CLASS_ROWS = 4


class OptionsDialog(QDialog):
    """Asks for the options; `settings` tells them, and `link` is the session that was opened."""

    def __init__(self, parent: QWidget | None, settings: Settings, link: Link, note: str) -> None:
        """Show the remembered settings.

        Args:
            parent: Krita's window.
            settings: to begin with.
            link: to the daemon; polled here until it is open.
            note: a sentence about the image, or nothing.
        """
        super().__init__(parent)
        self.setObjectName("selcolor_dialog")
        self.setWindowTitle(texts.title())
        self.link = link
        self._texts = texts.field_texts()
        self._wanted = settings.options
        self._shown: object = None
        self._build(note)
        self._fill(settings)
        self._refresh()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._poll)
        self._timer.start(POLL_MILLISECONDS)
        self.finished.connect(self._timer.stop)

    def settings(self) -> Settings:
        """What is chosen now."""
        options = ColorizeOptions(
            gain=self.gain.value(),
            saturation=self.saturation.value(),
            subject=self._subject(),
            invert=self.invert.isChecked(),
            mask=MaskOptions(self.refine.isChecked(), self.feather.value()),
            background=Background(self.background.currentData()),
            colorizer=self.colorizer.currentData(),
            segmenter=self.segmenter.currentData(),
        )
        return Settings(options, self.refine_again.isChecked())

    def _build(self, note: str) -> None:
        self.main_subject = QRadioButton(choices.class_label(choices.MAIN_SUBJECT))
        self.by_class = QRadioButton(_("These:"))
        self.classes = QListWidget()
        self.invert = self._check("invert")
        self.colorizer, self.segmenter = QComboBox(), QComboBox()
        self.gain = self._number(GAIN, 0.05, 2)
        self.saturation = self._number(SATURATION, 0.05, 2)
        self.refine = self._check("refine")
        self.feather = self._number(FEATHER, 1.0, 1, " px")
        self.refine_again = self._check("refine_again")
        self.background = QComboBox()
        for choice in choices.background_choices():
            self.background.addItem(choice.label, choice.value)
        self.status = WrappingLabel()
        self.status.setObjectName("selcolor_status")
        self.status.setTextInteractionFlags(Qt.TextSelectableByMouse)
        self._lay_out(note)
        self.by_class.toggled.connect(self.classes.setEnabled)
        self.by_class.toggled.connect(self._allow_start)
        self.segmenter.currentIndexChanged.connect(self._offer_classes)
        self.classes.itemChanged.connect(self._allow_start)

    def _lay_out(self, note: str) -> None:
        form = QFormLayout()
        self._add_row(form, "classes", self.main_subject)
        for widget in (self.by_class, self.classes, self.invert):
            form.addRow("", widget)
        for widget in (self.by_class, self.classes):
            widget.setToolTip(self._texts["classes"].tip)
        for name in ("colorizer", "segmenter", "gain", "saturation", "feather"):
            self._add_row(form, name, getattr(self, name))
        for widget in (self.refine, self.refine_again):
            form.addRow("", widget)
        self._add_row(form, "background", self.background)
        outer = QVBoxLayout(self)
        outer.addLayout(form)
        if note:
            outer.addWidget(WrappingLabel(note))
        outer.addWidget(self.status)
        outer.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.start = QPushButton(texts.colorize_button())
        self.start.setObjectName("selcolor_start")
        self.start.setDefault(True)
        buttons.addButton(self.start, QDialogButtonBox.AcceptRole)
        buttons.addButton(texts.cancel_button(), QDialogButtonBox.RejectRole)
        defaults = buttons.addButton(texts.defaults_button(), QDialogButtonBox.ResetRole)
        defaults.clicked.connect(self._restore_defaults)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _add_row(self, form: QFormLayout, name: str, widget: QWidget) -> None:
        text = self._texts[name]
        widget.setToolTip(text.tip)
        form.addRow(text.label + ":", widget)

    def _check(self, name: str) -> QCheckBox:
        box = QCheckBox(self._texts[name].label)
        box.setToolTip(self._texts[name].tip)
        return box

    def _number(self, allowed: Range, step: float, decimals: int, unit: str = "") -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setDecimals(decimals)
        box.setRange(allowed.lowest, allowed.highest)
        box.setSingleStep(step)
        box.setSuffix(unit)
        return box

    def _fill(self, settings: Settings) -> None:
        options = settings.options
        self.gain.setValue(options.gain)
        self.saturation.setValue(options.saturation)
        self.invert.setChecked(options.invert)
        self.refine.setChecked(options.mask.refine)
        self.feather.setValue(options.mask.feather)
        self.refine_again.setChecked(settings.refine_again)
        self.background.setCurrentIndex(self.background.findData(options.background.value))
        by_class = options.subject.kind is SubjectKind.CLASSES
        self.by_class.setChecked(by_class)
        self.main_subject.setChecked(not by_class)
        self.classes.setEnabled(by_class)

    def _restore_defaults(self) -> None:
        self._wanted = ColorizeOptions()
        self._shown = None
        self._fill(Settings())
        self._refresh()

    def _poll(self) -> None:
        try:
            self.link.poll()
            self._refresh()
        except Exception as error:
            self._timer.stop()
            messages.show_unexpected(error)

    def _refresh(self) -> None:
        """Show what is known of the daemon; lists change only when the news do."""
        self.status.show_text(status_text(self.link))
        news = (self.link.state is LinkState.OPEN, self.link.device)
        if news == self._shown:
            return
        if self._shown is not None:
            self._wanted = self.settings().options
        self._shown = news
        if self.link.welcome is not None:
            self._wanted = choices.usable_options(self._wanted, self.link.welcome)
        for role, box, name in (
            (choices.COLORIZER, self.colorizer, self._wanted.colorizer),
            (choices.SEGMENTER, self.segmenter, self._wanted.segmenter),
        ):
            offered = choices.model_choices(self.link.welcome, role, self.link.device)
            show_choices(box, offered or (Choice(name, name),), name)
        self._offer_classes()

    def _offer_classes(self) -> None:
        """List the classes that the chosen segmenter knows, chosen ones checked."""
        subject = self._subject() if self.classes.count() else self._wanted.subject
        offered = choices.class_choices(self.link.welcome, self.segmenter.currentData())
        if len(offered) == 1:
            offered += tuple(Choice(name, choices.class_label(name)) for name in subject.classes)
        self.classes.blockSignals(True)
        self.classes.clear()
        for choice in offered:
            if choice.value == choices.MAIN_SUBJECT:
                continue
            item = QListWidgetItem(choice.label, self.classes)
            item.setData(Qt.UserRole, choice.value)
            item.setFlags(Qt.ItemIsUserCheckable | Qt.ItemIsEnabled | Qt.ItemIsSelectable)
            item.setCheckState(Qt.Checked if choice.value in subject.classes else Qt.Unchecked)
        self.classes.blockSignals(False)
        self._allow_start()
        row = self.classes.sizeHintForRow(0) if self.classes.count() else 20
        self.classes.setFixedHeight(CLASS_ROWS * row + 2 * self.classes.frameWidth())

    def _allow_start(self) -> None:
        """With nothing chosen there is nothing to do, and the button says so."""
        is_ready = self.main_subject.isChecked() or bool(self._checked())
        self.start.setEnabled(is_ready)
        self.start.setToolTip("" if is_ready else texts.nothing_chosen())

    def _checked(self) -> Sequence[str]:
        items = [self.classes.item(row) for row in range(self.classes.count())]
        return [item.data(Qt.UserRole) for item in items if item.checkState() == Qt.Checked]

    def _subject(self) -> Subject:
        """What is chosen; the main subject while no class is."""
        names = () if self.main_subject.isChecked() else tuple(self._checked())
        return Subject(SubjectKind.CLASSES, names) if names else Subject()


def status_text(link: Link) -> str:
    """Where the daemon runs; of a daemon that is not there, also what to do."""
    text = texts.link_text(link)
    return f"{text} {link.error.hint}" if link.error is not None else text


def show_choices(box: QComboBox, offered: Sequence[Choice], chosen: str) -> None:
    """Fill a list; what cannot be chosen is shown gray, with the reason as its tip."""
    box.blockSignals(True)
    box.clear()
    for row, choice in enumerate(offered):
        box.addItem(choice.label, choice.value)
        box.setItemData(row, choice.tip, Qt.ToolTipRole)
        box.model().item(row).setEnabled(choice.enabled)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    box.blockSignals(False)
