"""What a batch decides, remembers and tells, without a process of its own."""

from __future__ import annotations

import csv
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from selcolor_backend.archive import export, manifest
from selcolor_backend.archive.entry import Entry, Look, State
from selcolor_backend.archive.files import DISK, FileFact, stamp_of
from selcolor_backend.archive.look import raggedness
from selcolor_backend.archive.planning import Verdict, is_in_shard, judge
from selcolor_backend.archive.progress import Progress, in_words
from selcolor_backend.archive.report import doubt, page
from selcolor_backend.archive.run import heard_once
from selcolor_backend.cli.batch import shard
from selcolor_backend.cli.photos import find_photos
from selcolor_protocol.errors import CannotWrite, FileError, InvalidOptions

DONE = Entry(
    photo="box/a.jpg",
    source="/scans/box/a.jpg",
    state=State.DONE,
    stamp="1:2:3",
    settings="{}",
    folder="box",
    stem="a",
    files=(FileFact("a-blended.png", 5, "7"),),
    subject="person",
    mask_share=0.4,
    colorfulness=20.0,
    changed="2026-11-26T10:00:00+00:00",
    look=Look(b"one", b"two", b"three"),
)
FAILED = replace(DONE, photo="box/b.jpg", state=State.FAILED, sentence="b.jpg is empty.", look=None)


def write(path: Path, *entries: Entry) -> None:
    with manifest.opened(path) as kept, kept.saved():
        for entry in entries:
            kept.write(entry)


# What is to be done


@pytest.mark.parametrize(
    ("known", "stamp", "settings", "is_missing", "verdict"),
    [
        (None, "1:2:3", "{}", True, Verdict.DO),
        (DONE, "1:2:3", "{}", False, Verdict.UNCHANGED),
        (DONE, "1:2:3", "{}", True, Verdict.COMPLETE),
        (DONE, "1:2:4", "{}", False, Verdict.LOOK),
        (DONE, "1:2:4", "{}", True, Verdict.DO),
        (DONE, "1:2:3", '{"gain": 2}', False, Verdict.DO),
        (FAILED, "1:2:3", "{}", True, Verdict.SET_ASIDE),
        (FAILED, "1:2:4", "{}", True, Verdict.DO),
        (FAILED, "1:2:3", '{"gain": 2}', True, Verdict.DO),
        (replace(DONE, state=State.BEGUN), "1:2:3", "{}", True, Verdict.DO),
        (replace(DONE, state=State.READY), "1:2:3", "{}", False, Verdict.DO),
    ],
)
def test_what_is_new_or_other_than_it_was_is_done(
    known: Entry | None, stamp: str, settings: str, is_missing: bool, verdict: Verdict
) -> None:
    assert judge(known, stamp, settings, is_missing) is verdict


def test_shards_share_an_archive_evenly_and_new_photos_move_no_others() -> None:
    places = [f"box-{number % 30}/p{number}.jpg" for number in range(2000)]
    shards = [{place for place in places if is_in_shard(place, (k, 8))} for k in range(1, 9)]
    assert set().union(*shards) == set(places)
    assert sum(map(len, shards)) == len(places)
    assert all(190 <= len(part) <= 310 for part in shards)


def test_a_result_is_ours_until_somebody_changes_it(tmp_path: Path) -> None:
    file = tmp_path / "box" / "a-mask.png"
    file.parent.mkdir()
    file.write_bytes(b"mask")
    entry = replace(DONE, files=(FileFact.of(file),))
    assert entry.has_its_files(tmp_path)
    file.write_bytes(b"edited")
    assert not entry.has_its_files(tmp_path)
    assert not DISK.have(entry.files, tmp_path / "elsewhere")


def test_a_stamp_tells_of_a_copy_with_an_old_date(tmp_path: Path) -> None:
    import os

    file = tmp_path / "a.jpg"
    file.write_bytes(b"one")
    first, found = stamp_of(file), file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert stamp_of(file) != first


def test_patterns_that_no_shell_expanded_keep_the_structure(tmp_path: Path) -> None:
    for name in ("scans/a.tif", "scans/b/c/d.tif", "scans/b/e.png", "scans/out/r.tif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    out = tmp_path / "scans" / "out"
    found, errors = find_photos([tmp_path / "scans" / "**" / "*.tif"], out)
    _, missing = find_photos([tmp_path / "*.jpg"], out)

    below = {found.photo.name: str(found.below) for found in found}
    assert (below, errors) == ({"a.tif": ".", "d.tif": "b/c"}, {})
    assert "no picture" in missing[tmp_path / "*.jpg"].sentence


@pytest.mark.parametrize("text", ["0/3", "4/3", "x/3", "3", "-1/3"])
def test_a_part_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Exception, match="no part"):
        shard(text)


# What is remembered


def test_a_manifest_gives_back_what_was_written(tmp_path: Path) -> None:
    path = manifest.manifest_path(tmp_path)
    write(path, DONE, FAILED)
    with manifest.opened(path) as kept:
        assert list(kept.entries()) == [DONE, FAILED]
        assert kept.look(DONE.photo) == DONE.look
        assert kept.look(FAILED.photo) is None


