"""Images of all kinds: precisions, profiles, gray, offsets, selections, groups, masks."""

from __future__ import annotations

from pathlib import Path

from gi.repository import Gimp, Gio
from helpers import (
    COLORIZE,
    UPDATE,
    call,
    close_all,
    describe,
    done,
    dump,
    dump_group,
    dump_projection,
    flat,
    open_photo,
    own_format,
    parts,
    precision,
    read,
    state,
    tree,
    write,
)


def open_layered(path, folder):
    """Open a file of several layers; their samples and what they show together go into files."""
    image, _top = open_photo(path)
    for layer in image.get_layers():
        dump(layer, Path(folder) / f"{layer.get_name()}.raw", own_format(image))
    dump_projection(image, Path(folder) / "projection.raw", own_format(image))
    return {"tree": tree(image), "precision": image.get_precision().value_nick}


def printed_size(path):
    """Open a file; pixels to an inch, across and down, and its metadata as GIMP keeps them."""
    image, _top = open_photo(path)
    _, across, down = image.get_resolution()
    metadata = image.get_metadata()
    return {
        "resolution": [across, down],
        "metadata": metadata.serialize() if metadata is not None else "",
    }


def marks(path):
    """Colorize a photo; the image's metadata before and after."""
    image, source = open_photo(path)
    before = image.get_metadata()
    done(call(image, [source]))
    return [before.serialize() if before is not None else "", image.get_metadata().serialize()]


def of_precision(photo, folder, name, is_gray, profile):
    """Colorize a photo in an image of a precision and a profile; its pixels and label in files."""
    folder = Path(folder)
    image, source = open_photo(photo)
    if is_gray:
        image.convert_grayscale()
    if profile:
        image.convert_color_profile_from_file(
            Gio.File.new_for_path(profile), Gimp.ColorRenderingIntent.PERCEPTUAL, False
        )
    if image.get_precision() != precision(name):
        image.convert_precision(precision(name))
    colors = "Y" if is_gray else "RGB"
    dump(source, folder / "source.raw", own_format(image, colors, ""))
    (folder / "source.icc").write_bytes(icc_of(image))
    group = done(call(image, [source], feather=12.0))
    dump_group(group, folder, "first", own_format(image, "RGB", ""))
    dump_projection(image, folder / "projection.raw", own_format(image))
    return {
        "precision": image.get_precision().value_nick,
        "base": image.get_base_type().value_nick,
        "profile": image.get_color_profile() is not None,
    }


def icc_of(image):
    """The profile that tells what the image's samples mean."""
    profile, trc = image.get_effective_color_profile(), image.get_precision().value_nick
    if trc.endswith("-linear") and not trc.endswith("non-linear"):
        profile = Gimp.ColorProfile.new_linear_from_color_profile(profile)
    elif trc.endswith("perceptual"):
        profile = Gimp.ColorProfile.new_srgb_trc_from_color_profile(profile)
    return bytes(profile.get_icc_profile())


def save_profile(path):
    """Write GIMP's own profile compatible with Adobe RGB (1998) into a file."""
    Gimp.ColorProfile.new_rgb_adobe().save_to_file(Gio.File.new_for_path(path))


def at_offset(photo, left, top):
    """A layer that is not where the image begins, in a larger image."""
    image, source = open_photo(photo)
    source.add_alpha()
    image.resize(300, 260, 0, 0)
    source.set_offsets(left, top)
    done(call(image, [source]))
    return tree(image)


def half_transparent(photo, folder):
    """A layer whose lower half is half transparent."""
    image, source = open_photo(photo)
    source.add_alpha()
    pixels = bytearray(read(source, "R'G'B'A u8"))
    pixels[len(pixels) // 2 + 3 :: 4] = bytes([128]) * len(pixels[len(pixels) // 2 + 3 :: 4])
    write(source, "R'G'B'A u8", bytes(pixels))
    group = done(call(image, [source]))
    dump(source, Path(folder) / "source.raw")
    dump_group(group, folder, "first")


def within_selection(photo, folder, selection):
    """Colorize with a rectangle selected."""
    image, source = open_photo(photo)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, *selection)
    group = done(call(image, [source]))
    dump_group(group, folder, "selected")
    facts = {"selected": Gimp.Selection.bounds(image).non_empty}
    done(call(image, [source], UPDATE))
    dump_group(group, folder, "recomposited")
    return facts


def two_layers(photo, names):
    """Two selected layers; the tree, and whether both are as they were."""
    image, first = open_photo(photo)
    second = first.copy()
    image.insert_layer(second, None, 0)
    for layer, name in zip((first, second), names, strict=True):
        layer.set_name(name)
    before = [read(layer, None) for layer in (first, second)]
    done(call(image, [first, second]))
    return {
        "tree": tree(image),
        "untouched": [read(layer, None) for layer in (first, second)] == before,
    }


def in_and_as_group(photo):
    """A layer within a group; then the group itself."""
    image, source = open_photo(photo)
    folder = Gimp.GroupLayer.new(image, "Folder")
    image.insert_layer(folder, None, 0)
    image.reorder_item(source, folder, 0)
    done(call(image, [source]))
    within = describe(folder)
    image.undo_disable()
    whole = done(call(image, [folder]))
    return {"within": within, "as_group": tree(image), "group": describe(whole)}


