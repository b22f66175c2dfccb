"""What becomes of results: into the image that they were made for, or offered if it has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gi.repository import Gimp

from selcolor_plugin import texts
from selcolor_plugin.layers import LayerPlan, plan_layers
from selcolor_plugin.staleness import Change, change_between, describe_change
from selcolor_protocol.messages import Done
from selcolor_protocol.options import ColorizeOptions

from .errors import CannotRead, changed_meanwhile, discarded
from .inserting import as_rgb, insert_layers, make_layers, new_layer, undo_group
from .reading import Source, check_image, current_snapshot
from .records import layer_of

Ask = Callable[[Change], bool]
"""Asks whether a late result is wanted nevertheless."""


@dataclass(frozen=True)
class Colored:
    """A photo and what the daemon made of it."""

    source: Source
    done: Done

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of those that made it."""
        return tuple(name for name in (self.done.colorizer, self.done.segmenter) if name)

    def plan(self, moved: bool = True) -> LayerPlan:
        """The layers to be made; at the photo's place, or in the corner of a new image."""
        left, top = self.source.snapshot.rectangle[:2] if moved else (0, 0)
        return plan_layers(self.done, left, top)


def settle(results: Sequence[Colored], options: ColorizeOptions, ask: Ask | None) -> Any:
    """Insert results of one image in one undo step; the newest group.

    An image that takes no layers any more is left alone: they are opened as a new one.

    Args:
        results: one or more, of one image.
        options: what they were made with.
        ask: what to do when the image is not what it was; None when nobody can be asked.

    Raises:
        CannotRead: the image takes no layers as it is now, and nobody can be asked.
        CannotInsert: the image changed and nobody can be asked, or GIMP did not take them.
        UserCancelled: the results are not wanted any more.
    """
    change = first_change(results)
    if change is not None:
        if ask is None:
            raise changed_meanwhile(describe_change(change))
        if not ask(change):
            raise discarded()
    image = results[0].source.image
    # It may have been closed or changed while the question was open, too.
    if (obstacle := obstacle_in(image)) is None:
        return insert_all(results, options)
    if ask is None:
        raise obstacle
    if image.is_valid():
        tell([obstacle.sentence, texts.opened_anew()])
    return [open_anew(result, options) for result in results][-1]


def first_change(results: Sequence[Colored]) -> Change | None:
    """What happened to the image, as far as it concerns a result."""
    changes = (
        change_between(result.source.snapshot, current_snapshot(result.source))
        for result in results
    )
    return next((change for change in changes if change is not None), None)


def obstacle_in(image: Any) -> CannotRead | None:
    """Why an image takes no layers as it is now."""
    try:
        check_image(image)
    except CannotRead as error:
        return error
    return None


def insert_all(results: Sequence[Colored], options: ColorizeOptions) -> Any:
    """Add each result's group above its photo; the last group."""
    image = results[0].source.image
    with as_rgb(image):
        made = [make_layers(image, result.plan(), result.networks) for result in results]
        with undo_group(image):
            groups = [
                insert_layers(image, layers, layer_of(image, result.source.layer), options)
                for layers, result in zip(made, results, strict=True)
            ]
    tell([note.sentence for result in results for note in result.done.notes])
    return groups[-1]


def open_anew(result: Colored, options: ColorizeOptions) -> Any:
    """Show a result as a new image: the photo, and the group above it."""
    photo = result.source.photo
    size = photo.format
    precision = result.source.snapshot.color_space[1]  # type: ignore[index]
    image = Gimp.Image.new_with_precision(
        size.width, size.height, Gimp.ImageBaseType.RGB, precision_of(precision)
    )
    if photo.icc_profile is not None and not size.channels.is_gray:
        image.set_color_profile(Gimp.ColorProfile.new_from_icc_profile(photo.icc_profile))
    layer = new_layer(image, texts.photo_name(), photo)
    image.insert_layer(layer, None, 0)
    made = make_layers(image, result.plan(moved=False), result.networks)
    group = insert_layers(image, made, layer, options)
    image.clean_all()
    Gimp.Display.new(image)
    return group


def precision_of(name: str) -> Any:
    """GIMP's precision by its name, such as `u8-non-linear`."""
    return getattr(Gimp.Precision, name.replace("-", "_").upper())


def tell(sentences: Sequence[str]) -> None:
    """Show what the user should know of the results."""
    if sentences:
        Gimp.message("\n".join(sentences))
