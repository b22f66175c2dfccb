"""`python3 installer/install.py`: really run, with a small stand-in for what it installs."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile
from argparse import Namespace
from pathlib import Path

import pytest
from editors_at_home import snapshot
from install_script import CHECKOUT, FILE, write_program
from wheel_files import write_index

from selcolor_installer.standalone import (
    environments,
    failures,
    installing,
    main,
    pip,
    project,
)


def calls(home: Path) -> list[str]:
    """How the stand-in was called."""
    return (home / "calls.txt").read_text().splitlines()


def current() -> str:
    environment = environments.current()
    return environment.name if environment else ""


# Whole installations ---------------------------------------------------------------------------


def test_it_installs_repairs_upgrades_and_goes(
    home: Path,
    offline: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["--wheels", str(offline)]) == 0
    assert current() == "1"
    assert calls(home) == ["1.0 colorize", "1.0 stop", "1.0 install"]
    assert "[6/6] Installing the plugins" in capsys.readouterr().out
    launcher = home / ".local/bin/selcolor"
    assert os.readlink(launcher) == str(environments.root() / "1/bin/selcolor")

    assert main.main(["--wheels", str(offline)]) == 0
    assert current() == "1"

    newer = write_program(tmp_path / "newer", "2.0").parent
    assert main.main(["--wheels", str(newer)]) == 0
    assert current() == "2"
    assert not (environments.root() / "1").exists()
    assert "/2/" in os.readlink(launcher)

    assert main.main(["--uninstall", "--settings"]) == 0
    assert calls(home)[-1] == "2.0 uninstall"
    assert not environments.root().exists()


def test_a_failed_upgrade_leaves_the_old_one_working_and_can_be_taken_up(
    home: Path,
    offline: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.main(["--wheels", str(offline)]) == 0
    broken = write_program(tmp_path / "broken", "2.0", broken="colorize").parent

    assert main.main(["--wheels", str(broken)]) == 1

    assert current() == "1"
    assert "The disk is full." in capsys.readouterr().err
    failure = environments.last_failure()
    assert failure is not None
    assert failure.code == "disk_full"
    assert [path.name for path in environments.unused()] == ["2"]

    mended = write_program(tmp_path / "mended", "2.1").parent
    assert main.main(["--wheels", str(mended)]) == 0
    assert current() == "2"
    assert environments.last_failure() is None


@pytest.mark.slow
def test_a_bundle_installs_another_machine(
    home: Path,
    offline: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", write_index(tmp_path / "index", offline))
    bundle = tmp_path / "bundle"

    assert main.main(["--wheels", str(offline), "--bundle", str(bundle)]) == 0

    names = {path.name.split("-")[0] for path in bundle.iterdir()}
    assert {"torch", "pip", "selective_colorize", "selective"} <= names
    assert calls(home)[-1] == "1.0 wheels"
    shutil.rmtree(environments.root())
    assert main.main(["--wheels", str(bundle)]) == 0


def test_an_editor_that_fails_is_told_and_the_rest_works(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_program(tmp_path / "offline", broken="install").parent

    assert main.main(["--wheels", str(folder)]) == 0

    assert "No editor has it yet" in capsys.readouterr().out


def test_an_uninstallation_that_fails_keeps_the_program(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_program(tmp_path / "offline", broken="uninstall").parent
    main.main(["--wheels", str(folder)])

    assert main.main(["--uninstall"]) == 1

    assert "Not everything could be removed" in capsys.readouterr().err
    assert current() == "1"


# Refusals and odd cases ------------------------------------------------------------------------


def test_an_old_python_is_told_what_is_needed(tmp_path: Path) -> None:
    future = FILE.read_text().replace("OLDEST_PYTHON = (3, 11)", "OLDEST_PYTHON = (99, 0)")
    (tmp_path / "install.py").write_text(future)

    done = subprocess.run(
        [sys.executable, str(tmp_path / "install.py")], capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr


def test_its_syntax_can_be_read_by_an_old_python() -> None:
    ast.parse(FILE.read_text(), feature_version=(3, 8))


def test_what_is_not_installed_cannot_be_removed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["--uninstall"]) == 1
    assert "not installed for this user" in capsys.readouterr().err


def test_a_small_disk_is_refused_before_anything_is_done(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _path: Namespace(total=10**9, used=0, free=10**9)
    )

    told = rf"{installing.LARGE.room} GB are needed.*1\.0 are free"
    with pytest.raises(failures.InstallationFailed, match=told):
        installing.check_room(home / "new" / "folder", installing.LARGE, offline=False)


def test_a_python_without_venv_is_told_how_to_get_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(failures.InstallationFailed) as caught:
        pip.make_environment(home / "environment")

    assert "apt install python3-venv" in caught.value.hint
    assert not (home / "environment").exists()


def test_a_disk_that_is_full_while_the_environment_is_made_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(_command: list[str], *_more: object) -> str:
        raise failures.InstallationFailed(*failures.explain("No space left on device"))

    monkeypatch.setattr(pip, "run", fill)

    with pytest.raises(failures.InstallationFailed, match="disk is full"):
        pip.make_environment(home / "environment")


def test_a_folder_that_cannot_be_written_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".local").write_text("a file")

    assert main.main([]) == 1

    said = capsys.readouterr().err
    assert f"The system refused: {home}/.local/share" in said
    assert "move it away" in said


def test_ctrl_c_says_that_it_can_be_taken_up(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(_chosen: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "install", interrupt)

    assert main.main([]) == 130
    assert "goes on from there" in capsys.readouterr().err


def test_someone_elses_selcolor_is_left_alone(home: Path) -> None:
    theirs = home / ".local/bin/selcolor"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    before = snapshot(home)

    program = environments.make_launcher(home / "environments/1")

    assert program == home / "environments/1/bin/selcolor"
    assert snapshot(home) == before


def test_the_running_command_is_shown_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    pip.run([sys.executable, "-c", "print('Collecting torch')"])

    assert "\r        Collecting torch" in capsys.readouterr().out


def test_the_project_is_this_checkout_or_the_packed_wheel_or_the_published_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.find_project(tmp_path) == str(CHECKOUT)
    packed = tmp_path / "installer.pyz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("selective_colorize-1.0-py3-none-any.whl", "wheel")
    monkeypatch.setattr(project, "HERE", packed)
    wheel = project.find_project(tmp_path)
    assert Path(wheel).read_text() == "wheel"
    monkeypatch.setattr(project, "HERE", tmp_path / "alone")
    assert project.find_project(tmp_path) == "selective-colorize"


def test_the_same_version_is_known_again_and_another_is_not(tmp_path: Path) -> None:
    one = write_program(tmp_path / "one", "1.0")
    two = write_program(tmp_path / "two", "1.0", broken="x")

    assert project.describe(str(one)) == project.describe(str(one))
    assert project.describe(str(one)) != project.describe(str(two))
    assert "VERSION = " in project.describe(str(CHECKOUT))
    assert project.describe("selective-colorize") != project.describe("selective-colorize")


def test_a_pointer_to_half_an_environment_counts_as_none(home: Path) -> None:
    (environments.root() / "1").mkdir(parents=True)
    (environments.root() / "current").write_text("1\n")

    assert environments.current() is None
    cpu = environments.Identity("x", "cpu", "cpu")
    begun = environments.new_place(cpu)
    environments.begin(begun, cpu)
    assert environments.current() is None
    assert environments.unused() == [begun]


def test_a_failure_is_noted_for_the_doctor(home: Path) -> None:
    failure = failures.InstallationFailed("proxy", "No.", "Do that.")
    environments.note_failure(failure)
    assert snapshot(home) == {}, "where nothing can be noted, nothing is said"
    environments.root().mkdir(parents=True)
    environments.note_failure(failure)

    content = json.loads((environments.root() / environments.FAILURE).read_text())
    assert content == {"code": "proxy", "sentence": "No.", "hint": "Do that."}
