"""GIMP with its user interface: images in windows, and what a user's hands have done to them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gi.repository import Gimp, Gio
from helpers import SHOWN, dump, dump_group, open_photo, precision, read, tree, write


def show(photo, is_gray=False):
    """Open a photo in a window; nothing else is open then."""
    while SHOWN:
        image, display = SHOWN.pop()
        if image.is_valid():
            image.clean_all()
            if display is not None and display.is_valid():
                display.delete()
            elif image.is_valid():
                image.delete()
    image, _source = open_photo(photo)
    if is_gray:
        image.convert_grayscale()
    image.clean_all()
    SHOWN.append((image, Gimp.Display.new(image)))
    Gimp.displays_flush()
    return look()


def show_beside(photo):
    """Open another image in front of the shown one."""
    file = Gio.File.new_for_path(str(photo))
    other = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    other.clean_all()
    SHOWN.insert(0, (other, Gimp.Display.new(other)))
    Gimp.displays_flush()


def count_beside():
    """How many layers the other image has."""
    return len(SHOWN[0][0].get_layers())


def look():
    """The shown image's layers, and a digest of what it looks like."""
    image = SHOWN[-1][0]
    shown = Gimp.Layer.new_from_visible(image, image, "look")
    digest = hashlib.sha256(read(shown, "R'G'B'A u8")).hexdigest()
    shown.delete()
    masks, blended = [], []
    for layer in image.get_layers():
        for child in layer.get_children() if layer.is_group() else ():
            if child.get_mask() is not None:
                masks.append(hashlib.sha256(read(child.get_mask(), "Y u8")).hexdigest())
            elif child.get_name() == "Blended":
                blended.append(hashlib.sha256(read(child, "R'G'B'A u8")).hexdigest())
    return {
        "tree": tree(image),
        "digest": digest,
        "masks": masks,
        "blended": blended,
        "base": image.get_base_type().value_nick,
    }


def count():
    """How many layers the shown image has at its root; cheap, to be asked again and again."""
    return len(SHOWN[-1][0].get_layers())


def edit_source():
    """Change the photo's pixels behind the plug-in's back."""
    layer = SHOWN[-1][0].get_layers()[-1]
    pixels = read(layer, "R'G'B' u8")
    write(layer, "R'G'B' u8", bytes(len(pixels) // 2) + pixels[len(pixels) // 2 :])
    Gimp.displays_flush()


def use_profile():
    """Convert the shown image to GIMP's own profile compatible with Adobe RGB (1998)."""
    image = SHOWN[-1][0]
    intent = Gimp.ColorRenderingIntent.PERCEPTUAL
    image.convert_color_profile(Gimp.ColorProfile.new_rgb_adobe(), intent, False)


def convert(name):
    """Give the shown image another precision."""
    SHOWN[-1][0].convert_precision(precision(name))


def make_indexed():
    """Give the shown image a palette."""
    SHOWN[-1][0].convert_indexed(
        Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, ""
    )
    return look()


def replace_layer():
    """Delete the shown image's layer and add another."""
    image = SHOWN[-1][0]
    old = image.get_layers()[0]
    image.insert_layer(old.copy(), None, 0)
    image.remove_layer(old)
    return look()


def brightness():
    """The mean of the photo and of Colorized, in 8-bit steps."""
    group, source = SHOWN[-1][0].get_layers()
    layers = (source, group.get_children()[2])
    return [sum(pixels) / len(pixels) for pixels in (read(each, "Y' u8") for each in layers)]


def close_window():
    """Close the image behind the plug-in's back."""
    image, display = SHOWN.pop()
    image.clean_all()
    display.delete()


def opened():
    """The layers of the image that the plug-in has opened; none while there is no such image."""
    for image in Gimp.get_images():
        if len(image.get_layers()) == 2:
            if (image, None) not in SHOWN:
                SHOWN.append((image, None))
            return tree(image)
    return []


def paint_hints():
    """A stroke of green across the newest result's hints."""
    hints = SHOWN[-1][0].get_layers()[0].get_children()[0]
    row = 4 * hints.get_width()
    pixels = bytearray(row * hints.get_height())
    pixels[20 * row : 60 * row] = bytes([40, 160, 40, 255]) * (10 * row)
    write(hints, "R'G'B'A u8", bytes(pixels))
    Gimp.displays_flush()
    return look()


def paint_mask():
    """Make half of the newest result's mask black."""
    image = SHOWN[-1][0]
    mask = image.get_layers()[0].get_children()[2].get_mask()
    pixels = read(mask, "Y u8")
    write(mask, "Y u8", bytes(len(pixels) // 2) + pixels[len(pixels) // 2 :])
    Gimp.displays_flush()
    return look()


def paint_hint(left, top, width, height):
    """A stroke of green on the newest result's color hints."""
    hints = SHOWN[-1][0].get_layers()[0].get_children()[0]
    rows, line = bytearray(read(hints, "R'G'B'A u8")), 4 * hints.get_width()
    for row in range(top, top + height):
        start = row * line + 4 * left
        rows[start : start + 4 * width] = bytes([40, 160, 40, 255]) * width
    write(hints, "R'G'B'A u8", bytes(rows))
    Gimp.displays_flush()
    return look()


def save(path):
    """Save the shown image; the version of GIMP."""
    file = Gio.File.new_for_path(path)
    assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, SHOWN[-1][0], file, None), path
    return f"{Gimp.MAJOR_VERSION}.{Gimp.MINOR_VERSION}.{Gimp.MICRO_VERSION}"


def dump_layers(folder, name):
    """Write the pixels of the photo, of the hints and of the result's layers into files."""
    group, source = SHOWN[-1][0].get_layers()
    dump(source, Path(folder) / f"{name}-source.raw")
    dump(group.get_children()[0], Path(folder) / f"{name}-hints.raw")
    dump_group(group, folder, name)
