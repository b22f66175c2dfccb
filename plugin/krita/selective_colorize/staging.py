"""Layers made aside, in tiny images that no user sees, with pixels in Krita's own order.

A layer from here is cloned into the user's image: one `addChildNode`, one undo step. Pixels are
written strip by strip, so that Krita never stands still.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from krita import Document, Krita, Node

from selcolor_plugin import texts
from selcolor_plugin.editor import Rectangle, Show, Steps
from selcolor_plugin.pace import Pace, strips
from selcolor_protocol.raster import Raster, SampleType

from .errors import pixels_not_taken
from .profiles import profile_for
from .qt import QByteArray

SIDE = 8
"""Layers may be larger than their image; a tiny image has nothing to compose."""

RESOLUTION = 72.0

DEPTHS = {
    SampleType.U8: "U8",
    SampleType.U16: "U16",
    SampleType.F16: "F16",
    SampleType.F32: "F32",
}


def breath() -> Show:
    """Between two of Krita's calls of which each may take long: its user is served meanwhile."""
    return Show(texts.inserting(), is_waiting=False)


@contextmanager
def staging(
    raster: Raster, profile: str, size: tuple[int, int] = (SIDE, SIDE)
) -> Iterator[Document]:
    """An image without a view, with the color space of a raster.

    Args:
        raster: whose layers are to be made.
        profile: name of the photo's color profile.
        size: of the image, in pixels; its groups compose what lies within.
    """
    document = new_image(raster, profile, *size)
    try:
        yield document
    finally:
        document.setModified(False)
        document.close()


def composed(stage: Document) -> Steps[None]:
    """Wait until Krita's own threads have composed a staged image."""
    while not stage.tryBarrierLock():
        yield Show(texts.inserting())
    stage.unlock()


def new_image(raster: Raster, profile: str, width: int, height: int) -> Document:
    """An image without a view, with the color space of a raster.

    Args:
        raster: gray or RGB.
        profile: name of the photo's color profile.
        width: of the image, in pixels.
        height: of the image, in pixels.
    """
    size = raster.format
    model = "GRAYA" if size.channels.is_gray else "RGBA"
    name = profile if size.channels.is_gray else profile_for(size.curve, profile)
    depth = DEPTHS[size.sample_type]
    krita = Krita.instance()
    return krita.createDocument(width, height, texts.title(), model, depth, name, RESOLUTION)


def make_pixel_layer(
    stage: Document, name: str, raster: Raster, left: int, top: int
) -> Steps[Node]:
    """A paint layer with a raster's pixels, for an image of the raster's color space.

    Raises:
        CannotInsert: Krita did not take the pixels.
    """
    node = stage.createNode(name, "paintlayer")
    yield from fill(node, raster, (left, top, raster.format.width, raster.format.height))
    return node


def fill(node: Node, raster: Raster, rectangle: Rectangle) -> Steps[None]:
    """Write the pixels of a layer or a mask that is in no image, and prove that they are there.

    Raises:
        CannotInsert: Krita did not take them.
    """
    left, top, width, height = rectangle
    pixels, pace = memoryview(raster.pixels).cast("B"), Pace()
    row = raster.format.byte_count // height
    for first, rows in strips(height, row):
        strip = QByteArray(pixels[first * row : (first + rows) * row].tobytes())
        area = (left, top + first, width, rows)
        node.setPixelData(strip, *area)
        if node.pixelData(*area) != strip:
            raise pixels_not_taken()
        if pace.is_due():
            yield breath()
