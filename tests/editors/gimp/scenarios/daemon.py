"""The daemon as the plug-in meets it: long jobs, death, and a daemon that is refused."""

from __future__ import annotations

import time

from helpers import call, open_photo, state


def colorize(photo):
    """One call; what it answered, how long it took, whether the image is unchanged."""
    image, source = open_photo(photo)
    before, started = state(image), time.monotonic()
    answer = call(image, [source])
    return {
        **answer,
        "seconds": time.monotonic() - started,
        "unchanged": state(image) == before,
        "layers": len(image.get_layers()),
    }
