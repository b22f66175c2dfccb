"""A script's whole way: colorize, paint on the mask, recomposite."""

from __future__ import annotations

from pathlib import Path

from gi.repository import Gimp
from helpers import (
    COLORIZE,
    UPDATE,
    call,
    describe,
    done,
    dump,
    dump_group,
    dump_projection,
    open_photo,
    parts,
    read,
    tree,
    write,
)


def ready():
    """The plug-in's procedures are there; what GIMP knows of them."""
    pdb = Gimp.get_pdb()
    found = [pdb.lookup_procedure(name) for name in (COLORIZE, UPDATE)]
    return {
        "version": f"{Gimp.MAJOR_VERSION}.{Gimp.MINOR_VERSION}.{Gimp.MICRO_VERSION}",
        "labels": [procedure.get_menu_label() for procedure in found],
        "menus": [procedure.get_menu_paths() for procedure in found],
        "arguments": [
            [argument.name for argument in procedure.get_arguments()] for procedure in found
        ],
    }


def whole(photo, folder, **arguments):
    """Colorize, paint half of the mask black, recomposite; the pixels go into files."""
    folder = Path(folder)
    image, source = open_photo(photo)
    facts = {"before": tree(image)}
    own = read(source, None)
    group = done(call(image, [source], **arguments))
    facts["tree"] = tree(image)
    facts["source_is_untouched"] = read(source, None) == own
    facts["is_dirty"] = image.is_dirty()
    facts["selected"] = [layer.get_tattoo() for layer in image.get_selected_layers()]
    dump(source, folder / "source.raw")
    dump_group(group, folder, "first")
    dump_projection(image, folder / "first-projection.raw")
    paint(group)
    dump_group(group, folder, "painted")
    dump_projection(image, folder / "painted-projection.raw")
    done(call(image, image.get_selected_layers(), UPDATE))
    facts["recomposited"] = describe(group)
    dump_group(group, folder, "recomposited")
    done(call(image, [source], UPDATE))
    facts["again"] = describe(group)
    return facts


def paint(group):
    """Make the left half of the mask black."""
    _colorized, mask, _blended = parts(group)
    width, height = mask.get_width(), mask.get_height()
    rows = bytearray(read(mask, "Y u8"))
    for row in range(height):
        rows[row * width : row * width + width // 2] = bytes(width // 2)
    write(mask, "Y u8", bytes(rows))
