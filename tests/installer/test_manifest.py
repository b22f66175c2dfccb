"""The manifest of what was written, and the removal of that and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from selcolor_installer.manifest import (
    Record,
    add_record,
    drop_record,
    manifest_path,
    missing_folders,
    read_manifest,
    remove_empty,
)
from selcolor_installer.standalone.failures import InstallationFailed


def record(home: Path, subject: str = "Krita", *made: Path) -> Record:
    return Record(subject, home / subject, None, (home / subject / "file",), made)


def test_what_is_added_is_read_again(home: Path) -> None:
    add_record(record(home))
    add_record(record(home, "GIMP"))

    assert [found.subject for found in read_manifest()] == ["Krita", "GIMP"]


def test_a_second_installation_remembers_the_folders_of_the_first(home: Path) -> None:
    add_record(record(home, "Krita", home / "a"))
    add_record(record(home, "Krita", home / "b"))

    (found,) = read_manifest()
    assert {home / "a", home / "b"} <= set(found.made)


def test_the_last_record_takes_the_manifest_and_its_folders_with_it(home: Path) -> None:
    add_record(record(home))
    add_record(record(home, "GIMP"))
    krita, gimp = read_manifest()

    drop_record(gimp)
    assert manifest_path().is_file()
    drop_record(krita)

    assert list(home.iterdir()) == []


def test_without_a_manifest_nothing_was_written(home: Path) -> None:
    assert read_manifest() == []


@pytest.mark.parametrize(
    "text", ["", "[]", '{"records": [{}]}', '{"records": [{"config": "", "paths": 1, "made": 2}]}']
)
def test_a_damaged_manifest_is_told_and_kept(home: Path, text: str) -> None:
    manifest_path().parent.mkdir(parents=True)
    manifest_path().write_text(text)

    with pytest.raises(InstallationFailed, match="nothing was changed"):
        add_record(record(home))

    assert manifest_path().read_text() == text


def test_only_folders_that_are_missing_count_as_made(home: Path) -> None:
    assert missing_folders([home / "a" / "b" / "file", home / "file"]) == (
        home / "a",
        home / "a" / "b",
    )


def test_a_folder_that_holds_something_else_by_now_is_kept(home: Path) -> None:
    (home / "a" / "b").mkdir(parents=True)
    (home / "a" / "theirs").write_text("")

    remove_empty([home / "a", home / "a" / "b", home / "gone"])

    assert [path.name for path in (home / "a").iterdir()] == ["theirs"]
