"""Photos come from shards with a manifest, or from any folder or tar file of photos."""

from __future__ import annotations

import csv
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selcolor_training import photos
from selcolor_training.data import data_digest
from selcolor_training.decoding import Layout
from selcolor_training.errors import DatasetError
from selcolor_training.photos import Photos, open_photos
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


def load(path: Path, split: str, masks: bool = False) -> Photos:
    """The photos of a split, cached beside the data."""
    cache = path.resolve().parent / f"cache-{path.name}"
    return open_photos(path, split, Layout(256, masks=masks), cache)


def names_of(path: Path, split: str) -> set[str]:
    return {row.image for row in load(path, split).rows}


def test_a_manifest_says_which_photos_and_masks(shards: Path) -> None:
    assert len(load(shards, "train")) == 2
    found = load(shards, "val", masks=True)

    assert [row.source for row in found.rows] == ["set"]
    assert found.picture(0).shape == (3, 40, 48)
    assert found.mask(0).shape == (40, 48)
    assert found.mask(0).unique().tolist() == [255]


def test_the_array_holds_the_pixels_of_every_photo(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    pictures = {f"photos/{n}.png": drawn(n, 30 + 7 * n, 40 - 3 * n) for n in range(5)}
    for name, picture in pictures.items():
        picture.save(tmp_path / name)

    for split in ("train", "val"):
        found = load(folder, split)
        for number, row in enumerate(found.rows):
            pixels = found.picture(number).permute(1, 2, 0).numpy()
            assert np.array_equal(pixels, np.asarray(pictures[row.image]))


def test_what_was_decoded_once_is_not_decoded_again(
    holidays: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(holidays, "train")

    def fail(*_: object) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(photos, "decode_photo", fail)
    again = load(holidays, "train")

    assert again.rows == first.rows
    assert (again.rgb == first.rgb).all()
    drawn(99).save(holidays / "one_more.png")
    with pytest.raises(AssertionError):
        load(holidays, "train")


def test_long_photos_lose_their_ends_and_squashed_ones_their_proportions(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / "long").mkdir(exist_ok=True)
        drawn(number, 400, 80).save(tmp_path / "long" / f"{number}.png")

    cut = open_photos(tmp_path / "long", "val", Layout(64, longest=1.5), tmp_path / "cache")
    squashed = open_photos(tmp_path / "long", "val", Layout(64, squash=True), tmp_path / "cache")

    assert cut.picture(0).shape == (3, 64, 96)
    assert squashed.picture(0).shape == (3, 64, 64)


def test_maps_of_classes_lie_beside_the_masks(tmp_path: Path) -> None:
    data, pictures = tmp_path / "data", tmp_path / "pictures"
    data.mkdir()
    pictures.mkdir()
    labels = np.zeros((40, 48), np.uint8)
    labels[10:20, 10:30] = 15
    for number in range(2):
        drawn(number).save(pictures / f"{number}.png")
        Image.fromarray(labels > 0).save(pictures / f"{number}.mask.png")
    Image.fromarray(labels).save(pictures / "0.classes.png")
    pack(data / "val-00.tar", pictures)
    lines = ["split,image,mask,classes,subject,kind", "val,0.png,0.mask.png,0.classes.png,,person"]
    lines += ["val,1.png,1.mask.png,,dog,animal"]
    (data / "manifest.csv").write_text("\n".join(lines))

    found = load(data, "val", masks=True)

    assert found.classes is not None
    by_name = {row.image: number for number, row in enumerate(found.rows)}
    told, untold = (found.classes[found.place(by_name[name])[0]] for name in ("0.png", "1.png"))
    assert told.view(40, 48).numpy().tolist() == labels.tolist()
    assert untold.unique().tolist() == [photos.UNKNOWN_CLASS]
    assert found.rows[by_name["1.png"]].subject == "dog"


def test_a_cache_that_cannot_be_written_is_told(holidays: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(DatasetError, match="cannot be kept") as caught:
        open_photos(holidays, "train", Layout(64), tmp_path / "file")
    assert "--cache" in caught.value.hint


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

    found = load(tmp_path, "val")

    assert found.picture(0).shape == (3, 256, 341)


def test_photos_stand_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    for number in range(2):
        drawn(number, 48, 40).save(tmp_path / f"{number}.jpg", exif=exif)

    found = load(tmp_path, "val")

    assert found.picture(0).shape == (3, 48, 40)


def test_an_unreadable_file_is_left_out_and_told(
    holidays: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (holidays / "broken.jpg").write_bytes(b"no picture")
    whole = (holidays / "0/photo0.jpg").read_bytes()
    (holidays / "cut.jpg").write_bytes(whole[: len(whole) // 2])

    read = names_of(holidays, "train") | names_of(holidays, "val")

    assert len(read) == 10
    assert "cannot be read and were left out" in capsys.readouterr().err


def test_no_readable_photo_is_an_error(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.jpg").write_bytes(b"no picture")

    with pytest.raises(DatasetError, match="Not one of the 2 photos") as caught:
        load(tmp_path, "train")
    assert caught.value.hint


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no photos"):
        load(tmp_path, "train")


def test_a_single_photo_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="only one photo"):
        load(save_drawn(tmp_path, ["a.jpg"]), "train")


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no folder or file"):
        load(tmp_path / "nowhere", "train")


def test_a_file_that_is_no_tar_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"no tar" * 200)

    with pytest.raises(DatasetError, match="cannot be read as a tar file"):
        load(tmp_path / "a.tar", "train")


def test_a_tar_file_that_was_cut_off_is_an_error(holidays: Path, tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.tgz", holidays, "w:gz")
    archive.write_bytes(archive.read_bytes()[:-200])

    with pytest.raises(DatasetError, match="damaged"):
        load(archive, "train")


def test_photos_without_masks_cannot_teach_a_segmenter(holidays: Path) -> None:
    with pytest.raises(DatasetError, match="no masks"):
        load(holidays, "train", masks=True)


def test_a_split_that_is_not_there_is_an_error(holidays: Path, shards: Path) -> None:
    for path in (holidays, shards):
        with pytest.raises(DatasetError, match="historic"):
            load(path, "historic")


def test_a_manifest_without_its_columns_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("name,size\na.jpg,3\n")

    with pytest.raises(DatasetError, match="not a list of photos"):
        load(tmp_path, "train")


def test_the_digest_names_the_data(holidays: Path, shards: Path) -> None:
    before = data_digest(holidays)

    assert len(before) == len(data_digest(shards)) == 16
    assert data_digest(holidays) == before
    drawn(99).save(holidays / "one_more.png")
    assert data_digest(holidays) != before
