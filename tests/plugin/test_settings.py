"""The settings file: shared by both editors, and never a reason to fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selcolor_plugin.settings import Settings, load_settings, save_settings, settings_path
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions, Subject

CHOSEN = Settings(
    ColorizeOptions(
        gain=1.5,
        saturation=0.5,
        subject=Subject.named("person,cat"),
        invert=True,
        mask=MaskOptions(refine=False, feather=12.0),
        background=Background.GRAY,
        colorizer="vit-lsgan",
        segmenter="deeplabv3-resnet101",
    ),
    refine_again=True,
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELCOLOR_CONFIG_DIR", str(tmp_path / "config"))


def test_what_is_saved_comes_back() -> None:
    save_settings(CHOSEN)

    assert load_settings() == CHOSEN


def test_without_a_file_there_are_defaults() -> None:
    assert load_settings() == Settings()


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '"text"', "[" * 100_000, "\0"])
def test_a_broken_file_gives_defaults(content: str) -> None:
    settings_path().parent.mkdir()
    settings_path().write_text(content)

    assert load_settings() == Settings()


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("gain", 99),
        ("gain", "much"),
        ("gain", True),
        ("gain", float("nan")),
        ("saturation", -1),
        ("feather", 10**400),
        ("subject", ""),
        ("subject", ["person"]),
        ("invert", 1),
        ("background", "plaid"),
        ("colorizer", None),
        ("segmenter", ""),
    ],
)
def test_one_nonsensical_value_becomes_its_default_and_the_others_stay(
    name: str, nonsense: object
) -> None:
    save_settings(CHOSEN)
    content = json.loads(settings_path().read_text())
    settings_path().write_text(json.dumps(content | {name: nonsense}))

    loaded = load_settings()

    assert loaded != CHOSEN
    save_settings(loaded)
    again = json.loads(settings_path().read_text())
    assert {key for key in content if again[key] != content[key]} == {name}


def test_values_of_a_newer_version_are_ignored() -> None:
    settings_path().parent.mkdir()
    settings_path().write_text('{"gain": 2.0, "from the future": {"a": 1}}')

    assert load_settings().options.gain == 2.0


def test_a_folder_that_cannot_be_written_is_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SELCOLOR_CONFIG_DIR", str(tmp_path / "file" / "config"))

    with pytest.raises(CannotWrite, match="cannot be saved"):
        save_settings(CHOSEN)


def test_saving_leaves_nothing_but_the_file() -> None:
    save_settings(CHOSEN)
    save_settings(Settings())

    assert [path.name for path in settings_path().parent.iterdir()] == ["settings.json"]
