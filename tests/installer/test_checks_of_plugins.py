"""`selcolor doctor` on plugins that were broken in every way that users meet."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import drawn_machine
import pytest
from drawn_machine import Tree, draw
from editors_at_home import add_gimp, add_krita

from selcolor_backend.cli.doctor import Finding
from selcolor_installer.checks import editors, examine, gimp, krita
from selcolor_installer.checks.plugin_files import compiled_for, serves
from selcolor_installer.editors import Place, places
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import Machine, System
from selcolor_installer.plugins import install_plugin

Look = Callable[[], list[Finding]]


def place_of(machine: Machine) -> Place:
    (place,) = places(find_editors(machine))
    return place


@pytest.fixture
def in_krita(machine: Machine, unpacked: Path) -> Place:
    """A Krita with a sound plugin."""
    add_krita(machine)
    install_plugin(place_of(machine), unpacked)
    return place_of(machine)


@pytest.fixture
def in_gimp(machine: Machine, unpacked: Path) -> Place:
    """A GIMP with a sound plug-in."""
    add_gimp(machine)
    install_plugin(place_of(machine), unpacked)
    return place_of(machine)


@pytest.fixture
def look(machine: Machine) -> Look:
    """What the doctor finds wrong in the plugins of the machine."""

    def look() -> list[Finding]:
        place = place_of(machine)
        found = krita.examine(machine, place) if place.config else gimp.examine(place)
        return [finding for finding in found if not finding.well]

    return look


def assert_mended(look: Look, code: str) -> Finding:
    """The one fault has this code, and is gone after mending."""
    (fault,) = look()
    assert fault.code == code
    assert fault.mend is not None
    fault.mend()
    assert look() == []
    return fault


def test_sound_plugins_are_all_well(in_krita: Place, look: Look) -> None:
    assert look() == []


def test_a_sound_plug_in_is_all_well(in_gimp: Place, look: Look) -> None:
    assert look() == []


def test_an_editor_without_the_plugin_is_no_fault(machine: Machine, home: Path) -> None:
    add_krita(machine)
    add_gimp(machine)

    found = list(examine())

    assert all(finding.well for finding in found)
    advice = [finding.advice for finding in found]
    assert any("selcolor install krita" in text for text in advice)
    assert any("selcolor install gimp" in text for text in advice)


def test_a_machine_without_editors_is_no_fault(machine: Machine) -> None:
    (finding,) = editors.examine(find_editors(machine))

    assert finding.well
    assert "works alone" in finding.detail


def test_a_plugin_switched_off_in_kritarc_is_switched_on(in_krita: Place, look: Look) -> None:
    assert in_krita.config is not None
    text = in_krita.config.read_text()
    in_krita.config.write_text(text.replace("=true", "=false"))

    assert_mended(look, "plugin_disabled")


def test_a_lost_kritarc_is_written_anew(in_krita: Place, look: Look) -> None:
    assert in_krita.config is not None
    in_krita.config.unlink()

    assert_mended(look, "plugin_disabled")


def test_a_krita_without_pyqt_is_explained(in_krita: Place, machine: Machine, look: Look) -> None:
    (machine.root / "usr/lib/python3/dist-packages/PyQt5").rmdir()

    (fault,) = look()

    assert fault.code == "pyqt5_missing"
    assert "apt install python3-pyqt5" in fault.advice
    assert fault.mend is None


def test_an_appimage_brings_its_own_pyqt(machine: Machine, look: Look) -> None:
    draw(machine.root, {"opt/krita-5.2.9-x86_64.appimage": ""})

    assert look() == []


def test_libraries_for_another_python_are_replaced(in_krita: Place, look: Look) -> None:
    compiled = in_krita.folder / "pykrita/selective_colorize/vendor/zmq/backend/cython"
    (compiled / "_zmq.cpython-311-x.so").unlink()

    fault = assert_mended(look, "wrong_abi")

    assert "do not fit Python 3.11" in fault.detail


def test_a_python_without_pyzmq_goes_through_a_relay(tmp_path: Path, home: Path) -> None:
    tree: Tree = {"Program Files/GIMP 3/bin/gimp-3.0.exe": "", "Program Files/GIMP 3/lib/": ""}
    place = place_of(drawn_machine.machine(System.WINDOWS, tmp_path / "root", tree))
    install_plugin(place)

    (finding,) = gimp.examine(place)

    assert finding.well
    assert "through a relay" in finding.detail
    assert "GIMP 3.0 (Windows setup)" in finding.detail


def test_a_python_newer_than_all_wheels_takes_the_stable_abi_or_a_relay(
    machine: Machine, unpacked: Path
) -> None:
    add_krita(machine, "3.15")
    place = place_of(machine)
    install_plugin(place, unpacked)

    (by_stable_abi,) = krita.examine(machine, place)
    stable = place.folder / "pykrita/selective_colorize/vendor/zmq/backend/cython/_zmq.abi3.so"
    stable.rename(stable.with_name("_zmq.cpython-314-x.so"))
    (by_relay,) = krita.examine(machine, place)

    assert place.pythons == ("3.14",)
    assert "relay" not in by_stable_abi.detail
    assert by_relay.well
    assert "through a relay" in by_relay.detail


def test_the_stable_abi_has_another_name_on_windows(tmp_path: Path) -> None:
    (tmp_path / "_zmq.pyd").write_text("")
    (tmp_path / "_zmq.cp311-win_amd64.pyd").write_text("")

    assert compiled_for(tmp_path) == {"abi3", "3.11"}


@pytest.mark.parametrize(
    ("compiled", "python", "fits"),
    [
        ({"3.10"}, "3.10", True),
        ({"3.10"}, "3.13", False),
        ({"abi3"}, "3.13", True),
        ({"abi3"}, "3.11", False),
        (set(), "3.13", False),
    ],
)
def test_the_stable_abi_is_for_new_pythons_only(
    compiled: set[str], python: str, fits: bool
) -> None:
    assert serves(compiled, python) is fits


def test_a_plugin_of_another_version_is_replaced(in_krita: Place, look: Look) -> None:
    version = in_krita.folder / "pykrita/selective_colorize/vendor/selcolor_plugin/version.py"
    version.write_text('VERSION = "0.0.1"\n')

    assert "0.0.1" in assert_mended(look, "version_mismatch").detail


def test_missing_parts_are_put_back(in_krita: Place, look: Look) -> None:
    (in_krita.folder / "actions/selective_colorize.action").unlink()

    assert "selective_colorize.action" in assert_mended(look, "plugin_damaged").detail


def test_a_plugin_unpacked_too_deep_is_explained(in_krita: Place, look: Look) -> None:
    stray = in_krita.folder / "pykrita/selective-colorize-main/selective_colorize.desktop"
    stray.parent.mkdir()
    stray.write_text("")

    (fault,) = look()

    assert fault.code == "wrong_folder"
    assert str(stray.parent) in fault.detail


def test_half_an_installation_is_removed(in_krita: Place, look: Look) -> None:
    left = in_krita.folder / "pykrita/.selective_colorize.abc/selective_colorize"
    left.mkdir(parents=True)

    assert_mended(look, "interrupted_install")
    assert not left.parent.exists()


def test_a_plug_in_that_is_not_executable_is_made_so(in_gimp: Place, look: Look) -> None:
    program = in_gimp.folder / "plug-ins/selective-colorize/selective-colorize.py"
    program.chmod(0o644)

    assert_mended(look, "not_executable")
    assert os.access(program, os.X_OK)


def test_a_plug_in_without_its_program_is_installed_again(in_gimp: Place, look: Look) -> None:
    (in_gimp.folder / "plug-ins/selective-colorize/selective-colorize.py").unlink()

    assert_mended(look, "plugin_damaged")


def test_a_plug_in_in_a_folder_of_another_name_is_explained(in_gimp: Place, look: Look) -> None:
    folder = in_gimp.folder / "plug-ins" / "selective-colorize"
    folder.rename(folder.with_name("selective-colorize-main"))

    (fault,) = look()

    assert fault.code == "wrong_folder"
    assert "its folder must be plug-ins/selective-colorize" in fault.detail


def test_half_a_plug_in_is_removed(in_gimp: Place, look: Look) -> None:
    (in_gimp.folder / ".selective-colorize.abc").mkdir()

    assert_mended(look, "interrupted_install")


def test_two_versions_of_gimp_are_told_apart(in_gimp: Place, machine: Machine) -> None:
    add_gimp(machine, "3.2")
    add_gimp(machine, "2.10")

    found = [f for f in examine() if f.subject in ("gimp", "editor")]

    (two,) = [finding for finding in found if finding.code == "two_gimps"]
    assert "3 versions of GIMP are here: 2.10, 3.0, 3.2" in two.detail
    assert any("no plugin in" in f.detail and "3.2" in f.detail for f in found)
    assert any("Python 2" in f.detail and f.well for f in found)


def test_an_editor_that_cannot_have_the_plugin_is_a_fault_when_it_is_the_only_one(
    machine: Machine,
) -> None:
    add_krita(machine, python="3.8")

    (finding,) = editors.examine(find_editors(machine))

    assert (finding.well, finding.code) == (False, "editor_refused")


def test_findings_can_be_written_as_json(in_krita: Place, look: Look) -> None:
    from selcolor_backend.cli.doctor import as_record

    (in_krita.folder / "actions/selective_colorize.action").unlink()

    assert json.loads(json.dumps([as_record(finding) for finding in look()]))[0]["mendable"] is True


def test_a_flatpaks_plugin_from_the_zip_lacks_what_only_the_installer_puts_in(
    machine: Machine, unpacked: Path, look: Look
) -> None:
    files = "var/lib/flatpak/app/org.kde.krita/current/active/files"
    draw(machine.root, {f"{files}/lib/kritaplugins/kritapykrita.so": b"libpython3.13.so"})
    place = place_of(machine)
    install_plugin(place, unpacked)
    assert look() == []
    shutil.rmtree(place.folder / "pykrita/selective_colorize/vendor/zmq")

    assert_mended(look, "wrong_abi")
