"""`selcolor doctor` on a broken GPU set-up, daemon, installation or download."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import pytest
from filelock import FileLock

from selcolor_backend import folders
from selcolor_backend.cli import doctor
from selcolor_backend.cli.doctor import Finding
from selcolor_backend.models import store
from selcolor_backend.version import VERSION
from selcolor_installer.checks import daemon, gpu, installation
from selcolor_installer.machine import Machine
from selcolor_installer.standalone import environments
from selcolor_installer.standalone.torch_builds import read_nvidia
from selcolor_plugin.daemon import record_path, write_record
from selcolor_protocol import launch
from selcolor_protocol.connection import ConnectionInfo, connection_path, write_connection
from selcolor_protocol.errors import DaemonNotFound
from selcolor_protocol.runtime import shared_folder


def a_connection(pid: int, version: str = VERSION) -> ConnectionInfo:
    return ConnectionInfo("ipc:///x", "ipc:///y", 1, version, pid, 0.0)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def add_nvidia_smi(programs: Path, output: str) -> None:
    """A stand-in for NVIDIA's program: there is no such GPU here."""
    program = programs / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{output}'\n")
    program.chmod(0o755)


def write_torch_version(tmp_path: Path, cuda: str) -> Namespace:
    """`torch/version.py` as PyTorch 2.15 has it; where Python finds it."""
    (tmp_path / "version.py").write_text(
        "__version__ = '2.15.0'\ndebug = False\n"
        f"cuda: Optional[str] = {cuda}\nhip: Optional[str] = None\n"
    )
    return Namespace(origin=str(tmp_path / "__init__.py"))


def test_without_an_nvidia_driver_there_is_nothing_to_say(programs: Path) -> None:
    assert list(gpu.examine()) == []


def test_the_installed_pytorch_tells_its_cuda() -> None:
    import torch

    assert gpu.torch_cuda() == torch.version.cuda


def test_a_missing_pytorch_has_no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "find_spec", lambda _name: None)

    assert gpu.torch_cuda() is None


