"""A download from within an editor: what is offered, how far it is, and every way it can end."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from scripted import MODELS, WELCOME, ScriptedOpening

from selcolor_plugin import choices
from selcolor_plugin.choices import Choice
from selcolor_plugin.downloading import DownloadPhase, download_text, to_download
from selcolor_plugin.link import Link, LinkState
from selcolor_protocol.errors import DaemonGone, DownloadFailed
from selcolor_protocol.launch import Opening
from selcolor_protocol.messages import (
    Cancelled,
    Failed,
    Fetched,
    JobState,
    ModelState,
    Progress,
    Reply,
)

NAME = "deeplabv3-resnet101"
HERE = tuple(
    replace(model, state=ModelState.INSTALLED) if model.name == NAME else model for model in MODELS
)


def opened() -> tuple[Link, ScriptedOpening]:
    opening = ScriptedOpening()
    link = Link(lambda: cast(Opening, opening))
    link.poll()
    assert link.state is LinkState.OPEN
    return link, opening


def downloading() -> tuple[Link, ScriptedOpening]:
    link, opening = opened()
    link.fetch(NAME)
    return link, opening


def hear(link: Link, opening: ScriptedOpening, *messages: Reply) -> str:
    """What stands below the list after the daemon has said something."""
    opening.client.arriving = list(messages)
    link.poll()
    return download_text(link.download, None)


def test_what_is_published_and_not_here_is_offered_for_download() -> None:
    offered = to_download(WELCOME)

    assert offered == (
        Choice(
            NAME,
            "DeepLab, twenty kinds of things (finds subjects, 245 MB)",
            tip="Twenty kinds of things. License: BSD-3-Clause.",
        ),
    )
    assert download_text(None, offered[0]) == offered[0].tip
    usable = choices.model_choices(WELCOME, choices.SEGMENTER)
    assert NAME not in [choice.value for choice in usable], "it cannot be used yet"


def test_nothing_is_offered_before_the_daemon_has_answered() -> None:
    assert to_download(None) == ()
    assert download_text(None, None) == ""


def test_a_download_tells_how_far_it_is_and_then_can_be_chosen() -> None:
    link, opening = downloading()
    assert opening.client.calls[-1] == ("fetch", NAME)

    texts = [
        hear(link, opening, Progress(5, JobState.QUEUED)),
        hear(link, opening, Progress(5, JobState.RUNNING, "download", 0.42)),
        hear(link, opening, Progress(5, JobState.RUNNING, "prepare", 0.95)),
        hear(link, opening, Fetched(5, HERE)),
    ]

    title = "DeepLab, twenty kinds of things"
    assert texts == [
        f"Waiting to download {title}…",
        f"Downloading {title}: 42 %",
        f"Checking and preparing {title}…",
        f"{title} is here and chosen.",
    ]
    assert not link.is_downloading
    assert link.welcome is not None
    usable = choices.model_choices(link.welcome, choices.SEGMENTER)
    assert NAME in [choice.value for choice in usable]
    assert to_download(link.welcome) == ()


def test_a_cancelled_download_ends_at_once_and_says_what_is_kept() -> None:
    link, opening = downloading()
    hear(link, opening, Progress(5, JobState.RUNNING, "download", 0.42))

    link.cancel_download()

    assert ("cancel", 5) in opening.client.calls
    assert not link.is_downloading
    assert "is kept" in hear(link, opening, Progress(5, JobState.RUNNING, "download", 0.5))
    assert "goes on from there" in hear(link, opening, Cancelled(5))


def test_a_download_that_fails_says_what_happened_and_what_to_do() -> None:
    link, opening = downloading()

    text = hear(link, opening, Failed(5, "download_failed", "No network.", "Check it."))

    assert text == "No network. Check it."
    assert link.download is not None
    assert isinstance(link.download.error, DownloadFailed)
    assert link.state is LinkState.OPEN, "photos can still be colored"


def test_what_is_said_of_other_jobs_is_not_heard() -> None:
    link, opening = downloading()

    hear(link, opening, Failed(7, "busy", "A.", "B."), Cancelled(8))

    assert link.is_downloading


def test_a_daemon_that_goes_takes_the_download_with_it() -> None:
    link, opening = downloading()
    opening.client.arriving = [DaemonGone("Gone.", "Again.")]
    link.poll()

    assert download_text(link.download, None) == "Gone. Again."
    assert not link.is_downloading


def test_a_download_ends_with_its_session_and_one_that_has_ended_stays_so() -> None:
    link, opening = downloading()
    link.close()
    assert link.download is not None
    assert link.download.phase is DownloadPhase.FAILED
    assert "is kept" in download_text(link.download, None)

    link, opening = downloading()
    hear(link, opening, Fetched(5, HERE))
    link.close()
    assert link.download is not None
    assert link.download.phase is DownloadPhase.DONE
