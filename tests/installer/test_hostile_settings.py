"""A person's settings of pip and Python change neither what is installed nor where.

What they say of package indexes and of the way there is heeded.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import hostile_settings
import pytest
from wheel_files import write_index

from selcolor_installer.standalone import environments, inherited, main, pip, project
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_installer.vendor import fill_vendor

NOWHERE = "http://127.0.0.1:1/"


@pytest.fixture
def index(offline: Path, tmp_path: Path) -> str:
    """A package index of the stand-ins."""
    return write_index(tmp_path / "index", offline)


@pytest.fixture(params=["in variables", "in files"])
def misled(
    request: pytest.FixtureRequest,
    home: Path,
    tmp_path: Path,
    index: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """The home of a person whose settings are all hostile, but name the right index."""
    if request.param == "in variables":
        hostile_settings.set_variables(monkeypatch, tmp_path)
        monkeypatch.setenv("PIP_INDEX_URL", index)
    else:
        needed = {"index_url": index, "extra_index_url": index, "find_links": str(tmp_path)}
        hostile_settings.write_files(home, tmp_path, **needed)
        hostile_settings.read_files(monkeypatch)
    return home


def install(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Install from the person's index; the packages that are there then."""
    monkeypatch.setattr(project, "TORCH_INDEX", NOWHERE)
    wheel = wheels / "selective_colorize-1.0-py3-none-any.whl"
    assert main.main(["--project", str(wheel)]) == 0
    infos = environments.root().glob("1/lib/python3*/site-packages/*.dist-info")
    return {info.name.partition("-")[0] for info in infos}


@pytest.mark.slow
def test_pip_installs_as_without_them(
    misled: Path,
    offline: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    installed = install(offline, monkeypatch)

    assert {"pip", "torch", "torchvision", "scikit_image", "selective_colorize"} <= installed
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.slow
def test_offline_even_the_index_is_no_matter(
    misled: Path, offline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PIP_INDEX_URL", NOWHERE)
    monkeypatch.setenv("PIP_FIND_LINKS", NOWHERE)

    assert main.main(["--wheels", str(offline)]) == 0


def test_what_plugins_import_is_had_as_without_them(
    misled: Path, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = write_index(tmp_path / "index-of-plugins", wheels)
    monkeypatch.setenv("PIP_INDEX_URL", index)

    fill_vendor(tmp_path / "vendor", ("3.11",))

    assert (tmp_path / "vendor" / "pyzmq_stub.py").is_file()
    assert not (tmp_path / "elsewhere").exists()


def test_a_configuration_that_pip_cannot_read_is_told(
    home: Path, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("no section")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    with pytest.raises(InstallationFailed, match="nothing was changed"):
        fill_vendor(tmp_path / "vendor", ("3.11",))


# What is handed on --------------------------------------------------------------------------------


def test_pip_learns_from_files_what_a_person_needs(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = {
        "index_url": "https://ann:secret@index.example/simple",
        "extra_index_url": "https://one.example https://two.example",
        "find_links": "/wheels",
        "trusted_host": "index.example",
        "proxy": "http://proxy.example:3128",
        "cert": "/certificates.pem",
        "client_cert": "/ann.pem",
        "timeout": "99",
        "retries": "7",
        "default_timeout": "98",
        "keyring_provider": "subprocess",
    }
    hostile_settings.write_files(home, tmp_path, **needed)
    hostile_settings.read_files(monkeypatch)

    inherited = pip.pip_environment(sys.executable)

    ours = {name: value for name, value in inherited.items() if name.startswith("PIP_")}
    assert ours == {
        "PIP_CONFIG_FILE": os.devnull,
        **{f"PIP_{name.upper()}": value for name, value in needed.items()},
    }


def test_of_two_files_the_one_that_pip_lists_last_counts(home: Path) -> None:
    listing = "install.proxy='c'\nglobal.cert='/z'\nglobal.proxy='a'\nglobal.cert='/a'\n"

    assert inherited.settings_of_pip(listing) == {"PIP_CERT": "/a", "PIP_PROXY": "c"}


def test_a_variable_of_pip_is_stronger_than_a_file_and_a_command_than_all_commands(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nretries=1\ntimeout=1\n[install]\nretries=2\nproxy=http://two\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_PROXY", "http://three")

    inherited = pip.pip_environment(sys.executable)

    chosen = [inherited[f"PIP_{name}"] for name in ("TIMEOUT", "RETRIES", "PROXY")]
    assert chosen == ["1", "2", "http://three"]
