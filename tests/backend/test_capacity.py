"""How large a photo may be: the user's limit, and the machine's memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from selcolor_backend.capacity import (
    DEFAULT_MEGAPIXELS,
    SETTINGS_FILE,
    VARIABLE,
    PhotoSize,
    check_capacity,
    max_megapixels,
)
from selcolor_backend.folders import CONFIG_DIR_VARIABLE
from selcolor_protocol.errors import InvalidOptions, OutOfMemory, UnsupportedRaster

PLATE = PhotoSize(width=16_000, height=12_800, has_alpha=False, sample_bytes=1)
"""8 × 10 inches at 1600 dpi."""


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv(CONFIG_DIR_VARIABLE, str(tmp_path))
    has_memory(monkeypatch, 64e9)
    return tmp_path / SETTINGS_FILE


def has_memory(monkeypatch: pytest.MonkeyPatch, free: float, swap: float = 0) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
    monkeypatch.setattr(psutil, "swap_memory", lambda: SimpleNamespace(free=swap))


def test_a_large_glass_plate_is_allowed() -> None:
    assert max_megapixels() == DEFAULT_MEGAPIXELS
    check_capacity("plate.tif", PLATE)


def test_beyond_the_limit_the_sentence_has_both_sizes_the_memory_and_the_setting() -> None:
    with pytest.raises(UnsupportedRaster) as caught:
        check_capacity("plate.tif", PhotoSize(20_000, 20_000, False, 2))
    for word in ("plate.tif", "20000 × 20000", "256 megapixels", "has 400", "8.5 GB"):
        assert word in caught.value.sentence
    assert VARIABLE in caught.value.hint


def test_the_variable_raises_and_lowers_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "500")
    check_capacity("plate.tif", PhotoSize(20_000, 20_000, False, 2))
    monkeypatch.setenv(VARIABLE, "100")
    with pytest.raises(UnsupportedRaster, match="100 megapixels are allowed"):
        check_capacity("plate.tif", PLATE)


def test_the_setting_holds_where_there_is_no_variable(
    settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.write_text('{"max_megapixels": 12.5}')
    assert max_megapixels() == 12.5
    monkeypatch.setenv(VARIABLE, "40")
    assert max_megapixels() == 40


@pytest.mark.parametrize("written", ["many", "-3", "0", "nan", "inf"])
def test_nonsense_in_the_variable_is_told(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, written)
    with pytest.raises(InvalidOptions, match=VARIABLE):
        max_megapixels()


@pytest.mark.parametrize("written", ["{", "[1]", '{"max_megapixels": "x"}', '"x"', "null"])
def test_nonsense_in_the_settings_is_told(written: str, settings: Path) -> None:
    settings.write_text(written)
    with pytest.raises(InvalidOptions, match=SETTINGS_FILE):
        max_megapixels()


def test_more_than_the_free_memory_is_refused_with_both_figures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    has_memory(monkeypatch, 2.1e9, swap=0.2e9)
    with pytest.raises(OutOfMemory, match=r"needs about 2\.9 GB of memory, but 2\.3 GB are free"):
        check_capacity("plate.tif", PLATE)


def test_swap_counts_as_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    has_memory(monkeypatch, 2.1e9, swap=1e9)
    check_capacity("plate.tif", PLATE)


def test_small_photos_are_never_refused_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    has_memory(monkeypatch, 0)
    check_capacity("a.jpg", PhotoSize(6000, 4000, False, 1))


def test_hints_and_masks_that_come_with_a_photo_count() -> None:
    with_hints = replace(PLATE, beside=4 * PLATE.width * PLATE.height)

    assert with_hints.bytes_needed - PLATE.bytes_needed == 819_200_000
