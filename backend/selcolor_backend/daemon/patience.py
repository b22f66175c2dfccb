"""How long the daemon waits for what: one place, so that tests can be impatient."""

from __future__ import annotations

from dataclasses import dataclass

from selcolor_protocol import limits


@dataclass(frozen=True)
class Patience:
    """Time-outs of the daemon, in seconds.

    Attributes:
        cancel: a worker that has not left a cancelled job after so long is ended.
        hang: a worker that starts, or works, and reports nothing for so long is ended.
        take: a worker that was given a job and does not say that it has it for so long is ended.
        idle_worker: a worker with nothing to do for so long exits, and all its memory returns.
        silent_client: a client with jobs that says nothing for so long is taken for gone, as is one
            without where another needs its session.
        untaken: a client that takes nothing of a result for so long, though it lives, is let go.
        idle_session: a session without jobs that says nothing for so long is forgotten.
        leave: a daemon that nobody has used for so long leaves, unless it was started to stay.
    """

    cancel: float = 2.0
    hang: float = 300.0
    take: float = 30.0
    idle_worker: float = 300.0
    silent_client: float = limits.CLIENT_GONE_SECONDS
    untaken: float = 120.0
    idle_session: float = 1800.0
    leave: float = 1800.0


USUAL = Patience()
