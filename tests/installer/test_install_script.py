"""`python3 installer/install.py`: really run, with a small stand-in for what it installs."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from argparse import Namespace
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from editors_at_home import snapshot
from install_script import CHECKOUT, FILE, write_program
from wheel_files import write_index, write_wheel

from selcolor_backend import folders
from selcolor_installer import environments, pip_failures


def calls(home: Path) -> list[str]:
    """How the stand-in was called."""
    return (home / "calls.txt").read_text().splitlines()


def current(script: ModuleType) -> str:
    environment = script.current_environment(environments.root())
    return environment.name if environment else ""


# What it shares with the installed program ----------------------------------------------------


def test_it_uses_the_data_folder_of_the_program(
    script: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert script.data_folder() == folders.data_folder()
    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    assert script.data_folder() == folders.data_folder() == Path("/elsewhere/selective-colorize")


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("darwin", "Library/Application Support/selective-colorize"),
        ("win32", "AppData/Local/selective-colorize"),
    ],
)
def test_other_platforms_have_their_own_data_folder(
    script: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch, platform: str, folder: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)

    assert script.data_folder() == home / folder


def test_names_and_failures_are_those_of_the_program(script: ModuleType) -> None:
    ours = environments
    assert (script.FOLDER, script.CURRENT, script.COMPLETE, script.FAILURE, script.MADE) == (
        (ours.FOLDER, ours.CURRENT, ours.COMPLETE, ours.FAILURE, ours.MADE)
    )
    assert script.FAILURES == pip_failures.FAILURES
    assert script.explain("?") == pip_failures.explain("?") == pip_failures.UNKNOWN


# Which PyTorch --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "driver", "files", "build"),
    [
        ("darwin", None, (), "mps"),
        ("linux", 580, (), "cu130"),
        ("win32", 560, (), "cu126"),
        ("linux", 470, (), "cpu"),
        ("linux", None, ("dev/kfd", "opt/rocm/x"), "rocm6.4"),
        ("linux", None, ("usr/lib/x/libze_intel_gpu.so.1",), "xpu"),
        ("linux", None, (), "cpu"),
        ("win32", None, (), "cpu"),
    ],
)
def test_the_build_of_pytorch_fits_the_machine(
    script: ModuleType,
    tmp_path: Path,
    platform: str,
    driver: int | None,
    files: tuple[str, ...],
    build: str,
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()

    assert script.choose_torch(platform, driver, tmp_path)[0] == build


def test_an_old_driver_is_given_as_the_reason(script: ModuleType, tmp_path: Path) -> None:
    assert "470 is too old" in script.choose_torch("linux", 470, tmp_path)[1]


def test_the_driver_is_asked_of_nvidias_program(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.nvidia_driver() is None
    program = tmp_path / "nvidia-smi"
    for answer, driver in (("580.82.07", 580), ("no devices", None)):
        program.write_text(f"#!/bin/sh\necho '{answer}'\n")
        program.chmod(0o755)
        assert script.nvidia_driver() == driver


class Index(BaseHTTPRequestHandler):
    """A package index of one wheel, which it never sends to its end; behind it a strict proxy."""

    def do_GET(self) -> None:
        if self.path.endswith(".whl"):
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(bytes(1000))
            return
        page = b'<a href="/torch-1.0-py3-none-any.whl">torch-1.0-py3-none-any.whl</a>'
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def do_CONNECT(self) -> None:
        self.send_error(407, "Proxy Authentication Required")

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def index() -> Iterator[str]:
    """The address of such an index."""
    server = HTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_build_is_taken_from_its_own_index(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, index: str
) -> None:
    monkeypatch.setattr(script, "TORCH_INDEX", f"{index}/")

    assert script.torch_source("cpu") == ["--index-url", f"{index}/cpu"]
    assert script.torch_source("mps") == []


def test_an_index_that_cannot_be_reached_is_done_without(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "TORCH_INDEX", "http://127.0.0.1:1/")

    assert script.torch_source("cpu") == []
    assert "cannot be reached" in capsys.readouterr().out


# What pip says when it fails: pip is real, and so is what is broken ----------------------------


def download(script: ModuleType, folder: Path, *options: str) -> str:
    """Let pip fail; the code of the failure."""
    command = [sys.executable, "-m", "pip", "download", "--isolated", "--no-cache-dir"]
    command += ["--retries", "1", "--timeout", "3", "--no-deps", "--dest", str(folder)]
    with pytest.raises(script.InstallationFailed) as caught:
        script.run([*command, *options, "torch"])
    assert caught.value.hint
    return str(caught.value.code)


def test_a_network_lost_in_mid_download_is_recognized(
    script: ModuleType, tmp_path: Path, index: str
) -> None:
    assert download(script, tmp_path, "--index-url", index) == "network_lost"


def test_a_proxy_that_refuses_is_recognized(script: ModuleType, tmp_path: Path, index: str) -> None:
    options = ("--proxy", index, "--index-url", "https://example.invalid/")

    assert download(script, tmp_path, *options) == "proxy"


def test_a_network_that_is_not_there_is_recognized(script: ModuleType, tmp_path: Path) -> None:
    assert download(script, tmp_path, "--index-url", "http://127.0.0.1:1/") == "no_network"


def test_a_missing_wheel_is_recognized(script: ModuleType, tmp_path: Path) -> None:
    options = ("--no-index", "--find-links", str(tmp_path))

    assert download(script, tmp_path, *options) == "no_wheel"


def test_a_disk_that_fills_up_is_recognized(script: ModuleType, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        noise = os.urandom(300_000).hex()
        wheel = write_wheel(tmp_path / "wheels", "torch", "1.0", {"torch.py": f"'{noise}'"})
        options = ("--no-index", "--find-links", str(wheel.parent))
        assert download(script, disk, *options) == "disk_full"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# Whole installations ---------------------------------------------------------------------------


def test_it_installs_repairs_upgrades_and_goes(
    script: ModuleType,
    quick: Path,
    offline: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert script.main(["--wheels", str(offline)]) == 0
    assert current(script) == "1"
    assert calls(quick) == ["1.0 colorize", "1.0 stop", "1.0 install"]
    assert "[6/6] Installing the plugins" in capsys.readouterr().out
    launcher = quick / ".local/bin/selcolor"
    assert os.readlink(launcher) == str(environments.root() / "1/bin/selcolor")

    assert script.main(["--wheels", str(offline)]) == 0
    assert current(script) == "1"

    newer = write_program(tmp_path / "newer", "2.0").parent
    assert script.main(["--wheels", str(newer)]) == 0
    assert current(script) == "2"
    assert not (environments.root() / "1").exists()
    assert "/2/" in os.readlink(launcher)

    assert script.main(["--uninstall", "--settings"]) == 0
    assert calls(quick)[-1] == "2.0 uninstall"
    assert not environments.root().exists()


def test_a_failed_upgrade_leaves_the_old_one_working_and_can_be_taken_up(
    script: ModuleType,
    quick: Path,
    offline: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert script.main(["--wheels", str(offline)]) == 0
    broken = write_program(tmp_path / "broken", "2.0", broken="colorize").parent

    assert script.main(["--wheels", str(broken)]) == 1

    assert current(script) == "1"
    assert "The disk is full." in capsys.readouterr().err
    failure = environments.last_failure()
    assert failure is not None
    assert failure.code == "disk_full"
    assert [path.name for path in environments.incomplete()] == ["2"]

    mended = write_program(tmp_path / "mended", "2.1").parent
    assert script.main(["--wheels", str(mended)]) == 0
    assert current(script) == "2"
    assert environments.last_failure() is None


@pytest.mark.slow
def test_without_uv_it_takes_venv_and_pip(
    script: ModuleType, home: Path, offline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PIP_INDEX_URL", write_index(tmp_path / "index", offline))
    monkeypatch.setattr(script, "TORCH_INDEX", "http://127.0.0.1:1/")

    assert script.main(["--project", str(offline / "selective_colorize-1.0-py3-none-any.whl")]) == 0

    assert calls(home)[0] == "1.0 colorize"


@pytest.mark.slow
def test_a_bundle_installs_another_machine(
    script: ModuleType,
    quick: Path,
    offline: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", write_index(tmp_path / "index", offline))
    bundle = tmp_path / "bundle"

    assert script.main(["--wheels", str(offline), "--bundle", str(bundle)]) == 0

    names = {path.name.split("-")[0] for path in bundle.iterdir()}
    assert {"torch", "pip", "selective_colorize", "install.py"} <= names
    assert calls(quick)[-1] == "1.0 wheels"
    shutil.rmtree(environments.root())
    assert script.main(["--wheels", str(bundle)]) == 0


def test_an_editor_that_fails_is_told_and_the_rest_works(
    script: ModuleType, quick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_program(tmp_path / "offline", broken="install").parent

    assert script.main(["--wheels", str(folder)]) == 0

    assert "No editor has it yet" in capsys.readouterr().out


def test_an_uninstallation_that_fails_keeps_the_program(
    script: ModuleType, quick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_program(tmp_path / "offline", broken="uninstall").parent
    script.main(["--wheels", str(folder)])

    assert script.main(["--uninstall"]) == 1

    assert "Not everything could be removed" in capsys.readouterr().err
    assert current(script) == "1"


# Refusals and odd cases ------------------------------------------------------------------------


def test_an_old_python_is_told_what_is_needed(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "OLDEST_PYTHON", (99, 0))

    assert script.main([]) == 1
    assert "Python 3.11 or newer" in capsys.readouterr().err


def test_its_syntax_can_be_read_by_an_old_python() -> None:
    ast.parse(FILE.read_text(), feature_version=(3, 8))


def test_what_is_not_installed_cannot_be_removed(
    script: ModuleType, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main(["--uninstall"]) == 1
    assert "No complete installation" in capsys.readouterr().err


def test_a_small_disk_is_refused_before_anything_is_done(
    script: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _path: Namespace(total=10**9, used=0, free=10**9)
    )

    with pytest.raises(script.InstallationFailed, match=r"9 GB are needed.*1\.0 are free"):
        script.check_room(home / "new" / "folder", "cu130")


def test_a_python_without_venv_is_told_how_to_get_it(
    script: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(script.InstallationFailed) as caught:
        script.make_environment(home / "environment")

    assert "apt install python3-venv" in caught.value.hint
    assert not (home / "environment").exists()


def test_a_disk_that_is_full_while_the_environment_is_made_is_told(
    script: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_command: list[str]) -> str:
        raise script.InstallationFailed(*script.explain("No space left on device"))

    monkeypatch.setattr(script, "run", fill)

    with pytest.raises(script.InstallationFailed, match="disk is full"):
        script.make_environment(home / "environment")


def test_a_folder_that_cannot_be_written_is_told(
    script: ModuleType, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".local").write_text("a file")

    assert script.main([]) == 1

    assert "cannot be written" in capsys.readouterr().err


def test_ctrl_c_says_that_it_can_be_taken_up(
    script: ModuleType,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(_chosen: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(script, "install", interrupt)

    assert script.main([]) == 130
    assert "goes on from there" in capsys.readouterr().err


def test_someone_elses_selcolor_is_left_alone(script: ModuleType, home: Path) -> None:
    theirs = home / ".local/bin/selcolor"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    before = snapshot(home)

    program = script.make_launcher(home / "environments", home / "environments/1")

    assert program == home / "environments/1/bin/selcolor"
    assert snapshot(home) == before


def test_the_running_command_is_shown_on_a_terminal(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    script.run([sys.executable, "-c", "print('Collecting torch')"])

    assert "\r        Collecting torch" in capsys.readouterr().out


def test_the_project_is_this_checkout_or_the_packed_wheel_or_the_published_one(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert script.find_project(tmp_path) == str(CHECKOUT)
    packed = tmp_path / "installer.pyz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("selective_colorize-1.0-py3-none-any.whl", "wheel")
    monkeypatch.setattr(script, "__file__", str(packed / "__main__.py"))
    wheel = script.find_project(tmp_path)
    assert Path(wheel).read_text() == "wheel"
    monkeypatch.setattr(script, "__file__", str(tmp_path / "alone" / "install.py"))
    assert script.find_project(tmp_path) == "selective-colorize"


def test_the_same_version_is_known_again_and_another_is_not(
    script: ModuleType, tmp_path: Path
) -> None:
    one = write_program(tmp_path / "one", "1.0")
    two = write_program(tmp_path / "two", "1.0", broken="x")

    assert script.identity_of(str(one)) == script.identity_of(str(one))
    assert script.identity_of(str(one)) != script.identity_of(str(two))
    assert "VERSION = " in script.identity_of(str(CHECKOUT))
    assert script.identity_of("selective-colorize") != script.identity_of("selective-colorize")


def test_a_pointer_to_half_an_environment_counts_as_none(
    script: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "current").write_text("1\n")
    (tmp_path / "1").mkdir()

    assert script.current_environment(tmp_path) is None


def test_a_failure_is_noted_for_the_doctor(script: ModuleType, home: Path) -> None:
    script.note_failure(script.InstallationFailed("proxy", "No.", "Do that."))

    content = json.loads((environments.root() / environments.FAILURE).read_text())
    assert content == {"code": "proxy", "sentence": "No.", "hint": "Do that."}
