"""What is to be done of an archive, by what its manifest knows of it.

An unchanged photo with unchanged settings is left alone, also where it failed; one that is new or
has changed, or that is to be colored otherwise, is done. Results that somebody has changed since
are somebody's work, and never replaced unasked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import lru_cache
from pathlib import Path

from selcolor_backend.archive.addresses import is_stored, name_of, path_of
from selcolor_backend.archive.entry import Entry, State, now
from selcolor_backend.archive.files import DISK, Files, stamp_of
from selcolor_backend.archive.messages import Work
from selcolor_backend.cli.options import options_from
from selcolor_backend.cli.outcomes import Outcome
from selcolor_backend.cli.records import networks_of, settings_of
from selcolor_backend.cli.tasks import Task, with_choices
from selcolor_backend.models.digest import fingerprint_of
from selcolor_backend.models.registry import Kind, find_model, installed_path

Shard = tuple[int, int]
"""Which part, counted from 1, and of how many."""


class Verdict(Enum):
    """What is to be done with a photo."""

    DO = "do"
    COMPLETE = "complete"
    """Some of its results are not there any more; the others stay."""

    LOOK = "look"
    """Its file was touched: done again only where its bytes have changed."""

    UNCHANGED = "unchanged"
    SET_ASIDE = "set aside"


@dataclass
class Plan:
    """What is to be done, and what is not.

    Attributes:
        work: photos to do.
        known: entries that the manifest has otherwise, without any work.
        refused: what could not even be tried.
        gone: places that the manifest can forget.
        unchanged: how many photos are done already.
        set_aside: how many failed before and are left alone.
    """

    work: list[Work] = field(default_factory=list)
    known: list[Entry] = field(default_factory=list)
    refused: list[Entry] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0
    set_aside: int = 0


def make_plan(
    tasks: Sequence[Task],
    failed: Sequence[Outcome],
    entries: Mapping[str, Entry],
    chosen: argparse.Namespace,
    files: Files = DISK,
) -> Plan:
    """Decide what is to be done.

    Args:
        tasks: every photo that was found, with its results in `chosen.out`.
        failed: what cannot be done from the outset.
        entries: what is known, by the photo's place.
        chosen: the command line of `selcolor batch`.
        files: what is where.
    """
    plan, places = Plan(), set()
    digests = networks_of([chosen.colorizer, chosen.segmenter])
    for place, task in _placed(tasks, chosen.out):
        if chosen.shard is None or is_in_shard(place, chosen.shard):
            places.add(place)
            settings = settings_key(task.chosen, digests)
            _consider(plan, place, task, entries.get(place), settings, chosen, files)
    if chosen.shard is None or chosen.shard[0] == 1:
        plan.refused = [_refused(outcome) for outcome in failed]
    kept = places.union(entry.photo for entry in plan.refused)
    plan.gone = [
        place
        for place, entry in entries.items()
        if place not in kept and _is_gone(entry, files, chosen.photos)
    ]
    return plan


def check_networks(chosen: argparse.Namespace) -> None:
    """Refuse before any work what no photo could be colored with.

    Raises:
        UnknownModel, ModelNotInstalled: a network is not here.
    """
    installed_path(find_model(chosen.colorizer, Kind.COLORIZER))
    if chosen.mask is None and options_from(chosen).subject.is_found:
        installed_path(find_model(chosen.segmenter, Kind.SEGMENTER))


def is_in_shard(place: str, shard: Shard) -> bool:
    """Whether a photo belongs to a shard: by its place, so that new photos move no others."""
    digest = hashlib.sha256(place.encode("utf-8", "surrogateescape")).digest()
    return int.from_bytes(digest[:8], "big") % shard[1] == shard[0] - 1


def judge(known: Entry | None, stamp: str, settings: str, is_missing: bool) -> Verdict:
    """What is to be done with a photo.

    Args:
        known: what the manifest has; None where it has nothing.
        stamp: of the photo's file, now.
        settings: that it is to be colored with.
        is_missing: whether one of its results is not there.
    """
    if known is None or known.state not in (State.DONE, State.FAILED):
        return Verdict.DO
    if known.settings != settings:
        return Verdict.DO
    is_done = known.state is State.DONE
    if known.stamp != stamp:
        return Verdict.LOOK if is_done and not is_missing else Verdict.DO
    if not is_done:
        return Verdict.SET_ASIDE
    return Verdict.COMPLETE if is_missing else Verdict.UNCHANGED


def settings_key(chosen: argparse.Namespace, digests: Sequence[tuple[str, str]]) -> str:
    """All that decides on results beside the photo itself.

    Args:
        chosen: what was chosen for this photo.
        digests: names and digests of the networks.
    """
    given = {
        name: _digest_of(path, stamp_of(path))
        for name, path in vars(chosen).items()
        if isinstance(path, Path) and path.is_file()
    }
    return json.dumps(
        {"chosen": settings_of(chosen), "networks": digests, "given": given}, sort_keys=True
    )


@lru_cache(maxsize=8)
def _digest_of(path: Path, stamp: str) -> str:  # noqa: ARG001 – another stamp, another file
    return fingerprint_of(path).sha256


def _placed(tasks: Sequence[Task], out: Path) -> Iterator[tuple[str, Task]]:
    """Each photo with its place in the archive, which stays when the archive is moved."""
    seen: set[str] = set()
    for task in tasks:
        place = (task.outputs.folder.relative_to(out) / task.photo.name).as_posix()
        if place in seen:  # two that were named and lie in different folders
            place = Path(name_of(task.photo)).as_posix()
        seen.add(place)
        yield place, task


def _consider(
    plan: Plan,
    place: str,
    task: Task,
    known: Entry | None,
    settings: str,
    chosen: argparse.Namespace,
    files: Files,
) -> None:
    """Put a photo where it belongs in the plan."""
    if known is not None:
        known = _recovered(plan, known, chosen.out)
        task = _with_known_name(task, known, chosen.out)
    begun = _begun(place, task, known, chosen.out, files)
    begun = replace(begun, stamp=files.stamp(task.photo), settings=settings)
    is_missing = any(files.fact(path) is None for path in task.outputs.layer_paths().values())
    verdict = judge(known, begun.stamp, settings, is_missing)
    has_failed = known is not None and known.state is State.FAILED
    if verdict is Verdict.UNCHANGED:
        plan.unchanged += 1
    elif verdict is Verdict.SET_ASIDE and not chosen.retry_failed:
        plan.set_aside += 1
    elif has_failed or not chosen.retry_failed:
        sha256 = ""
        if verdict is Verdict.LOOK and known is not None:
            begun, sha256 = replace(known, stamp=begun.stamp, source=begun.source), known.sha256
        # What else was named would travel with every photo.
        task = with_choices(task, photos=())
        if verdict is Verdict.COMPLETE:
            task = with_choices(task, skip_existing=True)
        plan.work.append(Work(len(plan.work), begun, task, chosen.out, sha256))


def _recovered(plan: Plan, known: Entry, out: Path) -> Entry:
    """An entry whose files had got their names when the batch was killed is done."""
    if known.state is not State.READY or not known.has_its_files(out):
        return known
    known = replace(known, state=State.DONE, earlier=(), changed=now())
    plan.known.append(known)
    return known


def _begun(place: str, task: Task, known: Entry | None, out: Path, files: Files) -> Entry:
    """The entry of a photo that is to be done; of an earlier run it knows the files."""
    outputs = task.outputs
    folder = outputs.folder.relative_to(out).as_posix()
    facts = () if known is None else (*known.files, *known.earlier)
    return Entry(
        photo=place,
        source=name_of(task.photo),
        state=State.BEGUN,
        folder=folder,
        stem=outputs.stem,
        earlier=tuple(fact for fact in dict.fromkeys(facts) if files.have([fact], outputs.folder)),
        runs=0 if known is None else known.runs,
    )


def _with_known_name(task: Task, known: Entry, out: Path) -> Task:
    """A photo keeps the names of its results, whatever has come beside it."""
    if not known.stem or task.outputs.folder != out / known.folder:
        return task
    return replace(task, outputs=replace(task.outputs, stem=known.stem))


def _refused(outcome: Outcome) -> Entry:
    """The entry of what could not even be tried; it has no settings."""
    error = outcome.error
    assert error is not None, "what succeeds is tried"
    return Entry(
        photo=Path(name_of(outcome.photo)).as_posix(),
        source=name_of(outcome.photo),
        state=State.FAILED,
        error=error.code,
        sentence=error.sentence,
        hint=error.hint,
        changed=now(),
    )


def _is_gone(entry: Entry, files: Files, places: Sequence[Path]) -> bool:
    """Whether an entry tells of nothing any more: a failure of what is not there, or not tried."""
    if entry.state is not State.FAILED:
        return False
    source = path_of(entry.source)
    is_listed = not is_stored(source) or any(map(source.is_relative_to, places))
    return not entry.settings or (is_listed and not files.stamp(source))
