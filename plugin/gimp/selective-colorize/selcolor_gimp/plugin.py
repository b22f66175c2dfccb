"""The two procedures under Colors, and how a run goes from the call to the layers.

Selective Colorize…        → (dialog) → colorize
Update Selective Colorize  →            update
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gi.repository import Gimp, Gio, GObject

from selcolor_plugin.coloring import Wish
from selcolor_plugin.coloring import colorize as run_colorize
from selcolor_plugin.daemon_sentences import error_text
from selcolor_plugin.editor import NewLink
from selcolor_plugin.errors import cancelled
from selcolor_plugin.link import Link
from selcolor_plugin.manual import manual_folder
from selcolor_plugin.settings import Settings, load_settings, save_settings
from selcolor_plugin.translation import sentences
from selcolor_plugin.translation import translate as _
from selcolor_plugin.updating import update as run_update
from selcolor_protocol.errors import SelectiveColorizeError

from . import arguments
from .adapter import GimpEditor
from .answering import GROUP, answer
from .labels import COLORIZE, HELP_DOMAIN, UPDATE, document
from .reading import check_image, chosen_layers, layer_behind
from .records import identity, layer_of
from .running import Ask, drive, new_link

FLAGS = GObject.ParamFlags.READWRITE


class SelectiveColorize(Gimp.PlugIn):
    """The plug-in in its own process, which ends when a procedure has answered."""

    def do_set_i18n(self, _name: str) -> bool:
        """GIMP is given translated texts, and binds no catalog of its own."""
        return False

    def do_query_procedures(self) -> list[str]:
        """The procedures' names. Their help is the manual, also at the button of a dialog."""
        self.set_help_domain(HELP_DOMAIN, Gio.File.new_for_path(str(manual_folder())))
        return [COLORIZE, UPDATE]

    def do_create_procedure(self, name: str) -> Any:
        """Describe a procedure to GIMP."""
        call = colorize if name == COLORIZE else update
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, call, None)
        document(procedure, name)
        if name == COLORIZE:
            arguments.add_colorize_arguments(procedure)
            procedure.add_group_layer_return_value(
                GROUP,
                _("Group"),
                _("The new group; with several layers, the last one's"),
                True,
                FLAGS,
            )
        else:
            arguments.add_update_arguments(procedure)
        return procedure


def colorize(
    procedure: Any, mode: Any, image: Any, drawables: Sequence[Any], config: Any, _data: Any
) -> Any:
    """Called by GIMP: color the selected layers."""

    def work() -> Any:
        check_image(image)
        layers = chosen_layers(image, drawables)
        if mode == Gimp.RunMode.NONINTERACTIVE:
            return color(image, layers, Wish(arguments.options_of(config)), new_link, None)
        from .asking import ask_for_wish, ask_user

        settings, link = load_settings(), new_link()
        wish = Wish(settings.options, settings.refine_again)
        if mode == Gimp.RunMode.INTERACTIVE:
            chosen = ask_for_wish(procedure, config, image, layers, link)
            if chosen is None:
                link.close()
                raise cancelled()
            remember(chosen[0])
            wish = chosen[1]
            # The image was not locked while the dialog was open.
            check_image(image)
            layers = chosen_layers(image, drawables)
        return color(image, layers, wish, first(link), ask_user)

    def group_value() -> Any:
        value = GObject.Value(Gimp.GroupLayer)
        value.set_object(work())
        return value

    return answer(procedure, group_value)


def color(
    image: Any, layers: Sequence[str], wish: Wish, links: NewLink, ask: Ask | None
) -> Any | None:
    """Color layers, all of them or none; the newest group, if it is in the image.

    Raises:
        SelectiveColorizeError: something failed; the image is unchanged.
    """
    groups = drive(run_colorize(GimpEditor(ask is not None), image, layers, wish, links), ask)
    return layer_of(image, groups[-1]) if groups else None


def first(link: Link) -> NewLink:
    """A dialog's session for the first job, new ones for what comes later."""
    given = [link]
    return lambda: given.pop() if given else new_link()


def update(
    procedure: Any, mode: Any, image: Any, drawables: Sequence[Any], config: Any, _data: Any
) -> Any:
    """Called by GIMP: take what was painted on the mask and the hints into the result."""

    def work() -> None:
        check_image(image)
        by_script = mode == Gimp.RunMode.NONINTERACTIVE
        again = config.get_property("refine-again") if by_script else load_settings().refine_again
        ask = None if by_script else asking()
        editor = GimpEditor(ask is not None)
        layers = [identity(layer_behind(drawable)) for drawable in drawables]
        record = editor.result_meant(image, layers)
        drive(run_update(editor, image, record, again, new_link), ask)

    return answer(procedure, work)


def asking() -> Ask:
    """What puts questions to the user; imported only when there is one: it opens the display."""
    from .asking import ask_user

    return ask_user


def remember(settings: Settings) -> None:
    """Keep the settings for next time; if that fails, say so and go on."""
    try:
        save_settings(settings)
    except SelectiveColorizeError as error:
        Gimp.message(sentences(*error_text(error)))
