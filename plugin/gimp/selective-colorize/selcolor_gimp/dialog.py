"""The dialog: what to color and how. It shows what the daemon reports as soon as that is known.

Numbers, flags and choices are GIMP's own widgets for the procedure's arguments. What depends on
the daemon, classes and models, are widgets of ours that set the same arguments.
"""

from __future__ import annotations

from typing import Any

from gi.repository import GimpUi, GLib, GObject, Gtk

from selcolor_plugin import choices, texts
from selcolor_plugin.choices import Choice
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.settings import Settings
from selcolor_protocol.options import ColorizeOptions, SubjectKind

from . import arguments
from .widgets import ClassList, ModelList, note, rows

POLL_MILLISECONDS = 50
NUMBERS = ("gain", "saturation", "feather")


class OptionsDialog:
    """Asks for the options; while it is open, `link` is polled.

    Attributes:
        window: GIMP's procedure dialog.
    """

    def __init__(
        self, procedure: Any, config: Any, settings: Settings, link: Link, about_image: str
    ) -> None:
        """Prepare the dialog with remembered settings.

        Args:
            procedure: whose arguments are asked for.
            config: the arguments, which the dialog sets.
            settings: to begin with.
            link: to the daemon.
            about_image: a sentence about the image, or nothing.
        """
        self._config = config
        self._link = link
        self._shown: object = None
        arguments.fill(config, settings.options)
        self.window = GimpUi.ProcedureDialog.new(procedure, config, texts.title())
        self.window.set_ok_label(texts.colorize_button())
        self.classes = ClassList(self._classes_chosen)
        self.colorizer = ModelList(lambda name: config.set_property("colorizer", name))
        self.segmenter = ModelList(self._segmenter_chosen)
        self.refine_again = Gtk.CheckButton(label=texts.field_texts()["refine_again"].label)
        self.refine_again.set_tooltip_text(texts.field_texts()["refine_again"].tip)
        self.refine_again.set_active(settings.refine_again)
        self.status = note("")
        self._lay_out(about_image)
        config.connect("notify", self._reset)
        self._refresh()

    def run(self) -> bool:
        """Show it until it is closed; whether the work shall begin."""
        timer = GLib.timeout_add(POLL_MILLISECONDS, self._poll)
        try:
            return bool(self.window.run())
        finally:
            GLib.source_remove(timer)

    def settings(self) -> Settings:
        """What is chosen now."""
        return Settings(arguments.options_of(self._config), self.refine_again.get_active())

    def _lay_out(self, about_image: str) -> None:
        content, fields = self.window.get_content_area(), texts.field_texts()
        labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        content.pack_start(rows([(fields["classes"], self.classes.box)], labels), False, False, 0)
        self.window.fill(["invert"])
        models = [
            (fields["colorizer"], self.colorizer.box),
            (fields["segmenter"], self.segmenter.box),
        ]
        content.pack_start(rows(models, labels), False, False, 0)
        self.window.fill([*NUMBERS, "background", "refine"])
        for name in (*NUMBERS, "background"):
            labels.add_widget(self.window.get_widget(name, GObject.TYPE_NONE).get_label())
        for widget in (
            self.refine_again,
            *([note(about_image)] if about_image else ()),
            self.status,
        ):
            content.pack_start(widget, False, False, 0)
            widget.show()

    def _poll(self) -> bool:
        self._link.poll()
        self._refresh()
        return True

    def _refresh(self) -> None:
        """Show what is known of the daemon; lists change only when the news do."""
        self.status.set_text(status_text(self._link))
        news = (self._link.state is LinkState.OPEN, self._link.device)
        if news == self._shown:
            return
        self._shown = news
        if self._link.welcome is not None:
            usable = choices.usable_options(self._wanted(), self._link.welcome)
            arguments.fill(self._config, usable)
        self._show_models()

    def _wanted(self) -> ColorizeOptions:
        """The options as they are; with nothing chosen, the main subject."""
        if not self._config.get_property("classes"):
            self._config.set_property("classes", SubjectKind.MAIN.value)
        return arguments.options_of(self._config)

    def _show_models(self) -> None:
        for role, widget in (
            (choices.COLORIZER, self.colorizer),
            (choices.SEGMENTER, self.segmenter),
        ):
            name = self._config.get_property(role)
            offered = choices.model_choices(self._link.welcome, role, self._link.device)
            widget.show(offered or (Choice(name, name),), name)
        self._show_classes()

    def _show_classes(self) -> None:
        wanted = self._wanted().subject.classes
        segmenter = self._config.get_property("segmenter")
        offered = choices.class_choices(self._link.welcome, segmenter)
        if len(offered) == 1:
            offered += tuple(Choice(name, choices.class_label(name)) for name in wanted)
        self.classes.show(offered, wanted)

    def _segmenter_chosen(self, name: str) -> None:
        self._config.set_property("segmenter", name)
        self._show_classes()

    def _classes_chosen(self, names: tuple[str, ...]) -> None:
        """With nothing chosen there is nothing to do, and the button says so."""
        self._config.set_property("classes", arguments.SEPARATOR.join(names))
        start = self.window.get_widget_for_response(Gtk.ResponseType.OK)
        if start is not None:
            start.set_sensitive(bool(names))
            start.set_tooltip_text("" if names else texts.nothing_chosen())

    def _reset(self, _config: Any, changed: Any) -> None:
        """GIMP's own Reset button has set an argument that a list of ours shows."""
        widgets = {"colorizer": self.colorizer, "segmenter": self.segmenter}
        name = changed.name
        if name in widgets and widgets[name].chosen() != self._config.get_property(name):
            self._show_models()
        if name == "classes" and arguments.SEPARATOR.join(
            self.classes.chosen()
        ) != self._config.get_property(name):
            self._show_classes()


def status_text(link: Link) -> str:
    """Where the daemon runs; of a daemon that is not there, also what to do."""
    text = texts.link_text(link)
    return f"{text} {link.error.hint}" if link.error is not None else text
