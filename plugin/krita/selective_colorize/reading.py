"""From a Krita layer to a raster: which layer, which rectangle, which numbers.

Nothing here changes the image.
"""

from __future__ import annotations

from dataclasses import dataclass

from krita import Document, Krita, Node
from PyQt5.QtCore import QRect

from selcolor_plugin.staleness import Snapshot
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.raster import (
    Buffer,
    ByteOrder,
    ChannelOrder,
    Channels,
    Raster,
    RasterFormat,
    SampleType,
)

from .errors import empty_layer, no_image, no_pixels, unsupported_image, unsupported_layer
from .profiles import label_of

MASKS = frozenset(
    {"transparencymask", "filtermask", "transformmask", "selectionmask", "colorizemask"}
)
WITHOUT_PIXELS = frozenset({"filterlayer"})
SAMPLE_TYPES = {
    "U8": SampleType.U8,
    "U16": SampleType.U16,
    "F16": SampleType.F16,
    "F32": SampleType.F32,
}
CHANNELS = {
    ("RGBA", True): Channels.BGRA,
    ("RGBA", False): Channels.RGBA,
    ("GRAYA", True): Channels.GRAYA,
    ("GRAYA", False): Channels.GRAYA,
}
"""Order in memory by model and whether samples are integers: Krita has blue first there."""


def channel_order(photo: Raster) -> ChannelOrder:
    """The order in which Krita keeps the colors of layers with a photo's kind of samples."""
    is_integer = photo.format.sample_type in (SampleType.U8, SampleType.U16)
    return ChannelOrder.BGR if is_integer else ChannelOrder.RGB


@dataclass(frozen=True)
class Source:
    """The layer to be colorized, and its pixels.

    Attributes:
        document: the image.
        layer: identity of the layer.
        profile: name of its color profile.
        photo: its pixels.
        selection: the image's selection over the layer; None when there is none.
        snapshot: what the result will depend on.
    """

    document: Document
    layer: str
    profile: str
    photo: Raster
    selection: Raster | None
    snapshot: Snapshot


def active_document() -> Document:
    """The image in front.

    Raises:
        CannotRead: there is none.
    """
    document = Krita.instance().activeDocument()
    if document is None:
        raise no_image()
    return document


def is_open(document: Document) -> bool:
    """Whether an image was not closed meanwhile."""
    return any(other == document for other in Krita.instance().documents())


def identity(node: Node) -> str:
    """What tells a layer from all others, also after saving and loading."""
    return str(node.uniqueId().toString())


def find_node(parent: Node, wanted: str) -> Node | None:
    """The layer of an identity below a parent, at any depth."""
    for child in parent.childNodes():
        if identity(child) == wanted:
            return child
        if (found := find_node(child, wanted)) is not None:
            return found
    return None


def pixel_layer(node: Node | None) -> Node:
    """The layer whose pixels are meant when a node is active: a mask stands for its layer.

    Raises:
        CannotRead: the node has no pixels.
    """
    if node is None:
        raise no_pixels("none")
    while node.type() in MASKS and node.parentNode() is not None:
        node = node.parentNode()
    if node.type() in WITHOUT_PIXELS:
        raise no_pixels(node.type())
    if node.parentNode() is None:
        raise no_pixels("globalselectionmask")
    return node


def rectangle_of(document: Document, node: Node) -> QRect:
    """Where a layer's pixels lie: all of a paint layer, the visible part of any other.

    Raises:
        CannotRead: the layer is empty.
    """
    rectangle = node.bounds()
    if node.type() != "paintlayer":
        rectangle = rectangle.intersected(QRect(0, 0, document.width(), document.height()))
    if rectangle.isEmpty():
        raise empty_layer(node.name())
    return rectangle


def read_layer(node: Node, rectangle: QRect, with_masks: bool = True) -> Raster:
    """A layer's pixels with their meaning; of anything but a plain paint layer, its projection.

    Args:
        node: the layer.
        rectangle: what to read.
        with_masks: read a paint layer as its masks let it appear, not its own pixels.

    Raises:
        CannotRead: the color model is neither RGB nor gray, or the profile cannot be read.
        ProtocolError: the rectangle is too large.
    """
    model, depth = node.colorModel(), node.colorDepth()
    if model not in ("RGBA", "GRAYA") or depth not in SAMPLE_TYPES:
        raise unsupported_layer(node.name(), f"{model} {depth}")
    curve, icc = label_of(model, node.colorProfile())
    size = RasterFormat(
        rectangle.width(),
        rectangle.height(),
        CHANNELS[model, depth.startswith("U")],
        SAMPLE_TYPES[depth],
        ByteOrder.LITTLE,
        curve,
    )
    is_plain = node.type() == "paintlayer" and not (with_masks and node.childNodes())
    read = node.pixelData if is_plain else node.projectionPixelData
    pixels = read(rectangle.x(), rectangle.y(), rectangle.width(), rectangle.height())
    return Raster(size, pixels.data(), icc)


def mask_raster(pixels: bytes, rectangle: QRect) -> Raster:
    """One byte for each pixel, as Krita's selections and masks have them."""
    size = RasterFormat(rectangle.width(), rectangle.height(), Channels.GRAY, SampleType.U8)
    return Raster(size, pixels)


def read_selection(document: Document, rectangle: QRect) -> Raster | None:
    """The image's selection over a rectangle; None when there is none."""
    selection = document.selection()
    if selection is None:
        return None
    pixels = selection.pixelData(
        rectangle.x(), rectangle.y(), rectangle.width(), rectangle.height()
    )
    return mask_raster(pixels.data(), rectangle)


def read_source(document: Document, node: Node) -> Source:
    """Read what Selective Colorize needs.

    Raises:
        CannotRead: the image or the layer is of a kind that is refused.
        ProtocolError: the layer is too large.
    """
    if not is_open(document):
        raise no_image()
    if document.colorModel() not in ("RGBA", "GRAYA"):
        raise unsupported_image(document.colorModel())
    document.waitForDone()
    rectangle = rectangle_of(document, node)
    photo = read_layer(node, rectangle)
    return Source(
        document=document,
        layer=identity(node),
        profile=node.colorProfile(),
        photo=photo,
        selection=read_selection(document, rectangle),
        snapshot=snapshot_of(document, identity(node), rectangle, photo.pixels),
    )


def snapshot_of(document: Document, layer: str, rectangle: QRect, pixels: Buffer) -> Snapshot:
    """What a result made from these pixels depends on."""
    return Snapshot(
        image_size=(document.width(), document.height()),
        color_space=(document.colorModel(), document.colorDepth(), document.colorProfile()),
        layer=layer,
        rectangle=(rectangle.x(), rectangle.y(), rectangle.width(), rectangle.height()),
        pixels=pixels,
    )


def current_snapshot(source: Source) -> Snapshot | None:
    """The same as the source's snapshot, but now; None when the image was closed."""
    document = source.document
    if not is_open(document):
        return None
    document.waitForDone()
    node = find_node(document.rootNode(), source.layer)
    if node is None:
        return snapshot_of(document, "", QRect(), b"")
    try:
        rectangle = rectangle_of(document, node)
        return snapshot_of(document, source.layer, rectangle, read_layer(node, rectangle).pixels)
    except SelectiveColorizeError:
        # Emptied, or of a color model that cannot be read: not what it was, and no reason to
        # lose the result.
        return snapshot_of(document, source.layer, QRect(), b"")
