"""Every label, tool tip and status line that both editors show. Errors bring their own words.

Menu names, field labels with their tips, stage names, and the line that says where the daemon is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from selcolor_plugin.daemon_sentences import in_users_words
from selcolor_plugin.job import Job, JobPhase
from selcolor_plugin.link import Link, LinkState
from selcolor_plugin.translation import sentences
from selcolor_plugin.translation import translate as _
from selcolor_plugin.version import VERSION
from selcolor_protocol.options import FEATHER, GAIN, SATURATION

LONGEST_WORD = 44
"""Characters of a word that still fit into a line of a small window."""

WORD = re.compile("[^\\s\u2e80-\uffff]+")


def colorize_action() -> str:
    """Opens the dialog."""
    return _("Selective Colorize…")


def again_action() -> str:
    """Runs with the last settings, without a dialog."""
    return _("Selective Colorize Again")


def update_action() -> str:
    """Takes what was painted on the mask and on the hints into the result."""
    return _("Update Selective Colorize")


def action_tips() -> tuple[str, str, str]:
    """What the three actions do, in the order of Krita's menu."""
    return (
        _("Color the main subject, or chosen kinds of things, of a black-and-white photo"),
        _("Colorize with the last settings, without asking"),
        _("Take what was painted on the mask and on Color Hints into the result"),
    )


def done_text(mask_is_kept: bool) -> str:
    """Said in passing when a result is there."""
    if mask_is_kept:
        return _("Updated. The mask stays as you painted it.")
    return _("Done. Paint on the mask: white shows color, black hides it.")


def updated() -> str:
    """Said in passing after Update."""
    return _("Updated.")


def waiting_for_stroke() -> str:
    """Why nothing happens while the user paints."""
    return _("Waiting until you have finished your stroke…")


def inserting() -> str:
    """What is done when the daemon has answered."""
    return _("Inserting the layers…")


@dataclass(frozen=True)
class DockerTexts:
    """What stands on a docker.

    Attributes:
        edit_mask: makes the mask the layer that is painted on.
        paint_hints: the same for the hints.
        update: takes what has changed.
        show_blended: shows the composite in place of the layers that it was made of.
    """

    edit_mask: str
    paint_hints: str
    update: str
    show_blended: str


def docker_texts() -> DockerTexts:
    """What stands on a docker."""
    return DockerTexts(_("Edit Mask"), _("Paint Hints"), _("Update"), _("Show the layer Blended"))


def title() -> str:
    """Of every window of the plugin."""
    return _("Selective Colorize")


@dataclass(frozen=True)
class FieldText:
    """What stands beside a field, and what its tool tip says."""

    label: str
    tip: str


def before_field(label: str) -> str:
    """A field's label where it stands before the field."""
    return _("{label}:").format(label=label)


def field_texts() -> dict[str, FieldText]:
    """Texts of the dialog's fields, by the option that they set, in tab order."""
    return {
        "classes": FieldText(
            _("What to color"),
            _("What gets its color; the mask can be painted on afterwards"),
        ),
        "invert": FieldText(_("Everything but that"), _("Color what is not chosen instead")),
        "colorizer": FieldText(_("Colors by"), _("The network that guesses the colors")),
        "segmenter": FieldText(_("Subject finder"), _("The network that finds the subject")),
        "gain": FieldText(
            _("Brightness"),
            _(
                "Brightens ({lowest:n} to {highest:n}) what the colorizer sees, not the photo; "
                "below 1 helps a burnt-out sky"
            ).format(lowest=GAIN.lowest, highest=GAIN.highest),
        ),
        "saturation": FieldText(
            _("Strength"),
            _("Strength of color, {lowest:n} to {highest:n}; 1 is what the network says").format(
                lowest=SATURATION.lowest, highest=SATURATION.highest
            ),
        ),
        "refine": FieldText(
            _("Follow the photo's edges"), _("Fit the mask to the edges that the photo shows")
        ),
        "feather": FieldText(
            _("Feather"),
            _("Width of the mask's soft edge in pixels, 0 to {highest:n}").format(
                highest=FEATHER.highest
            ),
        ),
        "background": FieldText(
            _("Background"), _("What the layer Blended shows where nothing is colored")
        ),
        "find_anew": FieldText(
            _("Find the subject anew"), _("Give up what was painted on the mask")
        ),
        "beside": FieldText(
            _("A second result beside it"), _("Leave the result that is there as it is")
        ),
        "refine_again": FieldText(
            _("Also a mask that was painted"),
            _(
                "Update follows edges and feathers again; "
                "otherwise it takes the mask exactly as it was painted"
            ),
        ),
    }


