"""The machine that we run on, and the doctor's look at it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from selcolor_installer import checks, service
from selcolor_installer.machine import Machine, System


def test_it_is_this_one(home: Path) -> None:
    machine = Machine.this()

    assert machine.system.value == sys.platform
    assert (machine.home, machine.root) == (home, Path(home.anchor))


def test_other_unix_systems_have_the_folders_of_linux(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "freebsd14")

    assert Machine.this().system is System.LINUX


def test_the_doctor_looks_at_this_machine(machine: Machine) -> None:
    assert "neither Krita nor GIMP" in next(checks.examine()).detail


def test_that_no_daemon_runs_is_no_fault_when_it_is_stopped(home: Path) -> None:
    assert service.stop_daemon()
