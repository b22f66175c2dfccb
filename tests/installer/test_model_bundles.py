"""`selcolor models`: the table, and a folder of files for a machine without network."""

from __future__ import annotations

from pathlib import Path

import pytest

from selcolor_backend.cli.main import main
from selcolor_backend.models import registry, store
from selcolor_backend.models.digest import fingerprint_of
from selcolor_backend.models.registry import find_model


@pytest.fixture
def published(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The registry with deeplabv3-resnet101 as a file of ten bytes; that file."""
    weights = tmp_path / "published" / "deeplabv3_resnet101_coco-586e9e4e.pth"
    weights.parent.mkdir()
    weights.write_bytes(b"0123456789")
    text = registry.MODELS_FILE.read_text()
    old = find_model("deeplabv3-resnet101")
    new = fingerprint_of(weights)
    text = text.replace(str(old.bytes), "10").replace(old.sha256, new.sha256)
    file = tmp_path / "models.toml"
    file.write_text(text)
    monkeypatch.setattr(registry, "MODELS_FILE", file)
    registry.all_models.cache_clear()
    yield weights  # type: ignore[misc]
    registry.all_models.cache_clear()


def test_without_an_action_the_table_is_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models"]) == 0

    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["NAME", "DOES", "WEIGHTS", "SIZE", "A", "PHOTO", "LICENSE"]
    assert any("244.5 MB" in line and line.endswith("  BSD-3-Clause") for line in table)


def test_a_bundle_carries_a_model_to_another_machine(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle"
    store.import_model("deeplabv3-resnet101", published)

    assert main(["models", "bundle", str(bundle)]) == 0

    command = capsys.readouterr().out.strip()
    assert command.endswith(f"selcolor models get deeplabv3-resnet101 --file {published.name}")
    store.remove_model("deeplabv3-resnet101")
    assert (
        main(["models", "get", "deeplabv3-resnet101", "--file", str(bundle / published.name)]) == 0
    )


def test_a_bundle_that_cannot_be_written_is_told(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.import_model("deeplabv3-resnet101", published)
    (tmp_path / "bundle").write_text("a file")

    assert main(["models", "bundle", str(tmp_path / "bundle"), "deeplabv3-resnet101"]) == 1

    assert "could not be copied" in capsys.readouterr().err


def test_a_bundle_of_nothing_says_how_to_name_something(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "bundle", str(tmp_path / "bundle")]) == 1

    assert "selcolor models bundle DIR NAME" in capsys.readouterr().err


def test_what_nobody_published_cannot_be_bundled(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "bundle", str(tmp_path), "vit-lsgan"]) == 1

    assert "No weights of vit-lsgan are published" in capsys.readouterr().err
