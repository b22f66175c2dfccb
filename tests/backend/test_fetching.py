"""A network is fetched for a client: only when asked, with progress, and left when cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from daemon_home import DaemonHome, assert_failed, colorize, wait_until
from own_registry import SMALL, registry_with_small, small_file
from weight_server import HALF, UNWRITTEN, Server, serving

from ended import is_pythons
from selcolor_backend.folders import MODELS_DIR_VARIABLE
from selcolor_protocol.client import Client
from selcolor_protocol.messages import (
    Cancelled,
    Failed,
    Fetched,
    JobState,
    ModelState,
    Progress,
    Reply,
)
from selcolor_protocol.raster import Raster

pytestmark = pytest.mark.slow

END_SECONDS = 240.0


@pytest.fixture(scope="module")
def address() -> Iterator[Server]:
    """One server for the daemon of this file; each test makes it behave."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def daemon(
    shared_home: DaemonHome, address: Server, tmp_path_factory: pytest.TempPathFactory
) -> DaemonHome:
    """A daemon whose registry knows a small network that is to be fetched."""
    folder = tmp_path_factory.mktemp("registry")
    shared_home.environment |= registry_with_small(folder, address.folder)
    shared_home.environment[MODELS_DIR_VARIABLE] = str(folder / "models")
    shared_home.start()
    return shared_home


@pytest.fixture
def source(address: Server) -> Iterator[Server]:
    """The server, honest, and asked for nothing yet."""
    address.body, address.asked = small_file().read_bytes(), []
    address.break_after = address.hold_at = address.status = None
    address.go_on.clear()
    yield address
    address.go_on.set()


@pytest.fixture
def client(daemon: DaemonHome, source: Server) -> Iterator[Client]:
    """A session; no network that was fetched is left from other tests, and none on its way."""
    assert wait_until(lambda: processes(daemon) <= 1), "the worker of another test's download"
    for file in models_of(daemon).glob(f"{SMALL}*"):
        file.unlink()
    with daemon.client() as client:
        yield client


def models_of(daemon: DaemonHome) -> Path:
    return Path(daemon.environment[MODELS_DIR_VARIABLE])


def part_of(daemon: DaemonHome) -> Path:
    return models_of(daemon) / "small-published.safetensors.part"


def kept(daemon: DaemonHome) -> list[str]:
    return sorted(file.name for file in models_of(daemon).iterdir())


def end_of(client: Client, job: int, heard: list[Progress] | None = None) -> Reply:
    """What becomes of a job; what is said of it meanwhile goes to `heard`."""
    ends: list[Reply] = []

    def look() -> bool:
        for message in client.poll():
            if isinstance(message, Progress) and heard is not None:
                heard.append(message)
            elif getattr(message, "job", None) == job and not isinstance(message, Progress):
                ends.append(message)
        return bool(ends)

    assert wait_until(look, END_SECONDS), "the job has not ended"
    return ends[0]


def until_half(daemon: DaemonHome, client: Client) -> None:
    """Wait until the half that the server sends has come, but for what is not written yet."""

    def look() -> bool:
        client.poll()
        return part_of(daemon).exists() and part_of(daemon).stat().st_size > HALF - UNWRITTEN

    assert wait_until(look, END_SECONDS), "the download does not begin"


def workers(daemon: DaemonHome) -> list[psutil.Process]:
    """The daemon's processes without those that Python 3.14 starts for itself."""
    begun = psutil.Process(daemon.processes[0].pid).children(recursive=True)
    return [process for process in begun if not is_pythons(process)]


def processes(daemon: DaemonHome) -> int:
    return len(workers(daemon))


def state_in(fetched: Reply) -> ModelState:
    assert isinstance(fetched, Fetched), fetched
    return next(model.state for model in fetched.models if model.name == SMALL)


def test_a_network_is_fetched_and_colors_the_next_photo(
    daemon: DaemonHome, client: Client, photo: Raster
) -> None:
    offered = next(model for model in client.welcome.models if model.name == SMALL)
    heard: list[Progress] = []

    fetched = end_of(client, client.fetch(SMALL), heard)

    assert (offered.state, offered.bytes) == (ModelState.AVAILABLE, small_file().stat().st_size)
    assert state_in(fetched) is ModelState.INSTALLED
    assert heard[0].state is JobState.QUEUED
    assert {each.stage for each in heard[1:]} == {"download", "prepare"}
    assert [each.fraction for each in heard] == sorted(each.fraction for each in heard)
    assert kept(daemon) == ["small.safetensors", "small.safetensors.json"]
    done = client.wait(client.colorize(colorize(photo, colorizer=SMALL)))
    assert done.colorizer == SMALL


