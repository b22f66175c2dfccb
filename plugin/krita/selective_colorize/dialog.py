"""The dialog: what to color and how. It shows what the daemon reports as soon as that is known.

Ranges, defaults and texts come from the core; here they only become widgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from selcolor_plugin import choices, downloading, texts
from selcolor_plugin.choices import Choice
from selcolor_plugin.coloring import Wish
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.occasion import Occasion
from selcolor_plugin.settings import Settings
from selcolor_plugin.translation import translate as _
from selcolor_protocol.options import (
    FEATHER,
    GAIN,
    SATURATION,
    Background,
    ColorizeOptions,
    MaskOptions,
    Subject,
    SubjectKind,
)

from . import messages
from .downloads import Downloads
from .fields import check_box, class_list, number_box, radio_button, show_choices
from .labels import WrappingLabel
from .opening import open_manual
from .previewing import PreviewPanel
from .qt import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QListWidgetItem,
    QPushButton,
    QRadioButton,
    Qt,
    QTimer,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

POLL_MILLISECONDS = 50
CLASS_ROWS = 4
CHECKED = Qt.CheckState.Checked
ITEM = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class OptionsDialog(QDialog):
    """Asks for the options; `settings` tells them, and `link` is the session that was opened.

    Attributes:
        find_anew: whether a mask that was painted is given up.
        beside: whether the result goes beside the one that is there.
    """

    def __init__(self, parent: QWidget | None, occasion: Occasion, link: Link) -> None:
        """Show the remembered settings, or those of the result that is to be updated.

        Args:
            parent: Krita's window.
            occasion: what is asked about.
            link: to the daemon; polled here until it is open.
        """
        super().__init__(parent)
        self.setObjectName("selcolor_dialog")
        self.setWindowTitle(texts.title())
        self.link, self._occasion = link, occasion
        self.preview = PreviewPanel(occasion.preview)
        self._texts = texts.field_texts()
        self._wanted = occasion.settings.options
        self._shown: object = None
        self._build()
        self._fill(occasion.settings)
        self._refresh()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._poll)
        self._timer.start(POLL_MILLISECONDS)
        self.finished.connect(self._stop)

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
        known = self._occasion.settings
        return replace(known, options=options, refine_again=self.refine_again.isChecked())

    def wish(self) -> Wish:
        """The same as the workflow wants it."""
        settings = self.settings()
        return Wish(
            settings.options,
            settings.refine_again,
            find_anew=self.find_anew.isChecked(),
            beside=self.beside.isChecked(),
        )

    def _build(self) -> None:
        self.subjects = {
            choice.value: radio_button(choice)
            for choice in choices.subject_choices(self._occasion.has_selection)
        }
        self.main_subject = self.subjects[choices.MAIN_SUBJECT]
        self.by_class = QRadioButton(_("These:"))
        self.classes = class_list()
        self.classes.setAccessibleName(self._texts["classes"].label)
        for name in ("invert", "refine", "refine_again", "find_anew", "beside"):
            setattr(self, name, check_box(self._texts[name]))
        self.colorizer, self.segmenter = QComboBox(), QComboBox()
        self.downloads = Downloads(self.link, self._use_network)
        self.gain = number_box(GAIN, 0.05, 2)
        self.saturation = number_box(SATURATION, 0.05, 2)
        self.feather = number_box(FEATHER, 1.0, 1, " px")
        self.background = QComboBox()
        for choice in choices.background_choices():
            self.background.addItem(choice.label, choice.value)
        self.status = WrappingLabel()
        self.status.setObjectName("selcolor_status")
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out()
        self.by_class.toggled.connect(self._show_classes)
        self.segmenter.currentIndexChanged.connect(self._offer_classes)
        self.classes.itemChanged.connect(self._allow_start)

    def _lay_out(self) -> None:
        """What everybody needs, and the rest beside it: below it, low screens would cut it off."""
        form, more = QFormLayout(), QFormLayout()
        first, *others = self.subjects.values()
        self._add_row(form, "classes", first)
        for widget in (*others, self.by_class, self.classes):
            form.addRow("", widget)
        self._add_row(form, "saturation", self.saturation)
        for name in ("colorizer", "segmenter"):
            self._add_row(more, name, getattr(self, name))
        more.addRow(self.downloads.label, self.downloads)
        for name in ("gain", "feather", "background"):
            self._add_row(more, name, getattr(self, name))
        for widget in (self.invert, self.refine, self.refine_again):
            more.addRow("", widget)
        needed, columns, outer = QVBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        needed.addLayout(form)
        for widget in (*self._about_the_image(), self.preview, self._folded(more)):
            needed.addWidget(widget)
        needed.addStretch()
        columns.addLayout(needed)
        columns.addWidget(self.details)
        outer.addLayout(columns)
        outer.addWidget(self.status)
        outer.addWidget(self._buttons())
        self._order_fields()

    def _order_fields(self) -> None:
        """The Tab key goes from top to bottom."""
        above = (*self.subjects.values(), self.by_class, self.classes, self.saturation)
        about = (self.find_anew, self.beside) if self._occasion.is_update else ()
        names = ("gain", "feather", "background")
        networks = (self.colorizer, self.segmenter, self.downloads.list, self.downloads.button)
        below = (*networks, *(getattr(self, name) for name in names), self.invert, self.refine)
        for before, after in pairwise((*above, *about, self.more, *below, self.refine_again)):
            QWidget.setTabOrder(before, after)

    def _about_the_image(self) -> list[QWidget]:
        notes: list[QWidget] = [WrappingLabel(note) for note in self._occasion.notes]
        return [*notes, self.find_anew, self.beside] if self._occasion.is_update else notes

    def _folded(self, more: QFormLayout) -> QToolButton:
        """A button that unfolds what is seldom needed."""
        self.details = QWidget()
        self.details.setLayout(more)
        self.details.setVisible(False)
        self.more = QToolButton()
        self.more.setText(texts.more_button())
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setAutoRaise(True)
        self.more.toggled.connect(self._unfold)
        return self.more

    def _unfold(self, is_open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow
        self.more.setArrowType(arrow)
        self.details.setVisible(is_open)
        self.layout().activate()
        self.resize(self.sizeHint())
        self._stay_on_screen()

    def _fit(self) -> None:
        """The window is as high as what it shows."""
        self.layout().activate()
        self.resize(self.width(), self.sizeHint().height())
        self._stay_on_screen()

    def _stay_on_screen(self) -> None:
        window, screen = self.frameGeometry(), self.screen().availableGeometry()
        right = max(0, window.right() - screen.right())
        below = max(0, window.bottom() - screen.bottom())
        if right or below:
            self.move(max(0, self.x() - right), max(0, self.y() - below))

    def _show_classes(self, are_chosen: bool) -> None:
        self.classes.setVisible(are_chosen)
        self._allow_start()
        self._fit()

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.start = QPushButton(texts.colorize_button())
        self.start.setObjectName("selcolor_start")
        self.start.setDefault(True)
        buttons.addButton(self.start, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(texts.cancel_button(), QDialogButtonBox.ButtonRole.RejectRole)
        defaults = buttons.addButton(texts.defaults_button(), QDialogButtonBox.ButtonRole.ResetRole)
        defaults.clicked.connect(self._restore_defaults)
        manual = buttons.addButton(texts.manual_button(), QDialogButtonBox.ButtonRole.HelpRole)
        manual.clicked.connect(lambda: messages.guarded(open_manual))
        # The Enter key begins the work, whichever button has the focus.
        for button in buttons.buttons():
            button.setAutoDefault(button is self.start)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _add_row(self, form: QFormLayout, name: str, widget: QWidget) -> None:
        text = self._texts[name]
        widget.setToolTip(text.tip)
        form.addRow(texts.before_field(text.label), widget)

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
        self.subjects.get(options.subject.kind.value, self.by_class).setChecked(True)
        self.classes.setVisible(by_class)

    def _restore_defaults(self) -> None:
        self._wanted = ColorizeOptions()
        self._shown = None
        self._fill(Settings())
        self._refresh()

    def _poll(self) -> None:
        try:
            arrived = self.link.poll()
            self._refresh()
            self.preview.refresh(self._occasion.preview.poll(self.wish(), self.link, arrived))
        except Exception as error:
            self._timer.stop()
            messages.show_unexpected(error)

    def _stop(self) -> None:
        self._timer.stop()
        self._occasion.preview.end(self.link)

    def _refresh(self) -> None:
        """Show what is known of the daemon; lists change only when the news do."""
        self.status.show_text(texts.status_text(self.link))
        self._show_networks()
        if self.downloads.show_news():
            self._allow_start()
            self._fit()

    def _show_networks(self) -> None:
        welcome = self.link.welcome
        news = (self.link.state is LinkState.OPEN, self.link.device, welcome and welcome.models)
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
            offered = choices.model_choices(self.link.welcome, role)
            show_choices(box, offered or (Choice(name, name),), name)
        self._offer_classes()

    def _use_network(self, name: str) -> None:
        """Choose a network that has just been downloaded."""
        for box in (self.colorizer, self.segmenter):
            if (row := box.findData(name)) >= 0:
                box.setCurrentIndex(row)

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
            item.setData(Qt.ItemDataRole.UserRole, choice.value)
            item.setFlags(ITEM)
            is_chosen = choice.value in subject.classes
            item.setCheckState(CHECKED if is_chosen else Qt.CheckState.Unchecked)
        self.classes.blockSignals(False)
        self._allow_start()
        row = self.classes.sizeHintForRow(0) if self.classes.count() else 20
        self.classes.setFixedHeight(CLASS_ROWS * row + 2 * self.classes.frameWidth())

    def _allow_start(self) -> None:
        """With nothing chosen there is nothing to do, and the button says so."""
        reason = "" if not self.by_class.isChecked() or self._checked() else texts.nothing_chosen()
        if self.link.is_downloading:
            reason = downloading.still_downloading()
        self.start.setEnabled(not reason)
        self.start.setToolTip(reason)

    def _checked(self) -> Sequence[str]:
        items = [self.classes.item(row) for row in range(self.classes.count())]
        return [
            item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == CHECKED
        ]

    def _subject(self) -> Subject:
        """What is chosen; the main subject while no class is."""
        if self.by_class.isChecked():
            names = tuple(self._checked())
            return Subject(SubjectKind.CLASSES, names) if names else Subject()
        chosen = (name for name, button in self.subjects.items() if button.isChecked())
        return Subject(SubjectKind(next(chosen)))
