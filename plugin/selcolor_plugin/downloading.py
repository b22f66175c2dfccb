"""Networks that can be downloaded from within an editor: what is offered, and how far one is.

The download is the daemon's; it begins with the user's click, and ends with the session at the
latest. What has come by then stays, and the next one goes on from there.
"""

from __future__ import annotations

from enum import Enum

from selcolor_plugin.choices import COLORIZER, Choice, model_title
from selcolor_plugin.daemon_sentences import error_text, in_users_words
from selcolor_plugin.translation import sentences
from selcolor_plugin.translation import translate as _
from selcolor_protocol.errors import DaemonGone, SelectiveColorizeError, error_from_code
from selcolor_protocol.messages import (
    Cancelled,
    Failed,
    Fetched,
    JobState,
    ModelState,
    ModelSummary,
    Progress,
    Reply,
    Welcome,
)

MEGABYTE = 1_000_000
PREPARE = "prepare"
"""The stage in which all has come, and is checked and converted."""


class DownloadPhase(str, Enum):
    """Where a download stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in (DownloadPhase.WAITING, DownloadPhase.RUNNING)


class Download:
    """One network on its way.

    Attributes:
        name: in the registry.
        job: its number within the session.
        phase: where it stands.
        stage: what is being done while it runs.
        fraction: of the work, in [0, 1].
        error: why it FAILED.
    """

    def __init__(self, name: str, job: int) -> None:
        self.name = name
        self.job = job
        self.phase = DownloadPhase.WAITING
        self.stage = ""
        self.fraction = 0.0
        self.error: SelectiveColorizeError | None = None

    def hear(self, message: Reply) -> None:
        """Take what the daemon says; what is about something else is not heard."""
        if self.phase.has_ended or getattr(message, "job", None) != self.job:
            return
        if isinstance(message, Progress):
            if message.state is JobState.RUNNING:
                self.phase = DownloadPhase.RUNNING
            self.stage, self.fraction = message.stage, message.fraction
        elif isinstance(message, Fetched):
            self.phase, self.fraction = DownloadPhase.DONE, 1.0
        elif isinstance(message, Cancelled):
            self.phase = DownloadPhase.CANCELLED
        elif isinstance(message, Failed):
            self.fail(error_from_code(message.code, message.sentence, message.hint))

    def fail(self, error: SelectiveColorizeError) -> None:
        """End for a reason; a download that has ended stays as it ended."""
        if not self.phase.has_ended:
            self.phase, self.error = DownloadPhase.FAILED, error

    def cancel(self) -> None:
        """End at once, whenever the daemon hears of it."""
        if not self.phase.has_ended:
            self.phase = DownloadPhase.CANCELLED


def cut_off() -> SelectiveColorizeError:
    """The error of a download whose session was closed."""
    return DaemonGone(
        _("The connection was closed; what has come is kept."),
        _("Try again: it goes on from there."),
    )


def to_download(welcome: Welcome | None) -> tuple[Choice, ...]:
    """Networks that are published and not here, with what is worth knowing before a download."""
    models = welcome.models if welcome else ()
    return tuple(
        Choice(model.name, offer(model), tip=about(model))
        for model in models
        if model.state is ModelState.AVAILABLE
    )


def offer(model: ModelSummary) -> str:
    """One network in the list: its title, what it does, and how much is downloaded."""
    text = _("{name} (colors, {size} MB)")
    if model.role != COLORIZER:
        text = _("{name} (finds subjects, {size} MB)")
    return text.format(name=model_title(model.name), size=round(model.bytes / MEGABYTE))


def about(model: ModelSummary) -> str:
    """What is worth knowing of it."""
    return sentences(in_users_words(model.description), license_of(model))


def license_of(model: ModelSummary) -> str:
    """Under which terms the weights are."""
    return _("License: {license}.").format(license=model.license) if model.license else ""


def download_text(download: Download | None, offered: Choice | None) -> str:
    """The line below the list: how far a download is or how it ended, else what is offered."""
    if download is None:
        return offered.tip if offered is not None else ""
    if download.error is not None:
        return sentences(*error_text(download.error))
    name = model_title(download.name)
    if download.phase is DownloadPhase.RUNNING:
        if download.stage == PREPARE:
            return _("Checking and preparing {name}…").format(name=name)
        percent = int(100 * download.fraction)
        return _("Downloading {name}: {percent} %").format(name=name, percent=percent)
    return {
        DownloadPhase.WAITING: _("Waiting to download {name}…"),
        DownloadPhase.DONE: _("{name} is here and chosen."),
    }.get(
        download.phase,
        _("Cancelled. What has come of {name} is kept: the next download goes on from there."),
    ).format(name=name)


def downloads_label() -> str:
    """Of the row with what can be downloaded."""
    return _("More networks")


def downloads_tip() -> str:
    """Of the same."""
    return _("Published by their authors; nothing is downloaded before you click")


def download_button() -> str:
    """Begins a download."""
    return _("Download")


def cancel_download_button() -> str:
    """Ends it."""
    return _("Cancel Download")


def still_downloading() -> str:
    """Why the work cannot be started."""
    return _("Wait for the download to end, or cancel it")
