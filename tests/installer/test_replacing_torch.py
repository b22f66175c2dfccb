"""A PyTorch that does not work on a machine is replaced, and another one can be asked for.

Really installed, from an index of stand-ins for each build; what they raise is what PyTorch raises.
"""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from install_script import write_torch
from wheel_files import write_index

from selcolor_installer.standalone import environments, installing, main, project, torch_builds
from selcolor_installer.standalone.torch_builds import read_nvidia

FAILING_IMPORT = "raise ImportError('libcudart.so.13: cannot open shared object file')"
DYING_IMPORT = "import os, signal; os.kill(os.getpid(), signal.SIGILL)"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose folders `cpu`, `cu130`, … are served as PyTorch's indexes."""
    folder = tmp_path / "whl"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setattr(project, "TORCH_INDEX", f"http://127.0.0.1:{server.server_port}/")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def publish(builds: Path, build: str, source: str) -> None:
    """Publish a build of the stand-in for PyTorch."""
    wheels = builds / build / "wheels"
    write_torch(wheels, f"1.0+{build}", f"BUILD = {build!r}\n{source}")
    for wheel in wheels.glob("*.whl"):
        page = builds / build / wheel.name.split("-")[0] / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f'<a href="../wheels/{wheel.name}">{wheel.name}</a>')


@pytest.fixture
def card(
    home: Path, offline: Path, tmp_path: Path, builds: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """A machine with a card for cu130; what is installed on it, and how."""
    nvidia = read_nvidia("8.9, 580.82.07, NVIDIA GeForce RTX 4090\n")
    monkeypatch.setattr(torch_builds, "ask_nvidia", lambda: nvidia)
    monkeypatch.setenv("PIP_INDEX_URL", write_index(tmp_path / "index", offline))
    publish(builds, "cpu", "DEVICE = 'cpu'")
    return ["--project", str(offline / "selective_colorize-1.0-py3-none-any.whl")]


def installed() -> str:
    """Which build of PyTorch the environment in use has."""
    current = environments.current()
    assert current is not None
    (info,) = current.glob("lib/python3*/site-packages/torch-*.dist-info")
    return info.name.removeprefix("torch-").removesuffix(".dist-info")


@pytest.mark.slow
@pytest.mark.parametrize("failure", [FAILING_IMPORT, DYING_IMPORT])
def test_a_build_that_cannot_color_a_photo_is_replaced_in_the_same_run(
    builds: Path, card: list[str], capsys: pytest.CaptureFixture[str], failure: str
) -> None:
    publish(builds, "cu130", failure)

    assert main.main(card) == 0

    said = capsys.readouterr().out
    assert "PyTorch cu130 was installed, but does not work on this machine." in said
    assert "(cpu, because cu130 did not work)" in said
    assert installed() == "1.0+cpu"


@pytest.mark.slow
def test_a_build_without_programs_for_the_card_is_replaced_and_that_is_remembered(
    builds: Path, card: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    publish(builds, "cu130", "DEVICE = 'cpu'")

    assert main.main(card) == 0

    assert "cannot use the GPU of this machine" in capsys.readouterr().out
    assert installed() == "1.0+cpu"
    assert main.main(card) == 0
    assert "cannot use the GPU" not in capsys.readouterr().out
    assert installed() == "1.0+cpu"


@pytest.mark.slow
def test_another_build_can_be_asked_for_and_is_really_another(
    builds: Path, card: list[str]
) -> None:
    publish(builds, "cu130", "DEVICE = 'cuda'")
    assert main.main(card) == 0
    assert installed() == "1.0+cu130"

    assert main.main([*card, "--torch", "cpu"]) == 0

    assert installed() == "1.0+cpu"
    assert main.main(card) == 0
    assert installed() == "1.0+cu130"


@pytest.mark.slow
def test_a_half_made_environment_of_another_build_is_not_gone_on_with(
    builds: Path, card: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(builds, "cu130", FAILING_IMPORT)
    with monkeypatch.context() as without:
        without.setattr(installing, "has_replacement", lambda _wishes: False)
        assert main.main(card) == 1

    assert main.main([*card, "--torch", "cpu"]) == 0

    assert installed() == "1.0+cpu"


@pytest.mark.slow
def test_where_there_is_no_other_build_the_cpu_computes_with_this_one(
    builds: Path,
    card: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish(builds, "cu130", "DEVICE = 'cpu'")
    monkeypatch.setattr(installing, "has_replacement", lambda _wishes: False)

    assert main.main(card) == 0

    assert "The CPU computes in its place." in capsys.readouterr().out
    assert installed() == "1.0+cu130"
