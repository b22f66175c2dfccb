"""One photo's work: colored in this process, and told as facts that can travel to the manifest.

What is in a store has been brought here (`in_stores`). Processes of one machine and actors of a
cluster do the same.
"""

from __future__ import annotations

import platform
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from selcolor_backend import jobs
from selcolor_backend.archive.entry import Entry, State
from selcolor_backend.archive.files import DISK, FileFact, Files
from selcolor_backend.archive.look import glance_at, small
from selcolor_backend.archive.messages import Result, Work
from selcolor_backend.cli.coloring import attempt
from selcolor_backend.cli.outcomes import Outcome
from selcolor_backend.cli.staging import NO_ROOM
from selcolor_backend.cli.tasks import Task, with_choices
from selcolor_backend.models.digest import fingerprint_of
from selcolor_backend.models.loading import WarmModels
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.worker.serving import explain
from selcolor_protocol.errors import OutOfMemory, SelectiveColorizeError
from selcolor_protocol.messages import Colorize, Done


class OwnPainter:
    """Paints one photo in this process, one photo at a time where others wait for the same lock.

    Attributes:
        told: what an entry says of what was painted.
        trace: of an error that nobody expected.
    """

    def __init__(self, models: WarmModels, turn: AbstractContextManager[object]) -> None:
        """Take what is shared.

        Args:
            models: warm ones.
            turn: held while networks and painting run; others read and write meanwhile.
        """
        self.told: dict[str, Any] = {}
        self.trace = ""
        self._models = models
        self._turn = turn

    def begin(self, request: Colorize, label: str) -> Callable[[], Done]:  # noqa: ARG002
        """Keep the photo until it is its turn."""
        requests = [request]
        return lambda: self._paint(requests)

    def failed(self, error: SelectiveColorizeError) -> None:
        """Nothing of this painter is lost by an error."""

    def _paint(self, requests: list[Colorize]) -> Done:
        with self._turn:
            request = requests.pop()
            before = small(request.photo)
            try:
                colored = jobs.do(request, self._models, Decisions(0), lambda *_: None)
            except (SelectiveColorizeError, MemoryError):
                raise
            except Exception as error:
                self.trace = traceback.format_exc()
                raise explain(error) from error
            del request
            glance = glance_at(before, colored.layers)
            self.told = vars(glance) | {"device": colored.device}
            return colored.done(0)


def do(
    work: Work,
    models: WarmModels,
    turn: AbstractContextManager[object],
    confirm: Callable[[Entry], None] | None = None,
) -> Result:
    """Do the work for one photo; whatever goes wrong is a result, too.

    Args:
        work: what is to be done.
        models: warm ones.
        turn: see `OwnPainter`.
        confirm: told the entry when its files are complete, but still without their names.
    """
    began = time.monotonic()
    begun = replace(work.entry, sha256=_digest_of(work.task.photo), host=platform.node())
    if begun.sha256 and begun.sha256 == work.known_sha256:
        return Result(begun, is_unchanged=True)
    painter = OwnPainter(models, turn)

    def tell(files: Sequence[Path]) -> None:
        if confirm is not None:
            confirm(_ready(begun, files, painter.told))

    try:
        outcome = attempt(painter, allowed(work, DISK), tell)
    except Exception as error:
        painter.trace = traceback.format_exc()
        outcome = Outcome(work.task.photo, error=explain(error))
    entry = _ended(begun, outcome, painter.told, keeps=work.task.chosen.skip_existing)
    return Result(
        replace(entry, seconds=round(time.monotonic() - began, 3)),
        wants_room=isinstance(outcome.error, OutOfMemory),
        stops=_stop(outcome.error),
        trace=painter.trace,
    )


def allowed(work: Work, files: Files) -> Task:
    """What is to be done, allowed to replace results of its own if nobody has changed them."""
    facts = [files.fact(path) for path in work.task.outputs.paths()]
    there = [fact for fact in facts if fact is not None]
    ours = (*work.entry.files, *work.entry.earlier)
    if there and all(fact in ours for fact in there):
        return with_choices(work.task, overwrite=True)
    return work.task


def _digest_of(photo: Path) -> str:
    """The digest of a file; empty where it cannot be read, which reading it will tell."""
    try:
        return fingerprint_of(photo).sha256
    except OSError:
        return ""


def _ready(begun: Entry, files: Sequence[Path], told: Mapping[str, Any]) -> Entry:
    """An entry whose files are complete."""
    facts = tuple(FileFact.of(file) for file in files)
    earlier = (*begun.files, *begun.earlier)
    ready = replace(begun, state=State.READY, files=facts, earlier=earlier, runs=begun.runs + 1)
    return replace(ready, **told)


def _ended(begun: Entry, outcome: Outcome, told: Mapping[str, Any], keeps: bool) -> Entry:
    """An entry with what became of its photo.

    Args:
        begun: the entry before.
        outcome: of the photo.
        told: of what was painted.
        keeps: whether results that were there stayed, and only others were made.
    """
    if outcome.error is not None:
        return failed(begun, outcome.error)
    earlier = (*begun.files, *begun.earlier)
    new = {} if outcome.is_skipped else {file.name: FileFact.of(file) for file in outcome.files}
    kept = tuple(file for file in earlier if keeps and file.name not in new)
    networks: Any = (outcome.made or {}).get("networks", [])
    ended = replace(
        begun,
        state=State.DONE,
        files=(*new.values(), *kept),
        earlier=(),
        networks=tuple(f"{each['name']} sha256:{each['sha256']}" for each in networks),
        notes=tuple(note.value for note in outcome.notes),
        runs=begun.runs + (not outcome.is_skipped),
        error="",
        sentence="",
        hint="",
    )
    return replace(ended, **told)


def failed(begun: Entry, error: SelectiveColorizeError) -> Entry:
    """An entry whose photo is set aside; what it had stays."""
    return replace(
        begun,
        state=State.FAILED,
        files=(),
        earlier=(*begun.files, *begun.earlier),
        error=error.code,
        sentence=error.sentence,
        hint=error.hint,
    )


def _stop(error: SelectiveColorizeError | None) -> str:
    """Why no other photo could be written either."""
    cause = None if error is None else error.__cause__
    if error is not None and isinstance(cause, OSError) and cause.errno in NO_ROOM:
        return error.sentence
    return ""
