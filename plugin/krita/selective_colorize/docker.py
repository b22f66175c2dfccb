"""The docker: the steps of the work as buttons, and what the result does not show yet."""

from __future__ import annotations

import time
from collections.abc import Callable

from krita import DockWidget, Document, Krita, Node

from selcolor_plugin import texts
from selcolor_plugin.editor import Steps
from selcolor_plugin.layers import Role
from selcolor_plugin.record import GroupRecord, missing
from selcolor_plugin.standing import Standing, result_shown, standing_of, standing_text
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.options import SATURATION

from . import messages
from .extension import SelectiveColorize
from .fields import number_box
from .labels import WrappingLabel
from .qt import QCheckBox, QFormLayout, QHBoxLayout, QPushButton, QTimer, QVBoxLayout, QWidget
from .reading import find_node

TURN_MILLISECONDS = 60
LOOK_SECONDS = 1.5
"""How often the layers are looked at anew, while nothing else is done."""

NEVER = float("-inf")

NAME = "selective_colorize_docker"


class ResultDocker(DockWidget):
    """Works on the result of the active layer, else on the newest of the image in front."""

    def __init__(self, extension: SelectiveColorize) -> None:
        """Begin to look at the image in front.

        Args:
            extension: whose actions the buttons are.
        """
        super().__init__()
        self.setWindowTitle(texts.title())
        self._extension, self._editor = extension, extension.editor
        self._standing = Standing()
        self._steps: Steps[Standing] | None = None
        self._looked_at = NEVER
        self._build()
        self._show(Standing())
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._turn)
        self._timer.start(TURN_MILLISECONDS)

    def canvasChanged(self, _canvas: object) -> None:  # noqa: N802 - Krita's name
        """Called by Krita when another image comes to the front."""
        self._steps, self._looked_at = None, NEVER

    def _build(self) -> None:
        words, fields = texts.docker_texts(), texts.field_texts()
        self.colorize = self._button(texts.colorize_action(), self._extension.ask)
        self.edit_mask = self._button(words.edit_mask, lambda: self._paint_on(Role.MASK))
        self.paint_hints = self._button(words.paint_hints, lambda: self._paint_on(Role.HINTS))
        self.update_result = self._button(words.update, self._update)
        self.blended = QCheckBox(words.show_blended)
        self.blended.clicked.connect(lambda on: messages.guarded(lambda: self._show_blended(on)))
        self.strength = number_box(SATURATION, 0.05, 2)
        self.strength.setToolTip(fields["saturation"].tip)
        self.strength.valueChanged.connect(self._say)
        self.line = WrappingLabel()
        beside = QHBoxLayout()
        beside.addWidget(self.edit_mask)
        beside.addWidget(self.paint_hints)
        form = QFormLayout()
        form.addRow(texts.before_field(fields["saturation"].label), self.strength)
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.addWidget(self.colorize)
        layout.addLayout(beside)
        layout.addLayout(form)
        for widget in (self.update_result, self.blended, self.line):
            layout.addWidget(widget)
        layout.addStretch()
        self.setWidget(body)

    def _button(self, text: str, do: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda: messages.guarded(do))
        return button

    def _turn(self) -> None:
        """Look at the layers, a strip a turn, while nobody paints and nothing is colored."""
        document = Krita.instance().activeDocument()
        if document is None or not self.isVisible() or self._extension.is_busy:
            # What is known by now will soon be of the past.
            self._steps, self._looked_at = None, NEVER
            return
        if self._steps is None:
            if time.monotonic() - self._looked_at < LOOK_SECONDS:
                return
            self._begin(document)
        self._go_on()

    def _begin(self, document: Document) -> None:
        if self._editor.is_busy(document):
            return
        self._looked_at = time.monotonic()
        record = self._found(document)
        if record is None:
            self._show(Standing())
        else:
            self._steps = standing_of(self._editor, document, record)

    def _found(self, document: Document) -> GroupRecord | None:
        active = self._editor.active(document)
        return result_shown(self._editor, document, [active] if active else [])

    def _go_on(self) -> None:
        if self._steps is None:
            return
        try:
            next(self._steps)
        except StopIteration as end:
            self._steps, self._looked_at = None, time.monotonic()
            self._show(end.value)
        except SelectiveColorizeError:
            # The image or a layer has just gone; the next look finds what is there then.
            self._steps = None

    def _show(self, standing: Standing) -> None:
        record, known = standing.record, self._standing.record
        is_other = record is not None and (known is None or known.options != record.options)
        self._standing = standing
        if is_other and record is not None:
            self.strength.setValue(record.options.saturation)
        for widget in (self.edit_mask, self.paint_hints, self.update_result, self.blended):
            widget.setEnabled(record is not None)
        self.strength.setEnabled(record is not None)
        document = Krita.instance().activeDocument()
        node = self._node(document, record, Role.BLENDED) if document and record else None
        self.blended.setChecked(node is not None and node.visible())
        self._say()

    def _say(self) -> None:
        self.line.show_text(standing_text(self._standing, self._has_other_strength()))

    def _has_other_strength(self) -> bool:
        record = self._standing.record
        return record is not None and self.strength.value() != round(record.options.saturation, 2)

    def _record(self) -> tuple[Document, GroupRecord]:
        """The image in front and its result now: a click may come before the next look.

        Raises:
            LayersMissing: it has none.
        """
        document = Krita.instance().activeDocument()
        record = self._found(document) if document is not None else None
        if document is None or record is None:
            raise missing([Role.GROUP])
        return document, record

    def _node(self, document: Document, record: GroupRecord, role: Role) -> Node | None:
        return find_node(document.rootNode(), self._editor.part(document, record, role) or "")

    def _paint_on(self, role: Role) -> None:
        document, record = self._record()
        layer = self._editor.part(document, record, role)
        if layer is None:
            raise missing([role])
        self._editor.paint_on(document, layer, with_brush=True)

    def _update(self) -> None:
        _document, record = self._record()
        strength = self.strength.value() if self._has_other_strength() else None
        self._extension.update_result(record, strength)

    def _show_blended(self, is_shown: bool) -> None:
        document, record = self._record()
        node = self._node(document, record, Role.BLENDED)
        if node is None:
            raise missing([Role.BLENDED])
        node.setVisible(is_shown)
        document.refreshProjection()
