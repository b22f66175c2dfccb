"""The connection file: private, whole, and distrusted when it is not."""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from selcolor_protocol import connection, runtime
from selcolor_protocol.connection import ConnectionInfo, Keys
from selcolor_protocol.errors import ConnectionFileError

INFO = ConnectionInfo(
    "ipc:///run/control",
    "ipc:///run/data",
    1,
    "0.1.0",
    42,
    1.5,
    Keys("s" * 40, "c" * 40, "x" * 40),
    ("python", "-m", "x"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / connection.FILE_NAME


def test_what_was_written_is_read(path: Path) -> None:
    connection.write_connection(INFO, path)

    assert connection.read_connection(path) == INFO


def test_only_the_owner_may_read_it(path: Path) -> None:
    connection.write_connection(INFO, path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_else_is_left_in_the_folder(path: Path) -> None:
    connection.write_connection(INFO, path)
    connection.write_connection(INFO, path)

    assert os.listdir(path.parent) == [path.name]


def test_no_file_means_no_daemon(path: Path) -> None:
    assert connection.read_connection(path) is None


def test_a_file_that_others_can_read_is_not_trusted(path: Path) -> None:
    connection.write_connection(INFO, path)
    path.chmod(0o644)

    with pytest.raises(ConnectionFileError, match="trusted"):
        connection.read_connection(path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"control": 1}', "\0\0", '"text"'])
def test_a_damaged_file_is_an_error_with_a_way_out(path: Path, content: str) -> None:
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(ConnectionFileError) as caught:
        connection.read_connection(path)

    assert "Delete the file" in caught.value.hint


@pytest.mark.parametrize("depth", [100_000])
def test_a_deep_list_is_an_error_too(path: Path, depth: int) -> None:
    path.write_text("[" * depth)
    path.chmod(0o600)

    with pytest.raises(ConnectionFileError):
        connection.read_connection(path)


@pytest.mark.parametrize(
    "changed",
    [
        {"control": "nonsense://x"},
        {"data": "tcp://192.168.1.1:80"},
        {"keys": {"server_public": "short", "client_public": "s", "client_secret": "x"}},
        {"started": "yesterday"},
        {"began": 5},
    ],
)
def test_what_zeromq_would_choke_on_is_an_error(path: Path, changed: dict[str, object]) -> None:
    change(path, **changed)

    with pytest.raises(ConnectionFileError):
        connection.read_connection(path)


def change(path: Path, **changed: object) -> None:
    """A connection file in which something else stands; None removes it."""
    connection.write_connection(INFO, path)
    content = json.loads(path.read_text()) | changed
    kept = {name: value for name, value in content.items() if value is not None}
    path.write_text(json.dumps(kept))


@pytest.mark.parametrize("relay", ["python", [1], {"python": ""}])
def test_a_relay_that_is_no_command_is_an_error(path: Path, relay: object) -> None:
    change(path, relay=relay)

    with pytest.raises(ConnectionFileError):
        connection.read_connection(path)


def test_the_runtime_folder_is_made_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(runtime.RUNTIME_DIR_VARIABLE, str(tmp_path / "run"))

    folder = runtime.private_runtime_folder()

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_runtime_folder_open_to_others_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)
    monkeypatch.setenv(runtime.RUNTIME_DIR_VARIABLE, str(tmp_path))

    with pytest.raises(ConnectionFileError, match="open to other users"):
        runtime.private_runtime_folder()


def test_a_link_in_place_of_the_runtime_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv(runtime.RUNTIME_DIR_VARIABLE, str(tmp_path / "link"))

    with pytest.raises(ConnectionFileError, match="is a link"):
        runtime.private_runtime_folder()


@pytest.fixture
def without_override(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(runtime.RUNTIME_DIR_VARIABLE, raising=False)


@pytest.mark.usefixtures("without_override")
@pytest.mark.skipif(sys.platform != "linux", reason="a variable of Linux")
def test_the_sessions_runtime_folder_is_used_where_it_is_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime.default_runtime_folder() == tmp_path / "selective-colorize"
    (tmp_path / "selective-colorize").mkdir(mode=0o700)
    assert runtime.default_runtime_folder() == tmp_path / "selective-colorize"


@pytest.mark.usefixtures("without_override")
@pytest.mark.skipif(sys.platform != "linux", reason="a variable of Linux")
@pytest.mark.parametrize(
    "why", ["missing", "another's", "a file", "ours within is another's", "relative"]
)
def test_a_sessions_runtime_folder_that_cannot_be_used_is_as_if_none_were_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    otherwise = runtime.default_runtime_folder()
    monkeypatch.chdir(tmp_path)
    named = tmp_path / "xdg" if why != "relative" else Path("xdg")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(named))
    if why == "a file":
        (tmp_path / "xdg").touch()
    elif why != "missing":
        (tmp_path / "xdg" / "selective-colorize").mkdir(parents=True, mode=0o700)
    if "another's" in why:
        give_away(tmp_path / "xdg", both=why == "another's")
    assert runtime.default_runtime_folder() == otherwise


@pytest.mark.usefixtures("without_override")
@pytest.mark.skipif(sys.platform != "linux", reason="a variable of Linux")
def test_a_sessions_runtime_folder_on_another_machine_is_as_if_none_were_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    otherwise = runtime.default_runtime_folder()
    (tmp_path / "mounts").write_text(f"none / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    monkeypatch.setattr(runtime, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    assert runtime.default_runtime_folder() == otherwise


@pytest.mark.usefixtures("without_override")
@pytest.mark.skipif(sys.platform != "linux", reason="the usual place of Linux")
def test_a_program_with_a_tmpdir_of_its_own_uses_the_folder_of_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    otherwise = runtime.default_runtime_folder()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert runtime.default_runtime_folder() == otherwise


def give_away(folder: Path, both: bool) -> None:
    """Give the folder for the daemon, or that of the session, to somebody else."""
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(folder if both else folder / "selective-colorize", 65534, 65534)


def test_a_runtime_folder_of_another_user_is_refused_for_that_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv(runtime.RUNTIME_DIR_VARIABLE, str(tmp_path / "run"))
    if os.getuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(tmp_path / "run", 65534, 65534)

    with pytest.raises(ConnectionFileError, match="belongs to another user"):
        runtime.private_runtime_folder()
