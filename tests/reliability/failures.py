"""Checks of what goes wrong by itself: load, cancels, kills, long work, lost files."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, replace

import numpy as np
import psutil
from daemon_home import DaemonHome, colorize, drawn_photo, wait_until
from proof import (
    MEBI,
    Amount,
    Proof,
    blend_of,
    good_job,
    is_of,
    photo_of,
    processor_seconds,
    quiet,
    resident,
    watched,
)

from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.errors import JobCancelled, SelectiveColorizeError
from selcolor_protocol.messages import Cancelled, Done, Failed, JobState, Progress, Reply
from selcolor_protocol.raster import Raster

SESSIONS = 8
TOLD_SECONDS = 5.0
CANCEL_SECONDS = 0.1
FREE_SECONDS = 0.5
PATIENCE = 60.0


def load(home: DaemonHome, amount: Amount) -> Proof:
    """Sessions at the same time, with cancels and clients that vanish."""
    pid = quiet(home).pid

    def session(number: int) -> tuple[int, int, int, float]:
        chance, done, cancelled, wrong, waits = random.Random(number), 0, 0, 0, []
        for job in range(amount.jobs):
            with home.client(f"load {number}") as client:
                photo = photo_of(100 * number + job, chance.choice([100, 400, 1600]))
                began, sent = time.monotonic(), client.blend(blend_of(photo))
                if chance.random() < 0.2:
                    client.cancel(sent)
                if chance.random() < 0.1:
                    client._lanes.close(linger=0)
                    client._closed = True
                    continue
                try:
                    wrong += not is_of(client.wait(sent), photo)
                    done += 1
                except JobCancelled:
                    cancelled += 1
                waits.append(time.monotonic() - began)
        return done, cancelled, wrong, statistics.mean(waits) if waits else 0.0

    with watched(home, pid) as watch, ThreadPoolExecutor(SESSIONS) as threads:
        ended = list(threads.map(session, range(SESSIONS)))
    with home.client("after") as client:
        left = len(client.status().jobs)
    done, cancelled, wrong = (sum(each[place] for each in ended) for place in range(3))
    waits = [each[3] for each in ended if each[3]]
    figure = (
        f"{SESSIONS} × {amount.jobs} jobs: {done} done, {cancelled} cancelled, {wrong} pictures "
        f"wrong, {left} left; longest to shortest mean wait {max(waits) / min(waits):.2f}; "
        f"slowest answer {1000 * watch.slowest:.0f} ms"
    )
    return Proof("every job has one end, and its own picture", figure, not wrong and not left)


def large_photo(number: int) -> Raster:
    """Of 50 megapixels; each differs from the others, or its worker would remember it."""
    tile = drawn_photo(1000, 1000)
    drawn = np.roll(np.frombuffer(tile.pixels, np.uint8).reshape(1000, 1000), 7 * number)
    pixels = np.tile(drawn, (10, 5))
    return Raster(replace(tile.format, width=5000, height=10_000), pixels.tobytes())


def cancels(home: DaemonHome, amount: Amount) -> Proof:
    """A cancel at random moments of a photo of 50 megapixels, from upload to the last piece.

    Other programs make everything late, so what is judged is what the worker still computed.
    """
    quiet(home)
    chance, left = random.Random(2), list[Leaving]()
    with home.client("cancels") as client:
        good_job(client)
        began = time.monotonic()
        client.wait(client.colorize(colorize(large_photo(0))))
        whole = time.monotonic() - began
        worker = client.status(60).workers[0]
        for number in itertools.count(1):
            one = leave(client, large_photo(number), chance.uniform(0, whole), worker)
            left += [] if one is None else [one]
            if len(left) == amount.cancels:
                break
        is_kept = client.status(60).workers[0] == worker
    told, free, computed = (sorted(each) for each in zip(*map(astuple, left), strict=True))
    figure = (
        f"{sum(each < CANCEL_SECONDS for each in told)} of {amount.cancels} told within 100 ms "
        f"(median {1000 * statistics.median(told):.0f}, at most {1000 * told[-1]:.0f}), "
        f"{sum(each < FREE_SECONDS for each in free)} with the next job running within 500 ms "
        f"(median {1000 * statistics.median(free):.0f}, at most {1000 * free[-1]:.0f}), for which "
        f"the worker computed {1000 * computed[-1]:.0f} ms at most; in a job of {whole:.1f} s; "
        f"the worker was {'kept' if is_kept else 'replaced'}"
    )
    holds = is_kept and told[-1] < CANCEL_SECONDS and computed[-1] < FREE_SECONDS
    return Proof("a cancel is heard at any moment", figure, holds)


@dataclass(frozen=True)
class Leaving:
    """How a job was left.

    Attributes:
        told: seconds until its client was told.
        free: seconds until the next job ran.
        computed: seconds of the processor that its worker took until then.
    """

    told: float
    free: float
    computed: float


def leave(client: Client, photo: Raster, after: float, worker: int) -> Leaving | None:
    """Cancel a job after some seconds, and see how soon another runs; None where it had ended."""
    job = client.colorize(colorize(photo))
    if heard(client, job, Done, after) < float("inf"):
        return None
    before, began = processor_seconds(worker), time.monotonic()
    client.cancel(job)
    told = heard(client, job, Cancelled, PATIENCE) - began
    following = client.colorize(colorize(photo_of(3)))  # a blend would not wait for the network
    free = heard(client, following, Progress, PATIENCE) - began
    computed = processor_seconds(worker) - before
    heard(client, following, Done, PATIENCE)
    return Leaving(told, free, computed)


def heard(client: Client, job: int, wanted: type[Reply], seconds: float) -> float:
    """When a job is told to have ended, or to run; infinite when it is not in time.

    What came with it, an end perhaps, is kept for whoever asks next.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        said = client.poll(0.01)
        for place, message in enumerate(said, start=1):
            is_end = isinstance(message, (Done, Failed, wanted)) and not is_queued(message)
            if is_end and getattr(message, "job", None) == job:
                client._kept = said[place:] + client._kept
                return time.monotonic()
    return float("inf")


