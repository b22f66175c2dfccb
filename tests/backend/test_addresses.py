"""Addresses in object stores: what stands for them, and where none is understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selcolor_backend.archive.addresses import disk_path, is_stored, name_of, path_of
from selcolor_backend.cli.main import main
from selcolor_protocol.errors import InvalidOptions


def test_a_path_stands_for_an_address_and_gives_it_back() -> None:
    assert name_of(path_of("s3://bucket/a b/ä.jpg")) == "s3://bucket/a b/ä.jpg"
    assert name_of(path_of("gs://bucket/")) == "gs://bucket"
    assert path_of("scans/s3") == Path("scans/s3")
    assert not is_stored(Path("/s3/bucket/scans"))


@pytest.mark.parametrize(
    "address", ["ftp://host/scans", "s3://", "s3://b/../c", "s3://b//c", "s3://key:secret@b/c"]
)
def test_other_addresses_are_refused_and_no_secret_is_repeated(address: str) -> None:
    with pytest.raises(InvalidOptions) as told:
        path_of(address)
    assert "secret" not in str(told.value)


COMMANDS_ON_DISK = (
    ("colorize", "s3://bucket/photo.jpg", "-o", "out"),
    ("colorize", "photo.jpg", "-o", "gs://bucket/out"),
    ("colorize", "photo.jpg", "-o", "out", "--mask", "s3://bucket/mask.png"),
    ("batch", "photos", "out", "--hints", "s3://bucket/hints"),
    ("hints", "s3://bucket/photo.jpg", "-o", "hints.png"),
    ("blend", "s3://bucket/a.png", "b.png", "c.png", "-o", "d.png"),
)


@pytest.mark.parametrize("command", COMMANDS_ON_DISK, ids=" ".join)
def test_where_a_place_on_this_machine_is_needed_an_address_is_told_the_way(
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(command) == 1

    said = capsys.readouterr().err
    assert "a place on this machine is needed" in said
    assert "`selcolor batch IN OUT` takes photos from stores" in said
    assert list(tmp_path.iterdir()) == []


def test_a_page_on_the_web_is_to_be_downloaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colorize", "https://me:secret@host/a.jpg", "-o", "out"]) == 1

    said = capsys.readouterr().err
    assert "Download it first" in said
    assert "secret" not in said


def test_scripts_are_told_of_an_address_in_their_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["colorize", "s3://bucket/photo.jpg", "-o", "out", "--json"]) == 1

    assert json.loads(capsys.readouterr().out)["error"]["code"] == InvalidOptions.code


def test_a_file_with_the_name_of_an_address_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:").mkdir()
    (tmp_path / "s3:" / "photo.jpg").touch()

    assert disk_path("s3://photo.jpg") == Path("s3:/photo.jpg")
