"""Checks that do to the daemon what nobody should: nonsense, floods, strangers, greed."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import msgpack
from daemon_home import DaemonHome, colorize, drawn_photo, wait_until
from proof import (
    MEBI,
    Amount,
    Proof,
    good_job,
    photo_of,
    processor_seconds,
    quiet,
    resident,
    watched,
)

from selcolor_protocol import codec, limits
from selcolor_protocol.client import Client
from selcolor_protocol.errors import Busy
from selcolor_protocol.messages import (
    REPLIES,
    Cancel,
    Grant,
    Lane,
    Piece,
    Ping,
    Request,
    StatusRequest,
)

MOST_BYTES = 200 * MEBI
STRANGERS = 64
SERVED_SECONDS = 1.0
NOBODY = 65534


def fuzz(home: DaemonHome, amount: Amount) -> Proof:
    """Spoiled messages on both lanes."""
    pid, chance = quiet(home).pid, random.Random(1)
    with home.client("fuzz") as client, watched(home, pid) as watch:
        before, wire = resident(pid), client._lanes._wire
        answers = untyped = 0
        for _ in range(amount.messages):
            request = chance.choice(examples(client.welcome.session))
            header, *rest = codec.encode(request)[: limits.MAX_FRAMES]
            wire.send(request.lane, [spoiled(bytes(header), chance), *rest])
            while (arrival := wire.receive(0)) is not None:
                answers += 1
                untyped += not is_typed(*arrival)
        after = resident(pid)
        with home.client("after") as other:
            good = good_job(other)
    figure = (
        f"{amount.messages} messages, {answers} answers, {untyped} untyped; slowest answer to "
        f"another {1000 * watch.slowest:.0f} ms; {before / MEBI:.0f} → {after / MEBI:.0f} MiB"
    )
    return Proof("nonsense is answered and never ends the daemon", figure, good and not untyped)


def examples(session: str) -> list[Request]:
    """A request of each kind that is to be spoiled."""
    request = colorize(photo_of(0, 32))
    return [
        Ping(session),
        StatusRequest(session),
        Cancel(session, 5),
        Grant(1, 3, session),
        Piece(1, b"pixels", session),
        request,
    ]


def spoiled(header: bytes, chance: random.Random) -> bytes:
    """A header with something wrong in it, mostly."""
    how = chance.randrange(4)
    if how == 0:
        return chance.randbytes(chance.randrange(200))
    if how == 1:
        at = chance.randrange(len(header))
        return header[:at] + chance.randbytes(chance.randrange(4)) + header[at + 1 :]
    if how == 2:
        return header[: chance.randrange(len(header))]
    fields = msgpack.unpackb(header)
    name = chance.choice(list(fields))
    fields[name] = chance.choice([None, -1, 2**63, 1.5, "x" * 5000, [], {}, [[]] * 300, True])
    return bytes(msgpack.packb(fields))


def is_typed(lane: Lane, frames: list[bytes]) -> bool:
    """Whether an answer is one of the protocol's."""
    try:
        codec.decode(frames, REPLIES[lane])
    except Exception:
        return False
    return True


def flood(home: DaemonHome, amount: Amount) -> Proof:
    """Jobs without end from one session."""
    pid = quiet(home).pid
    with home.client("other") as other:
        good_job(other)
        with home.client("flood") as client, watched(home, pid) as watch:
            jobs = [client.colorize(colorize(photo_of(0))) for _ in range(amount.flood)]
            began = time.monotonic()
            good = good_job(other)
            took = time.monotonic() - began
            refused = sum(is_refused(client, job) for job in jobs[limits.MAX_QUEUED_JOBS :])
    figure = (
        f"{refused} of {amount.flood} refused; another's job {took:.1f} s, its slowest answer "
        f"{1000 * watch.slowest:.0f} ms; peak {watch.peak / MEBI:.0f} MiB"
    )
    holds = good and refused >= amount.flood * 0.9 and watch.peak < MOST_BYTES
    return Proof("a flood of jobs is refused, others are served", figure, holds)


