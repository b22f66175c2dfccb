"""OpenRaster 0.0.6: a zip of PNG layers that editors such as Krita and GIMP open layered.

OpenRaster has no masks: a mask can only be multiplied into its layer's alpha. So that nothing is
lost, a result is laid out, top to bottom, as

    Blended             hidden     the finished composite, also the merged image
    Mask                hidden     white where color shows; a layer mask can be made from it
    Colorized           hidden     the whole photo in color, the layer to give that mask to
    Colorized (masked)  visible    the same with the mask in its alpha
    Original            visible    the photo

The layers lie flat, without a group: there is nothing here to keep together. The format asks for
PNG layers and sets no depth, so that layers keep 8 or 16 bits, and floats become 16. PNG bytes
that exist already are stored as they are. Encoding belongs to `writing`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast
from xml.etree import ElementTree

import numpy as np
from PIL import Image, ImageCms

from selcolor_backend.pictures.arrays import to_array, to_file_array, to_raster
from selcolor_backend.pictures.writing import (
    PictureFormat,
    convert_depth,
    depth_for,
    encode_png,
    profile_for,
    write_atomically,
)
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.raster import Raster, TransferCurve

VERSION = "0.0.6"
MIME_TYPE = "image/openraster"
THUMBNAIL_SIDE = 256


@dataclass(frozen=True)
class EncodedPicture:
    """A picture together with its PNG file, so that none is compressed twice.

    Attributes:
        raster: the pixels.
        png: the same as a PNG file.
    """

    raster: Raster
    png: bytes

    @classmethod
    def of(cls, raster: Raster) -> EncodedPicture:
        """Encode a raster; floats become 16-bit integers in the PNG."""
        return cls(raster, encode_png(raster))


@dataclass(frozen=True)
class OraLayer:
    """One layer, as large as the picture.

    Attributes:
        name: what the editor shows.
        picture: pixels and PNG.
        visible: whether it is shown.
    """

    name: str
    picture: EncodedPicture
    visible: bool = True


def result_layers(
    original: EncodedPicture,
    colorized: EncodedPicture,
    mask: EncodedPicture,
    masked: EncodedPicture,
    blended: EncodedPicture,
) -> tuple[OraLayer, ...]:
    """Lay out one result, top to bottom, as the module's docstring lists it.

    Args:
        original: the photo.
        colorized: the whole photo in color.
        mask: GRAY, of the same size.
        masked: the colorized photo with the mask in its alpha, as `with_mask` makes it.
        blended: the finished composite.
    """
    return (
        OraLayer("Blended", blended, visible=False),
        OraLayer("Mask", mask, visible=False),
        OraLayer("Colorized", colorized, visible=False),
        OraLayer("Colorized (masked)", masked),
        OraLayer("Original", original),
    )


def with_mask(raster: Raster, mask: Raster) -> Raster:
    """Multiply a mask into a picture's alpha.

    Args:
        raster: any picture; floats become 16-bit integers.
        mask: GRAY, of the same size and any number format, taken as coverage without a curve.

    Returns:
        GRAYA or RGBA in the raster's depth, curve and profile.

    Raises:
        ValueError: the sizes differ.
    """
    if (mask.format.width, mask.format.height) != (raster.format.width, raster.format.height):
        raise ValueError("mask and picture differ in size")
    depth = depth_for(PictureFormat.ORA, raster.format.sample_type)
    raster = raster if depth is None else convert_depth(raster, depth)
    bits = raster.format.sample_type.bytes * 8
    coverage = to_array(convert_depth(mask, 8 if bits == 8 else 16))[..., :1]
    pixels = to_file_array(raster)
    if raster.format.channels.has_alpha:
        white = 2**bits - 1
        product = pixels[..., -1:].astype(np.uint32) * coverage + white // 2
        coverage, pixels = (product // white).astype(pixels.dtype), pixels[..., :-1]
    joined = np.concatenate([pixels, coverage.astype(pixels.dtype)], axis=2)
    return to_raster(joined, raster.format.curve, raster.icc_profile)


def write_ora(
    path: Path, layers: Sequence[OraLayer], width: int, height: int, merged: EncodedPicture
) -> None:
    """Write an OpenRaster file.

    Args:
        path: the file, ending in `.ora`.
        layers: top to bottom.
        width: pixels of the canvas in a row.
        height: rows of the canvas.
        merged: what viewers without layers show: the blended picture.

    Raises:
        CannotWrite: as `writing.write_picture`.
    """
    if path.suffix.lower() != f".{PictureFormat.ORA.value}":
        raise CannotWrite(
            f"{path} cannot be written, because its name does not end in .ora.",
            "Choose a name with that ending.",
        )
    entries = {
        "mimetype": MIME_TYPE.encode(),  # first and stored: that is how the type is recognized
        "stack.xml": _stack(layers, width, height),
        **{_source(i): layer.picture.png for i, layer in enumerate(layers)},
        "mergedimage.png": merged.png,
        "Thumbnails/thumbnail.png": _thumbnail(merged.raster),
    }
    write_atomically(path, partial(_write_zip, entries))


def _write_zip(entries: dict[str, bytes], file: BinaryIO) -> None:
    """Store uncompressed, as PNG is compressed already; dates are fixed: equal in, equal out."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)


def _source(index: int) -> str:
    return f"data/layer{index}.png"


def _stack(layers: Sequence[OraLayer], width: int, height: int) -> bytes:
    size = {"w": str(width), "h": str(height)}
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


def _thumbnail(raster: Raster) -> bytes:
    """Encode an 8-bit sRGB PNG of at most 256 pixels along each side."""
    step = max(1, max(raster.format.width, raster.format.height) // (4 * THUMBNAIL_SIDE))
    sparse = to_file_array(raster)[::step, ::step]
    small = convert_depth(to_raster(sparse, raster.format.curve, raster.icc_profile), 8)
    pixels = to_array(small)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    image = _in_srgb(image, small)
    srgb_pixels = np.asarray(image)
    srgb_pixels = srgb_pixels[..., np.newaxis] if srgb_pixels.ndim == 2 else srgb_pixels
    return encode_png(to_raster(srgb_pixels))


def _in_srgb(image: Image.Image, raster: Raster) -> Image.Image:
    """Convert colors by the raster's profile; a profile that cannot be applied is ignored."""
    profile = profile_for(raster)
    if raster.format.curve is TransferCurve.SRGB or profile is None:
        return image
    alpha = image.getchannel("A") if raster.format.channels.has_alpha else None
    opaque = image.convert("L" if raster.format.channels.is_gray else "RGB")
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
