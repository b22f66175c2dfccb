"""GIMP as the workflow sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from gi.repository import Gimp

from selcolor_plugin.daemon_sentences import in_users_words
from selcolor_plugin.editor import (
    Addition,
    Facts,
    Identities,
    NewGroup,
    Rectangle,
    Renewal,
    Steps,
)
from selcolor_plugin.errors import CannotRead, layer_gone
from selcolor_plugin.layers import Role
from selcolor_plugin.record import GroupRecord
from selcolor_protocol.raster import ChannelOrder, Raster

from . import records
from .inserting import as_rgb, insert_layers, make_layers, new_layer, undo_group
from .pixels import read_gray, read_layer, read_thumbnail, rectangle_of
from .reading import obstacle_in, read_selection
from .records import identity, layer_of, mask_identity
from .renewing import renew


class GimpEditor:
    """One GIMP; the methods are described by `selcolor_plugin.editor.Editor`."""

    def __init__(self, can_ask: bool) -> None:
        self.can_ask = can_ask

    def is_open(self, image: Any) -> bool:
        return bool(image.is_valid())

    def obstacle(self, image: Any) -> CannotRead | None:
        return obstacle_in(image)

    def facts(self, image: Any) -> Facts:
        profile = image.get_color_profile()
        color = (
            image.get_base_type().value_nick,
            image.get_precision().value_nick,
            bytes(profile.get_icc_profile()) if profile is not None else b"",
        )
        return Facts((image.get_width(), image.get_height()), color)

    def is_busy(self, image: Any) -> bool:
        """GIMP answers a plug-in between two strokes only."""
        return False

    def has(self, image: Any, layer: str) -> bool:
        return layer_of(image, layer) is not None

    def name(self, image: Any, layer: str) -> str:
        return str(self._layer(image, layer).get_name())

    def children(self, image: Any, group: str) -> list[str]:
        return [identity(layer) for layer in self._layer(image, group).get_children()]

    def rectangle(self, image: Any, layer: str) -> Rectangle:
        return rectangle_of(self._layer(image, layer))

    def color(self, image: Any, layer: str) -> str:
        return str(image.get_precision().value_nick)

    def channel_order(self, photo: Raster) -> ChannelOrder:
        return ChannelOrder.RGB

    def read(
        self, image: Any, layer: str, rectangle: Rectangle, with_mask: bool = True
    ) -> Steps[Raster]:
        yield None
        return read_layer(self._layer(image, layer), rectangle, with_mask)

    def thumbnail(
        self, image: Any, layer: str, rectangle: Rectangle, size: tuple[int, int]
    ) -> Steps[Raster]:
        yield None
        return read_thumbnail(self._layer(image, layer), rectangle, size)

    def read_mask(self, image: Any, mask: str, rectangle: Rectangle) -> Steps[Raster]:
        yield None
        layer = self._layer(image, mask)
        left, top, *_size = rectangle_of(layer)
        area = (rectangle[0] - left, rectangle[1] - top, *rectangle[2:])
        return read_gray(layer.get_mask(), area)

    def selection(self, image: Any, rectangle: Rectangle) -> Steps[Raster | None]:
        yield None
        return read_selection(image, rectangle)

    def records(self, image: Any) -> list[GroupRecord]:
        return records.records_of(image)

    def note(self, image: Any, record: GroupRecord) -> None:
        records.store(image, record)

    def part(self, image: Any, record: GroupRecord, role: Role) -> str | None:
        layer = records.part(image, record, role)
        if layer is None:
            return None
        return mask_identity(layer) if role is Role.MASK else identity(layer)

    def result_meant(self, image: Any, layers: Sequence[str]) -> GroupRecord:
        found = (layer_of(image, layer) for layer in layers)
        return records.record_for(image, [layer for layer in found if layer is not None])

    def active(self, image: Any) -> str | None:
        selected = image.get_selected_layers()
        if len(selected) != 1:
            return None
        (layer,) = selected
        paints_mask = layer.get_mask() is not None and layer.get_edit_mask()
        return mask_identity(layer) if paints_mask else identity(layer)

    def apply(self, image: Any, additions: Sequence[Addition]) -> Steps[list[Identities]]:
        yield None
        with as_rgb(image):
            made = [made_for(image, addition) for addition in additions]
            with undo_group(image):
                return [add() for add in made]

    def activate(self, image: Any, layer: str, with_brush: bool) -> Steps[None]:
        yield None
        wanted = layer_of(image, layer)
        if wanted is None or self.active(image) == layer:
            return
        image.set_selected_layers([wanted])
        if wanted.get_mask() is not None:
            wanted.set_edit_mask(layer == mask_identity(wanted))

    def open(self, group: NewGroup, photo: Raster, name: str) -> Steps[tuple[Any, Identities]]:
        yield None
        size = photo.format
        precision = getattr(Gimp.Precision, str(group.color).replace("-", "_").upper())
        rgb = Gimp.ImageBaseType.RGB
        image = Gimp.Image.new_with_precision(size.width, size.height, rgb, precision)
        if photo.icc_profile is not None and not size.channels.is_gray:
            image.set_color_profile(Gimp.ColorProfile.new_from_icc_profile(photo.icc_profile))
        layer = new_layer(image, name, photo)
        image.insert_layer(layer, None, 0)
        layers = insert_layers(image, make_layers(image, group), group)
        image.clean_all()
        Gimp.Display.new(image)
        return image, {**layers, Role.SOURCE: identity(layer)}

    def tell(self, sentences: Sequence[str], in_passing: str = "") -> None:
        """GIMP has a window for what is told; what is said in passing would be a bother."""
        if sentences:
            Gimp.message("\n".join(map(in_users_words, sentences)))

    def _layer(self, image: Any, layer: str) -> Any:
        found = layer_of(image, layer)
        if found is None:
            raise layer_gone()
        return found


def made_for(image: Any, addition: Addition) -> Callable[[], Identities]:
    """Make new layers before the image is touched; what then puts them in."""
    if isinstance(addition, Renewal):
        return partial(renew, image, addition)
    return partial(insert_layers, image, make_layers(image, addition), addition)
