"""What is lost or was broken off is put right by running `install.py` again; pip may be missing."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from editors_at_home import snapshot
from install_script import bundled_pip
from wheel_files import write_wheel

from selcolor_installer.standalone import (
    environments,
    failures,
    installing,
    main,
    pip,
)


@pytest.fixture
def without_ensurepip(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python as Debian has it without python3-venv."""
    monkeypatch.setattr(pip, "bundled_pips", list)


def packages(root: Path) -> Path:
    return next(root.glob("1/lib/python3*/site-packages"))


# Repairing --------------------------------------------------------------------------------------


def test_lost_and_cut_off_files_of_the_environment_come_back(
    home: Path, offline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["--wheels", str(offline)]) == 0
    folder = packages(environments.root())
    whole = (folder / "selcolor_backend/__main__.py").read_text()
    # uv links files: what is written into one would also change the one it keeps.
    (folder / "selcolor_backend/__main__.py").unlink()
    (folder / "selcolor_backend/__main__.py").write_text(whole[:10])
    (folder / "torch_stub.py").unlink()
    capsys.readouterr()

    assert main.main(["--wheels", str(offline)]) == 0

    said = capsys.readouterr().out
    assert "selective_colorize==1.0 is damaged, so it is installed again." in said
    assert "torch==1.0 is damaged" in said
    assert "skimage" not in said
    assert (folder / "torch_stub.py").exists()


def test_a_repair_that_fails_leaves_the_rest_working(home: Path, offline: Path) -> None:
    assert main.main(["--wheels", str(offline)]) == 0
    folder = packages(environments.root())
    (folder / "torch_stub.py").unlink()
    (offline / "torch-1.0-py3-none-any.whl").unlink()

    assert main.main(["--wheels", str(offline)]) == 1

    assert environments.last_failure() is not None
    assert (folder / "torch-1.0.dist-info").exists()
    assert environments.current() is not None


def test_a_package_is_damaged_when_a_file_is_missing_or_shorter(tmp_path: Path) -> None:
    folder = tmp_path / "lib/python3.11/site-packages"
    records = {
        "whole": "whole.py,sha256=x,4\nwhole.pyc,,\nwhole-1.dist-info/RECORD,,\n",
        "short": "short.py,sha256=x,400\n",
        "lost": "lost.py,sha256=x,4\n",
    }
    for name, record in records.items():
        (folder / f"{name}-1.dist-info").mkdir(parents=True)
        (folder / f"{name}-1.dist-info/RECORD").write_text(record)
        (folder / f"{name}.py").write_text("text")
    (folder / "lost.py").unlink()
    (folder / "broken_off-1.dist-info").mkdir()

    assert pip.damaged_packages(tmp_path) == ["lost==1", "short==1"]
    assert (folder / "lost-1.dist-info").exists()
    assert not (folder / "broken_off-1.dist-info").exists()


def test_half_an_environment_is_made_anew(home: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    environments.python_of(environment).parent.mkdir(parents=True)
    environments.python_of(environment).write_text("broken off")

    pip.make_environment(environment)

    assert pip.is_usable(environment)
    assert not pip.is_usable(tmp_path)


def test_an_environment_whose_python_is_gone_is_replaced_by_a_new_one(
    home: Path, offline: Path
) -> None:
    assert main.main(["--wheels", str(offline)]) == 0
    python = environments.python_of(environments.root() / "1")
    python.unlink()
    python.symlink_to("/nowhere/python3.9")

    assert main.main(["--wheels", str(offline)]) == 0

    current = environments.current()
    assert current.name == "2"
    assert pip.is_usable(current)


def test_downloads_are_gone_when_the_installation_is_whole(
    home: Path, offline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_CACHE_DIR", raising=False)

    assert main.main(["--wheels", str(offline)]) == 0

    outside = [path for path in snapshot(home) if not path.startswith(".local")]
    assert outside == ["calls.txt"]
    assert not (environments.root() / "downloads").exists()
    assert "PIP_CACHE_DIR" not in os.environ


def test_downloads_of_an_installation_that_failed_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_CACHE_DIR", raising=False)

    def fail() -> None:
        with installing.downloads_kept(tmp_path):
            Path(os.environ["PIP_CACHE_DIR"]).mkdir(parents=True)
            raise failures.InstallationFailed(*failures.explain("no space left on device"))

    with pytest.raises(failures.InstallationFailed):
        fail()

    assert (tmp_path / "downloads").exists()


def test_a_place_for_downloads_that_the_user_chose_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CACHE_DIR", "/chosen")

    with installing.downloads_kept(tmp_path):
        assert os.environ["PIP_CACHE_DIR"] == "/chosen"
    assert os.environ["PIP_CACHE_DIR"] == "/chosen"


# One at a time ------------------------------------------------------------------------------------


def test_an_installer_waits_for_what_a_killed_one_left_running(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = (
        "import sys, pathlib; from selcolor_installer.standalone import installing; "
        "turn = installing.turn(pathlib.Path(sys.argv[1])); turn.__enter__(); "
        "installing.run([sys.executable, '-c', 'import time; print(1); time.sleep(3)'])"
    )
    command = [sys.executable, "-c", killed, str(tmp_path)]
    with subprocess.Popen(command) as process:
        while not (tmp_path / "lock").exists():
            time.sleep(0.02)
        time.sleep(1)
        process.send_signal(signal.SIGKILL)
    began = time.monotonic()

    with installing.turn(tmp_path):
        pass

    assert time.monotonic() - began > 0.5
    assert "still under way here" in capsys.readouterr().out


def test_windows_does_without_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")

    with installing.turn(tmp_path):
        assert list(tmp_path.iterdir()) == []


# A Python without pip -----------------------------------------------------------------------------


@pytest.mark.usefixtures("without_ensurepip")
def test_a_python_without_pip_takes_that_of_the_folder_of_wheels(tmp_path: Path) -> None:
    pip.make_environment(tmp_path / "environment", bundled_pip().parent)

    assert pip.is_usable(tmp_path / "environment")


@pytest.mark.usefixtures("without_ensurepip")
def test_without_pip_anywhere_it_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(failures.InstallationFailed) as caught:
        pip.make_environment(tmp_path / "environment", tmp_path)

    assert "apt install python3-venv" in caught.value.hint
    assert not (tmp_path / "environment").exists()


def test_pip_is_fetched_and_compared_with_what_was_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = write_wheel(tmp_path / "index", "pip", "26.3")
    monkeypatch.setattr(pip, "PIP_WHEEL", wheel.as_uri())
    with pytest.raises(failures.InstallationFailed) as caught:
        pip.fetch_pip(tmp_path)
    assert caught.value.code == "wrong_digest"

    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    monkeypatch.setattr(pip, "PIP_DIGEST", digest)
    assert pip.fetch_pip(tmp_path).read_bytes() == wheel.read_bytes()

    monkeypatch.setattr(pip, "PIP_WHEEL", "http://127.0.0.1:1/pip.whl")
    with pytest.raises(failures.InstallationFailed) as caught:
        pip.fetch_pip(tmp_path)
    assert caught.value.code == "venv_missing"
