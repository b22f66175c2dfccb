"""The dialog: what to color and how. It shows what the daemon reports as soon as that is known.

Numbers, flags and choices are GIMP's own widgets for the procedure's arguments. What depends on
the daemon, classes and models, are widgets of ours that set the same arguments.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gi.repository import GimpUi, GLib, GObject, Gtk

from selcolor_plugin import choices, downloading, texts
from selcolor_plugin.choices import Choice
from selcolor_plugin.coloring import Wish
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.occasion import Occasion
from selcolor_plugin.settings import Settings
from selcolor_plugin.translation import sentences
from selcolor_protocol.options import ColorizeOptions, SubjectKind

from . import arguments
from .downloads import Downloads
from .previewing import PreviewPanel
from .widgets import (
    SPACING,
    ModelList,
    SubjectList,
    check_button,
    column,
    note,
    rows,
    show_text,
)

POLL_MILLISECONDS = 50
MORE = ("gain", "feather", "background", "invert", "refine")


class OptionsDialog:
    """Asks for the options; while it is open, `link` is polled.

    Attributes:
        window: GIMP's procedure dialog.
    """

    def __init__(self, procedure: Any, config: Any, occasion: Occasion, link: Link) -> None:
        """Prepare the dialog with remembered settings, or those of the result that is there.

        Args:
            procedure: whose arguments are asked for.
            config: the arguments, which the dialog sets.
            occasion: what is asked about.
            link: to the daemon.
        """
        self._config = config
        self._link = link
        self._remembered = occasion.settings
        self._shown: object = None
        self._has_timer = True
        arguments.fill(config, occasion.settings.options)
        self.window = GimpUi.ProcedureDialog.new(procedure, config, texts.title())
        self.window.set_ok_label(texts.colorize_button())
        help_button = self.window.get_widget_for_response(Gtk.ResponseType.HELP)
        if help_button is not None:  # GIMP's users can choose to have none
            help_button.set_label(arguments.underlined(texts.help_button()))
        self.classes = SubjectList(self._classes_chosen, occasion.has_selection)
        self.colorizer = ModelList(lambda name: config.set_property("colorizer", name))
        self.segmenter = ModelList(self._segmenter_chosen)
        self.downloads = Downloads(link, self._use_network)
        self.refine_again = check_button("refine_again")
        self.refine_again.set_active(occasion.settings.refine_again)
        self.find_anew, self.beside = check_button("find_anew"), check_button("beside")
        self.status = note("")
        self._shown_by = occasion.preview
        self.preview = PreviewPanel(occasion.preview)
        self._lay_out(occasion)
        config.connect("notify", self._reset)
        self._refresh()

    def run(self) -> bool:
        """Show it until it is closed; whether the work shall begin."""
        # Drawing goes first, or the window would stay empty on a busy machine.
        timer = GLib.timeout_add(POLL_MILLISECONDS, self._poll, priority=GLib.PRIORITY_LOW)
        try:
            return bool(self.window.run())
        finally:
            if self._has_timer:
                GLib.source_remove(timer)
            self._shown_by.end(self._link)

    def settings(self) -> Settings:
        """What is chosen now."""
        options, again = arguments.options_of(self._config), self.refine_again.get_active()
        return replace(self._remembered, options=options, refine_again=again)

    def wish(self) -> Wish:
        """The same as the workflow wants it."""
        settings = self.settings()
        return Wish(
            settings.options,
            settings.refine_again,
            find_anew=self.find_anew.get_active(),
            beside=self.beside.get_active(),
        )

    def _lay_out(self, occasion: Occasion) -> None:
        """What everybody needs, and the rest beside it: below it, low screens would cut it off."""
        fields = texts.field_texts()
        labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        asked = (self.find_anew, self.beside) if occasion.is_update else ()
        label = arguments.underlined(texts.more_button())
        self.more = Gtk.Expander(label=label, use_underline=True)
        needed = column(
            rows([(fields["classes"], self.classes.box)], labels),
            self._field("saturation", labels),
            *(note(text) for text in occasion.notes),
            *asked,
            self.preview.box,
            self.more,
            self.status,
        )
        folded = self._folded()
        columns = Gtk.Box(spacing=4 * SPACING)
        for widget in (needed, folded):
            columns.pack_start(widget, True, True, 0)
        columns.show()
        self.window.get_content_area().pack_start(columns, False, False, 0)
        self.more.connect("notify::expanded", self._unfold, folded)

    def _folded(self) -> Any:
        """What is seldom needed, hidden until *More* is pressed."""
        fields = texts.field_texts()
        labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        models = [
            (fields["colorizer"], self.colorizer.box),
            (fields["segmenter"], self.segmenter.box),
        ]
        self._more_networks = rows([(self.downloads.text, self.downloads.box)], labels)
        self._more_networks.set_no_show_all(True)
        box = column(
            rows(models, labels),
            self._more_networks,
            *(self._field(name, labels) for name in MORE),
            self.refine_again,
        )
        box.set_no_show_all(True)
        box.hide()
        return box

    def _unfold(self, more: Any, _property: Any, folded: Any) -> None:
        """Show what is seldom needed, or hide it and take no more room than is needed."""
        folded.set_visible(more.get_expanded())
        if not more.get_expanded():
            self.window.resize(1, 1)

    def _field(self, name: str, labels: Any) -> Any:
        """GIMP's own widget for an argument; a label beside it is as wide as the others.

        Of which kind the widget is differs from GIMP 3.0 to 3.2.
        """
        widget = self.window.get_widget(name, GObject.TYPE_NONE)
        if isinstance(widget, GimpUi.Labeled):
            labels.add_widget(widget.get_label())
        return widget

    def _poll(self) -> bool:
        """Called by GTK; after a fault of ours not again, but the dialog can still be used."""
        try:
            arrived = self._link.poll()
            self._refresh()
            if self._config.get_property("classes"):
                self.preview.refresh(self._shown_by.poll(self.wish(), self._link, arrived))
        except Exception as error:
            show_text(self.status, sentences(*texts.unexpected(error)))
            self._has_timer = False
        return self._has_timer

    def _refresh(self) -> None:
        """Show what is known of the daemon; lists change only when the news do."""
        show_text(self.status, texts.status_text(self._link))
        self._show_networks()
        if self.downloads.show_news(self._more_networks):
            self._allow_start()

    def _show_networks(self) -> None:
        welcome = self._link.welcome
        news = (self._link.state is LinkState.OPEN, self._link.device, welcome and welcome.models)
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
            offered = choices.model_choices(self._link.welcome, role)
            widget.show(offered or (Choice(name, name),), name)
        self._show_classes()

    def _show_classes(self) -> None:
        wanted = self._wanted().subject
        segmenter = self._config.get_property("segmenter")
        offered = choices.class_choices(self._link.welcome, segmenter)
        if len(offered) == 1:
            offered += tuple(Choice(name, choices.class_label(name)) for name in wanted.classes)
        self.classes.show(offered, wanted)

    def _segmenter_chosen(self, name: str) -> None:
        self._config.set_property("segmenter", name)
        # What the other one does not know is not asked for any more.
        usable = choices.usable_subject(self._wanted().subject, self._link.welcome, name)
        self._config.set_property("classes", usable.name)
        self._show_classes()

    def _classes_chosen(self, names: tuple[str, ...]) -> None:
        """With nothing chosen there is nothing to do, and the button says so."""
        self._config.set_property("classes", arguments.SEPARATOR.join(names))
        self._allow_start()

    def _allow_start(self) -> None:
        reason = "" if self.classes.chosen() else texts.nothing_chosen()
        if self._link.is_downloading:
            reason = downloading.still_downloading()
        start = self.window.get_widget_for_response(Gtk.ResponseType.OK)
        if start is not None:
            start.set_sensitive(not reason)
            start.set_tooltip_text(reason)

    def _use_network(self, name: str) -> None:
        """Choose a network that has just been downloaded."""
        models = self._link.welcome.models if self._link.welcome is not None else ()
        for model in models:
            if model.name == name:
                self._config.set_property(model.role, name)
                self._show_models()

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