def in_locked_group(photo, folder):
    """A photo in a group whose pixels are locked; and the same photo elsewhere."""
    image, source = open_photo(photo)
    locked = Gimp.GroupLayer.new(image, "Locked")
    image.insert_layer(locked, None, 0)
    image.reorder_item(source, locked, 0)
    locked.set_lock_content(True)
    dump_group(done(call(image, [source])), folder, "locked")
    image, source = open_photo(photo)
    dump_group(done(call(image, [source])), folder, "free")


def group_with_mask_and_filter(photo, folder):
    """A group as the photo: its mask hides the right half, its filter inverts."""
    image, source = open_photo(photo)
    dump(source, Path(folder) / "source.raw")
    group = Gimp.GroupLayer.new(image, "Folder")
    image.insert_layer(group, None, 0)
    image.reorder_item(source, group, 0)
    add_half_mask(group)
    group.append_filter(Gimp.DrawableFilter.new(group, "gegl:invert-gamma", "Invert"))
    dump_group(done(call(image, [group])), folder, "first")


def gray_with_linear_profile(photo, folder):
    """A gray image of which a profile says that its samples are linear."""
    image, source = open_photo(photo)
    image.convert_grayscale()
    profile = Gimp.ColorProfile.new_d65_gray_srgb_trc()
    linear = Gimp.ColorProfile.new_linear_from_color_profile(profile)
    image.convert_color_profile(linear, Gimp.ColorRenderingIntent.PERCEPTUAL, False)
    group = done(call(image, [source], feather=30.0))
    dump_group(group, folder, "first")
    dump_projection(image, Path(folder) / "projection.raw")


def add_half_mask(layer):
    """Give a layer a mask that hides its right half."""
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    width, height = mask.get_width(), mask.get_height()
    write(mask, "Y u8", (b"\xff" * (width // 2) + bytes(width // 2)) * height)


def masked_source(photo, folder):
    """A photo whose own layer mask hides its right half."""
    image, source = open_photo(photo)
    add_half_mask(source)
    group = done(call(image, [source]))
    dump_group(group, folder, "first")
    return tree(image)


def mask_stands_for_its_layer(photo):
    """Colorize twice: what is selected after the first time is the new mask."""
    image, source = open_photo(photo)
    done(call(image, [source]))
    done(call(image, image.get_selected_drawables()))
    return tree(image)


def saved_and_opened(photo, path):
    """Recomposite works on an image that was saved and opened again."""
    image, source = open_photo(photo)
    done(call(image, [source]))
    file = Gio.File.new_for_path(path)
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
    image, _ = open_photo(path)
    done(call(image, [image.get_layers()[0]], UPDATE))
    return tree(image)


def refused(photo, kind):
    """Images that cannot be colorized as they are; the error, and whether it is unchanged."""
    image, source = open_photo(photo)
    drawables = {
        "indexed": indexed,
        "floating selection": floating,
        "channel": channel,
        "empty group": empty_group,
        "too small": too_small,
        "one too small": lambda image, layer: [layer, *too_small(image, layer)],
        "another image's layer": foreign,
        "nothing colored": lambda _image, layer: [layer],
    }[kind](image, source)
    before = state(image)
    answer = call(image, drawables, COLORIZE if kind != "nothing colored" else UPDATE)
    return {**answer, "unchanged": state(image) == before}


def indexed(image, layer):
    """A palette of 16 colors."""
    image.convert_indexed(
        Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, ""
    )
    return [layer]


def floating(image, layer):
    """Something pasted and not settled."""
    Gimp.edit_copy([layer])
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
    return [Gimp.edit_paste(layer.get_mask(), False)[0]]


def channel(image, _layer):
    """A saved selection."""
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 50, 50)
    return [Gimp.Selection.save(image)]


def empty_group(image, _layer):
    """A group without layers."""
    group = Gimp.GroupLayer.new(image, "Nothing")
    image.insert_layer(group, None, 0)
    return [group]


def too_small(image, _layer):
    """A layer in which no network could see anything."""
    kind, mode = Gimp.ImageType.RGB_IMAGE, Gimp.LayerMode.NORMAL
    layer = Gimp.Layer.new(image, "tiny", 8, 8, kind, 100.0, mode)
    image.insert_layer(layer, None, 0)
    return [layer]


def foreign(image, layer):
    """A layer that is in no image."""
    return [layer.copy()]


def bad_arguments(photo, arguments, mode="script"):
    """Arguments that cannot be met."""
    image, source = open_photo(photo)
    before = state(image)
    answer = call(image, [source], mode=mode, **arguments)
    return {**answer, "unchanged": state(image) == before}


def without(photo, role):
    """Recomposite after a part of the result was deleted."""
    image, source = open_photo(photo)
    group = done(call(image, [source]))
    colorized, _mask, blended = parts(group)
    {
        "mask": lambda: colorized.remove_mask(Gimp.MaskApplyMode.DISCARD),
        "source": lambda: image.remove_layer(source),
        "blended": lambda: image.remove_layer(blended),
    }[role]()
    answer = call(image, [colorized], UPDATE)
    return {**answer, "tree": tree(image), "count": len(list(flat(image.get_layers())))}


def with_last_values(photo):
    """The settings of the last dialog, of whichever editor."""
    image, source = open_photo(photo)
    group = done(call(image, [source], mode="repeat"))
    _colorized, mask, _blended = parts(group)
    values = set(read(mask, "Y u8"))
    close_all()
    return {"mask_is_hard": values <= {0, 255}, "mask_values": len(values)}
