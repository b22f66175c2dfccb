"""What the workflow can meet in any editor: each says what happened and what to do next."""

from __future__ import annotations

from selcolor_plugin.translation import translate as _
from selcolor_protocol.errors import Busy, SelectiveColorizeError


class CannotRead(SelectiveColorizeError):
    """What is selected cannot be given to the daemon."""

    code = "cannot_read"


class CannotInsert(SelectiveColorizeError):
    """The result does not go into the image."""

    code = "cannot_insert"


class UserCancelled(SelectiveColorizeError):
    """The user wants no result; nothing more is said of it."""

    code = "user_cancelled"


def no_image() -> CannotRead:
    """No image is open, or not the one that was meant."""
    return CannotRead(
        _("There is no image to work on, or it was closed."),
        _("Open a photo, select its layer, and try again."),
    )


def layer_gone() -> CannotRead:
    """The layer was removed after it had been chosen."""
    return CannotRead(
        _("The photo's layer is no longer in the image."),
        _("Undo until it is back, or select another layer and use Selective Colorize again."),
    )


def busy_here() -> Busy:
    """An editor works on one photo at a time."""
    return Busy(
        _("Selective Colorize is still at work; nothing was changed."),
        _("Wait until it is done or cancel it, then try again."),
    )


def changed_meanwhile(what: str) -> CannotInsert:
    """The image is not what it was, and nobody can be asked what to do with the result."""
    return CannotInsert(what, _("Nothing was added to it. Run Selective Colorize again."))


def cancelled() -> UserCancelled:
    """The user ended the work."""
    return UserCancelled(_("Selective Colorize was cancelled."), _("Nothing was changed."))


def discarded() -> UserCancelled:
    """The user did not want a late result."""
    return UserCancelled(_("The result was discarded."), _("Nothing was added to the image."))
