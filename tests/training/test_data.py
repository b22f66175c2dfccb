"""Photos come from shards with a manifest, or from any folder or tar file of photos."""

from __future__ import annotations

import csv
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selcolor_training import decoding
from selcolor_training.data import data_digest, load_photos
from selcolor_training.errors import DatasetError
from selcolor_training.sources import list_photos, random_split


def drawn(seed: int, width: int = 48, height: int = 40) -> Image.Image:
    """Noise in color."""
    chance = np.random.default_rng(seed)
    return Image.fromarray(chance.integers(0, 256, (height, width, 3), dtype=np.uint8))


def save_drawn(folder: Path, names: list[str]) -> Path:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        drawn(number).save(folder / name)
    return folder


def pack(target: Path, folder: Path, mode: str = "w") -> Path:
    with tarfile.open(target, mode) as archive:
        for file in sorted(folder.rglob("*"), reverse=True):
            archive.add(file, file.relative_to(folder).as_posix(), recursive=False)
    return target


@pytest.fixture
def holidays(tmp_path: Path) -> Path:
    """Ten photos of several kinds, some in subfolders."""
    suffixes = ["jpg", "JPEG", "png", "webp", "tif", "bmp", "jpg", "jpg", "png", "webp"]
    names = [f"{number % 3}/photo{number}.{suffix}" for number, suffix in enumerate(suffixes)]
    return save_drawn(tmp_path / "holidays", names)


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """A data folder with a manifest: two photos a split, the first with a mask."""
    folder, pictures = tmp_path / "shards", tmp_path / "pictures"
    folder.mkdir()
    with (folder / "manifest.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["split", "image", "mask", "kind"])
        for split in ("train", "val"):
            (pictures / split / "set").mkdir(parents=True)
            for number in range(2):
                mask = "" if number else f"set/{number}.mask.png"
                rows.writerow([split, f"set/{number}.png", mask, "object"])
                drawn(number).save(pictures / split / f"set/{number}.png")
            Image.new("1", (48, 40), 1).save(pictures / split / "set/0.mask.png")
            pack(folder / f"{split}-00.tar", pictures / split)
    return folder


def names_of(path: Path, split: str) -> set[str]:
    return {photo.row.image for photo in load_photos(path, split, masked=False)}


def test_a_manifest_says_which_photos_and_masks(shards: Path) -> None:
    assert len(load_photos(shards, "train", masked=False)) == 2
    (photo,) = load_photos(shards, "val", masked=True)

    assert photo.row.source == "set"
    assert photo.rgb.shape == (3, 40, 48)
    assert photo.mask is not None
    assert photo.mask.shape == (1, 40, 48)
    assert photo.mask.unique().tolist() == [255]


def test_any_folder_of_photos_is_split_80_to_20(holidays: Path) -> None:
    train, val = names_of(holidays, "train"), names_of(holidays, "val")

    assert (len(train), len(val)) == (8, 2)
    assert not train & val
    assert "holidays/1/photo1.JPEG" in train | val


@pytest.mark.parametrize(("ending", "mode"), [(".tar", "w"), (".tar.gz", "w:gz"), (".tgz", "w:gz")])
def test_a_tar_file_is_split_as_the_folder_it_was_made_of(
    holidays: Path, tmp_path: Path, ending: str, mode: str
) -> None:
    (tmp_path / "packed").mkdir()
    archive = pack(tmp_path / "packed" / f"holidays{ending}", holidays, mode)

    assert names_of(archive, "val") == names_of(holidays, "val")
    assert names_of(archive, "train") == names_of(holidays, "train")


def test_the_split_does_not_depend_on_the_order() -> None:
    names = [f"{number}.jpg" for number in range(50)]

    assert random_split(names) == random_split(names[::-1])
    assert random_split(names)[0] != names[:40]


def test_hidden_files_and_other_files_are_no_photos(tmp_path: Path) -> None:
    save_drawn(tmp_path, ["a.jpg", "._a.jpg", ".trash/b.jpg", "__MACOSX/c.jpg"])
    (tmp_path / "notes.txt").write_text("no photo")

    assert [name for name, _size in list_photos(tmp_path)] == ["a.jpg"]


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_large_photos_are_reduced(tmp_path: Path, suffix: str) -> None:
    for number in range(2):
        drawn(number, 1200, 900).save(tmp_path / f"{number}.{suffix}")

    (photo,) = load_photos(tmp_path, "val", masked=False)

    assert photo.rgb.shape == (3, 256, 341)


def test_photos_stand_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    for number in range(2):
        drawn(number, 48, 40).save(tmp_path / f"{number}.jpg", exif=exif)

    (photo,) = load_photos(tmp_path, "val", masked=False)

    assert photo.rgb.shape == (3, 48, 40)


def test_an_unreadable_file_is_left_out_and_told(
    holidays: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (holidays / "broken.jpg").write_bytes(b"no picture")
    whole = (holidays / "0/photo0.jpg").read_bytes()
    (holidays / "cut.jpg").write_bytes(whole[: len(whole) // 2])

    read = names_of(holidays, "train") | names_of(holidays, "val")

    assert len(read) == 10
    assert "no readable pictures and were left out" in capsys.readouterr().err


def test_no_readable_photo_is_an_error(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(b"no picture")

    with pytest.raises(DatasetError, match="Not one of the 2 photos") as caught:
        load_photos(tmp_path, "train", masked=False)
    assert caught.value.hint


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no photos"):
        load_photos(tmp_path, "train", masked=False)


def test_a_single_photo_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="only one photo"):
        load_photos(save_drawn(tmp_path, ["a.jpg"]), "train", masked=False)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no folder or file"):
        load_photos(tmp_path / "nowhere", "train", masked=False)


def test_a_file_that_is_no_tar_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no tar" * 200)

    with pytest.raises(DatasetError, match="cannot be read as a tar file"):
        load_photos(tmp_path / "a.tar", "train", masked=False)


def test_a_tar_file_that_was_cut_off_is_an_error(holidays: Path, tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.tgz", holidays, "w:gz")
    archive.write_bytes(archive.read_bytes()[:-200])

    with pytest.raises(DatasetError, match="damaged"):
        load_photos(archive, "train", masked=False)


def test_photos_without_masks_cannot_teach_a_segmenter(holidays: Path) -> None:
    with pytest.raises(DatasetError, match="no masks"):
        load_photos(holidays, "train", masked=True)


def test_a_split_that_is_not_there_is_an_error(holidays: Path, shards: Path) -> None:
    for path in (holidays, shards):
        with pytest.raises(DatasetError, match="historic"):
            load_photos(path, "historic", masked=False)


def test_a_manifest_without_its_columns_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("name,size\na.jpg,3\n")

    with pytest.raises(DatasetError, match="not a list of photos"):
        load_photos(tmp_path, "train", masked=False)


def test_photos_that_do_not_fit_into_memory_are_refused(
    holidays: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "AT_ONCE", 1)
    memory = type("Memory", (), {"available": 1000})
    monkeypatch.setattr(decoding.psutil, "virtual_memory", lambda: memory)

    with pytest.raises(DatasetError, match="GB of memory"):
        load_photos(holidays, "train", masked=False)


def test_the_digest_names_the_data(holidays: Path, shards: Path) -> None:
    before = data_digest(holidays)

    assert len(before) == len(data_digest(shards)) == 16
    assert data_digest(holidays) == before
    drawn(99).save(holidays / "one_more.png")
    assert data_digest(holidays) != before
