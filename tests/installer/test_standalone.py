"""What runs before anything is installed: without packages."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from install_script import CHECKOUT, FILE
from pip._vendor.packaging.requirements import Requirement

from selcolor_installer.standalone import installing, packing, project


@pytest.mark.parametrize("arguments", [["--help"], ["--uninstall"]])
def test_it_needs_no_package(home: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-I", "-S", str(FILE), *arguments]

    done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))

    assert "Traceback" not in done.stderr
    assert "Install Selective Colorize" in done.stdout or "not installed for" in done.stderr


def test_all_that_the_program_needs_is_held_to_a_version_within_its_range() -> None:
    text = (CHECKOUT / "pyproject.toml").read_text()
    needed = re.search(r"(?s)\ndependencies = \[(.*?)\]", text)
    assert needed is not None
    ranges = {(r := Requirement(line)).name: r for line in re.findall(r'"(.+?)"', needed[1])}
    pinned = [Requirement(line) for line in project.tested_versions()]

    assert set(ranges) <= {each.name for each in pinned}
    for each in pinned:
        if each.name in ranges:
            version = str(each.specifier).removeprefix("==")
            assert ranges[each.name].specifier.contains(version), each
    assert len(project.tested_torch()) == 2


def test_only_our_own_program_is_held_to_them(tmp_path: Path) -> None:
    own = project.wanted("x", "mps", None, tmp_path, is_own=True)
    other = project.wanted("x", "mps", None, tmp_path, is_own=False)

    assert own.pins == ("--constraint", str(tmp_path / "constraints.txt"))
    assert "numpy==" in (tmp_path / "constraints.txt").read_text()
    assert own.torch == project.tested_torch()
    assert (other.pins, other.torch) == ((), ("torch", "torchvision"))


def test_an_older_build_has_an_older_pytorch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(project, "torch_index", lambda build: ("--index-url", build))

    wanted = project.wanted("x", "cu126", None, tmp_path, is_own=True)

    assert wanted.torch == ("torch", "torchvision")
    assert "torch" not in (tmp_path / "constraints.txt").read_text()


def test_the_sizes_that_are_told_were_measured_with_what_is_installed() -> None:
    assert project.tested_torch() == installing.MEASURED


def test_the_oldest_python_is_that_of_the_program() -> None:
    oldest = runpy.run_path(str(FILE))["OLDEST_PYTHON"]

    assert (
        f'requires-python = ">={oldest[0]}.{oldest[1]}"'
        in (CHECKOUT / "pyproject.toml").read_text()
    )


def test_the_packed_installer_goes_into_its_bundle_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = tmp_path / "installer.pyz"
    packed.write_text("packed")
    monkeypatch.setattr(project, "HERE", packed)
    monkeypatch.setattr(packing, "run", lambda *_command: "")
    monkeypatch.setattr(packing, "pip_environment", lambda _python: {})

    packing.make_bundle(tmp_path / "environment", "x", "cpu", tmp_path / "bundle")

    assert (tmp_path / "bundle/installer.pyz").read_text() == "packed"
