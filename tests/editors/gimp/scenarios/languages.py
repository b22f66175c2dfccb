"""What GIMP and its user read of the plug-in in another language."""

from __future__ import annotations

from gi.repository import Gimp
from helpers import COLORIZE, SHOWN, UPDATE, call, flat


def procedures():
    """What GIMP knows of the procedures: menu entry, documentation, arguments."""
    found = [Gimp.get_pdb().lookup_procedure(name) for name in (COLORIZE, UPDATE)]
    return {
        "labels": [each.get_menu_label() for each in found],
        "documentation": [text for each in found for text in (each.get_blurb(), each.get_help())],
        "arguments": [
            text
            for each in found
            for argument in each.get_arguments()[3:]
            for text in (argument.nick, argument.blurb)
        ],
    }


def ask():
    """Let the user color the shown photo; what its layers are called then."""
    image = SHOWN[-1][0]
    answer = call(image, image.get_layers()[-1:], mode="user")
    return answer, [layer.get_name() for layer in flat(image.get_layers())]