def is_refused(client: Client, job: int) -> bool:
    """Whether a job ends with `busy`."""
    try:
        client.wait(job)
    except Busy:
        return True
    return False


def strangers(home: DaemonHome, _amount: Amount) -> Proof:
    """Connections over TCP without a key, as another user where that is possible."""
    pid = quiet(home, "--endpoint", "tcp").pid
    with home.client("owner") as owner, watched(home, pid) as watch:
        ports = [info.rpartition(":")[2] for info in (owner.info.control, owner.info.data)]
        identity = {"user": NOBODY, "group": NOBODY} if os.getuid() == 0 else {}
        script = (Path(__file__).with_name("stranger.py")).read_text()
        subprocess.run(
            ["/usr/bin/env", "python3", "-I", "-c", script, str(STRANGERS), *ports],
            check=True,
            cwd="/",
            **identity,  # type: ignore[arg-type]
        )
        good = good_job(owner)
    figure = (
        f"{STRANGERS} connections that declare 1.9 GB, and {STRANGERS} that send 1 MiB: peak "
        f"{watch.peak / MEBI:.0f} MiB; the owner's slowest answer {1000 * watch.slowest:.0f} ms"
    )
    return Proof("without a key nobody fills the memory", figure, good and watch.peak < MOST_BYTES)


def many_frames(home: DaemonHome, amount: Amount) -> Proof:
    """One message of a great many frames, by a process of its own.

    libzmq gives a message when all of it has come, and others on that lane wait while it is read
    through. Other programs make that late, so what is judged is what the daemon computed.
    """
    pid = quiet(home).pid
    script = Path(__file__).with_name("flooder.py")
    with home.client("other") as other:
        good_job(other)
        before = processor_seconds(pid)
        with watched(home, pid) as watch:
            subprocess.run([sys.executable, str(script), str(amount.frames)], check=True)
            computed = processor_seconds(pid) - before
            good = good_job(other)
    figure = (
        f"{amount.frames} frames: the daemon computed {computed:.2f} s; another's slowest answer "
        f"{1000 * watch.slowest:.0f} ms, peak {watch.peak / MEBI:.0f} MiB"
    )
    holds = good and watch.peak < MOST_BYTES and computed < SERVED_SECONDS
    return Proof("a message of many frames is dropped, others are served", figure, holds)


def many_connections(home: DaemonHome, amount: Amount) -> Proof:
    """More connections than descriptors."""
    process = quiet(home, limits="-n 1024")
    with home.client("other") as other:
        good_job(other)
        port = int(other.info.control.rpartition(":")[2])
        with watched(home, process.pid) as watch, ExitStack() as stack:
            for _ in range(amount.connections):
                held = stack.enter_context(socket.socket())
                held.settimeout(0.05)
                with suppress(OSError):
                    held.connect(("127.0.0.1", port))
            good = good_job(other)
    figure = (
        f"{amount.connections} connections at `ulimit -n 1024`: another's slowest answer "
        f"{1000 * watch.slowest:.0f} ms, peak {watch.peak / MEBI:.0f} MiB"
    )
    return Proof("more connections than descriptors end nothing", figure, good)


def never_reads(home: DaemonHome, _amount: Amount) -> Proof:
    """A client that lives and takes no results."""
    pid = quiet(home).pid
    with home.client("slow") as slow, home.client("other") as other:
        slow._lanes._transfers._grant = lambda job, arrival: None  # type: ignore[method-assign]
        with watched(home, pid) as watch:
            for _ in range(limits.MAX_QUEUED_JOBS):
                slow.colorize(colorize(drawn_photo(3000, 2000)))
            wait_until(lambda: slow.status(60).jobs_done >= 2, 200)
            good = good_job(other)
            done = slow.status(60).jobs_done
    figure = (
        f"2 of {limits.MAX_QUEUED_JOBS} results of 42 MB made and kept, then none: peak "
        f"{watch.peak / MEBI:.0f} MiB, another's slowest answer {1000 * watch.slowest:.0f} ms"
    )
    holds = good and done == 3 and watch.peak < 2 * MOST_BYTES
    return Proof("results that nobody takes stop their own jobs only", figure, holds)
