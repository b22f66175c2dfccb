"""Results that are refined by brush and updated in place, as scripts and users' hands do it."""

from __future__ import annotations

from pathlib import Path

from gi.repository import Gimp, Gio
from helpers import (
    UPDATE,
    call,
    describe,
    done,
    dump,
    dump_group,
    open_photo,
    parts,
    read,
    tree,
    write,
)

GREEN = bytes([40, 160, 40, 255])


def update(image):
    """Update by what is selected, as after a stroke: nothing else is clicked on."""
    done(call(image, image.get_selected_layers(), UPDATE))


def black_half(mask):
    """Make the left half of a mask black."""
    width, height = mask.get_width(), mask.get_height()
    row = bytes(width // 2)
    pixels = bytearray(read(mask, "Y u8"))
    for start in range(0, width * height, width):
        pixels[start : start + len(row)] = row
    write(mask, "Y u8", bytes(pixels))


def paint_hint(layer, left=90, top=60, width=40, height=20):
    """A stroke of green."""
    size = layer.get_width()
    pixels = bytearray(4 * size * layer.get_height())
    for row in range(top, top + height):
        start = 4 * (row * size + left)
        pixels[start : start + 4 * width] = GREEN * width
    write(layer, "R'G'B'A u8", bytes(pixels))


def edited(image):
    """What the user would paint on now."""
    (layer,) = image.get_selected_layers()
    return [layer.get_name(), layer.get_mask() is not None and layer.get_edit_mask()]


def whole(photo, folder):
    """Colorize, paint on the mask, update, paint hints, update; the pixels go into files."""
    folder = Path(folder)
    image, source = open_photo(photo)
    before = read(source, None)
    group = done(call(image, [source]))
    facts = {"edited": [edited(image)]}
    black_half(parts(group)[1])
    update(image)
    facts["edited"].append(edited(image))
    first = read(parts(group)[0], None)
    paint_hint(group.get_children()[0])
    update(image)
    facts["edited"].append(edited(image))
    facts["recolored"] = read(parts(group)[0], None) != first
    facts["untouched"] = read(source, None) == before
    facts["tree"] = tree(image)
    dump(source, folder / "source.raw")
    dump(group.get_children()[0], folder / "hints.raw")
    dump_group(group, folder, "hinted")
    return facts


def second_run(photo, folder):
    """Colorize, paint on the mask, colorize with another strength; from the mask's layer."""
    folder = Path(folder)
    image, source = open_photo(photo)
    group = done(call(image, [source]))
    black_half(parts(group)[1])
    again = done(call(image, image.get_selected_drawables(), saturation=2.0))
    dump(source, folder / "source.raw")
    dump_group(group, folder, "second")
    return {"tree": tree(image), "same": again == group, "edited": edited(image)}


def subject(photo, kind, folder, selection=None, **arguments):
    """Colorize what is said, with a part selected; the mask."""
    image, source = open_photo(photo)
    if selection is not None:
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *selection)
    group = done(call(image, [source], classes=kind, **arguments))
    dump(parts(group)[1], Path(folder) / f"{kind}.raw", "Y u8")
    return describe(group)


def copied_hints(photo, folder):
    """Two results; the hints of the first are copied into the group of the second."""
    folder = Path(folder)
    image, source = open_photo(photo)
    hints = done(call(image, [source])).get_children()[0]
    paint_hint(hints)
    file = Gio.File.new_for_path(str(photo))
    other = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    source = other.get_layers()[0]
    group = done(call(other, [source]))
    copy = Gimp.Layer.new_from_drawable(hints, other)
    other.insert_layer(copy, group, 0)
    other.set_selected_layers([copy])
    update(other)
    names = [child.get_name() for child in group.get_children()]
    colorized = group.get_children()[-1]
    dump(source, folder / "source.raw")
    dump(copy, folder / "copied.raw")
    dump(colorized, folder / "copied-colorized.raw")
    dump(colorized.get_mask(), folder / "copied-mask.raw", "Y u8")
    dump(group.get_children()[2], folder / "copied-blended.raw")
    return names
