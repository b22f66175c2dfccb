"""A job's way through its phases, as an editor's timer sees it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from scripted import ScriptedOpening

from selcolor_plugin import job as jobs
from selcolor_plugin import texts
from selcolor_plugin.job import Job, JobPhase
from selcolor_plugin.version import VERSION
from selcolor_protocol.errors import (
    DaemonGone,
    DaemonNotFound,
    OutOfMemory,
    ProtocolError,
    SelectiveColorizeError,
)
from selcolor_protocol.launch import Opening
from selcolor_protocol.messages import (
    Cancelled,
    Colorize,
    Done,
    Failed,
    JobState,
    Progress,
    Status,
    Stopping,
)
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

PHOTO = Raster(RasterFormat(2, 1, Channels.GRAY, SampleType.U8), b"ab")
DONE = Done(1, "vit", "fg", "cpu", (), PHOTO, PHOTO, PHOTO)


def start(opening: ScriptedOpening) -> Job:
    return Job(Colorize("", 0, ColorizeOptions(), PHOTO), lambda: cast(Opening, opening))


def submitted() -> tuple[Job, ScriptedOpening]:
    opening = ScriptedOpening()
    job = start(opening)
    job.poll()
    return job, opening


def test_a_job_goes_from_finding_to_done() -> None:
    opening = ScriptedOpening(steps=2)
    job = start(opening)
    seen = [job.phase]
    for message in (
        None,
        None,
        None,
        Progress(1, JobState.QUEUED),
        Progress(1, JobState.RUNNING, "colorize", 0.5),
        DONE,
    ):
        opening.client.arriving = [message] if message else []
        job.poll()
        seen.append(job.phase)

    assert seen == [
        JobPhase.FINDING,
        JobPhase.STARTING,
        JobPhase.STARTING,
        JobPhase.WAITING,
        JobPhase.WAITING,
        JobPhase.RUNNING,
        JobPhase.DONE,
    ]
    assert job.result is DONE
    assert job.is_over
    assert "close" in opening.client.calls


def test_the_bar_is_full_only_when_the_pixels_are_there() -> None:
    job, opening = submitted()
    opening.client.arriving = [Progress(1, JobState.RUNNING, "blend", 1.0)]
    job.poll()
    before = job.fraction
    opening.client.arriving = [DONE]
    job.poll()

    assert before < 1.0
    assert job.fraction == 1.0


def test_messages_of_other_jobs_are_not_heard() -> None:
    job, opening = submitted()
    opening.client.arriving = [Failed(7, "busy", "A.", "B.")]
    job.poll()

    assert job.phase is JobPhase.WAITING


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (Failed(1, "out_of_memory", "Too large.", "Scale it down."), OutOfMemory),
        (Failed(None, "protocol_error", "Nonsense came.", "Update."), ProtocolError),
        (Cancelled(1), SelectiveColorizeError),
        (Stopping(), DaemonGone),
        (DaemonGone("Gone.", "Again."), DaemonGone),
    ],
)
def test_every_bad_end_is_an_error_with_words(
    message: Failed | SelectiveColorizeError, wanted: type[SelectiveColorizeError]
) -> None:
    job, opening = submitted()
    opening.client.arriving = [message]
    job.poll()

    assert job.phase is JobPhase.FAILED
    assert isinstance(job.error, wanted)
    assert job.error.sentence
    assert job.error.hint
    assert job.is_over


def test_a_daemon_that_cannot_be_started_fails_the_job() -> None:
    job = start(ScriptedOpening(error=DaemonNotFound("None.", "Install.")))
    job.poll()

    assert job.phase is JobPhase.FAILED
    assert isinstance(job.error, DaemonNotFound)


def test_cancel_takes_effect_before_the_daemon_answers() -> None:
    job, opening = submitted()

    job.cancel()

    assert job.phase is JobPhase.CANCELLED
    assert ("cancel", 1) in opening.client.calls
    assert not job.is_over


def test_a_result_that_comes_after_cancel_is_thrown_away() -> None:
    job, opening = submitted()
    job.cancel()
    opening.client.arriving = [DONE]
    job.poll()

    assert job.phase is JobPhase.CANCELLED
    assert job.result is None
    assert job.is_over


def test_cancel_while_the_daemon_is_looked_for_ends_at_once() -> None:
    job = start(ScriptedOpening(steps=100))
    job.poll()

    job.cancel()

    assert job.phase is JobPhase.CANCELLED
    assert job.is_over


def test_an_abandoned_job_is_over_and_its_session_closed() -> None:
    job, opening = submitted()

    job.abandon()

    assert job.phase is JobPhase.FAILED
    assert job.is_over
    assert opening.client.calls[-1] == "close"


def test_a_daemon_that_never_confirms_a_cancel_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "FAREWELL_SECONDS", 0.0)
    job, _opening = submitted()
    job.cancel()
    job.poll()

    assert job.is_over


def test_the_status_line_says_where_the_daemon_computes() -> None:
    job, opening = submitted()
    before = texts.link_text(job.link)
    opening.client.arriving = [Status(VERSION, 4711, 1.0, "cpu", (), (), ())]
    job.poll()

    assert "Getting ready" in before
    assert texts.link_text(job.link) == "Ready on this computer, computing on its processor"
    job.link.device = "NVIDIA H100"
    assert texts.link_text(job.link).endswith("computing on NVIDIA H100")


@pytest.mark.parametrize(
    ("daemon", "what_to_do"),
    [("0.0.9", "selcolor stop"), ("99.0", "selcolor install"), (f"{VERSION}.dev1", "install")],
)
def test_the_status_line_says_what_to_do_about_a_daemon_of_another_version(
    daemon: str, what_to_do: str
) -> None:
    job, opening = submitted()
    job.link.welcome = replace(opening.client.welcome, daemon_version=daemon)

    line = texts.link_text(job.link)

    assert "on this computer" in line
    assert VERSION in line
    assert what_to_do in line


@pytest.mark.parametrize("phase", list(JobPhase))
def test_every_phase_has_its_words(phase: JobPhase) -> None:
    job = start(ScriptedOpening())
    job.phase, job.stage = phase, "colorize"

    assert texts.stage_text(job)