def earlier_note() -> str:
    """Said of a photo that has a result."""
    return _(
        "This photo has a result already: it is updated. What you painted on its mask and on "
        "Color Hints is kept."
    )


def preview_captions() -> tuple[str, str, str]:
    """Below the three pictures of the preview."""
    return _("Photo"), _("Mask"), _("Result")


def preview_line(trouble: str, is_current: bool) -> str:
    """Below the preview: what there is to say of it."""
    if trouble:
        return in_users_words(trouble)
    return _("Preview") if is_current else _("Preview, being made…")


def hints_note() -> str:
    """Said once, before the first result."""
    return _(
        "The result has a layer Color Hints. If you know which color a thing has, paint a stroke "
        "of it there, then use Update."
    )


def manual_button() -> str:
    """Opens the manual."""
    return _("Manual")


def help_button() -> str:
    """The same in GIMP, whose dialogs call it so; not all of its languages have a word for it."""
    return _("Help")


def more_button() -> str:
    """Shows what is seldom needed."""
    return _("More")


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


def close_button() -> str:
    """Closes a message. Qt has the same, but its translations are not everywhere."""
    return _("Close")


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
        JobPhase.FINDING: _("Getting ready…"),
        JobPhase.STARTING: _("Starting the program that colorizes…"),
        JobPhase.WAITING: _("Waiting for its turn…"),
        JobPhase.DONE: inserting(),
        JobPhase.FAILED: _("Failed"),
        JobPhase.CANCELLED: _("Cancelled"),
    }[job.phase]


def status_text(link: Link) -> str:
    """The status line; of a daemon that is not there, also what to do."""
    text = link_text(link)
    return sentences(text, in_users_words(link.error.hint)) if link.error is not None else text


def link_text(link: Link) -> str:
    """The status line: where the daemon runs, or what is being done to find it."""
    if link.state is LinkState.OPEN and link.welcome is not None:
        version = link.welcome.daemon_version
        place = daemon_text(link.device)
        if version == VERSION:
            return place
        return sentences(_("{text}.").format(text=place), version_note(version))
    if link.state is LinkState.LOST and link.error is not None:
        return in_users_words(link.error.sentence)
    return {
        LinkState.STARTING: _("Starting the program that colorizes…"),
        LinkState.CLOSED: _("Not connected"),
    }.get(link.state, _("Getting ready…"))


def place_text(job: Job) -> str:
    """Where the daemon of a job runs; empty until that is known."""
    return link_text(job.link) if job.link.state is LinkState.OPEN else ""


def daemon_text(device: str | None) -> str:
    """What the networks run on."""
    if device is None:
        return _("Getting ready on this computer")
    if device == "cpu":
        return _("Ready on this computer, computing on its processor")
    return _("Ready on this computer, computing on {device}").format(device=device)


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


def words(text: str) -> list[str]:
    """What no end of a line may divide; in Chinese and Japanese a line may end anywhere."""
    return WORD.findall(text)


def shortened(text: str) -> str:
    """A text without words that are too long for a line: their middle becomes an ellipsis."""
    half = LONGEST_WORD // 2
    for word in words(text):
        if len(word) > LONGEST_WORD:
            text = text.replace(word, f"{word[: half - 1]}…{word[-half:]}")
    return text


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
