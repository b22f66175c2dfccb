"""GIMP with its user interface: images in windows, and what a user's hands have done to them."""

from __future__ import annotations

import hashlib

from gi.repository import Gimp
from helpers import SHOWN, open_photo, precision, read, tree, write


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
            else:
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
    layers = (source, group.get_children()[1])
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


def paint_mask():
    """Make half of the newest result's mask black."""
    image = SHOWN[-1][0]
    mask = image.get_layers()[0].get_children()[1].get_mask()
    pixels = read(mask, "Y u8")
    write(mask, "Y u8", bytes(len(pixels) // 2) + pixels[len(pixels) // 2 :])
    Gimp.displays_flush()
    return look()
