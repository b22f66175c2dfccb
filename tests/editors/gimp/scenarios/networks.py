"""Coloring with a network that a script names."""

from __future__ import annotations

from gi.repository import Gimp
from helpers import call, open_photo


def colorize(photo, **chosen):
    """One call; what it answered, and what the image remembers of it."""
    image, source = open_photo(photo)
    answer = call(image, [source], **chosen)
    group = Gimp.Item.get_by_id(answer["group"]) if answer["group"] is not None else None
    return {
        **answer,
        "record": record(),
        "layers": [child.get_name() for child in group.get_children()] if group else [],
    }


def record():
    """What the image that was opened last remembers."""
    image = Gimp.get_images()[0]
    found = [image.get_parasite(name).get_data() for name in image.get_parasite_list()]
    return b"".join(bytes(each) for each in found).decode(errors="replace")
