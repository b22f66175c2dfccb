"""`selcolor batch` with photos and results in object stores, by a real server of the protocol."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import s3_server
from archive_photos import make_archive
from daemon_home import wait_until
from PIL import Image

from selcolor_backend.archive import in_stores, notes, planning, stores
from selcolor_backend.archive.addresses import path_of
from selcolor_backend.archive.entry import Entry, State
from selcolor_backend.archive.files import FileFact
from selcolor_backend.archive.listing import listing_of
from selcolor_backend.archive.manifest import all_entries, manifest_path
from selcolor_backend.archive.messages import Result, Work
from selcolor_backend.cli import batch as batch_command
from selcolor_backend.cli.main import build_parser, main
from selcolor_backend.cli.tasks import tasks_for
from selcolor_protocol.errors import InvalidOptions

QUICK = ("--color", "everything", "--layers", "colorized,blended", "--workers", "1")
"""No subject has to be found, and few files are written."""

COMMAND = (sys.executable, "-m", "selcolor_backend")
IN, OUT = "s3://archive/scans", "s3://archive/colored"


@dataclass(frozen=True)
class Store:
    """A bucket `archive`, with the same scans as in a folder.

    Attributes:
        client: asks the server itself.
        scans: the folder.
    """

    client: Any
    scans: Path

    def names(self, below: str = "colored") -> set[str]:
        """All that is there, but for the report."""
        found = {name.removeprefix("archive/") for name in self.client.find(f"archive/{below}")}
        return found - {"colored/selcolor-report.html"}

    def digests(self) -> dict[str, str]:
        """Every picture that a batch made."""
        names = sorted(name for name in self.names() if name.endswith(".png"))
        contents = {name: self.client.cat_file(f"archive/{name}") for name in names}
        return {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_server.serving(tmp_path_factory.mktemp("server")) as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def machine(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has worked with no store yet."""
    begin(monkeypatch, server, tmp_path)


