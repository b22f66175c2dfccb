"""One photo's work where the photo or its results are in a store.

The photo is brought here, colored by `work.do` as any other, and its results are put in their
places. The folder in which that happens looks like the one in the store: an empty file stands for
each result that is there already, so that none is replaced that must not be.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from selcolor_backend.archive import stores
from selcolor_backend.archive import work as here
from selcolor_backend.archive.addresses import is_stored, name_of
from selcolor_backend.archive.entry import Entry, State
from selcolor_backend.archive.files import FileFact, Files
from selcolor_backend.archive.messages import Result, Work
from selcolor_backend.archive.notes import read_note, write_note
from selcolor_backend.cli.staging import staging_folder
from selcolor_backend.cli.tasks import Task
from selcolor_backend.folders import archives_folder
from selcolor_backend.models.digest import fingerprint_of
from selcolor_backend.models.loading import WarmModels
from selcolor_protocol.errors import FileError, PictureNotFound, UnreadablePicture

DIGEST = "sha256:"
"""Begins the tag of a file that has no place yet, and therefore none of the store."""


def do(
    work: Work,
    models: WarmModels,
    turn: AbstractContextManager[object],
    confirm: Callable[[Entry], None] | None = None,
) -> Result:
    """Do the work for one photo, as `work.do` and wherever its files are.

    Args:
        work: what is to be done.
        models: warm ones.
        turn: held while networks and painting run.
        confirm: told the entry before results on a disk get their names.
    """
    task, began = work.task, time.monotonic()
    if not is_stored(task.photo) and not is_stored(work.out):
        return here.do(work, models, turn, confirm)

    def color(local: Work) -> Result:
        return here.do(local, models, turn, None if is_stored(work.out) else confirm)

    try:
        archives_folder().mkdir(parents=True, exist_ok=True)
        with staging_folder(archives_folder()) as staging:
            result = Borrowed(work, staging).done(color)
    except (PictureNotFound, UnreadablePicture) as error:
        result = Result(here.failed(work.entry, error))
    except FileError as error:
        return Result(work.entry, stops=error.sentence)
    return replace(result, entry=replace(result.entry, seconds=round(time.monotonic() - began, 3)))


@dataclass(frozen=True)
class Borrowed:
    """A photo of a store, or one whose results go there, in a folder that is here.

    Attributes:
        work: what is to be done.
        staging: a folder for it alone.
    """

    work: Work
    staging: Path

    @property
    def _photo(self) -> Path:
        return self.staging / "photo" / self.work.task.photo.name

    @property
    def _folder(self) -> Path:
        return self.staging / "results"

    def done(self, color: Callable[[Work], Result]) -> Result:
        """Bring it here, have it colored, and put its results in their places.

        Raises:
            FileError: a store refused.
        """
        work = self.work
        if not is_stored(work.out):
            return self._told(color(replace(work, task=self._task(work.task))))
        there = self._results()
        ours, known = self._noted(there)
        if known is not None:
            return Result(known)
        earlier = tuple(dict.fromkeys((*work.entry.earlier, *ours)))
        work = replace(work, entry=replace(work.entry, earlier=earlier))
        task = self._task(here.allowed(work, Files(there)))
        self._folder.mkdir()
        for fact in there.values():
            (self._folder / fact.name).touch()
        result = self._told(color(replace(work, task=task)))
        if result.entry.state is not State.DONE or result.is_unchanged:
            return result
        return replace(result, entry=self._put(result.entry, work.entry))

    def _results(self) -> dict[str, FileFact]:
        """What of its results is in the store, at this moment."""
        paths = self.work.task.outputs.paths()
        facts = {str(path): stores.fact(path) for path in paths}
        return {path: fact for path, fact in facts.items() if fact is not None}

    def _noted(self, there: dict[str, FileFact]) -> tuple[list[FileFact], Entry | None]:
        """What of it is ours by a note that the manifest does not know of.

        Another machine may have done this photo, or this one, before it was ended.

        Returns:
            These results, and the entry if the photo is done.
        """
        entry = self.work.entry
        is_known = all(fact in (*entry.files, *entry.earlier) for fact in there.values())
        note = None if is_known else read_note(self.work.out, entry.photo)
        if note is None:
            return [], None
        noted = (*note.files, *note.earlier)
        ours = [fact for fact in there.values() if any(self._is(fact, each) for each in noted)]
        files = tuple(fact for each in note.files for fact in ours if fact.name == each.name)
        is_done = (note.settings, note.stamp) == (entry.settings, entry.stamp)
        if is_done and len(files) == len(note.files) > 0:
            return ours, replace(note, state=State.DONE, files=files, earlier=())
        return ours, None

    def _is(self, fact: FileFact, noted: FileFact) -> bool:
        """Whether a file of the store is the noted one; it is read where nothing else tells."""
        if fact == noted or not noted.tag.startswith(DIGEST):
            return fact == noted
        if (fact.name, fact.bytes) != (noted.name, noted.bytes):
            return False
        copy = self.staging / "again"
        stores.fetch(self.work.task.outputs.folder / fact.name, copy)
        return _digest_of(copy) == noted.tag

    def _task(self, task: Task) -> Task:
        """The same with what is here; the photo is fetched."""
        named = {"photo": name_of(task.photo), "out": name_of(task.outputs.folder)}
        photo, outputs = task.photo, task.outputs
        if is_stored(photo):
            photo = self._photo
            photo.parent.mkdir()
            stores.fetch(task.photo, photo)
        if is_stored(outputs.folder):
            outputs = replace(outputs, folder=self._folder)
        return replace(task, photo=photo, outputs=outputs, named=named)

    def _put(self, done: Entry, before: Entry) -> Entry:
        """Give results their places in the store, noted before and afterwards.

        Args:
            done: the entry, with the facts of what is here.
            before: the same before any work.

        Returns:
            The entry with the facts of what is there.
        """
        kept = [fact for fact in done.files if fact in (*before.files, *before.earlier)]
        made = [fact for fact in done.files if fact not in kept]
        if not made:
            return done
        digests = [replace(fact, tag=_digest_of(self._folder / fact.name)) for fact in made]
        earlier = (*before.files, *before.earlier)
        write_note(
            self.work.out,
            replace(done, state=State.READY, files=(*digests, *kept), earlier=earlier),
        )
        place = self.work.task.outputs.folder
        facts = [stores.put(self._folder / fact.name, place / fact.name) for fact in made]
        done = replace(done, files=(*facts, *kept))
        write_note(self.work.out, done)
        return done

    def _told(self, result: Result) -> Result:
        """The same, with addresses in place of what was only here."""
        task, entry = self.work.task, result.entry
        if result.stops:
            return result
        names = {
            str(self._folder): name_of(task.outputs.folder),
            str(self._photo): name_of(task.photo),
        }
        for path, name in names.items():
            entry = replace(
                entry,
                sentence=entry.sentence.replace(path, name),
                hint=entry.hint.replace(path, name),
            )
        return replace(result, entry=entry)


def _digest_of(path: Path) -> str:
    return DIGEST + fingerprint_of(path).sha256