def test_a_pytorch_without_the_gpu_is_recognized(
    home: Path, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_nvidia_smi(programs, "8.9, 580.82.07, NVIDIA GeForce RTX 4090")
    spec = write_torch_version(tmp_path, "None")
    monkeypatch.setattr(gpu, "find_spec", lambda _name: spec)

    (finding,) = gpu.examine()

    assert (finding.well, finding.code) == (False, "torch_without_gpu")
    assert "RTX 4090 with driver 580" in finding.detail
    assert "(cu130)" in finding.advice


@pytest.mark.parametrize(
    ("card", "cuda", "told", "advice"),
    [
        ("6.1, 580.95.05, GTX 1080", "13.2", "has no programs for GTX 1080", "(cu126)"),
        ("12.0, 572.16, RTX 5090", "12.6", "has no programs for RTX 5090", "(cu128)"),
        ("8.6, 535.183.01, RTX 3090", "13.0", "needs a newer driver than RTX 3090", "(cu126)"),
        ("3.7, 470.256.02, Tesla K80", "12.6", "no programs for Tesla K80", "(cpu)"),
    ],
)
def test_a_build_that_does_not_fit_is_recognized_with_the_one_that_does(
    card: str, cuda: str, told: str, advice: str
) -> None:
    finding = gpu.compare(read_nvidia(card), cuda)

    assert (finding.well, finding.code) == (False, "torch_does_not_fit")
    assert told in finding.detail
    assert advice in finding.advice


@pytest.mark.parametrize(
    ("card", "cuda"),
    [("8.6, 580.82.07, A", "13.2"), ("6.1, 535.1.1, B", "12.6"), ("12.0, 572.1, C", "12.8")],
)
def test_a_build_that_fits_is_well(card: str, cuda: str) -> None:
    assert gpu.compare(read_nvidia(card), cuda).well


def test_that_the_cpu_computes_is_well_where_nothing_else_can(home: Path) -> None:
    assert "too old" in gpu.compare(read_nvidia("", "470.1"), None).detail
    environment = environments.root() / "1"
    environment.mkdir(parents=True)
    environments.begin(environment, environments.Identity("x", "cu130", "cpu"))
    environments.switch_over(environment)

    finding = gpu.compare(read_nvidia("8.6, 580.82.07, A"), None)

    assert finding.well
    assert "--torch cu130" in finding.advice


@pytest.mark.parametrize("text", ["not json", "{}"])
def test_a_damaged_connection_file_is_removed(home: Path, text: str) -> None:
    connection_path().write_text(text)
    connection_path().chmod(0o600)

    (finding,) = daemon.examine()

    assert finding.code == "connection_file_error"
    assert finding.mend is not None
    finding.mend()
    assert list(daemon.examine()) == []


def test_a_connection_file_that_others_can_read_is_removed(home: Path) -> None:
    write_connection(a_connection(os.getpid()), connection_path())
    connection_path().chmod(0o644)

    (finding,) = daemon.examine()

    assert "can be read by others" in finding.detail
    assert finding.mend is not None


def test_the_connection_file_of_a_dead_daemon_is_removed(home: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    write_connection(a_connection(gone.pid), connection_path())

    (finding,) = daemon.examine()

    assert finding.code == "stale_connection"
    assert finding.mend is not None
    finding.mend()
    assert not connection_path().exists()


def test_a_daemon_of_another_version_is_to_be_stopped(home: Path) -> None:
    write_connection(a_connection(os.getpid()), connection_path())
    assert list(daemon.examine_connection()) == []

    write_connection(a_connection(os.getpid(), "0.0.9"), connection_path())
    (fault,) = daemon.examine_connection()

    assert (fault.code, fault.mend) == ("daemon_version", daemon.stop_daemon)
    assert "0.0.9" in fault.detail
    assert VERSION in fault.detail
    assert "selcolor stop" in fault.advice


def test_flatpaks_whose_knocks_nobody_hears_are_told(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(daemon.examine_bell()) == [], "nobody has one"
    shared_folder().mkdir(parents=True)
    begun: list[Machine] = []
    monkeypatch.setattr(daemon, "start_for_flatpaks", begun.append)

    (fault,) = daemon.examine_bell()

    assert fault.code == "nothing_listens"
    assert fault.mend is not None
    fault.mend()
    assert begun == [machine]


def test_a_lock_that_nobody_holds_is_no_fault(home: Path) -> None:
    (connection_path().parent / "daemon.lock").touch()

    assert list(daemon.examine()) == []


@pytest.mark.slow
def test_a_daemon_that_hangs_with_the_lock_is_ended(home: Path) -> None:
    command = [sys.executable, "-m", "selcolor_backend", "daemon", "--foreground"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while launch.find_daemon() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert list(daemon.examine()) == []
        process.send_signal(signal.SIGSTOP)

        (finding,) = daemon.examine()

        assert finding.code == "stale_lock"
        assert finding.mend is not None
        finding.mend()
        assert process.wait(timeout=30) != 0
        assert list(daemon.examine()) == []
    finally:
        process.kill()
        process.wait()


def test_a_lock_behind_an_untrusted_connection_file_counts_as_unanswered(home: Path) -> None:
    connection_path().write_text("not json")

    assert not daemon._answers()


def test_a_program_that_was_removed_is_named(home: Path, programs: Path) -> None:
    assert list(daemon.examine()) == []
    write_record(["/gone/python", "-m", "selcolor_backend"])

    (finding,) = daemon.examine()

    assert finding.code == "program_gone"
    assert "/gone/python" in finding.detail
    write_record([sys.executable])
    assert record_path().exists()
    assert list(daemon.examine()) == []


def leave(code: str) -> None:
    """What a failed `install.py` leaves."""
    (environments.root() / "2").mkdir(parents=True)
    content = {"code": code, "sentence": "What happened.", "hint": "What to do."}
    (environments.root() / environments.FAILURE).write_text(json.dumps(content))


@pytest.mark.parametrize("code", ["disk_full", "network_lost", "proxy"])
def test_why_an_installation_failed_is_told_again(home: Path, code: str) -> None:
    leave(code)

    (finding,) = installation.examine()

    assert (finding.well, finding.code) == (False, code)
    assert "What happened." in finding.detail
    assert finding.advice == "What to do. The version that works now is kept."
    assert finding.mend is not None
    finding.mend()
    assert list(installation.examine()) == []


def test_an_interrupted_upgrade_is_recognized_and_cleared(home: Path) -> None:
    whole, half = environments.root() / "1", environments.root() / "2"
    whole.mkdir(parents=True)
    environments.begin(whole, environments.Identity("x", "cpu", "cpu"))
    environments.switch_over(whole)
    half.mkdir()

    (finding,) = installation.examine()

    assert finding.code == "interrupted_upgrade"
    assert str(half) in finding.detail
    assert finding.mend is not None
    finding.mend()
    assert whole.exists()
    assert not half.exists()


def test_a_damaged_note_of_a_failure_is_no_failure(home: Path) -> None:
    environments.root().mkdir(parents=True)
    (environments.root() / environments.FAILURE).write_text("[]")

    assert list(installation.examine()) == []


def test_a_download_that_broke_off_is_told_with_what_is_kept(home: Path) -> None:
    part = folders.models_folder() / "deeplabv3_resnet101_coco-586e9e4e.pth.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(1_500_000))

    (finding,) = installation.examine()

    assert finding.code == "network_lost"
    assert "1.5 MB are kept" in finding.detail
    assert "HTTPS_PROXY" in finding.advice


def test_corrupt_weights_are_recognized(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "weights"
    copies.mkdir()
    for file in folders.embedded_weights_folder().glob("*.safetensors"):
        (copies / file.name).write_bytes(file.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(folders, "embedded_weights_folder", lambda: copies)
    assert len(store.verify_models()) == 2

    found = list(doctor.examine_models())

    assert [finding.code for finding in found] == ["corrupt_weights", "corrupt_weights"]
    assert "Install Selective Colorize again" in found[0].advice


def run_doctor(
    monkeypatch: pytest.MonkeyPatch, finding: Finding, mend: bool, as_json: bool = False
) -> int:
    monkeypatch.setattr(doctor, "examine", lambda: iter([finding]))
    return doctor.run(Namespace(mend=mend, json=as_json))


def test_the_doctor_mends_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mended: list[bool] = []
    fault = Finding("x", False, "broken.", "Mend it.", "broken", lambda: mended.append(True))

    assert run_doctor(monkeypatch, fault, mend=False) == 1
    assert "`selcolor doctor --mend` does it." in capsys.readouterr().out
    assert mended == []
    assert run_doctor(monkeypatch, fault, mend=True) == 0
    assert "mended: broken." in capsys.readouterr().out


def test_the_doctor_says_what_could_not_be_mended(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise DaemonNotFound("No.", "Do that.")

    fault = Finding("x", False, "broken.", "", "broken", fail)

    assert run_doctor(monkeypatch, fault, mend=True, as_json=True) == 1
    (record,) = json.loads(capsys.readouterr().out)
    assert record["detail"] == "broken. Mending it failed: No."
    assert record["advice"] == "Do that."


def test_a_lock_of_a_daemon_that_says_nothing_of_itself_is_told(home: Path) -> None:
    with FileLock(connection_path().parent / "daemon.lock"):
        (fault,) = daemon.examine_lock()

    assert fault.code == "stale_lock"