def test_a_change_that_was_not_completed_is_none(tmp_path: Path) -> None:
    path = manifest.manifest_path(tmp_path)
    write(path, DONE)

    def fail() -> None:
        with manifest.opened(path) as kept, kept.saved():
            kept.remove(DONE.photo)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with manifest.opened(path) as kept:
        assert list(kept.entries()) == [DONE]


def test_two_batches_do_not_work_in_one_folder(tmp_path: Path) -> None:
    path = manifest.manifest_path(tmp_path)
    with manifest.held(path), pytest.raises(CannotWrite, match="Another"), manifest.held(path):
        raise AssertionError("both hold it")


def test_what_is_no_manifest_is_kept(tmp_path: Path) -> None:
    path = manifest.manifest_path(tmp_path)
    path.parent.mkdir()
    path.write_text("a shopping list, long enough to be looked at" * 10)
    with pytest.raises(FileError, match="no manifest"), manifest.opened(path):
        raise AssertionError("it was opened")
    assert path.read_text().startswith("a shopping list")


def test_shards_become_one_manifest_that_has_the_latest_of_each_photo(tmp_path: Path) -> None:
    later = replace(
        DONE, seconds=9.0, changed="2026-11-27T10:00:00+00:00", look=Look(b"", b"", b"x")
    )
    write(manifest.manifest_path(tmp_path), DONE)
    write(manifest.manifest_path(tmp_path, (1, 2)), later)
    write(manifest.manifest_path(tmp_path, (2, 2)), FAILED)

    assert manifest.merge(tmp_path) == 2

    assert manifest.manifests_of(tmp_path) == [manifest.manifest_path(tmp_path)]
    with manifest.opened(manifest.manifest_path(tmp_path)) as kept:
        assert list(kept.entries()) == [later, FAILED]
        assert kept.look(DONE.photo) == later.look


def test_a_shard_that_is_at_work_is_not_merged(tmp_path: Path) -> None:
    own = manifest.manifest_path(tmp_path, (1, 2))
    write(own, DONE)
    with manifest.held(own), pytest.raises(CannotWrite, match="Another"):
        manifest.merge(tmp_path)
    with manifest.opened(own) as kept:
        assert list(kept.entries()) == [DONE]


# What is told


def test_the_manifest_as_tables(tmp_path: Path) -> None:
    write(manifest.manifest_path(tmp_path), DONE, FAILED)

    assert export.write(tmp_path, tmp_path / "all.csv", overwrite=False) == 2

    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["photo"] for row in rows] == ["box/a.jpg", "box/b.jpg"]
    assert rows[0]["files"] == "a-blended.png"
    assert rows[1]["sentence"] == "b.jpg is empty."
    with pytest.raises(CannotWrite, match="exists already"):
        export.write(tmp_path, tmp_path / "all.csv", overwrite=False)
    with pytest.raises(InvalidOptions, match="neither"):
        export.write(tmp_path, tmp_path / "all.xlsx", overwrite=False)


def test_the_manifest_as_parquet(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write(manifest.manifest_path(tmp_path), DONE, FAILED)
    export.write(tmp_path, tmp_path / "all.parquet", overwrite=False)
    rows = parquet.read_table(tmp_path / "all.parquet").to_pylist()
    assert [(row["photo"], row["state"]) for row in rows] == [
        ("box/a.jpg", "done"),
        ("box/b.jpg", "failed"),
    ]


def test_failures_come_first_then_empty_masks_then_weak_and_ragged_ones() -> None:
    empty, weak = replace(DONE, mask_share=0.0), replace(DONE, colorfulness=3.0)
    ragged = replace(DONE, raggedness=0.4)
    doubts = [doubt(entry) for entry in (FAILED, empty, weak, ragged, DONE)]
    assert doubts == sorted(doubts, reverse=True)
    assert len(set(doubts)) == len(doubts)


def test_names_of_photos_are_no_markup(tmp_path: Path) -> None:
    write(
        manifest.manifest_path(tmp_path), replace(DONE, photo='box/<script>"&.jpg', subject='"<x>')
    )
    text = page("<b>", tmp_path)
    assert "&lt;script&gt;&quot;&amp;.jpg" in text
    assert text.count("<script>") == 1
    assert "<x>" not in text


def test_an_outline_with_islands_and_holes_is_ragged() -> None:
    rows, columns = np.mgrid[0:128, 0:128]
    disc = ((rows - 64) ** 2 + (columns - 64) ** 2 < 40**2).astype(np.float32)
    noise = np.random.default_rng(0).random((128, 128)) < 0.05
    assert raggedness(disc) < 0.1
    assert raggedness(np.where(noise, 1 - disc, disc)) > 0.5
    assert raggedness(np.zeros((128, 128), np.float32)) == 0


def test_progress_has_a_rate_and_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr("selcolor_backend.archive.progress.time.monotonic", lambda: next(clock))
    progress = Progress(100)
    for number in range(10):
        progress.count(has_failed=number == 3)
    assert "10 of 100 photos, 1 failed" in progress.line()
    assert "min left" in progress.line()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(40, "40 s"), (300, "5 min"), (11520, "3 h 12 min"), (500000, "5 days 18 h")],
)
def test_durations_are_told_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_the_first_signal_is_only_heard_and_the_second_ends() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heard_once() as heard:
        signal.raise_signal(signal.SIGINT)
        assert len(heard) == 1
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        heard[0]()
