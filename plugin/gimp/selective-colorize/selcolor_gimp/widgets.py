"""Lists of the dialog whose entries come from the daemon: classes, and models of one role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gi.repository import Gtk, Pango

from selcolor_plugin import choices
from selcolor_plugin.choices import Choice
from selcolor_plugin.texts import FieldText, field_texts
from selcolor_plugin.translation import translate as _
from selcolor_protocol.options import Subject

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
        name.set_mnemonic_widget(widget)
        name.set_valign(Gtk.Align.START if isinstance(widget, Gtk.Box) else Gtk.Align.CENTER)
        widget.set_tooltip_text(text.tip)
        widget.set_hexpand(True)
        labels.add_widget(name)
        grid.attach(name, 0, row, 1, 1)
        grid.attach(widget, 1, row, 1, 1)
    grid.show_all()
    return grid


def column(*widgets: Any) -> Any:
    """Widgets below each other."""
    box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=SPACING)
    for widget in widgets:
        box.pack_start(widget, False, False, 0)
        widget.show()
    box.show()
    return box


def note(text: str) -> Any:
    """A sentence that is wrapped and can be copied."""
    widget = Gtk.Label(label=text, xalign=0.0, selectable=True, wrap=True)
    widget.set_line_wrap_mode(Pango.WrapMode.WORD_CHAR)
    widget.set_width_chars(NOTE_CHARACTERS)
    widget.set_max_width_chars(NOTE_CHARACTERS)
    widget.set_can_focus(False)
    return widget


def show_text(label: Any, text: str) -> None:
    """Set a label's text where it is another: each time GTK lays the window out anew."""
    if label.get_text() != text:
        label.set_text(text)


def check_button(name: str) -> Any:
    """A yes-or-no field."""
    text = field_texts()[name]
    button = Gtk.CheckButton(label=text.label)
    button.set_tooltip_text(text.tip)
    return button


class ModelList:
    """A list of models.

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
        # The label comes first: that is what GTK tells screen readers.
        self._rows = Gtk.ListStore(str, str)
        self.box = Gtk.ComboBox(model=self._rows, id_column=1)
        text = Gtk.CellRendererText()
        self.box.pack_start(text, True)
        self.box.add_attribute(text, "text", 0)
        self.box.connect("changed", self._changed)

    def show(self, offered: Sequence[Choice], chosen: str) -> None:
        """Fill the list."""
        self._is_filling = True
        self._rows.clear()
        for choice in offered:
            self._rows.append([choice.label, choice.value])
        if not self.box.set_active_id(chosen):
            self.box.set_active(0)
        self._is_filling = False

    def chosen(self) -> str:
        """The chosen model."""
        return str(self.box.get_active_id() or "")

    def _changed(self, _box: Any) -> None:
        if not self._is_filling and self.chosen():
            self._choose(self.chosen())


class SubjectList:
    """What can be colored: one thing, or one or more kinds of things.

    Attributes:
        box: the widget.
    """

    def __init__(self, choose: Callable[[tuple[str, ...]], None], has_selection: bool) -> None:
        """Make a list without kinds.

        Args:
            choose: called with the names that are chosen; none while nothing is.
            has_selection: whether something is selected.
        """
        self._choose = choose
        self._is_filling = False
        self._checks: dict[str, Any] = {}
        self.box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        self._radios: dict[str, Any] = {}
        first = None
        for choice in choices.subject_choices(has_selection):
            radio = Gtk.RadioButton.new_with_label_from_widget(first, choice.label)
            radio.set_sensitive(choice.enabled)
            radio.set_tooltip_text(choice.tip)
            first, self._radios[choice.value] = first or radio, radio
        self.by_class = Gtk.RadioButton.new_with_label_from_widget(first, _("These:"))
        self._grid = Gtk.Grid(column_spacing=2 * SPACING)
        self._scroll = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        self._scroll.set_propagate_natural_height(True)
        self._scroll.set_max_content_height(MOST_ROWS_HEIGHT)
        self._scroll.set_margin_start(4 * SPACING)
        self._scroll.add(self._grid)
        self._scroll.show_all()
        self._scroll.set_no_show_all(True)
        for widget in (*self._radios.values(), self.by_class, self._scroll):
            self.box.pack_start(widget, False, False, 0)
        for radio in (*self._radios.values(), self.by_class):
            radio.connect("toggled", self._changed)

    def show(self, offered: Sequence[Choice], chosen: Subject) -> None:
        """List the classes, chosen ones checked."""
        self._is_filling = True
        for child in self._grid.get_children():
            self._grid.remove(child)
        self._checks = {
            choice.value: Gtk.CheckButton(label=choice.label)
            for choice in offered
            if choice.value != choices.MAIN_SUBJECT
        }
        for place, (name, check) in enumerate(self._checks.items()):
            check.set_active(name in chosen.classes)
            check.connect("toggled", self._changed)
            self._grid.attach(check, place % COLUMNS, place // COLUMNS, 1, 1)
        self._radios.get(chosen.kind.value, self.by_class).set_active(True)
        self._is_filling = False
        self._grid.show_all()
        # A window that is open already makes room for what is needed, not for what is wished.
        wished = self._grid.get_preferred_height().natural_height
        self._scroll.set_min_content_height(min(wished, MOST_ROWS_HEIGHT))
        self._scroll.set_visible(self.by_class.get_active())
        self.box.show_all()

    def chosen(self) -> tuple[str, ...]:
        """The names that are chosen."""
        if self.by_class.get_active():
            return tuple(name for name, check in self._checks.items() if check.get_active())
        return tuple(name for name, radio in self._radios.items() if radio.get_active())

    def _changed(self, button: Any) -> None:
        # Of two radio buttons that change at once, the one that is chosen counts.
        is_left = isinstance(button, Gtk.RadioButton) and not button.get_active()
        if not self._is_filling and not is_left:
            self._scroll.set_visible(self.by_class.get_active())
            self._choose(self.chosen())
