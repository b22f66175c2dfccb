"""Every label, tool tip and status line that both editors show. Errors bring their own words.

Menu names, field labels with their tips, stage names, and the line that says where the daemon is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selcolor_plugin.error_sentences import GENERAL_SENTENCES
from selcolor_plugin.job import Job, JobPhase
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.translation import translate as _
from selcolor_plugin.version import VERSION
from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.options import FEATHER, GAIN, SATURATION

LONGEST_WORD = 44
"""Characters of a word that still fit into a line of a small window."""


def colorize_action() -> str:
    """Opens the dialog."""
    return _("Selective Colorize…")


def again_action() -> str:
    """Runs with the last settings, without a dialog."""
    return _("Selective Colorize Again")


def recomposite_action() -> str:
    """Renders Blended again from the edited mask."""
    return _("Recomposite")


def title() -> str:
    """Of every window of the plugin."""
    return _("Selective Colorize")


@dataclass(frozen=True)
class FieldText:
    """What stands beside a field, and what its tool tip says."""

    label: str
    tip: str


def field_texts() -> dict[str, FieldText]:
    """Texts of the dialog's fields, by the option that they set, in tab order."""
    return {
        "classes": FieldText(
            _("Color"),
            _("What gets its color: the main subject, or everything of the chosen kinds"),
        ),
        "invert": FieldText(_("Everything but that"), _("Color what is not chosen instead")),
        "colorizer": FieldText(_("Colorizer"), _("The network that guesses the colors")),
        "segmenter": FieldText(_("Segmenter"), _("The network that finds the subject")),
        "gain": FieldText(
            _("Gain"),
            _(
                "Brightens ({lowest:g} to {highest:g}) what the colorizer sees, not the photo; "
                "below 1 helps a burnt-out sky"
            ).format(lowest=GAIN.lowest, highest=GAIN.highest),
        ),
        "saturation": FieldText(
            _("Saturation"),
            _("Strength of color, {lowest:g} to {highest:g}").format(
                lowest=SATURATION.lowest, highest=SATURATION.highest
            ),
        ),
        "refine": FieldText(
            _("Follow the photo's edges"), _("Fit the mask to the edges that the photo shows")
        ),
        "feather": FieldText(
            _("Feather"),
            _("Width of the mask's soft edge in pixels, 0 to {highest:g}").format(
                highest=FEATHER.highest
            ),
        ),
        "background": FieldText(
            _("Background"), _("What the layer Blended shows where nothing is colored")
        ),
        "refine_again": FieldText(
            _("Also when recompositing"),
            _(
                "Recomposite follows edges and feathers again; "
                "otherwise it takes the mask exactly as it was painted"
            ),
        ),
    }


def colorize_button() -> str:
    """Starts the work."""
    return _("Colorize")


def nothing_chosen() -> str:
    """Why the work cannot be started."""
    return _("Choose the main subject, or at least one kind of thing")


def cancel_button() -> str:
    """Ends the work, or closes the dialog."""
    return _("Cancel")


def cancel_tip() -> str:
    """Of the progress window's button."""
    return _("End the work now; the image stays as it is")


def defaults_button() -> str:
    """Sets every field to its default."""
    return _("Defaults")


def try_again_button() -> str:
    """Repeats what failed."""
    return _("Try Again")


def photo_name() -> str:
    """The name of the photo's layer in a new image."""
    return _("Photo")


def insert_button() -> str:
    """Inserts a late result nevertheless."""
    return _("Insert as New Group")


def open_button() -> str:
    """Opens the result of a closed image."""
    return _("Open as New Image")


def opened_anew() -> str:
    """Said after a result that its image does not take."""
    return _("The result was opened as a new image; yours is unchanged.")


def discard_button() -> str:
    """Forgets a late result."""
    return _("Discard")


def gray_image_note() -> str:
    """Said before a result goes into an image that cannot show color."""
    return _(
        "This image is grayscale and cannot show color. It is converted to RGB when the result "
        "is inserted; one Undo takes back both."
    )


def stage_text(job: Job) -> str:
    """What is being done, for the progress window."""
    if job.phase is JobPhase.RUNNING:
        stages = {
            "read": _("Reading the photo…"),
            "segment": _("Finding the subject…"),
            "colorize": _("Colorizing…"),
            "paint": _("Blending…"),
        }
        return stages.get(job.stage, job.stage)
    return {
        JobPhase.FINDING: _("Looking for the daemon…"),
        JobPhase.STARTING: _("Starting the daemon…"),
        JobPhase.WAITING: _("Waiting for the daemon…"),
        JobPhase.DONE: _("Inserting the layers…"),
        JobPhase.FAILED: _("Failed"),
        JobPhase.CANCELLED: _("Cancelled"),
    }[job.phase]


def link_text(link: Link) -> str:
    """The status line: where the daemon runs, or what is being done to find it."""
    if link.state is LinkState.OPEN and link.welcome is not None:
        version = link.welcome.daemon_version
        place = daemon_text(link.client.info, version, link.device)
        return f"{place}. {version_note(version)}" if version != VERSION else place
    if link.state is LinkState.LOST and link.error is not None:
        return link.error.sentence
    return {
        LinkState.STARTING: _("Starting the daemon…"),
        LinkState.CLOSED: _("Not connected"),
    }.get(link.state, _("Looking for the daemon…"))


def place_text(job: Job) -> str:
    """Where the daemon of a job runs; empty until that is known."""
    return link_text(job.link) if job.link.state is LinkState.OPEN else ""


def daemon_text(info: ConnectionInfo, version: str, device: str | None) -> str:
    """Where the daemon runs and what it computes on."""
    if device is None:
        return _("Daemon {version} on this computer (process {pid}), preparing…").format(
            version=version, pid=info.pid
        )
    return _("Daemon {version} on this computer (process {pid}), computing on {device}").format(
        version=version, pid=info.pid, device=device
    )


def version_note(daemon: str) -> str:
    """What to do about a daemon of another version than this plugin's; both still work together."""
    if _numbers(daemon) < _numbers(VERSION):
        return _(
            "It is older than this plugin ({plugin}): run `selcolor stop`, and the next picture "
            "starts the new one."
        ).format(plugin=VERSION)
    return _(
        "This plugin is another version, {plugin}: run `selcolor install` and restart the editor."
    ).format(plugin=VERSION)


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def shortened(text: str) -> str:
    """A text without words that are too long for a line: their middle becomes an ellipsis."""
    half = LONGEST_WORD // 2
    return " ".join(
        word if len(word) <= LONGEST_WORD else f"{word[: half - 1]}…{word[-half:]}"
        for word in text.split(" ")
    )


def error_text(error: SelectiveColorizeError) -> tuple[str, str]:
    """What happened, and what to do, for a message box.

    What the daemon says is English. In another language a general sentence for the error's code
    goes before it, where the translation has one.
    """
    english = GENERAL_SENTENCES.get(error.code, "")
    general = _(english) if english else ""
    if general == english:
        return error.sentence, error.hint
    return general, f"{error.sentence} {error.hint}"


def unexpected(error: BaseException) -> tuple[str, str]:
    """What to say of an error that is not one of ours."""
    return (
        _("Something unexpected went wrong in the plugin: {error}").format(
            error=f"{type(error).__name__}: {error}"
        ),
        _(
            "Your photo's layer is unchanged; Undo takes back what was done beside it. "
            "Please report this, with the steps that led here."
        ),
    )
