"""A batch on one machine: hands work to the crew, and writes the manifest as it is told of it."""

from __future__ import annotations

import logging
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType

from selcolor_backend.archive.crew import Crew, Lost, default_count
from selcolor_backend.archive.entry import Entry, State, now
from selcolor_backend.archive.manifest import Manifest
from selcolor_backend.archive.messages import GO_ON, Ended, Ready, Result, Work
from selcolor_backend.archive.planning import Plan
from selcolor_backend.archive.progress import Progress
from selcolor_backend.cli.main import ENDING_SIGNALS
from selcolor_protocol.errors import CannotWrite, WorkerCrashed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Summary:
    """What a run did.

    Attributes:
        done: photos that succeeded.
        failed: photos that were set aside.
        unchanged: photos that needed nothing.
        set_aside: photos that had failed before and were left alone.
    """

    done: int
    failed: int
    unchanged: int
    set_aside: int


def note_known(manifest: Manifest, plan: Plan) -> None:
    """Write what is known without any work."""
    with manifest.saved():
        for place in plan.gone:
            manifest.remove(place)
        for entry in (*plan.known, *plan.refused):
            manifest.write(entry)


def summary_of(plan: Plan, progress: Progress) -> Summary:
    """What a run did."""
    unchanged = plan.unchanged + progress.unchanged
    failed = progress.failed + len(plan.refused)
    return Summary(progress.done, failed, unchanged, plan.set_aside)


def finish(manifest: Manifest, progress: Progress, entry: Entry, is_unchanged: bool) -> None:
    """Note what became of a photo, and tell of a failure."""
    manifest.write(replace(entry, changed=now()))
    has_failed = entry.state is State.FAILED
    progress.count(has_failed, is_unchanged)
    if has_failed:
        progress.say(reason_of(entry))


def reason_of(entry: Entry) -> str:
    """Why a photo failed and what to do, as a person is told."""
    place = "" if Path(entry.source).name in entry.sentence else f"{entry.source}: "
    return f"selcolor: {place}{entry.sentence}\n          {entry.hint}"


@contextmanager
def heard_once() -> Iterator[list[Callable[[], None]]]:
    """Let the first Ctrl+C, or signal that ends this process, only be heard of.

    In the midst of a message from a worker it would have the worker wait for ever. The second one
    does what it always does.

    Yields:
        Empty as long as there was none; then what makes up for it.
    """
    heard: list[Callable[[], None]] = []
    names = [name for name in ("SIGINT", *ENDING_SIGNALS) if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in map(signal.Signals.__getitem__, names)}

    def hear(number: int, frame: FrameType | None) -> None:
        usual = before[signal.Signals(number)]
        assert callable(usual), "others are left as they are"
        if heard:
            usual(number, frame)
        heard.append(partial(usual, number, frame))

    listened = [number for number, usual in before.items() if callable(usual)]
    for number in listened:
        signal.signal(number, hear)
    try:
        yield heard
    finally:
        for number in listened:
            signal.signal(number, before[number])


