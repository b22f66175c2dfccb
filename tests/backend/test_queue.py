"""The queue: fair between sessions, bounded for each."""

from __future__ import annotations

import pytest

from selcolor_backend.daemon.queue import Job, JobQueue, Work
from selcolor_backend.daemon.sessions import Session, Sessions
from selcolor_protocol import limits
from selcolor_protocol.errors import Busy, UnknownSession

ALL = frozenset(Work)


def session(name: str) -> Session:
    return Session(name, b"")


def fill(queue: JobQueue, owner: Session, *numbers: int, work: Work = Work.COLORIZE) -> None:
    for number in numbers:
        queue.add(Job(owner, number, work, []))


def test_sessions_take_turns() -> None:
    queue, eager, modest = JobQueue(), session("eager"), session("modest")
    fill(queue, eager, 1, 2, 3)
    fill(queue, modest, 1)

    order = [(job.session.client, job.number) for _ in range(4) if (job := queue.take(ALL))]

    assert order == [("eager", 1), ("modest", 1), ("eager", 2), ("eager", 3)]


def test_only_allowed_work_is_taken() -> None:
    queue, owner = JobQueue(), session("one")
    fill(queue, owner, 1)
    fill(queue, owner, 2, work=Work.BLEND)

    job = queue.take({Work.BLEND})

    assert job is not None
    assert job.number == 2
    assert queue.take({Work.BLEND}) is None


def test_a_job_that_may_not_run_lets_another_session_pass() -> None:
    queue, held, free = JobQueue(), session("held"), session("free")
    fill(queue, held, 1)
    fill(queue, free, 1)

    job = queue.take(ALL, lambda job: job.session is free)

    assert job is not None
    assert job.session is free
    assert len(queue) == 1


def test_a_job_is_removed_from_its_own_session_only() -> None:
    queue, owner, other = JobQueue(), session("owner"), session("other")
    fill(queue, owner, 1)

    assert queue.remove(other, 1) is None
    assert queue.remove(owner, 1) is not None
    assert len(queue) == 0


def test_a_token_opens_its_session_and_nothing_else() -> None:
    sessions = Sessions()
    opened = sessions.open("one", b"")

    assert sessions.heard(opened.token) is opened
    with pytest.raises(UnknownSession):
        sessions.heard("guessed")


def test_a_closed_session_is_unknown() -> None:
    sessions = Sessions()
    opened = sessions.open("one", b"")
    sessions.close(opened)
    sessions.close(opened)

    with pytest.raises(UnknownSession):
        sessions.heard(opened.token)


def test_there_are_so_many_sessions_and_no_more() -> None:
    sessions = Sessions()
    for number in range(limits.MAX_SESSIONS):
        sessions.open(str(number), b"")

    with pytest.raises(Busy):
        sessions.open("one too many", b"")
