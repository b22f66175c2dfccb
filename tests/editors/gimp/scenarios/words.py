"""Every word of the plug-in's windows, which are made here as its own process makes them."""

from __future__ import annotations

import sys
from pathlib import Path

from gi.repository import Gimp, Gtk
from helpers import COLORIZE, SHOWN, call, done, wait_for

FOLDER = "plug-ins/selective-colorize"


def plugin():
    """The installed plug-in's modules, from here on."""
    folder = Path(Gimp.directory()) / FOLDER
    if str(folder) not in sys.path:
        sys.path[:0] = [str(folder / "vendor"), str(folder)]
    from selcolor_gimp import asking

    return asking


def in_dialog(with_result):
    """The texts of the dialog for the shown image, unfolded, as soon as the daemon has answered."""
    asking = plugin()
    image = SHOWN[-1][0]
    if with_result:
        done(call(image, image.get_layers()[-1:]))
    found = []

    class Read(asking.OptionsDialog):
        """Read instead of being answered."""

        def run(self):
            self.more.set_expanded(True)
            self.classes.by_class.set_active(True)
            self.window.show()
            wait_for(self.is_filled)
            found.extend(texts_of(self.window))
            self._shown_by.end(self._link)
            return False

        def is_filled(self):
            self._poll()
            asking.settle_events()
            assert self._has_timer, self.status.get_text()
            return self._link.welcome is not None and self._shown_by.is_current

    ask(asking, Read)
    return found


def unfolded():
    """Show the dialog for the shown image, with all that it can show, until it is closed."""
    asking = plugin()

    class Unfolded(asking.OptionsDialog):
        """As after clicks on *More*, *These:* and a kind of things."""

        def run(self):
            self.more.set_expanded(True)
            self._config.set_property("classes", "person")
            return super().run()

    ask(asking, Unfolded)


def ask(asking, dialog):
    """Ask about the shown image with another kind of dialog."""
    from selcolor_gimp.records import identity
    from selcolor_gimp.running import new_link

    image = SHOWN[-1][0]
    procedure, link = Gimp.get_pdb().lookup_procedure(COLORIZE), new_link()
    layers = [identity(image.get_layers()[-1])]
    asking.OptionsDialog, own = dialog, asking.OptionsDialog
    try:
        asking.ask_for_wish(procedure, procedure.create_config(), image, layers, link)
    finally:
        asking.OptionsDialog = own
        link.close()


def in_message():
    """What is said of the shown image, which cannot be colorized."""
    image = SHOWN[-1][0]
    return call(image, image.get_layers()[-1:])["error"]


def texts_of(widget):
    """Every text of a widget and what is in it, tool tips and names for screen readers included."""
    found = [widget.get_tooltip_text(), widget.get_accessible().get_name()]
    if isinstance(widget, Gtk.Window):
        found.append(widget.get_title())
    if isinstance(widget, Gtk.Label):
        found.append(widget.get_text())
    if isinstance(widget, Gtk.ComboBox):
        found += shown_rows(widget)
    if isinstance(widget, Gtk.Container):
        widget.forall(lambda child: found.extend(texts_of(child)))
    return [text for text in found if text]


def shown_rows(box):
    """What a list offers, in the column that is shown."""
    (cell, *_others) = box.get_cells()
    column = box.get_area().attribute_get_column(cell, "text")
    return [row[column] for row in box.get_model()]
