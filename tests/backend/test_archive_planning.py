"""What a batch finds to do when it goes on: by files on a disk, without coloring any."""

from __future__ import annotations

import argparse
import os
import pickle
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from selcolor_backend.archive import manifest
from selcolor_backend.archive.entry import Entry, State
from selcolor_backend.archive.files import DISK, FileFact
from selcolor_backend.archive.messages import Work
from selcolor_backend.archive.on_ray import run_on_ray
from selcolor_backend.archive.planning import Plan, make_plan
from selcolor_backend.archive.work import allowed
from selcolor_backend.cli import batch
from selcolor_backend.cli.main import build_parser, main
from selcolor_backend.cli.tasks import planned_tasks
from selcolor_protocol.errors import InvalidOptions

RESULTS = ("a-colorized.png", "a-mask.png", "a-blended.png", "a.ora")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A folder with one photo, which nobody decodes here."""
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.jpg").write_bytes(b"a photo")
    return tmp_path / "scans"


def planned(scans: Path, known: Mapping[str, Entry], *options: str) -> Plan:
    chosen = command(scans, *options)
    return make_plan(*planned_tasks(batch.photo_options(chosen)), known, chosen)


def command(scans: Path, *options: str) -> argparse.Namespace:
    out = str(scans.parent / "out")
    chosen = build_parser([batch]).parse_args(["batch", str(scans), out, *options])
    *chosen.photos, chosen.out = map(Path, chosen.places)
    return chosen


def done(scans: Path) -> Entry:
    """The photo's entry once it was colored."""
    out = scans.parent / "out"
    out.mkdir()
    for name in RESULTS:
        (out / name).write_bytes(name.encode())
    (work,) = planned(scans, {}).work
    files = tuple(FileFact.of(out / name) for name in RESULTS)
    return replace(work.entry, state=State.DONE, sha256="of then", files=files, runs=1)


def may_replace(work: Work) -> bool:
    return bool(allowed(work, DISK).chosen.overwrite)


def test_a_new_photo_is_done_and_nothing_of_others_is_replaced(scans: Path) -> None:
    (work,) = planned(scans, {}).work
    assert (work.entry.photo, work.entry.state) == ("a.jpg", State.BEGUN)
    assert not may_replace(work)


def test_what_travels_to_a_worker_is_small_however_many_photos_are_named(scans: Path) -> None:
    others = [str(scans / f"{number}.jpg") for number in range(300)]
    for other in others:
        Path(other).touch()
    chosen = command(scans)
    chosen.photos = [*map(Path, others), *chosen.photos]
    plan = make_plan(*planned_tasks(batch.photo_options(chosen)), {}, chosen)
    assert len(plan.work) == 301
    assert len(pickle.dumps(plan.work[7])) < 5000


def test_what_is_done_is_left_alone(scans: Path) -> None:
    plan = planned(scans, {"a.jpg": done(scans)})
    assert (plan.work, plan.known, plan.unchanged) == ([], [], 1)


def test_killed_after_its_files_had_their_names_a_photo_is_done(scans: Path) -> None:
    entry = replace(done(scans), state=State.READY)
    plan = planned(scans, {"a.jpg": entry})
    assert (plan.work, plan.unchanged) == ([], 1)
    assert [(known.state, known.runs) for known in plan.known] == [(State.DONE, 1)]


def test_killed_while_files_got_their_names_a_photo_replaces_its_own(scans: Path) -> None:
    entry = replace(done(scans), state=State.READY)
    (scans.parent / "out" / "a-mask.png").unlink()
    (work,) = planned(scans, {"a.jpg": entry}).work
    assert may_replace(work)


def test_killed_while_it_was_done_anew_a_photo_knows_its_earlier_files(scans: Path) -> None:
    known = done(scans)
    (again,) = planned(scans, {"a.jpg": known}, "--gain", "0.8").work
    (work,) = planned(scans, {"a.jpg": again.entry}, "--gain", "0.8").work
    assert set(work.entry.earlier) == set(known.files)
    assert may_replace(work)


def test_what_was_edited_is_not_replaced(scans: Path) -> None:
    known = done(scans)
    (scans.parent / "out" / "a-mask.png").write_bytes(b"painted for hours")
    (work,) = planned(scans, {"a.jpg": known}, "--gain", "0.8").work
    assert not may_replace(work)
    assert planned(scans, {"a.jpg": known}).work == []


def test_a_touched_photo_is_looked_at_and_stays_done_until_then(scans: Path) -> None:
    known = done(scans)
    os.utime(scans / "a.jpg")
    (work,) = planned(scans, {"a.jpg": known}).work
    assert (work.known_sha256, work.entry.state) == ("of then", State.DONE)


def test_only_what_is_missing_is_made_again(scans: Path) -> None:
    known = done(scans)
    (scans.parent / "out" / "a-mask.png").unlink()
    (work,) = planned(scans, {"a.jpg": known}).work
    assert work.task.chosen.skip_existing


def test_a_photo_keeps_its_names_whatever_comes_beside_it(scans: Path) -> None:
    known = done(scans)
    (scans / "a.png").write_bytes(b"another photo")
    plan = planned(scans, {"a.jpg": known})
    assert plan.unchanged == 1
    assert [work.task.outputs.stem for work in plan.work] == ["a-png"]


def test_a_mask_that_was_painted_anew_is_another_setting(scans: Path) -> None:
    mask = scans.parent / "mask.png"
    mask.write_bytes(b"one")
    (work,) = planned(scans, {}, "--mask", str(mask)).work
    first = work.entry.settings
    mask.write_bytes(b"two")
    (work,) = planned(scans, {}, "--mask", str(mask)).work
    assert work.entry.settings != first


def test_a_failure_of_a_photo_that_is_gone_is_forgotten(scans: Path) -> None:
    gone = replace(done(scans), photo="b.jpg", source=str(scans / "b.jpg"), state=State.FAILED)
    assert planned(scans, {"b.jpg": gone}).gone == ["b.jpg"]


def test_a_folder_that_gives_nothing_is_set_aside_and_tried_anew(scans: Path) -> None:
    (scans / "a.jpg").unlink()
    (entry,) = planned(scans, {}).refused
    assert (entry.state, entry.settings) == (State.FAILED, "")
    assert "no picture" in entry.sentence


def test_without_ray_it_is_said_how_to_get_it(scans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    path = manifest.manifest_path(scans.parent / "out")
    with manifest.opened(path) as kept:
        plan = planned(scans, {})
        with pytest.raises(InvalidOptions, match="not installed") as told:
            run_on_ray(kept, path, plan, "local", lambda: None)
        assert list(kept.entries()) == []
    assert "selective-colorize[ray]" in told.value.hint


def test_a_folder_that_is_not_there_leaves_nothing_behind(
    scans: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", str(scans.parent / "logs"))
    out = scans.parent / "out"
    (scans / "a.jpg").unlink()
    assert main(["batch", str(scans), str(out)]) == 1
    assert "no picture in the folder" in capsys.readouterr().err
    assert not out.exists()
