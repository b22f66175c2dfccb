"""The daemon as its clients see it: real processes, real sockets, real kills."""

from __future__ import annotations

import json
import os
import signal
import time

import psutil
import pytest
import zmq
from daemon_home import DaemonHome, kill_tree, left_half

from selcolor_protocol import codec, limits
from selcolor_protocol.client import Client, connect_socket
from selcolor_protocol.connection import (
    ConnectionInfo,
    connection_path,
    private_runtime_folder,
    read_connection,
    write_connection,
)
from selcolor_protocol.errors import (
    Busy,
    DaemonGone,
    JobCancelled,
    UnknownModel,
    UnknownSession,
    VersionMismatch,
    WorkerCrashed,
)
from selcolor_protocol.launch import EXIT_ALREADY_RUNNING
from selcolor_protocol.messages import (
    CONTROL_REPLIES,
    Blend,
    Cancel,
    Cancelled,
    Colorize,
    Done,
    JobState,
    Message,
    Progress,
    Refused,
    Status,
)
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions
from selcolor_protocol.raster import Channels, Raster

pytestmark = pytest.mark.slow

MATTE = MaskOptions(refine=False)


def colorize(photo: Raster, **options: object) -> Colorize:
    chosen = ColorizeOptions(mask=MATTE, **options)  # type: ignore[arg-type]
    return Colorize("", 0, chosen, photo, mask=left_half(photo))


def until(client: Client, seconds: float, wanted: type[Message]) -> Message:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for message in client.poll(0.05):
            if isinstance(message, wanted):
                return message
    raise TimeoutError(wanted.__name__)


def until_running(client: Client) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for message in client.poll(0.05):
            if isinstance(message, Progress) and message.state is JobState.RUNNING:
                return
    raise TimeoutError("the job did not start")


# Life


def test_a_daemon_announces_itself_and_cleans_up_when_stopped(home: DaemonHome) -> None:
    process = home.start()
    with home.client() as client:
        assert client.welcome.chosen_protocol == limits.PROTOCOL_VERSION
        assert client.status().pid == process.pid
        client.stop_daemon()

    assert process.wait(10) == 0
    assert sorted(os.listdir(home.runtime)) in ([], ["daemon.lock"])


def test_a_terminated_daemon_cleans_up_too(home: DaemonHome) -> None:
    process = home.start()
    home.client().close()

    process.send_signal(signal.SIGTERM)

    assert process.wait(10) == 0
    assert not connection_path().exists()


def test_of_two_daemons_started_at_once_one_wins_and_the_other_says_so(home: DaemonHome) -> None:
    pair = [home.start(), home.start()]
    home.client().close()
    deadline = time.monotonic() + 20
    while all(process.poll() is None for process in pair) and time.monotonic() < deadline:
        time.sleep(0.05)

    losers = [process for process in pair if process.poll() is not None]

    assert [loser.returncode for loser in losers] == [EXIT_ALREADY_RUNNING]
    assert "already runs" in losers[0].communicate()[1]


def test_a_stale_connection_file_does_not_stop_the_next_daemon(home: DaemonHome) -> None:
    private_runtime_folder()
    dead = ConnectionInfo("ipc:///nowhere/c", "ipc:///nowhere/d", 1, 1, "0", 2**22 + 1, 0.0)
    write_connection(dead, connection_path())

    assert home.run("daemon").returncode == 0
    assert home.run("status").returncode == 0


def test_a_killed_daemon_takes_its_workers_along_and_the_next_one_starts(home: DaemonHome) -> None:
    process = home.start()
    home.client().close()
    workers = psutil.Process(process.pid).children()

    process.kill()
    process.wait()

    assert psutil.wait_procs(workers, timeout=10)[1] == []
    home.start()
    home.client().close()


def test_the_daemon_itself_stays_small(home: DaemonHome) -> None:
    process = home.start()
    with home.client():
        mapped = " ".join(entry.path for entry in psutil.Process(process.pid).memory_maps())

    assert "libtorch" not in mapped


# Jobs


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
        for _ in range(3):
            busy.colorize(colorize(large_photo))
        until_running(busy)
        request = Blend("", 0, MATTE, Background.KEEP, photo, done.colorized, done.mask)
        quick.blend(request)
        until(quick, 60, Done)
        jobs = quick.status().jobs

    assert {job.client for job in jobs} == {"busy 0"}


