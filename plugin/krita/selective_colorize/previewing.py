"""The preview: reduced layers as rasters, and three pictures in the dialog."""

from __future__ import annotations

from krita import Node

from selcolor_plugin import texts
from selcolor_plugin.editor import Rectangle
from selcolor_plugin.preview import Preview
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

from .labels import WrappingLabel
from .qt import QGridLayout, QImage, QLabel, QPainter, QPixmap, QRect, QSize, Qt, QWidget
from .reading import sides

PICTURE = 144
"""Side of the square that a picture lies in, in the units of the user interface."""

SAMPLED = 3
"""Krita takes single pixels for a thumbnail; so it is made larger and then averaged."""

BYTES = QImage.Format.Format_RGBA8888
IMAGE_FORMATS = {
    Channels.RGBA: BYTES,
    Channels.RGB: QImage.Format.Format_RGB888,
    Channels.GRAY: QImage.Format.Format_Grayscale8,
}
SMOOTH = Qt.TransformationMode.SmoothTransformation


def thumbnail(node: Node, rectangle: Rectangle, size: tuple[int, int]) -> Raster:
    """A layer's own pixels in a rectangle of the image, reduced to a size."""
    picture = QImage(*size, BYTES)
    picture.fill(Qt.GlobalColor.transparent)
    whole = sides(node.bounds())
    across, down = size[0] / rectangle[2], size[1] / rectangle[3]
    area = QRect(
        round((whole[0] - rectangle[0]) * across),
        round((whole[1] - rectangle[1]) * down),
        max(1, round(whole[2] * across)),
        max(1, round(whole[3] * down)),
    )
    few = [
        min(side, SAMPLED * small)
        for side, small in zip(whole[2:], area.getRect()[2:], strict=True)
    ]
    found = node.thumbnail(*few)
    reduced = found.copy(filled_part(found)).scaled(
        area.size(), Qt.AspectRatioMode.IgnoreAspectRatio, SMOOTH
    )
    painter = QPainter(picture)
    painter.drawImage(area.topLeft(), reduced)
    painter.end()
    pixels = picture.constBits().asstring(picture.sizeInBytes())
    return Raster(RasterFormat(*size, Channels.RGBA, SampleType.U8), pixels)


def filled_part(picture: QImage) -> QRect:
    """What a thumbnail shows of a layer: Krita fills it up, transparent, to tiles of 64 pixels."""
    alpha = picture.convertToFormat(QImage.Format.Format_Alpha8)
    line, width = alpha.bytesPerLine(), alpha.width()
    values = alpha.constBits().asstring(alpha.sizeInBytes())
    rows = [values[start : start + width] for start in range(0, len(values), line)]
    filled = [row for row, found in enumerate(rows) if any(found)]
    if not filled:
        return alpha.rect()
    left = min(width - len(found.lstrip(b"\0")) for found in rows)
    right = max(len(found.rstrip(b"\0")) for found in rows)
    return QRect(left, filled[0], right - left, filled[-1] + 1 - filled[0])


def image_of(raster: Raster) -> QImage:
    """A raster of 8 bits as Qt shows it."""
    size = raster.format
    row = len(raster.pixels) // size.height
    picture = QImage(
        bytes(raster.pixels), size.width, size.height, row, IMAGE_FORMATS[size.channels]
    )
    # The image only borrows the bytes.
    return picture.copy()


class PreviewPanel(QWidget):
    """The photo, its mask and the result, side by side, with a line below that says how it is."""

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self._preview = preview
        self.pictures = [self._picture(caption) for caption in texts.preview_captions()]
        self.line = WrappingLabel()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for column, (picture, caption) in enumerate(
            zip(self.pictures, texts.preview_captions(), strict=True)
        ):
            layout.addWidget(picture, 0, column)
            layout.addWidget(QLabel(caption), 1, column, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self.line, 2, 0, 1, len(self.pictures))

    @property
    def is_shown(self) -> bool:
        """Whether the pictures are those of the newest choice."""
        return self._preview.is_current and self._preview.done is not None

    def refresh(self, is_new: bool) -> None:
        """Show what there is; pictures only where they are others."""
        preview = self._preview
        self.line.show_text(texts.preview_line(preview.trouble, preview.is_current))
        if not is_new:
            return
        for picture, raster in zip(self.pictures, preview.pictures, strict=True):
            picture.setPixmap(self._pixmap(raster) if raster is not None else QPixmap())

    def _picture(self, caption: str) -> QLabel:
        picture = QLabel()
        picture.setFixedSize(QSize(PICTURE, PICTURE))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setAccessibleName(caption)
        return picture

    def _pixmap(self, raster: Raster) -> QPixmap:
        ratio = self.devicePixelRatioF()
        side = round(PICTURE * ratio)
        kept = Qt.AspectRatioMode.KeepAspectRatio
        pixmap = QPixmap.fromImage(image_of(raster).scaled(side, side, kept, SMOOTH))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