def begin(patch: pytest.MonkeyPatch, server: str, folder: Path) -> None:
    s3_server.use(patch, server, folder)
    patch.setenv("SELCOLOR_LOG_DIR", str(folder / "logs"))
    patch.setenv("SELCOLOR_ARCHIVES_DIR", str(folder / "archives"))
    patch.setenv("SOURCE_DATE_EPOCH", "1700000000")


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans, two of which have one name and one of which is broken."""
    folder = tmp_path_factory.mktemp("scans")
    make_archive(folder, 3, broken=(1,))
    Image.radial_gradient("L").save(folder / "box-00" / "p0000.png")
    return folder


@pytest.fixture
def store(machine: None, scans: Path) -> Iterator[Store]:
    client = stores._filesystem("s3")
    client.mkdir("archive")
    client.put(str(scans), "archive/scans", recursive=True)
    yield Store(client, scans)
    client.rm("archive", recursive=True)


@dataclass(frozen=True)
class Run:
    """A batch from the bucket `calm` into itself.

    Attributes:
        folder: of the machine.
        said: what it printed.
        files: all that is below its folder of results then, by name.
    """

    folder: Path
    said: str
    files: dict[str, bytes]


@pytest.fixture(scope="module")
def run(server: str, scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("calm")
    with pytest.MonkeyPatch.context() as patch:
        begin(patch, server, folder)
        client = stores._filesystem("s3")
        client.mkdir("calm")
        client.put(str(scans), "calm/scans", recursive=True)
        words = ("batch", "s3://calm/scans", "s3://calm/colored", *QUICK, "--sidecar")
        ended = subprocess.run((*COMMAND, *words), capture_output=True, text=True)
        assert ended.returncode == 1
        files = {
            name.removeprefix("calm/colored/"): client.cat_file(name)
            for name in client.find("calm/colored")
        }
        return Run(folder, ended.stdout + ended.stderr, files)


def selcolor(*words: str) -> int:
    """A process of its own, as its workers take their environment from the first batch of one."""
    return subprocess.run((*COMMAND, *words)).returncode


def batch(*options: str) -> int:
    return selcolor("batch", IN, OUT, *QUICK, *options)


def home() -> Path:
    """Where this machine has the manifest of OUT."""
    from selcolor_backend.archive.home import Home

    return Home(path_of(OUT)).folder


def entries() -> dict[str, Entry]:
    return {entry.photo: entry for _, entry in all_entries(home())}


def other_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELCOLOR_ARCHIVES_DIR", str(tmp_path / "other"))


# Whole batches


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_a_store_gets_is_what_a_folder_would_get(
    run: Run, scans: Path, tmp_path: Path
) -> None:
    assert selcolor("batch", str(scans), str(tmp_path), *QUICK) == 1

    pictures = {name: data for name, data in run.files.items() if name.endswith(".png")}
    assert pictures == {
        path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.png")
    }
    assert run.files.keys() - pictures.keys() == {
        *(f"box-00/{stem}.json" for stem in ("p0000-jpg", "p0000-png", "p0002")),
        *(".selcolor/manifest.sqlite", "selcolor-report.html"),
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_what_a_batch_tells_has_addresses_and_no_secrets(run: Run) -> None:
    made = json.loads(run.files["box-00/p0002.json"])["made"]
    assert made["photo"] == "s3://calm/scans/box-00/p0002.tif"
    assert made["out"] == "s3://calm/colored/box-00"
    assert "to look through: s3://calm/colored/selcolor-report.html" in run.said
    kept = [path.read_bytes() for path in run.folder.rglob("*") if path.is_file()]
    everything = b"".join([run.said.encode(), *kept, *run.files.values()])
    assert s3_server.SECRET.encode() not in everything
    assert str(run.folder).encode() not in b"".join(run.files.values())
    assert left_here(run.folder / "archives") == ["manifest.sqlite", "selcolor-report.html"]


def left_here(folder: Path) -> list[str]:
    """What a batch left on this machine, but for its lock."""
    found = [path.name for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if not name.endswith(".lock"))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_another_machine_goes_on_and_replaces_nothing_that_somebody_edited(
    run: Run, store: Store
) -> None:
    for name, content in run.files.items():
        store.client.pipe_file(f"archive/colored/{name}", content)
    edited = "archive/colored/box-00/p0002-blended.png"
    store.client.pipe_file(edited, b"hours of work")
    store.client.rm_file("archive/colored/box-00/p0000-png-colorized.png")
    before = store.digests()

    assert batch("--shard", "1/1") == 1
    completed = entries()["box-00/p0000.png"]
    assert selcolor("batch", "--merge", OUT) == 0
    assert batch("--saturation", "1.5") == 1

    assert store.client.cat_file(edited) == b"hours of work"
    refused = entries()["box-00/p0002.tif"]
    assert f"{OUT}/box-00/p0002-colorized.png exists already" in refused.sentence
    changed = {name for name, digest in store.digests().items() if digest != before.get(name)}
    assert changed == {
        f"colored/box-00/p0000-{photo}-{layer}.png"
        for photo in ("jpg", "png")
        for layer in ("colorized", "blended")
    }
    assert (completed.state, completed.runs) == (State.DONE, 2)
    assert not any("-of-" in name or "notes" in name for name in store.names())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_on_one_machine_a_batch_goes_on_at_another_and_does_nothing_twice(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = (*COMMAND, "batch", IN, OUT, *QUICK)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        assert wait_until(lambda: done() or process.poll() is not None, 240)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert wait_until(lambda: not any(map(psutil.Process.is_running, workers)), 60)
    finished = written(store)
    other_machine(tmp_path, monkeypatch)

    assert batch() == 1

    again = written(store)
    assert finished
    assert {name: again[name] for name in finished} == finished
    assert len(again) == 6
    assert sorted(entry.state.value for entry in entries().values()) == ["done"] * 3 + ["failed"]
    assert not any("notes" in name for name in store.names())


def done() -> list[Entry]:
    """What the manifest here has as done."""
    if not manifest_path(home()).exists():
        return []
    return [entry for entry in entries().values() if entry.state is State.DONE]


def written(store: Store) -> dict[str, Any]:
    """When the results of finished photos were written: those that both files are there of."""
    files = store.client.find("archive/colored/box-00", detail=True)
    stems = [name.rpartition("-")[0] for name in files]
    return {
        name: info["LastModified"]
        for name, info in files.items()
        if stems.count(name.rpartition("-")[0]) == 2
    }


# One photo


@pytest.fixture
def work(store: Store) -> Work:
    """The work for a photo that no manifest knows."""
    return planned()


def planned(photos: str = IN, out: str = OUT) -> Work:
    chosen = build_parser([batch_command]).parse_args(["batch", photos, out, *QUICK])
    *chosen.photos, chosen.out = map(path_of, chosen.places)
    listing = listing_of(chosen.photos, chosen.out)
    tasks = tasks_for(listing.found, listing.errors, batch_command.photo_options(chosen))
    plan = planning.make_plan(*tasks, {}, chosen, listing.files)
    return next(work for work in plan.work if work.entry.photo.endswith(".tif"))


def colored(work: Work) -> Result:
    """What coloring leaves in the folder that it is given, without networks."""
    folder = work.task.outputs.folder
    folder.mkdir(parents=True, exist_ok=True)
    assert work.task.photo.stat().st_size
    for path in work.task.outputs.paths():
        if path.exists() and not work.task.chosen.overwrite:
            raise AssertionError(f"{path} would be replaced")
        path.write_bytes(path.name.encode())
    facts = tuple(FileFact.of(path) for path in sorted(folder.iterdir()))
    return Result(replace(work.entry, state=State.DONE, files=facts, earlier=(), runs=1))


def refuse(work: Work) -> Result:
    raise AssertionError("it is colored once more")


def done_by(work: Work, color: Any, folder: Path) -> Result:
    folder.mkdir()
    return in_stores.Borrowed(work, folder).done(color)


def test_killed_between_two_results_a_photo_replaces_its_own(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put, count = stores.put, iter(range(9))

    def dies_at_the_second(source: Path, path: Path) -> FileFact:
        if next(count) == 1:
            raise KeyboardInterrupt
        return put(source, path)

    with monkeypatch.context() as patch:
        patch.setattr(stores, "put", dies_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            done_by(work, colored, tmp_path / "first")

    entry = done_by(planned(), colored, tmp_path / "second").entry

    assert entry.state is State.DONE
    assert [file.name for file in entry.files] == ["p0002-blended.png", "p0002-colorized.png"]


def test_killed_before_anybody_noted_that_it_is_done_a_photo_is_done(
    work: Work, tmp_path: Path
) -> None:
    entry = done_by(work, colored, tmp_path / "first").entry
    ready = tuple(
        replace(file, tag=f"sha256:{hashlib.sha256(file.name.encode()).hexdigest()}")
        for file in entry.files
    )
    notes.write_note(work.out, replace(entry, state=State.READY, files=ready))

    again = done_by(planned(), refuse, tmp_path / "second").entry

    assert again == entry


def test_a_note_does_not_make_an_edited_result_ours(
    store: Store, work: Work, tmp_path: Path
) -> None:
    done_by(work, colored, tmp_path / "first")
    store.client.pipe_file("archive/colored/box-00/p0002-blended.png", b"p0002-blended.PNG")
    with pytest.raises(AssertionError, match="would be replaced"):
        done_by(planned(), colored, tmp_path / "second")


def test_photos_or_results_may_be_on_a_disk(store: Store, tmp_path: Path) -> None:
    out, first, second = (tmp_path / name for name in ("out", "first", "second"))

    fetched = done_by(planned(out=str(out)), colored, first).entry
    put = done_by(planned(photos=str(store.scans)), colored, second).entry

    assert fetched.source == f"{IN}/box-00/p0002.tif"
    assert put.source == str(store.scans / "box-00" / "p0002.tif")
    names = {"p0002-blended.png", "p0002-colorized.png"}
    assert {path.name for path in (out / "box-00").iterdir()} == names
    assert {f"colored/box-00/{name}" for name in names} == set(store.digests())


# Listings and errors


def test_photos_are_found_as_on_a_disk(store: Store) -> None:
    for name in ("box-00/.hidden.jpg", "colored/r.png", "box-00/list.txt"):
        store.client.pipe_file(f"archive/scans/{name}", b"1")
    out = path_of(f"{IN}/colored")

    whole = listing_of([path_of(IN)], out)
    some = listing_of([path_of(f"{IN}/**/*.tif"), path_of(f"{IN}/box-00/p0000.png")], out)

    assert [str(found.below / found.photo.name) for found in whole.found] == [
        *("box-00/p0000.jpg", "box-00/p0000.png", "box-00/p0001.png", "box-00/p0002.tif"),
    ]
    assert whole.errors == {}
    assert [(str(found.below), found.photo.name) for found in some.found] == [
        ("box-00", "p0002.tif"),
        (".", "p0000.png"),
    ]


def test_a_name_that_leads_out_of_its_folder_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [("../../evil.jpg", FileFact("evil.jpg", 1, "tag"))]
    monkeypatch.setattr(stores, "walk", lambda folder: iter(found))
    monkeypatch.setattr(stores, "fact", lambda path: None)
    listing = listing_of([path_of(IN)], Path("colored"))
    assert listing.found == []
    assert "no folder on a disk can have" in next(iter(listing.errors.values())).sentence


def test_a_bucket_that_is_not_there_is_told_before_any_work(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", IN, "s3://nowhere/colored", *QUICK]) == 1
    assert main(["batch", "s3://archive/nothing", OUT, *QUICK]) == 1
    assert main(["batch", "--report", OUT]) == 1
    said = capsys.readouterr().err
    assert f"No batch has worked in {OUT}: it has no manifest." in said
    assert "There is no bucket s3://nowhere; nothing was changed." in said
    assert "There is no picture in s3://archive/nothing." in said


def test_missing_credentials_are_told(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    stores._filesystem.cache_clear()
    assert main(["batch", IN, OUT, *QUICK]) == 1
    assert "There are no credentials for s3://archive" in capsys.readouterr().err


def test_a_store_that_is_gone_ends_the_batch_and_sets_nothing_aside(
    work: Work, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3_server.use(monkeypatch, "http://127.0.0.1:9", tmp_path)
    result = in_stores.do(work, None, None)  # type: ignore[arg-type] – it does not come so far
    s3_server.use(monkeypatch, server, tmp_path)
    assert result.stops.startswith("s3://archive does not answer as it should")
    assert result.entry.state is State.BEGUN


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InvalidOptions) as told:
        stores._filesystem("gs")
    assert "selective-colorize[gcs]" in told.value.hint


def test_a_photo_that_is_gone_is_set_aside_alone(store: Store, work: Work) -> None:
    store.client.rm_file("archive/scans/box-00/p0002.tif")
    result = in_stores.do(work, None, None)  # type: ignore[arg-type] – it does not come so far
    assert (result.entry.state, result.stops) == (State.FAILED, "")
    assert f"{IN}/box-00/p0002.tif is not there any more." in result.entry.sentence


def test_stores_and_disks_are_not_mixed(store: Store) -> None:
    with pytest.raises(InvalidOptions, match="on a disk"):
        listing_of([store.scans, path_of(IN)], path_of(OUT))