def test_a_running_job_is_cancelled_at_once(home: DaemonHome, large_photo: Raster) -> None:
    home.start()
    with home.client() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        client.cancel(job)
        until(client, 1, Cancelled)


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


def test_a_job_number_is_used_once(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client:
        client.wait(client.colorize(colorize(photo)))
        client._next_job = 1
        client.colorize(colorize(photo))

        assert isinstance(until(client, 10, Refused), Refused)


def test_an_unknown_model_is_an_error_of_the_job(home: DaemonHome, photo: Raster) -> None:
    home.start()
    with home.client() as client, pytest.raises(UnknownModel):
        client.wait(client.colorize(colorize(photo, colorizer="nobody")))


# Deaths


def test_a_killed_worker_fails_its_job_and_is_replaced(
    home: DaemonHome, photo: Raster, large_photo: Raster
) -> None:
    home.start()
    with home.client() as client:
        job = client.colorize(colorize(large_photo))
        until_running(client)
        for worker in client.status().workers:
            os.kill(worker, signal.SIGKILL)
        with pytest.raises(WorkerCrashed):
            client.wait(job)

        assert client.wait(client.colorize(colorize(photo))).colorized is not None


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
    vanishing._context.destroy(linger=0)
    with home.client("watcher") as watcher:
        deadline = time.monotonic() + 10
        while watcher.status().jobs and time.monotonic() < deadline:
            time.sleep(0.1)
        status = watcher.status()

    assert status.jobs == ()
    assert status.sessions == ("watcher 0",)


# Nonsense


def test_nonsense_is_answered_and_the_daemon_lives(home: DaemonHome) -> None:
    home.start()
    with home.client() as client:
        socket = connect_socket(client._context, zmq.DEALER, client.info.control, client.info.keys)
        for frames in ([b""], [b"\xc1"], [b"x", b"y", b"z"], [bytes(60_000)]):
            socket.send_multipart(frames)
            assert socket.poll(5000)
            assert isinstance(codec.decode(socket.recv_multipart(), CONTROL_REPLIES), Refused)

        assert isinstance(client.status(), Status)


def test_a_guessed_session_is_refused(home: DaemonHome) -> None:
    home.start()
    with home.client() as client:
        socket = connect_socket(client._context, zmq.DEALER, client.info.control, client.info.keys)
        socket.send_multipart(codec.encode(Cancel("0" * 32, 1)))
        assert socket.poll(5000)
        reply = codec.decode(socket.recv_multipart(), CONTROL_REPLIES)

    assert isinstance(reply, Refused)
    assert reply.code == UnknownSession.code


def test_a_daemon_of_another_protocol_version_is_named(home: DaemonHome) -> None:
    home.start()
    home.client().close()
    info = read_connection(connection_path())
    assert info is not None
    content = json.loads(connection_path().read_text()) | {"oldest": 8, "newest": 9}
    connection_path().write_text(json.dumps(content))

    with pytest.raises(VersionMismatch, match="8 to 9"):
        home.client()


def test_the_daemon_refuses_a_client_of_another_protocol_version(home: DaemonHome) -> None:
    from selcolor_protocol.messages import Hello

    home.start()
    with home.client() as client:
        socket = connect_socket(client._context, zmq.DEALER, client.info.control, client.info.keys)
        socket.send_multipart(codec.encode(Hello("future", "9.9", 7, 8)))
        assert socket.poll(5000)
        reply = codec.decode(socket.recv_multipart(), CONTROL_REPLIES)

    assert isinstance(reply, Refused)
    assert reply.code == VersionMismatch.code
    assert "7 to 8" in reply.sentence


# TCP


def test_the_tcp_door_opens_with_the_keys(home: DaemonHome, photo: Raster) -> None:
    home.start("--endpoint", "tcp")
    with home.client() as client:
        assert client.info.control.startswith("tcp://127.0.0.1:")
        assert client.wait(client.colorize(colorize(photo))).colorized is not None


def test_the_tcp_door_stays_shut_to_other_keys(home: DaemonHome) -> None:
    home.start("--endpoint", "tcp")
    with home.client() as client:
        assert client.info.keys is not None
        public, secret = zmq.curve_keypair()
        strange = type(client.info.keys)(
            client.info.keys.server_public, public.decode(), secret.decode()
        )
        for keys in (None, strange):
            info = ConnectionInfo(**{**vars(client.info), "keys": keys})
            with pytest.raises(DaemonGone):
                Client(info, "stranger", "0", timeout=1)
        assert isinstance(client.status(), Status)
