"""What scenarios share: opening photos, calling procedures, describing layers, writing pixels."""

from __future__ import annotations

import time
from pathlib import Path

from gi.repository import Babl, Gegl, Gimp, Gio

COLORIZE = "plug-in-selective-colorize"
UPDATE = "plug-in-selective-colorize-update"
MODES = {
    "script": Gimp.RunMode.NONINTERACTIVE,
    "user": Gimp.RunMode.INTERACTIVE,
    "repeat": Gimp.RunMode.WITH_LAST_VALS,
}
TRAVELS_AS = {"u32": "float", "double": "float"}
"""What NumPy and the protocol have no picture type for is compared as 32-bit floats."""

SHOWN = []
"""Images in windows, newest last, each with its window."""


def close_all():
    """Close every image."""
    for image in Gimp.get_images():
        if image.is_valid():
            image.delete()


def open_photo(path):
    """Open a file without a window; the image and its layer."""
    close_all()
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(str(path)))
    return image, image.get_layers()[0]


def call(image, drawables, name=COLORIZE, mode="script", **arguments):
    """Call a procedure as a script does; what it answered, as plain data."""
    pdb = Gimp.get_pdb()
    procedure = pdb.lookup_procedure(name)
    config = procedure.create_config()
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    config.set_property("run-mode", MODES[mode])
    for key, value in arguments.items():
        config.set_property(key.replace("_", "-"), value)
    result = procedure.run(config)
    status = result.index(0)
    succeeded = status == Gimp.PDBStatusType.SUCCESS
    return {
        "status": status.value_nick,
        "error": "" if succeeded else pdb.get_last_error(),
        "group": result.index(1).get_id() if succeeded and result.length() > 1 else None,
    }


def done(answer):
    """The answer's group; an error fails the scenario."""
    assert answer["status"] == "success", answer
    return Gimp.Item.get_by_id(answer["group"]) if answer["group"] is not None else None


def parts(group):
    """Colorized, its mask, and Blended."""
    _hints, blended, colorized = group.get_children()
    return colorized, colorized.get_mask(), blended


def describe(item):
    """A layer and what is below it, as plain data."""
    _found, left, top = item.get_offsets()
    return {
        "name": item.get_name(),
        "id": item.get_tattoo(),
        "visible": item.get_visible(),
        "rectangle": [left, top, item.get_width(), item.get_height()],
        "mask": item.get_mask() is not None,
        "edits_mask": item.get_mask() is not None and item.get_edit_mask(),
        "shows_mask": item.get_mask() is not None and item.get_show_mask(),
        "children": [describe(child) for child in item.get_children()] if item.is_group() else [],
    }


def tree(image):
    """All layers of an image, top to bottom."""
    return [describe(layer) for layer in image.get_layers()]


def state(image):
    """All that a failed or cancelled call must leave as it was."""
    pixels = [read(layer, None) for layer in flat(image.get_layers())]
    return tree(image), pixels, image.is_dirty(), image.get_parasite_list()


def flat(layers):
    """Layers and those within them."""
    for layer in layers:
        yield layer
        if layer.is_group():
            yield from flat(layer.get_children())


def read(drawable, name, rectangle=None):
    """A drawable's bytes in a babl format; None for its own."""
    buffer = drawable.get_buffer()
    area = Gegl.Rectangle.new(*rectangle) if rectangle else buffer.get_extent()
    return bytes(buffer.get(area, 1.0, name, Gegl.AbyssPolicy.NONE))


def write(drawable, name, pixels):
    """Fill a drawable."""
    buffer = drawable.get_buffer()
    buffer.set(buffer.get_extent(), name, pixels)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def dump(drawable, path, name="R'G'B'A u8", rectangle=None):
    """Write a drawable's pixels into a file."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(read(drawable, name, rectangle))


def dump_group(group, folder, label, name="R'G'B'A u8"):
    """Write the pixels of a result's layers into files."""
    colorized, mask, blended = parts(group)
    dump(colorized, Path(folder) / f"{label}-colorized.raw", name)
    dump(blended, Path(folder) / f"{label}-blended.raw", name)
    dump(mask, Path(folder) / f"{label}-mask.raw", "Y u8")


def dump_projection(image, path, name="R'G'B'A u8"):
    """Write what an image shows into a file."""
    shown = Gimp.Layer.new_from_visible(image, image, "projection")
    dump(shown, path, name)
    shown.delete()


def own_format(image, colors="RGB", alpha="A"):
    """Babl's name of the image's own encoding, as it travels."""
    kind, trc = image.get_precision().value_nick.split("-", 1)
    mark = {"non-linear": "'", "linear": "", "perceptual": "~"}[trc]
    encoding = "".join(color + mark for color in colors) + alpha
    space = Babl.format_get_space(image.get_layers()[0].get_format())
    name = f"{encoding} {TRAVELS_AS.get(kind, kind)}"
    return Babl.get_name(Babl.format_with_space(name, space))


def precision(name):
    """GIMP's precision by its name, such as `u8-non-linear`."""
    return getattr(Gimp.Precision, name.replace("-", "_").upper())


def wait_for(condition, seconds=60):
    """Wait until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.02)
