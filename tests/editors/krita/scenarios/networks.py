"""Coloring with the networks that the settings name."""

from __future__ import annotations

from helpers import annotations, close_all, colorize, groups, open_photo


def colorize_with_settings(photo):
    """Open a photo and colorize it; what the image remembers of it."""
    close_all()
    document = yield from open_photo(photo)
    yield from colorize(document)
    record = "".join(document.annotation(key).data().decode() for key in annotations(document))
    layers = [child.name() for child in groups(document)[-1].childNodes()]
    return {"record": record, "layers": layers}
