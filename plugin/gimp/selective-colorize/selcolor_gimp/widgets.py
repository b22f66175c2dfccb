"""Lists of the dialog whose entries come from the daemon: classes, and models of one role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gi.repository import Gtk, Pango

from selcolor_plugin import choices
from selcolor_plugin.choices import Choice
from selcolor_plugin.texts import FieldText
from selcolor_plugin.translation import translate as _

SPACING = 6
COLUMNS = 3
NOTE_CHARACTERS = 56
MOST_ROWS_HEIGHT = 120


def rows(fields: Sequence[tuple[FieldText, Any]], labels: Any) -> Any:
    """Widgets below each other, each with its name on the left.

    Args:
        fields: what stands beside each widget, and the widget.
        labels: keeps all names equally wide.
    """
    grid = Gtk.Grid(row_spacing=SPACING, column_spacing=SPACING)
    for row, (text, widget) in enumerate(fields):
        name = Gtk.Label(label=text.label, xalign=0.0)
        name.set_valign(Gtk.Align.START if isinstance(widget, Gtk.Box) else Gtk.Align.CENTER)
        widget.set_tooltip_text(text.tip)
        widget.set_hexpand(True)
        labels.add_widget(name)
        grid.attach(name, 0, row, 1, 1)
        grid.attach(widget, 1, row, 1, 1)
    grid.show_all()
    return grid


def note(text: str) -> Any:
    """A sentence that is wrapped and can be copied."""
    widget = Gtk.Label(label=text, xalign=0.0, selectable=True, wrap=True)
    widget.set_line_wrap_mode(Pango.WrapMode.WORD_CHAR)
    widget.set_width_chars(NOTE_CHARACTERS)
    widget.set_max_width_chars(NOTE_CHARACTERS)
    widget.set_can_focus(False)
    return widget


class ModelList:
    """A list of models; what cannot be chosen is gray, with the reason as its tip.

    Attributes:
        box: the widget.
    """

    def __init__(self, choose: Callable[[str], None]) -> None:
        """Make an empty list.

        Args:
            choose: called with the model that the user has chosen.
        """
        self._choose = choose
        self._is_filling = False
        self._rows = Gtk.ListStore(str, str, bool)
        self.box = Gtk.ComboBox(model=self._rows, id_column=0)
        text = Gtk.CellRendererText()
        self.box.pack_start(text, True)
        self.box.add_attribute(text, "text", 1)
        self.box.add_attribute(text, "sensitive", 2)
        self.box.connect("changed", self._changed)

    def show(self, offered: Sequence[Choice], chosen: str) -> None:
        """Fill the list."""
        self._is_filling = True
        self._rows.clear()
        for choice in offered:
            self._rows.append([choice.value, choice.label, choice.enabled])
        if not self.box.set_active_id(chosen):
            self.box.set_active(0)
        self._is_filling = False

    def chosen(self) -> str:
        """The chosen model."""
        return str(self.box.get_active_id() or "")

    def _changed(self, _box: Any) -> None:
        if not self._is_filling and self.chosen():
            self._choose(self.chosen())


class ClassList:
    """The main subject, or one or more kinds of things.

    Attributes:
        box: the widget.
    """

    def __init__(self, choose: Callable[[tuple[str, ...]], None]) -> None:
        """Make an empty list.

        Args:
            choose: called with the classes that are chosen; none while nothing is.
        """
        self._choose = choose
        self._is_filling = False
        self._checks: dict[str, Any] = {}
        self.box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        self.main_subject = Gtk.RadioButton(label=choices.class_label(choices.MAIN_SUBJECT))
        self.by_class = Gtk.RadioButton.new_with_label_from_widget(self.main_subject, _("These:"))
        self._grid = Gtk.FlowBox(
            selection_mode=Gtk.SelectionMode.NONE, max_children_per_line=COLUMNS, homogeneous=True
        )
        self._scroll = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        self._scroll.set_propagate_natural_height(True)
        self._scroll.set_max_content_height(MOST_ROWS_HEIGHT)
        self._scroll.set_margin_start(4 * SPACING)
        self._scroll.add(self._grid)
        for widget in (self.main_subject, self.by_class, self._scroll):
            self.box.pack_start(widget, False, False, 0)
        self.by_class.connect("toggled", self._changed)

    def show(self, offered: Sequence[Choice], chosen: Sequence[str]) -> None:
        """List the classes, chosen ones checked; with none chosen it is the main subject."""
        self._is_filling = True
        for child in self._grid.get_children():
            self._grid.remove(child)
        self._checks = {
            choice.value: Gtk.CheckButton(label=choice.label)
            for choice in offered
            if choice.value != choices.MAIN_SUBJECT
        }
        for name, check in self._checks.items():
            check.set_active(name in chosen)
            check.connect("toggled", self._changed)
            self._grid.add(check)
        by_class = bool(chosen)
        (self.by_class if by_class else self.main_subject).set_active(True)
        self._is_filling = False
        self._scroll.set_sensitive(by_class)
        self.box.show_all()

    def chosen(self) -> tuple[str, ...]:
        """The chosen classes."""
        if self.main_subject.get_active():
            return (choices.MAIN_SUBJECT,)
        return tuple(name for name, check in self._checks.items() if check.get_active())

    def _changed(self, _button: Any) -> None:
        if not self._is_filling:
            self._scroll.set_sensitive(self.by_class.get_active())
            self._choose(self.chosen())
