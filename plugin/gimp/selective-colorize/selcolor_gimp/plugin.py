"""The two procedures under Colors, and how a run goes from the call to the layers.

Selective Colorize…             → (dialog) → read → run → insert, or offer if the image changed
Recomposite Selective Colorize  →            read → run → replace Blended
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from gi.repository import Gimp, GObject

from selcolor_plugin import texts
from selcolor_plugin.link import Link
from selcolor_plugin.settings import Settings, load_settings, save_settings
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Colorize
from selcolor_protocol.options import ColorizeOptions

from . import arguments, recompositing
from .answering import GROUP, answer
from .errors import cancelled
from .labels import COLORIZE, RECOMPOSITE, document
from .outcome import Colored, settle
from .reading import check_image, chosen_layers, layer_behind, read_source
from .running import ProgressBar, new_link, run

FLAGS = GObject.ParamFlags.READWRITE


class SelectiveColorize(Gimp.PlugIn):
    """The plug-in in its own process, which ends when a procedure has answered."""

    def do_set_i18n(self, _name: str) -> bool:
        """Texts are translated by the core, not by GIMP."""
        return False

    def do_query_procedures(self) -> list[str]:
        """The procedures' names."""
        return [COLORIZE, RECOMPOSITE]

    def do_create_procedure(self, name: str) -> Any:
        """Describe a procedure to GIMP."""
        call = colorize if name == COLORIZE else recomposite
        procedure = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, call, None)
        document(procedure, name)
        if name == COLORIZE:
            arguments.add_colorize_arguments(procedure)
            procedure.add_group_layer_return_value(
                GROUP, "Group", "The new group; with several layers, the last one's", True, FLAGS
            )
        else:
            arguments.add_recomposite_arguments(procedure)
        return procedure


def colorize(
    procedure: Any, mode: Any, image: Any, drawables: Sequence[Any], config: Any, _data: Any
) -> Any:
    """Called by GIMP: color the selected layers."""

    def work() -> Any:
        check_image(image)
        layers = chosen_layers(image, drawables)
        if mode == Gimp.RunMode.NONINTERACTIVE:
            return color(image, layers, arguments.options_of(config), new_link(), None)
        from .asking import ask_for_settings, ask_whether_wanted

        settings, link = load_settings(), new_link()
        if mode == Gimp.RunMode.INTERACTIVE:
            chosen = ask_for_settings(procedure, config, settings, link, image)
            if chosen is None:
                link.close()
                raise cancelled()
            settings = remember(chosen)
            # The image was not locked while the dialog was open.
            check_image(image)
            layers = chosen_layers(image, drawables)
        return color(image, layers, settings.options, link, ask_whether_wanted)

    def group_value() -> Any:
        value = GObject.Value(Gimp.GroupLayer)
        value.set_object(work())
        return value

    return answer(procedure, group_value)


def color(image: Any, layers: Sequence[Any], options: ColorizeOptions, link: Link, ask: Any) -> Any:
    """Color layers and insert the results, all of them or none; the newest group.

    Raises:
        SelectiveColorizeError: something failed; the image is unchanged.
    """
    bar = ProgressBar(len(layers))
    results = []
    for number, layer in enumerate(layers):
        with naming_layer(layer, len(layers)):
            source = read_source(image, layer)
            request = Colorize("", 0, options, source.photo, selection=source.selection)
            done = run(request, link if number == 0 else new_link(), bar.next())
        results.append(Colored(source, done))
    return settle(results, options, ask)


@contextmanager
def naming_layer(layer: Any, count: int) -> Iterator[None]:
    """Say which of several layers an error is about."""
    try:
        yield
    except SelectiveColorizeError as error:
        if count > 1 and layer.is_valid():
            error.sentence = f"“{layer.get_name()}”: {error.sentence}"
        raise


def recomposite(
    procedure: Any, mode: Any, image: Any, drawables: Sequence[Any], config: Any, _data: Any
) -> Any:
    """Called by GIMP: render Blended again from the edited mask."""

    def work() -> None:
        check_image(image)
        by_script = mode == Gimp.RunMode.NONINTERACTIVE
        again = config.get_property("refine-again") if by_script else load_settings().refine_again
        layers = [layer_behind(drawable) for drawable in drawables]
        result = recompositing.read_result(image, layers)
        request = recompositing.request_for(result, again)
        done = run(request, new_link(), ProgressBar().next())
        recompositing.replace_blended(result, done.blended)

    return answer(procedure, work)


def remember(settings: Settings) -> Settings:
    """Keep the settings for next time; if that fails, say so and go on."""
    try:
        save_settings(settings)
    except SelectiveColorizeError as error:
        Gimp.message(" ".join(texts.error_text(error)))
    return settings
