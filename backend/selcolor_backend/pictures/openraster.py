"""OpenRaster 0.0.6: a zip of PNG layers that editors such as Krita and GIMP open layered.

OpenRaster has no masks: a mask can only be multiplied into its layer's alpha. So that nothing is
lost, a result is laid out, top to bottom, as

    Blended             hidden     the finished composite, also the merged image
    Color Hints         hidden     what was painted to say which color something has; often empty
    Mask                hidden     white where color shows; a layer mask can be made from it
    Colorized           hidden     the whole photo in color, the layer to give that mask to
    Colorized (masked)  visible    the same with the mask in its alpha
    Original            visible    the photo

The layers lie flat, without a group: there is nothing here to keep together. The format asks for
PNG layers and sets no depth, so that layers keep 8 or 16 bits, and floats become 16. The layers are
PNG files that exist already and are stored as they are.
"""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from selcolor_backend.pictures.arrays import to_depth, to_raster
from selcolor_backend.pictures.bands import Banded, banded
from selcolor_backend.pictures.metadata import NO_METADATA, Metadata
from selcolor_backend.pictures.metadata_writing import facts_for_xmp
from selcolor_backend.pictures.png import write_png
from selcolor_backend.pictures.xmp import with_facts
from selcolor_protocol.hints_names import HINTS_NAME
from selcolor_protocol.raster import TransferCurve

VERSION = "0.0.6"
"""The layer that hints are painted on, and looked for."""

MIME_TYPE = "image/openraster"
THUMBNAIL_SIDE = 256
METADATA_FILE = "META-INF/metadata.xml"
"""XMP, where other packages of this kind have it; the format itself names no place."""

_COPIED_BYTES = 1 << 20


@dataclass(frozen=True)
class OraLayer:
    """One layer, as large as the picture.

    Attributes:
        name: what the editor shows.
        png: the file of its pixels.
        visible: whether it is shown.
    """

    name: str
    png: Path
    visible: bool = True


@dataclass(frozen=True)
class MergedImage:
    """What programs without layers show.

    Attributes:
        width: pixels of the canvas in a row.
        height: rows of the canvas.
        png: the file of the finished composite.
        thumbnail: the same, small, as the bytes of a PNG file.
        metadata: what else belongs to the picture.
    """

    width: int
    height: int
    png: Path
    thumbnail: bytes
    metadata: Metadata = NO_METADATA


def result_layers(files: Mapping[str, Path], only_blended: bool) -> tuple[OraLayer, ...]:
    """Lay out one result, top to bottom, as the module's docstring lists it.

    Args:
        files: the PNG of each of `original`, `colorized`, `mask`, `masked` (the colorized photo
            with the mask in its alpha), `hints` and `blended`.
        only_blended: show nothing but the finished composite, where the masked layer over the
            photo would not look like it.
    """
    return (
        OraLayer("Blended", files["blended"], visible=only_blended),
        OraLayer(HINTS_NAME, files["hints"], visible=False),
        OraLayer("Mask", files["mask"], visible=False),
        OraLayer("Colorized", files["colorized"], visible=False),
        OraLayer("Colorized (masked)", files["masked"], visible=not only_blended),
        OraLayer("Original", files["original"], visible=not only_blended),
    )


def write_ora(layers: Sequence[OraLayer], merged: MergedImage, file: BinaryIO) -> None:
    """Write an OpenRaster file.

    What it holds is stored uncompressed, as PNG is compressed already. Dates are fixed: equal in,
    equal out.

    Args:
        layers: top to bottom.
        merged: what viewers without layers show.
        file: what is written to, seekable.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        # First and stored: that is how the type is recognized.
        archive.writestr(zipfile.ZipInfo("mimetype"), MIME_TYPE)
        archive.writestr(zipfile.ZipInfo("stack.xml"), _stack(layers, merged))
        if (xmp := with_facts(merged.metadata.xmp, facts_for_xmp(merged.metadata))) is not None:
            archive.writestr(zipfile.ZipInfo(METADATA_FILE), xmp)
        for index, layer in enumerate(layers):
            _store(archive, _source(index), layer.png)
        _store(archive, "mergedimage.png", merged.png)
        archive.writestr(zipfile.ZipInfo("Thumbnails/thumbnail.png"), merged.thumbnail)


def _store(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name)
    entry.file_size = path.stat().st_size  # so that it is known whether 4 GiB suffice
    with path.open("rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, _COPIED_BYTES)


def _source(index: int) -> str:
    return f"data/layer{index}.png"


def _stack(layers: Sequence[OraLayer], merged: MergedImage) -> bytes:
    size = {"w": str(merged.width), "h": str(merged.height)}
    if merged.metadata.dpi is not None:
        size |= dict(zip(("xres", "yres"), map(_whole, merged.metadata.dpi), strict=True))
    image = ElementTree.Element("image", {"version": VERSION, **size})
    stack = ElementTree.SubElement(image, "stack")
    for index, layer in enumerate(layers):
        attributes = {
            "name": layer.name,
            "src": _source(index),
            "visibility": "visible" if layer.visible else "hidden",
            "opacity": "1.0",
            "composite-op": "svg:src-over",
            "x": "0",
            "y": "0",
        }
        ElementTree.SubElement(stack, "layer", attributes)
    return cast(bytes, ElementTree.tostring(image, encoding="UTF-8", xml_declaration=True))


def _whole(dpi: float) -> str:
    """The format asks for whole pixels to an inch."""
    return str(max(1, round(dpi)))


def make_thumbnail(picture: Banded) -> bytes:
    """Encode an 8-bit sRGB PNG of at most 256 pixels along each side."""
    step = max(1, max(picture.width, picture.height) // (4 * THUMBNAIL_SIDE))
    sparse = [picture.rows(row, row + 1)[:, ::step] for row in range(0, picture.height, step)]
    pixels = to_depth(np.concatenate(sparse), 8)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    srgb_pixels = np.asarray(_in_srgb(image, picture))
    srgb_pixels = srgb_pixels[..., np.newaxis] if srgb_pixels.ndim == 2 else srgb_pixels
    file = io.BytesIO()
    write_png(banded(to_raster(srgb_pixels)), file)
    return file.getvalue()


def _in_srgb(image: Image.Image, picture: Banded) -> Image.Image:
    """Convert colors by the picture's profile; a profile that cannot be applied is ignored."""
    profile = picture.label
    if picture.curve is TransferCurve.SRGB or profile is None:
        return image
    from PIL import ImageCms  # late: most photos are on the sRGB curve

    alpha = image.getchannel("A") if picture.channels.has_alpha else None
    opaque = image.convert("L" if picture.channels.is_gray else "RGB")
    try:
        converted = ImageCms.profileToProfile(
            opaque,
            io.BytesIO(profile),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
            flags=ImageCms.Flags.NOOPTIMIZE,  # its tables are coarse in the shadows
        )
    except ImageCms.PyCMSError:
        return image
    if converted is not None and alpha is not None:
        converted.putalpha(alpha)
    return converted or image