def test_nothing_is_fetched_unasked(source: Server, client: Client, photo: Raster) -> None:
    client.wait(client.colorize(colorize(photo)))
    refused = end_of(client, client.colorize(colorize(photo, colorizer="siggraph17")))

    assert isinstance(refused, Failed)
    assert refused.code == "model_not_installed"
    assert source.asked == []


def test_a_cancelled_download_is_taken_up_again(
    daemon: DaemonHome, source: Server, client: Client
) -> None:
    source.hold_at = HALF
    job = client.fetch(SMALL)
    until_half(daemon, client)

    client.cancel(job)

    assert isinstance(end_of(client, job), Cancelled)
    source.go_on.set()
    source.hold_at = None
    assert state_in(end_of(client, client.fetch(SMALL))) is ModelState.INSTALLED
    assert source.asked[0] is None
    assert int(str(source.asked[1]).removeprefix("bytes=").removesuffix("-")) > HALF - UNWRITTEN


def test_photos_are_colored_while_a_network_is_fetched(
    daemon: DaemonHome, source: Server, client: Client, photo: Raster
) -> None:
    source.hold_at = HALF
    job = client.fetch(SMALL)
    until_half(daemon, client)

    client.wait(client.colorize(colorize(photo)))

    source.go_on.set()
    assert state_in(end_of(client, job)) is ModelState.INSTALLED


def test_a_client_that_leaves_ends_its_download(
    daemon: DaemonHome, source: Server, client: Client
) -> None:
    before = processes(daemon)
    source.hold_at = HALF
    client.fetch(SMALL)
    until_half(daemon, client)
    assert processes(daemon) == before + 1, "a process of its own"

    client.close()

    assert wait_until(lambda: processes(daemon) == before)
    assert part_of(daemon).stat().st_size > HALF - UNWRITTEN


def test_two_programs_that_want_one_network_fetch_it_once(
    daemon: DaemonHome, source: Server, client: Client
) -> None:
    source.hold_at = HALF
    job = client.fetch(SMALL)
    until_half(daemon, client)
    with daemon.client("another") as other:
        second = other.fetch(SMALL)
        source.go_on.set()

        assert state_in(end_of(client, job)) is ModelState.INSTALLED
        assert state_in(end_of(other, second)) is ModelState.INSTALLED
    assert source.asked == [None]


def test_the_command_line_does_not_write_into_a_download_of_the_daemon(
    daemon: DaemonHome, source: Server, client: Client
) -> None:
    source.hold_at = HALF
    job = client.fetch(SMALL)
    until_half(daemon, client)

    assert_failed(daemon.run("models", "get", SMALL), "another program", "goes on from there")

    source.go_on.set()
    assert state_in(end_of(client, job)) is ModelState.INSTALLED


def test_a_lost_process_costs_only_what_had_not_come(
    daemon: DaemonHome, source: Server, client: Client
) -> None:
    source.hold_at = HALF
    job = client.fetch(SMALL)
    until_half(daemon, client)
    newest = max(workers(daemon), key=lambda process: process.create_time())

    newest.kill()

    lost = end_of(client, job)
    assert isinstance(lost, Failed)
    assert lost.code == "worker_crashed"
    assert "what has come is kept" in lost.sentence
    source.go_on.set()
    source.hold_at = None
    assert state_in(end_of(client, client.fetch(SMALL))) is ModelState.INSTALLED
    assert source.asked[1] is not None


@pytest.mark.parametrize(
    ("behavior", "code", "words"),
    [
        ({"status": 404}, "download_failed", "404"),
        ({"break_after": HALF}, "download_failed", "are kept"),
        ({"body": b"swapped"}, "download_failed", "are kept"),
        ({"body": bytes(small_file().stat().st_size)}, "download_failed", "SHA-256 differs"),
    ],
    ids=["not there", "broken off", "truncated", "swapped"],
)
def test_a_download_that_fails_says_why_and_installs_nothing(
    daemon: DaemonHome,
    source: Server,
    client: Client,
    behavior: dict[str, object],
    code: str,
    words: str,
) -> None:
    for name, value in behavior.items():
        setattr(source, name, value)

    failed = end_of(client, client.fetch(SMALL))

    assert isinstance(failed, Failed)
    assert failed.code == code
    assert words in failed.sentence
    assert failed.hint
    assert "small.safetensors" not in kept(daemon)


def test_a_network_that_nobody_knows_is_refused_by_name(source: Server, client: Client) -> None:
    failed = end_of(client, client.fetch("nobody-knows-it"))

    assert isinstance(failed, Failed)
    assert failed.code == "unknown_model"
    assert "nobody-knows-it" in failed.sentence
    assert source.asked == []
