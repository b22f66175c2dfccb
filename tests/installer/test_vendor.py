"""The libraries beside a plugin: locked, checked, and for the editor's own Python."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from wheel_files import write_wheel

from selcolor_installer import vendor
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_installer.vendor import (
    collect_wheels,
    copy_package,
    fill_vendor,
    locked_versions,
)

PROJECT = Path(__file__).parents[2]
PYTHON = ("3.11",)


def test_the_locked_versions_are_within_the_bounds_of_the_distribution() -> None:
    project = (PROJECT / "pyproject.toml").read_text()

    assert set(locked_versions()) == {"pyzmq", "msgpack"}
    for name, version in locked_versions().items():
        line = next(line for line in project.splitlines() if line.strip().startswith(f'"{name}>='))
        assert version in Requirement(line.strip(' ",')).specifier


def test_every_locked_version_has_digests() -> None:
    packages = vendor.LOCK.read_text().split("==")[1:]

    assert all(package.count("--hash=sha256:") > 10 for package in packages)


def test_one_folder_serves_several_pythons(tmp_path: Path, wheels: Path) -> None:
    fill_vendor(tmp_path / "vendor", ("3.10", "3.13"), wheels)

    assert (tmp_path / "vendor" / "pyzmq_stub.py").is_file()
    assert not list(tmp_path.glob(".wheels.*"))


def test_a_wheel_that_is_not_the_published_one_is_refused(tmp_path: Path, wheels: Path) -> None:
    write_wheel(wheels, "pyzmq", "26.0.0", {"evil.py": ""})

    with pytest.raises(InstallationFailed, match="its digest differs"):
        fill_vendor(tmp_path / "vendor", PYTHON, wheels)


def test_a_platform_without_wheels_is_told(tmp_path: Path, wheels: Path) -> None:
    write_wheel(tmp_path / "other", "msgpack", "1.1.0")

    with pytest.raises(InstallationFailed, match="cannot be had") as caught:
        fill_vendor(tmp_path / "vendor", ("3.11",), tmp_path / "other")

    assert "same kind" in caught.value.hint


def test_wheels_can_be_collected_for_an_offline_machine(tmp_path: Path, wheels: Path) -> None:
    collect_wheels(tmp_path / "bundle", ("3.10", "3.14"), wheels)

    assert {path.name for path in (tmp_path / "bundle").iterdir()} == {
        "pyzmq-26.0.0-py3-none-any.whl",
        "msgpack-1.1.0-py3-none-any.whl",
    }


def test_a_package_of_ours_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InstallationFailed, match="selcolor_nothing is not installed"):
        copy_package("selcolor_nothing", tmp_path)
