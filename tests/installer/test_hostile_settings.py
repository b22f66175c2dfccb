"""A person's settings of pip, uv and Python change neither what is installed nor where.

What they say of package indexes and of the way there is heeded.
"""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path
from types import ModuleType

import hostile_settings
import pytest
from wheel_files import write_index

from selcolor_installer import environments, pip_environment
from selcolor_installer.vendor import EditorPython, VendoringFailed, fill_vendor

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
        monkeypatch.setenv("UV_DEFAULT_INDEX", index)
    else:
        needed = {"index_url": index, "extra_index_url": index, "find_links": str(tmp_path)}
        hostile_settings.write_files(home, tmp_path, **needed)
        hostile_settings.read_files(monkeypatch)
    return home


def install(script: ModuleType, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Install from the person's index; the packages that are there then."""
    monkeypatch.setattr(script, "TORCH_INDEX", NOWHERE)
    project = wheels / "selective_colorize-1.0-py3-none-any.whl"
    assert script.main(["--project", str(project)]) == 0
    infos = environments.root().glob("1/lib/python3*/site-packages/*.dist-info")
    return {info.name.partition("-")[0] for info in infos}


@pytest.mark.slow
def test_pip_installs_as_without_them(
    script: ModuleType,
    misled: Path,
    offline: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    installed = install(script, offline, monkeypatch)

    assert {"pip", "torch", "torchvision", "scikit_image", "selective_colorize"} <= installed
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.slow
def test_uv_installs_as_without_them(
    script: ModuleType,
    misled: Path,
    quick: Path,
    offline: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed = install(script, offline, monkeypatch)

    assert {"pip", "torch", "torchvision", "scikit_image", "selective_colorize"} <= installed
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.slow
def test_offline_even_the_index_is_no_matter(
    script: ModuleType, misled: Path, offline: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("PIP_INDEX_URL", NOWHERE)
    monkeypatch.setenv("PIP_FIND_LINKS", NOWHERE)

    assert script.main(["--wheels", str(offline)]) == 0


def test_what_plugins_import_is_had_as_without_them(
    misled: Path, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = write_index(tmp_path / "index-of-plugins", wheels)
    monkeypatch.setenv("PIP_INDEX_URL", index)
    monkeypatch.setenv("UV_INDEX_URL", index)

    fill_vendor(tmp_path / "vendor", EditorPython("3.11"))

    assert (tmp_path / "vendor" / "pyzmq_stub.py").is_file()
    assert not (tmp_path / "elsewhere").exists()


def test_a_configuration_that_pip_cannot_read_is_told(
    home: Path, wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("no section")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    with pytest.raises(VendoringFailed, match="nothing was changed"):
        fill_vendor(tmp_path / "vendor", EditorPython("3.11"))


# What is handed on --------------------------------------------------------------------------------


def test_pip_learns_from_files_what_a_person_needs(
    script: ModuleType, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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

    inherited = script.pip_environment(sys.executable)

    ours = {name: value for name, value in inherited.items() if name.startswith("PIP_")}
    assert ours == {
        "PIP_CONFIG_FILE": os.devnull,
        **{f"PIP_{name.upper()}": value for name, value in needed.items()},
    }


def test_of_two_files_the_one_that_pip_lists_last_counts(script: ModuleType, home: Path) -> None:
    listing = "install.proxy='c'\nglobal.cert='/z'\nglobal.proxy='a'\nglobal.cert='/a'\n"

    assert script.settings_of_pip(listing) == {"PIP_CERT": "/a", "PIP_PROXY": "c"}


def test_a_variable_of_pip_is_stronger_than_a_file_and_a_command_than_all_commands(
    script: ModuleType, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("[global]\nretries=1\ntimeout=1\n[install]\nretries=2\nproxy=http://two\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_PROXY", "http://three")

    inherited = script.pip_environment(sys.executable)

    chosen = [inherited[f"PIP_{name}"] for name in ("TIMEOUT", "RETRIES", "PROXY")]
    assert chosen == ["1", "2", "http://three"]


def test_uv_learns_from_files_what_a_person_needs(
    script: ModuleType, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "uv.toml"
    file.write_text(
        'native-tls = true\nhttps-proxy = "http://proxy.example:3128"\n'
        'allow-insecure-host = ["one.example", "two.example"]\nfind-links = ["/a", "/b"]\n'
        '[[index]]\nurl = "https://default.example"\ndefault = true\n'
        '[[index]]\nurl = "https://more.example"\nname = "more"\n'
        '[[index]]\nurl = "https://nameless.example"\n'
        '[[index]]\nurl = "https://explicit.example"\nexplicit = true\n'
        '[pip]\nkeyring-provider = "subprocess"\ntarget = "/elsewhere"\n'
    )
    monkeypatch.setenv("UV_CONFIG_FILE", str(file))
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "99")
    monkeypatch.setenv("UV_INDEX_MORE_PASSWORD", "secret")
    monkeypatch.setenv("UV_INDEX_STRATEGY", "unsafe-best-match")
    monkeypatch.delenv("HTTPS_PROXY", raising=False)

    inherited = script.uv_environment()

    assert inherited["HTTPS_PROXY"] == "http://proxy.example:3128"
    assert {name: value for name, value in inherited.items() if name.startswith("UV_")} == {
        "UV_NO_CONFIG": "1",
        "UV_NATIVE_TLS": "true",
        "UV_INSECURE_HOST": "one.example two.example",
        "UV_FIND_LINKS": "/a,/b",
        "UV_DEFAULT_INDEX": "https://default.example",
        "UV_INDEX": "more=https://more.example https://nameless.example",
        "UV_KEYRING_PROVIDER": "subprocess",
        "UV_HTTP_TIMEOUT": "99",
        "UV_INDEX_MORE_PASSWORD": "secret",
    }


def test_a_configuration_that_uv_could_not_read_either_is_told(
    script: ModuleType, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.toml").write_text("no = table = here")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))

    with pytest.raises(script.InstallationFailed, match=r"uv\.toml cannot be read") as caught:
        script.uv_environment()

    assert "Mend it" in caught.value.hint


def test_where_the_files_of_uv_are(
    script: ModuleType, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert script.uv_files() == []
    monkeypatch.delenv("UV_NO_CONFIG")
    assert script.uv_files()[0] == Path("/etc/uv/uv.toml")
    assert script.uv_files()[-1] == home / ".config/uv/uv.toml"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delenv("PROGRAMDATA", raising=False)
    monkeypatch.setenv("APPDATA", "/roaming")
    assert script.uv_files() == [Path("/roaming/uv/uv.toml")]


def test_the_installer_and_the_program_hand_on_the_same(script: ModuleType) -> None:
    assert script.NEEDED_OF_PIP == pip_environment.NEEDED_OF_PIP
    assert script.CACHES == pip_environment.CACHES
    functions = ("own_environment", "bare_environment", "asking_environment", "settings_of_pip")
    for name in functions:
        ours, its = getattr(pip_environment, name), getattr(script, name)
        assert inspect.getsource(its) == inspect.getsource(ours)
