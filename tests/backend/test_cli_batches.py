"""Many photos at once: folders, names apart, going on after a break, what is written, and again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from daemon_home import DaemonHome, assert_failed
from PIL import Image

from selcolor_backend.cli.options import layers_from
from selcolor_backend.cli.photos import Found, find_photos, names_apart
from selcolor_backend.pictures.xmp import is_marked

# Which photos


def test_a_folder_is_taken_with_its_structure(tmp_path: Path) -> None:
    scans, out = tmp_path / "scans", tmp_path / "scans" / "out"
    for name in (
        "b/2.jpg",
        "a.tif",
        "b/c/3.PNG",
        "b/notes.txt",
        ".hidden.png",
        ".x/y.png",
        "out/r.png",
    ):
        (scans / name).parent.mkdir(parents=True, exist_ok=True)
        (scans / name).touch()

    found, errors = find_photos([scans], out)

    assert errors == {}
    below = {str(photo.photo.relative_to(scans)): str(photo.below) for photo in found}
    assert below == {"a.tif": ".", "b/2.jpg": "b", "b/c/3.PNG": "b/c"}


def test_several_folders_keep_their_names(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.png").touch()
    found, _ = find_photos([tmp_path / "a", tmp_path / "b"], tmp_path / "out")
    assert [str(photo.below) for photo in found] == ["a", "b"]


def test_a_photo_that_is_named_twice_is_colored_once(tmp_path: Path) -> None:
    (tmp_path / "p.png").touch()
    (tmp_path / "link.png").symlink_to("p.png")
    paths = [tmp_path / "p.png", tmp_path, tmp_path / "link.png"]
    found, _ = find_photos(paths, tmp_path / "out")
    assert [photo.photo for photo in found] == [tmp_path / "p.png"]


def test_a_folder_without_pictures_is_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    found, errors = find_photos([tmp_path / "empty", tmp_path / "p.png"], tmp_path / "out")
    assert [photo.photo.name for photo in found] == ["p.png"]
    assert "no picture in the folder" in errors[tmp_path / "empty"].sentence


@pytest.mark.parametrize(
    ("photos", "names"),
    [
        (["p1.png", "p2.png"], ["p1", "p2"]),
        (["p1.png", "p1.jpg", "p2.png"], ["p1-png", "p1-jpg", "p2"]),
        (["P1.png", "p1.JPG"], ["P1-png", "p1-jpg"]),
        (["a/p.png", "b/p.png"], ["a-p-png", "b-p-png"]),
        (["x/a/p.png", "y/a/p.png"], ["a-p-png-1", "a-p-png-2"]),
    ],
)
def test_photos_of_one_name_get_names_apart(photos: list[str], names: list[str]) -> None:
    found = [Found(Path("/scans") / photo) for photo in photos]
    assert list(names_apart(found).values()) == names


def test_photos_of_one_name_in_two_folders_of_results_keep_it() -> None:
    found = [Found(Path("/s/a/p.png"), Path("a")), Found(Path("/s/b/p.png"), Path("b"))]
    assert list(names_apart(found).values()) == ["p", "p"]


# What is done with them, by real processes

pytestmark = pytest.mark.slow


@pytest.fixture
def home(shared_home: DaemonHome) -> DaemonHome:
    """One daemon for all: what is tested is what is done before and after its work."""
    return shared_home


def results(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_folder_is_colored_and_gone_on_with(home: DaemonHome, folder: Path) -> None:
    scans, out = folder / "scans", folder / "out"
    (scans / "album").mkdir(parents=True)
    shutil.copy(folder / "photo.png", scans / "a.png")
    shutil.copy(folder / "photo.png", scans / "album" / "b.png")
    command = ("colorize", str(scans), "-o", str(out), "--layers", "mask,blended")

    first = home.run(*command)
    assert first.returncode == 0, first.stderr
    assert results(out) == [
        *("a-blended.png", "a-mask.png", "album/b-blended.png", "album/b-mask.png"),
    ]
    (out / "a-mask.png").write_bytes(b"edited by hand")
    (out / "album" / "b-mask.png").unlink()
    assert_failed(home.run(*command), "exists already", "--skip-existing")
    shutil.copy(folder / "photo.png", scans / "c.png")

    again = home.run(*command, "--skip-existing", "--json")

    records = json.loads(again.stdout)
    assert again.returncode == 0
    assert [record.get("skipped", False) for record in records] == [True, False, False]
    assert (out / "a-mask.png").read_bytes() == b"edited by hand"
    made = [sorted(Path(path).name for path in record["files"]) for record in records[1:]]
    assert made == [["c-blended.png", "c-mask.png"], ["b-mask.png"]]


def test_a_folder_of_photos_and_their_results_gives_photos_alone(
    home: DaemonHome, folder: Path
) -> None:
    first = home.run("colorize", str(folder), "-o", str(folder))
    again = home.run("colorize", str(folder), "-o", str(folder), "--overwrite", "--json")

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stdout
    assert [record["photo"] for record in json.loads(again.stdout)] == [str(folder / "photo.png")]


def test_an_edited_mask_lies_beside_the_results_that_are_made_anew(
    home: DaemonHome, folder: Path
) -> None:
    photo, out = folder / "photo.png", folder / "out"
    assert home.run("colorize", str(photo), "-o", str(out)).returncode == 0
    edited = np.zeros((160, 160), np.uint8)
    edited[40:90, 20:60] = 255
    Image.fromarray(edited).save(out / "photo-mask.png")
    before = (out / "photo-mask.png").read_bytes()
    mask = ("--mask", str(out / "photo-mask.png"))

    result = home.run("colorize", str(photo), "-o", str(out), *mask, "--overwrite")

    assert result.returncode == 0, result.stderr
    assert (out / "photo-mask.png").read_bytes() == before
    colorized, blended = (
        np.asarray(Image.open(out / f"photo-{name}.png")) for name in ("colorized", "blended")
    )
    assert (blended[50, 30] == colorized[50, 30]).all()
    assert np.ptp(blended[0, 0]) == 0


def test_jpeg_in_a_quality_with_an_exact_mask(home: DaemonHome, folder: Path) -> None:
    command = ("colorize", str(folder / "photo.png"), "--format", "jpeg")

    fine = home.run(*command, "-o", str(folder / "fine"), "--quality", "98")
    small = home.run(*command, "-o", str(folder / "small"), "--quality", "30")
    wrong = home.run(*command, "-o", str(folder / "wrong"), "--quality", "101")

    assert (fine.returncode, small.returncode) == (0, 0), fine.stderr
    names = ["photo-blended.jpg", "photo-colorized.jpg", "photo-mask.png", "photo.ora"]
    assert results(folder / "fine") == names
    sizes = [(folder / name / "photo-blended.jpg").stat().st_size for name in ("fine", "small")]
    assert sizes[0] > 2 * sizes[1]
    with Image.open(folder / "fine" / "photo-blended.jpg") as image:
        assert image.format == "JPEG"
        assert is_marked(image.info["xmp"])
    assert_failed(wrong, "between 1 and 100")


def test_a_result_is_made_again_by_its_sidecar(home: DaemonHome, folder: Path) -> None:
    photo, out = folder / "photo.png", folder / "out"
    command = ("colorize", str(photo), "--color", "everything", "--saturation", "1.5", "--at")
    command = (*command[:-1], "--invert", "--sidecar", "--depth", "16")
    assert home.run(*command, "-o", str(out)).returncode == 0
    record = json.loads((out / "photo.json").read_text())["made"]
    assert record["settings"]["saturation"] == 1.5
    assert [len(network["sha256"]) for network in record["networks"]] == [64] * len(
        record["networks"]
    )

    again = home.run("colorize", "--again", str(out / "photo.json"), "-o", str(folder / "again"))

    assert again.returncode == 0, again.stderr
    assert results(folder / "again") == [name for name in results(out) if name != "photo.json"]
    for name in ("colorized", "mask", "blended"):
        one, two = (
            np.asarray(Image.open(place / f"photo-{name}.png")) for place in (out, folder / "again")
        )
        assert (one == two).all()
    assert_failed(home.run("colorize", "--again", str(out / "photo.json")), "exists already")
    Image.new("L", (160, 160), 90).save(photo)
    changed = home.run("colorize", "--again", str(out / "photo.json"), "-o", str(folder / "new"))
    assert_failed(changed, "has changed", results=folder / "new")


def test_again_takes_what_json_printed_and_refuses_what_is_no_record(
    home: DaemonHome, folder: Path
) -> None:
    printed = home.run("colorize", str(folder / "photo.png"), "-o", str(folder / "o"), "--json")
    (folder / "results.json").write_text(printed.stdout)
    (folder / "other.json").write_text('{"some": "thing"}')

    again = home.run("colorize", "--again", str(folder / "results.json"), "--overwrite")
    other = home.run("colorize", "--again", str(folder / "other.json"))
    missing = home.run("colorize", "--again", str(folder / "nothing.json"))
    neither = home.run("colorize", "-o", str(folder / "o"))

    assert again.returncode == 0, again.stderr
    assert_failed(other, "does not say how")
    assert_failed(missing, "nothing.json")
    assert_failed(neither, "--again")


def test_a_failed_run_leaves_no_folder_that_it_made(home: DaemonHome, folder: Path) -> None:
    (folder / "notes.jpg").write_text("shopping list")
    assert home.run("colorize", str(folder / "notes.jpg"), "-o", str(folder / "a/b/c")).returncode
    assert not (folder / "a").exists()


def test_names_of_layers_are_checked() -> None:
    assert layers_from(None) == ("colorized", "mask", "blended", "ora")
    assert layers_from("ora,mask") == ("mask", "ora")


@pytest.mark.parametrize("names", ["", "masks", "mask,nothing"])
def test_layers_that_are_none_are_refused(home: DaemonHome, folder: Path, names: str) -> None:
    photo = str(folder / "photo.png")
    result = home.run("colorize", photo, "-o", str(folder / "o"), "--layers", names)
    assert result.returncode == 2
    assert "colorized, mask, blended, ora" in result.stderr
    assert not os.path.exists(folder / "o")


def test_a_blend_keeps_what_belongs_to_the_photo_and_the_mark(
    home: DaemonHome, folder: Path
) -> None:
    with Image.open(folder / "photo.png") as image:
        image.save(folder / "scan.jpg", dpi=(600, 600))
    out = folder / "out"
    assert home.run("colorize", str(folder / "scan.jpg"), "-o", str(out)).returncode == 0
    layers = [
        str(folder / "scan.jpg"),
        *(str(out / f"scan-{n}.png") for n in ("colorized", "mask")),
    ]

    marked = home.run("blend", *layers, "-o", str(folder / "marked.png"))
    plain = home.run("blend", *layers, "-o", str(folder / "plain.jpg"), "--no-mark")

    assert (marked.returncode, plain.returncode) == (0, 0), marked.stderr + plain.stderr
    with Image.open(folder / "marked.png") as image:
        assert image.info["dpi"] == pytest.approx((600, 600), abs=0.1)
        assert is_marked(image.info["xmp"])
        assert b"vit-lsgan-lite sha256" in image.info["xmp"]
    with Image.open(folder / "plain.jpg") as image:
        assert image.info["dpi"] == (600, 600)
        assert "xmp" not in image.info


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "jpeg", "--depth", "16"), "8 bits"),
        (("--format", "ora", "--layers", "mask"), "one file"),
    ],
)
def test_files_that_cannot_be_are_refused_before_any_work(
    home: DaemonHome, folder: Path, options: tuple[str, ...], said: str
) -> None:
    photo, out = str(folder / "photo.png"), folder / "o"
    assert_failed(home.run("colorize", photo, "-o", str(out), *options), said, results=out)


def test_the_command_line_signs_its_results(home: DaemonHome, folder: Path) -> None:
    pytest.importorskip("c2pa")
    from identities import identity, is_whole

    certificates, key = (str(path) for path in identity(folder / "id"))
    command = ("colorize", str(folder / "photo.png"), "-o", str(folder / "out"))

    signed = home.run(*command, "--sign", certificates, key)
    refused = home.run(*command, "--sign", certificates, certificates, "--overwrite")

    assert signed.returncode == 0, signed.stderr
    assert all(is_whole(path) for path in (folder / "out").glob("*.png"))
    assert_failed(refused, "nothing was done")
