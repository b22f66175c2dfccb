"""From Krita's layers to rasters: which layer, which rectangle, which numbers.

Nothing here changes the image, and nothing waits for Krita's threads: that would end the brush
stroke that is under way. So pixels are read only while an image is idle, strip by strip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from krita import Document, Krita, Node

from selcolor_plugin.editor import Rectangle, Steps
from selcolor_plugin.errors import no_image
from selcolor_plugin.pace import Pace, strips
from selcolor_protocol.raster import (
    ByteOrder,
    ChannelOrder,
    Channels,
    Raster,
    RasterFormat,
    SampleType,
)

from .errors import empty_layer, no_pixels, unsupported_layer
from .profiles import label_of
from .qt import QByteArray, QRect, sip

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

ReadPixels = Callable[[int, int, int, int], QByteArray]


def channel_order(photo: Raster) -> ChannelOrder:
    """The order in which Krita keeps the colors of layers with a photo's kind of samples."""
    is_integer = photo.format.sample_type in (SampleType.U8, SampleType.U16)
    return ChannelOrder.BGR if is_integer else ChannelOrder.RGB


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


def children(parent: Node) -> list[Node]:
    """The layers and masks directly below a node, from the bottom up.

    What Krita puts into a list belongs to nobody: such a node would keep its layer's pixels in
    memory for as long as Krita runs, even after its image was closed. So Python takes them over.
    """
    found: list[Node] = parent.childNodes()
    for node in found:
        sip.transferback(node)
    return found


def all_nodes(parent: Node) -> Iterator[Node]:
    """All layers and masks below a node, at any depth."""
    for child in children(parent):
        yield child
        yield from all_nodes(child)


def find_node(parent: Node, wanted: str) -> Node | None:
    """The layer of an identity below a parent, at any depth."""
    return next((node for node in all_nodes(parent) if identity(node) == wanted), None)


def pixel_layer(node: Node | None) -> Node:
    """The layer whose pixels are meant when a node is active: a mask stands for its layer.

    Raises:
        CannotRead: the node has no pixels.
    """
    while node is not None and node.type() in MASKS:
        node = node.parentNode()
    if node is None or node.parentNode() is None or node.type() in WITHOUT_PIXELS:
        raise no_pixels()
    return node


def rectangle_of(document: Document, node: Node) -> Rectangle:
    """Where a layer's pixels lie: all of a paint layer, the visible part of any other.

    Raises:
        CannotRead: the layer is empty.
    """
    rectangle = node.bounds()
    if node.type() != "paintlayer":
        rectangle = rectangle.intersected(QRect(0, 0, document.width(), document.height()))
    if rectangle.isEmpty():
        raise empty_layer(node.name())
    return sides(rectangle)


def sides(area: QRect) -> Rectangle:
    """Left, top, width and height, as Krita's pixel calls want them."""
    return area.x(), area.y(), area.width(), area.height()


def read_layer(node: Node, rectangle: Rectangle, with_masks: bool = True) -> Steps[Raster]:
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
    channels = CHANNELS[model, depth.startswith("U")]
    little = ByteOrder.LITTLE
    size = RasterFormat(*rectangle[2:], channels, SAMPLE_TYPES[depth], little, curve)
    is_plain = node.type() == "paintlayer" and not (with_masks and children(node))
    read = node.pixelData if is_plain else node.projectionPixelData
    return Raster(size, (yield from read_strips(read, rectangle, size.byte_count)), icc)


def read_mask(read: ReadPixels, rectangle: Rectangle) -> Steps[Raster]:
    """One byte for each pixel, as Krita's selections and masks have them."""
    width, height = rectangle[2:]
    size = RasterFormat(width, height, Channels.GRAY, SampleType.U8)
    return Raster(size, (yield from read_strips(read, rectangle, width * height)))


def read_strips(read: ReadPixels, rectangle: Rectangle, byte_count: int) -> Steps[bytearray]:
    """Read pixels strip by strip."""
    left, top, width, height = rectangle
    pixels, row, pace = bytearray(byte_count), byte_count // height, Pace()
    for first, rows in strips(height, row):
        pixels[first * row : (first + rows) * row] = read(left, top + first, width, rows).data()
        if pace.is_due():
            yield None
    return pixels
