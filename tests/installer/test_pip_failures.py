"""What pip says when it fails, in our words: pip is real, and so is what is broken."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from wheel_files import write_wheel

from selcolor_installer.standalone import failures, pip, project


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


def test_a_build_is_taken_from_its_own_index(monkeypatch: pytest.MonkeyPatch, index: str) -> None:
    monkeypatch.setattr(project, "TORCH_INDEX", f"{index}/")

    assert project.torch_index("cpu") == ("--index-url", f"{index}/cpu")
    assert project.torch_index("mps") == ()


def test_an_index_that_cannot_be_reached_is_done_without(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(project, "TORCH_INDEX", "http://127.0.0.1:1/")

    assert project.torch_index("cpu") == ()
    assert "cannot be reached" in capsys.readouterr().out


def download(folder: Path, *options: str) -> str:
    """Let pip fail; the code of the failure."""
    command = [sys.executable, "-m", "pip", "download", "--isolated", "--no-cache-dir"]
    command += ["--retries", "1", "--timeout", "3", "--no-deps", "--dest", str(folder)]
    with pytest.raises(failures.InstallationFailed) as caught:
        pip.run([*command, *options, "torch"])
    assert caught.value.hint
    return str(caught.value.code)


def test_a_network_lost_in_mid_download_is_recognized(tmp_path: Path, index: str) -> None:
    assert download(tmp_path, "--index-url", index) == "network_lost"


def test_a_proxy_that_refuses_is_recognized(tmp_path: Path, index: str) -> None:
    options = ("--proxy", index, "--index-url", "https://example.invalid/")

    assert download(tmp_path, *options) == "proxy"


def test_a_network_that_is_not_there_is_recognized(tmp_path: Path) -> None:
    assert download(tmp_path, "--index-url", "http://127.0.0.1:1/") == "no_network"


def test_a_missing_wheel_is_recognized(tmp_path: Path) -> None:
    options = ("--no-index", "--find-links", str(tmp_path))

    assert download(tmp_path, *options) == "no_wheel"


def test_a_disk_that_fills_up_is_recognized(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        noise = os.urandom(300_000).hex()
        wheel = write_wheel(tmp_path / "wheels", "torch", "1.0", {"torch.py": f"'{noise}'"})
        options = ("--no-index", "--find-links", str(wheel.parent))
        assert download(disk, *options) == "disk_full"
    finally:
        subprocess.run(["umount", str(disk)], check=True)
