"""Results that their user has copied, locked, filtered or converted before Recomposite."""

from __future__ import annotations

from pathlib import Path

from gi.repository import Gimp
from helpers import (
    UPDATE,
    call,
    describe,
    done,
    dump,
    dump_projection,
    open_photo,
    own_format,
    parts,
    precision,
    read,
    state,
    tree,
    write,
)


def colored(photo, **arguments):
    """An image with a result; its layers."""
    image, source = open_photo(photo)
    group = done(call(image, [source], **arguments))
    return image, source, group


def shown(image, group, folder):
    """Write what the image shows and what Blended holds, in the image's own encoding."""
    dump_projection(image, Path(folder) / "projection.raw", own_format(image))
    dump(parts(group)[2], Path(folder) / "blended.raw", own_format(image))


def duplicated_image(photo):
    """Recomposite and Selective Colorize in a duplicate of the image."""
    image, _source, _group = colored(photo)
    copy = image.duplicate()
    before = state(copy)
    group, source = copy.get_layers()
    answers = [call(copy, [layer], UPDATE) for layer in (group, *group.get_children(), source)]
    unchanged = state(copy) == before
    done(call(copy, [source]))
    facts = {"answers": answers, "unchanged": unchanged, "tree": tree(copy)}
    copy.delete()
    return facts


def duplicated_group(photo):
    """Recomposite on a copy of the group, then on the original."""
    image, _source, group = colored(photo)
    copy = group.copy()
    image.insert_layer(copy, None, 0)
    before = state(image)
    answer = call(image, [copy.get_children()[2]], UPDATE)
    unchanged = state(image) == before
    done(call(image, [group], UPDATE))
    return {**answer, "unchanged": unchanged}


def converted(photo, folder, name):
    """Recomposite after the image got another precision."""
    image, _source, group = colored(photo, feather=30.0)
    image.convert_precision(precision(name))
    done(call(image, [group], UPDATE))
    shown(image, group, folder)


def filtered(photo, folder):
    """Recomposite after Colorized got a filter that is not merged."""
    image, _source, group = colored(photo, feather=30.0)
    colorized = parts(group)[0]
    before = read(parts(group)[2], None)
    colorized.append_filter(Gimp.DrawableFilter.new(colorized, "gegl:invert-gamma", "Invert"))
    done(call(image, [group], UPDATE))
    shown(image, group, folder)
    return {"changed": read(parts(group)[2], None) != before}


def locked_blended(photo):
    """Recomposite while Blended is locked; whether its pixels are others, and the locks."""
    image, _source, group = colored(photo)
    _colorized, mask, blended = parts(group)
    blended.set_lock_content(True)
    blended.set_lock_position(True)
    before = read(blended, None)
    write(mask, "Y u8", bytes(mask.get_width() * mask.get_height()))
    answer = call(image, [group], UPDATE)
    fresh = parts(group)[2]
    return {
        **answer,
        "changed": read(fresh, None) != before,
        "locks": [fresh.get_lock_content(), fresh.get_lock_position()],
        "children": [describe(child)["name"] for child in group.get_children()],
    }


def alpha_later(photo, folder):
    """Recomposite after the photo has become half transparent."""
    image, source, group = colored(photo)
    source.add_alpha()
    pixels = bytearray(read(source, "R'G'B'A u8"))
    pixels[3::4] = bytes([128]) * len(pixels[3::4])
    write(source, "R'G'B'A u8", bytes(pixels))
    done(call(image, [group], UPDATE))
    dump(parts(group)[2], Path(folder) / "blended.raw")