def is_queued(message: Reply) -> bool:
    """Whether it says no more than that a job waits."""
    return isinstance(message, Progress) and message.state is JobState.QUEUED


def kills(home: DaemonHome, amount: Amount) -> Proof:
    """SIGKILL of worker and daemon at random moments."""
    chance, told, good = random.Random(3), [], 0
    quiet(home)
    for number in range(2 * amount.kills):
        with home.client("victim") as client:
            job = client.colorize(colorize(photo_of(number)))
            until = time.monotonic() + chance.uniform(0, 2)
            while time.monotonic() < until:
                client.poll(0.01)
            status = client.status(60)
            is_worker = number % 2 == 0
            victim = status.workers[0] if is_worker and status.workers else status.pid
            os.kill(victim, signal.SIGKILL)
            began = time.monotonic()
            try:
                client.wait(job)
            except SelectiveColorizeError:
                told.append(time.monotonic() - began)
            client.close(linger=0)
        if victim == status.pid:
            quiet(home)
        with home.client("next") as following:
            good += good_job(following)
    log = (home.folder / "logs" / "daemon.log").read_text()
    named = log.count("SIGKILL")
    figure = (
        f"{2 * amount.kills} kills: told after {statistics.median(told or [0]):.1f} s (at most "
        f"{max(told or [0]):.1f}), {good} next jobs done, {named} named in the log"
    )
    holds = good == 2 * amount.kills == named and max(told or [0]) < TOLD_SECONDS
    return Proof("a killed worker or daemon is told, and the next job succeeds", figure, holds)


def soak(home: DaemonHome, amount: Amount) -> Proof:
    """Small jobs in a row, each in a session of its own."""
    daemon = psutil.Process(quiet(home).pid)
    with home.client("first") as client:
        for _ in range(3):
            good_job(client)
    before, opened = resident(daemon.pid), daemon.num_fds()
    for _ in range(amount.soak):
        with home.client("soak") as client:
            good_job(client)
    after, left = resident(daemon.pid), daemon.num_fds()
    figure = (
        f"{amount.soak} jobs: daemon {before / MEBI:.1f} → {after / MEBI:.1f} MiB, "
        f"{opened} → {left} descriptors"
    )
    return Proof("nothing is leaked", figure, after - before < 16 * MEBI and left <= opened + 4)


def successions(home: DaemonHome, amount: Amount) -> Proof:
    """A daemon loses its folder, another starts, the first one ends."""
    reachable = 0
    for _ in range(amount.successions):
        first = quiet(home)
        home.client().close()
        os.kill(first.pid, signal.SIGSTOP)
        shutil.rmtree(home.runtime)
        second = quiet(home)
        wait_until(lambda second=second: pid_now() == second.pid)
        first.send_signal(signal.SIGCONT)
        first.terminate()
        first.wait(30)
        reachable += pid_now() == second.pid and answers(home, second.pid)
        second.terminate()
        second.wait(30)
    figure = f"{reachable} of {amount.successions} rounds: the second is still reachable"
    return Proof("a daemon leaves its successor alone", figure, reachable == amount.successions)


def pid_now() -> int:
    """The daemon that the connection file names; 0 for none."""
    try:
        info = launch.find_daemon()
    except SelectiveColorizeError:
        return 0
    return info.pid if info is not None else 0


def answers(home: DaemonHome, pid: int) -> bool:
    """Whether this daemon is the one that answers."""
    with home.client("after") as client:
        return client.status().pid == pid
