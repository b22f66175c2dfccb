"""Layers made aside, in tiny images that no user sees, with pixels in Krita's own order.

A layer from here is cloned into the user's image: one `addChildNode`, one undo step.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from krita import Document, Krita, Node
from PyQt5.QtCore import QByteArray

from selcolor_plugin import texts
from selcolor_plugin.translation import translate as _
from selcolor_protocol.raster import Raster, SampleType

from .errors import CannotInsert
from .profiles import profile_for

SIDE = 8
"""Layers may be larger than their image; a tiny image has nothing to compose."""

RESOLUTION = 72.0
DEPTHS = {
    SampleType.U8: "U8",
    SampleType.U16: "U16",
    SampleType.F16: "F16",
    SampleType.F32: "F32",
}


@contextmanager
def staging(raster: Raster, profile: str) -> Iterator[Document]:
    """An image without a view, with the color space of a raster.

    Args:
        raster: whose layers are to be made.
        profile: name of the photo's color profile.
    """
    document = new_image(raster, profile, SIDE, SIDE)
    try:
        yield document
    finally:
        document.setModified(False)
        document.close()


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


def make_pixel_layer(stage: Document, name: str, raster: Raster, left: int, top: int) -> Node:
    """A paint layer with a raster's pixels, for an image of the raster's color space.

    Raises:
        CannotInsert: Krita did not take the pixels.
    """
    area = (left, top, raster.format.width, raster.format.height)
    node = stage.createNode(name, "paintlayer")
    pixels = QByteArray(bytes(raster.pixels))
    node.setPixelData(pixels, *area)
    if node.pixelData(*area) != pixels:
        raise CannotInsert(
            _("Krita did not take the pixels; your image is unchanged."),
            _("Please report this with your version of Krita."),
        )
    return node