class Batch:
    """What is under way."""

    def __init__(
        self, manifest: Manifest, crew: Crew, plan: Plan, keep: Callable[[], None]
    ) -> None:
        """Begin with a plan.

        Args:
            manifest: only this object writes it.
            crew: does the work.
            plan: what is to be done.
            keep: called between changes of the manifest.
        """
        self.progress = Progress(len(plan.work))
        self._manifest = manifest
        self._crew = crew
        self._keep = keep
        self._queue = deque(plan.work)
        self._alone: deque[Work] = deque()
        self._tried_alone: set[int] = set()
        self._ready: dict[int, Entry] = {}
        self._stop = ""
        self._is_interrupted = False

    def run(self) -> None:
        """Do all work.

        Raises:
            CannotWrite: no photo can be written any more; what was begun will be done again.
            KeyboardInterrupt: somebody ended it; what was under way has been finished.
        """
        with heard_once() as interrupts:
            while self._goes_on():
                if interrupts and not self._is_interrupted:
                    self._is_interrupted = True
                    self.progress.say(
                        "Finishing the photos that are under way; Ctrl+C once more ends at once."
                    )
                self._hand_out()
                self._hear()
                self.progress.tell()
                self._keep()
        for again in interrupts:
            again()
        if self._stop:
            raise CannotWrite(
                f"{self._stop} The batch was ended; finished photos are kept.",
                GO_ON,
            )

    def _goes_on(self) -> bool:
        if not self._crew.is_idle:
            return True
        is_ended = bool(self._stop) or self._is_interrupted
        return not is_ended and bool(self._queue or self._alone)

    def _hand_out(self) -> None:
        """Give work to whoever has room; what needs all the memory waits until nobody works."""
        if self._stop or self._is_interrupted:
            return
        begun: list[Work] = []
        while self._queue and len(begun) < self._crew.room:
            begun.append(self._queue.popleft())
        if not self._queue and not begun and self._alone and self._crew.is_idle:
            begun.append(self._alone.popleft())
            self._tried_alone.add(begun[0].number)
        with self._manifest.saved():
            for work in begun:
                if not work.known_sha256:  # else it is done, until its file proves to be another
                    self._manifest.write(replace(work.entry, changed=now()))
        for work in begun:
            self._crew.hand_out(work)

    def _hear(self) -> None:
        """Write what the workers tell, and then let them go on."""
        ready = []
        with self._manifest.saved():
            for news in self._crew.heard():
                if isinstance(news, Lost):
                    self._lose(news)
                    continue
                work, message = news
                if isinstance(message, Ready):
                    self._ready[work.number] = message.entry
                    self._manifest.write(replace(message.entry, changed=now()))
                    ready.append(work.number)
                elif isinstance(message, Ended):
                    self._ready.pop(work.number, None)
                    self._end(work, message.result)
        for number in ready:
            self._crew.go_on(number)

    def _end(self, work: Work, result: Result) -> None:
        if result.trace:
            log.error("a photo failed unexpectedly", extra={"trace": result.trace})
        if result.stops:
            self._stop = result.stops
        elif result.wants_room and work.number not in self._tried_alone:
            self._alone.append(work)
        else:
            self._finish(result.entry, result.is_unchanged)

    def _lose(self, lost: Lost) -> None:
        """Try again what a dead worker had, one photo at a time: one of them may have killed it."""
        log.error("a worker died", extra={"status": lost.status, "photos": len(lost.works)})
        for work in lost.works:
            entry = self._ready.pop(work.number, None)
            if entry is not None and entry.has_its_files(work.out):
                self._finish(replace(entry, state=State.DONE, earlier=()))
            elif work.number in self._tried_alone:
                self._finish(_killer(entry or work.entry))
            else:
                self._alone.append(work if entry is None else knowing(work, entry))

    def _finish(self, entry: Entry, is_unchanged: bool = False) -> None:
        finish(self._manifest, self.progress, entry, is_unchanged)


def knowing(work: Work, ready: Entry) -> Work:
    """The same work, which knows of files that were ready when it was lost before."""
    earlier = (*ready.files, *ready.earlier)
    return replace(work, entry=replace(work.entry, earlier=earlier))


def _killer(entry: Entry) -> Entry:
    """The entry of a photo at which a process died, twice, the second time with nothing beside."""
    error = WorkerCrashed(
        f"The process that colored {entry.source} died, twice; the photo is untouched.",
        "Its memory may not suffice, or a decoder fails at it: save the photo anew in an editor.",
    )
    return replace(
        entry, state=State.FAILED, error=error.code, sentence=error.sentence, hint=error.hint
    )


def run_here(
    manifest: Manifest, plan: Plan, count: int | None, keep: Callable[[], None]
) -> Progress:
    """Do the work of a plan on this machine; raises as `Batch.run`.

    Args:
        manifest: written while the work is done.
        plan: what is to be done.
        count: of processes; None for what fits the machine.
        keep: called between changes of the manifest.
    """
    if not plan.work:
        return Progress(0)
    crew = Crew(min(count or default_count(), len(plan.work)))
    try:
        batch = Batch(manifest, crew, plan, keep)
        batch.run()
    except BaseException:
        crew.kill()
        raise
    crew.close()
    return batch.progress
