"""Jobs and their ends as clients see them: results, cancels, kills."""

from __future__ import annotations

import hashlib
import os
import signal
import time

import pytest
from daemon_home import (
    MATTE,
    DaemonHome,
    colorize,
    kill_tree,
    left_half,
    until,
    until_running,
)

from selcolor_backend.models.registry import find_model
from selcolor_protocol import limits
from selcolor_protocol.errors import (
    Busy,
    DaemonGone,
    JobCancelled,
    JobError,
    OutOfMemory,
    UnknownModel,
    UnsupportedRaster,
    WorkerCrashed,
)
from selcolor_protocol.messages import (
    Blend,
    Cancelled,
    Done,
    Failed,
    JobState,
    Progress,
)
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Channels, Raster

pytestmark = pytest.mark.slow


def test_a_photo_comes_back_as_three_layers(home: DaemonHome, photo: Raster) -> None:
    home.start()
    seen: list[Progress] = []
    with home.client() as client:
        done = client.wait(client.colorize(colorize(photo)), seen.append)

    assert done.colorized is not None
    assert done.mask is not None
    assert done.colorized.format.channels is Channels.RGB
    assert bytes(done.mask.pixels) == bytes(left_half(photo).pixels)
    assert (done.colorizer, done.segmenter) == ("vit-lsgan-lite", "")
    fractions = [progress.fraction for progress in seen]
    assert seen[0].state is JobState.QUEUED
    assert fractions == sorted(fractions)
    assert max(fractions) < 1


def test_a_result_names_its_networks_with_their_digests(home: DaemonHome, photo: Raster) -> None:
    weights = find_model("vit-lsgan-lite").path
    home.start()
    with home.client() as client:
        done = client.wait(client.colorize(colorize(photo)))

    assert done.networks == (
        f"vit-lsgan-lite sha256:{hashlib.sha256(weights.read_bytes()).hexdigest()}",
    )


def test_blending_again_gives_the_same_pixels(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client:
        done = client.wait(client.colorize(colorize(photo)))
        assert done.colorized is not None
        assert done.mask is not None
        request = Blend("", 0, MATTE, Background.KEEP, photo, done.colorized, done.mask)
        again = client.wait(client.blend(request))

    assert bytes(again.blended.pixels) == bytes(done.blended.pixels)


def test_blending_does_not_wait_behind_a_network(
    home: DaemonHome, photo: Raster, large_photo: Raster
) -> None:
    home.start()
    with home.client("busy") as busy, home.client("quick") as quick:
        done = quick.wait(quick.colorize(colorize(photo)))
        assert done.colorized is not None
        assert done.mask is not None
        busy.colorize(colorize(large_photo))
        until_running(busy)
        (network,) = busy.status().workers
        os.kill(network, signal.SIGSTOP)
        request = Blend("", 0, MATTE, Background.KEEP, photo, done.colorized, done.mask)
        quick.blend(request)

        assert until(quick, Done)
        assert network in quick.status().workers


def test_two_jobs_can_be_waited_for_in_the_other_order(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client:
        first = client.colorize(colorize(photo))
        second = client.colorize(colorize(photo))

        assert client.wait(second).job == second
        assert client.wait(first).job == first


def test_a_running_job_is_cancelled_at_once(home: DaemonHome, large_photo: Raster) -> None:
    home.start()
    with home.client() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        client.cancel(job)
        until(client, Cancelled)


def test_a_cancelled_worker_takes_the_next_job(
    home: DaemonHome, photo: Raster, large_photo: Raster
) -> None:
    home.start()
    with home.client() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        client.cancel(job)
        with pytest.raises(JobCancelled):
            client.wait(job)

        assert client.wait(client.colorize(colorize(photo))).colorized is not None


def test_nobody_cancels_the_job_of_another(
    home: DaemonHome, photo: Raster, large_photo: Raster
) -> None:
    home.start()
    with home.client("owner") as owner, home.client("stranger") as stranger:
        job = owner.colorize(colorize(large_photo))
        until_running(owner)
        stranger.cancel(job)
        stranger.status()

        assert [running.job for running in stranger.status().jobs] == [job]
        assert owner.wait(job).job == job


def test_one_job_too_many_is_answered_busy(home: DaemonHome, large_photo: Raster) -> None:
    home.start()
    with home.client() as client:
        jobs = [client.colorize(colorize(large_photo)) for _ in range(limits.MAX_QUEUED_JOBS + 1)]

        with pytest.raises(Busy):
            client.wait(jobs[-1])


def test_a_picture_beyond_the_users_limit_is_refused_by_the_daemon_too(
    home: DaemonHome, photo: Raster
) -> None:
    home.environment["SELCOLOR_MAX_MEGAPIXELS"] = "0.01"
    home.start()
    with home.client() as client:
        job = client.colorize(colorize(photo))

        with pytest.raises(UnsupportedRaster, match=r"0\.01 megapixels are allowed"):
            client.wait(job)


def test_a_job_number_is_used_once(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client:
        client.wait(client.colorize(colorize(photo)))
        client._next_job = 1
        client.colorize(colorize(photo))

        assert isinstance(until(client, Failed), Failed)


def test_an_unknown_model_is_an_error_of_the_job(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client, pytest.raises(UnknownModel):
        client.wait(client.colorize(colorize(photo, colorizer="nobody")))


@pytest.mark.parametrize(
    ("how", "told"),
    [(signal.SIGSEGV, WorkerCrashed), (signal.SIGKILL, OutOfMemory)],
    ids=["crashed", "killed by the system for lack of memory"],
)
def test_a_worker_that_dies_fails_its_job_is_replaced_and_leaves_the_reason(
    home: DaemonHome,
    photo: Raster,
    large_photo: Raster,
    how: signal.Signals,
    told: type[JobError],
) -> None:
    home.start()
    with home.client() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        for worker in client.status().workers:
            os.kill(worker, how)
        with pytest.raises(told):
            client.wait(job)

        assert client.wait(client.colorize(colorize(photo))).colorized is not None

    logs = home.folder / "logs"
    assert f"killed by {how.name}" in (logs / "daemon.log").read_text()
    last_words = (logs / "worker-network.err").read_text()
    assert last_words.count("worker-network starts at") == 2
    assert ("Fatal Python error: Segmentation fault" in last_words) is (how is signal.SIGSEGV)


def test_a_killed_daemon_is_noticed_within_five_seconds(
    home: DaemonHome, large_photo: Raster
) -> None:
    process = home.start()
    with home.client() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        kill_tree(process.pid)
        killed = time.monotonic()
        with pytest.raises(DaemonGone):
            client.wait(job)

    assert time.monotonic() - killed < 5


def test_jobs_of_a_client_that_vanishes_are_cancelled(
    home: DaemonHome, large_photo: Raster
) -> None:
    home.start()
    vanishing = home.client("vanishing")
    for _ in range(limits.MAX_QUEUED_JOBS):
        vanishing.colorize(colorize(large_photo))
    until_running(vanishing)
    vanishing._lanes.close(linger=0)
    with home.client("watcher") as watcher:
        deadline = time.monotonic() + 10
        while watcher.status().jobs and time.monotonic() < deadline:
            time.sleep(0.1)
        status = watcher.status()

    assert status.jobs == ()
    assert status.sessions == ("watcher 0",)
