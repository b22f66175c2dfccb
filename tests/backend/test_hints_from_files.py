"""Color hints from picture files and from layered ones, and files to begin with."""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from drawn_files import HEIGHT, WIDTH, drawn, srgb_profile
from PIL import Image

from selcolor_backend.cli.main import main as selcolor
from selcolor_backend.cli.tasks import with_own_hints
from selcolor_backend.pictures.arrays import to_array
from selcolor_backend.pictures.hints import read_hints
from selcolor_protocol.errors import PictureNotFound, UnreadablePicture, UnsupportedPicture
from selcolor_protocol.hints_names import HINTS_NAMES
from selcolor_protocol.raster import Channels, TransferCurve

LAYER = '<layer name="{name}" src="data/layer0.png" x="{x}" y="{y}"/>'


def png(pixels: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def layered(
    path: Path,
    pixels: Any,
    name: str = "Color Hints",
    place: tuple[int, int] = (0, 0),
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> Path:
    layer = LAYER.format(name=name, x=place[0], y=place[1])
    stack = f'<image w="{size[0]}" h="{size[1]}"><stack><stack>{layer}</stack></stack></image>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", stack)
        archive.writestr("data/layer0.png", png(pixels))
    return path


def read(path: Path) -> Any:
    return to_array(read_hints(path, WIDTH, HEIGHT))


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_picture_with_alpha_is_taken_as_it_is(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"h.{suffix}"
    if suffix == "png":
        Image.fromarray(drawn(4)).save(path, icc_profile=srgb_profile())
    else:
        tifffile.imwrite(path, drawn(4, "u2"), photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(read(path), drawn(4, "u1" if suffix == "png" else "u2"))


def test_gray_hints_say_that_there_is_no_color(tmp_path: Path) -> None:
    Image.fromarray(drawn(2), "LA").save(tmp_path / "h.png")
    hints = read_hints(tmp_path / "h.png", WIDTH, HEIGHT)
    assert hints.format.channels is Channels.RGBA
    assert hints.format.curve is TransferCurve.SRGB
    np.testing.assert_array_equal(to_array(hints)[..., [0, 3]], drawn(2))


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_without_alpha_is_refused(tmp_path: Path, channels: int) -> None:
    Image.fromarray(drawn(channels)).save(tmp_path / "h.png")
    with pytest.raises(UnsupportedPicture, match="no transparency"):
        read(tmp_path / "h.png")


def test_hints_of_another_size_are_refused(tmp_path: Path) -> None:
    Image.fromarray(drawn(4, width=WIDTH + 1)).save(tmp_path / "h.png")
    with pytest.raises(UnsupportedPicture, match=f"{WIDTH + 1} × {HEIGHT}"):
        read(tmp_path / "h.png")
    layered(tmp_path / "h.ora", drawn(4), size=(WIDTH, HEIGHT + 1))
    with pytest.raises(UnsupportedPicture, match=f"{WIDTH} × {HEIGHT + 1}"):
        read(tmp_path / "h.ora")


def test_no_file_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(PictureNotFound):
        read(tmp_path / "h.png")


@pytest.mark.parametrize("name", HINTS_NAMES)
def test_the_layer_of_that_name_is_read_out_of_any_group(tmp_path: Path, name: str) -> None:
    np.testing.assert_array_equal(read(layered(tmp_path / "h.ora", drawn(4), name)), drawn(4))


@pytest.mark.parametrize("place", [(5, 3), (-5, -3), (5, -3), (WIDTH, 0), (-WIDTH, -HEIGHT)])
def test_a_layer_lies_where_the_editor_put_it(tmp_path: Path, place: tuple[int, int]) -> None:
    expected = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    for row in range(HEIGHT):
        for column in range(WIDTH):
            y, x = row - place[1], column - place[0]
            if 0 <= y < HEIGHT and 0 <= x < WIDTH:
                expected[row, column] = drawn(4)[y, x]
    np.testing.assert_array_equal(
        read(layered(tmp_path / "h.ora", drawn(4), place=place)), expected
    )


def test_a_layer_without_alpha_is_opaque_where_it_lies(tmp_path: Path) -> None:
    got = read(layered(tmp_path / "h.ora", drawn(3)[:9, :9], place=(2, 2)))
    assert (got[2:11, 2:11, 3] == 255).all()
    assert got[11:, :, 3].max() == 0


def test_other_layers_are_named_where_there_are_no_hints(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedPicture, match="“Layer 1”"):
        read(layered(tmp_path / "h.ora", drawn(4), name="Layer 1"))


def spoiled(path: Path, spoil: str) -> Path:
    layered(path, drawn(4))
    if spoil == "cut":
        path.write_bytes(path.read_bytes()[:-60])
        return path
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    if spoil == "entities":
        content["stack.xml"] = b'<!DOCTYPE i [<!ENTITY a "b">]>' + content["stack.xml"]
    elif spoil == "pixels":
        content["data/layer0.png"] = b"not a picture"
    elif spoil == "xml":
        content["stack.xml"] = b"<image"
    else:
        del content[spoil]
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "spoil", ["cut", "entities", "pixels", "xml", "stack.xml", "data/layer0.png"]
)
def test_a_damaged_layered_file_is_told_as_such(tmp_path: Path, spoil: str) -> None:
    with pytest.raises(UnreadablePicture):
        read(spoiled(tmp_path / "h.ora", spoil))


def test_a_layer_far_larger_than_the_picture_is_not_decoded(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 4), np.uint8)
    with pytest.raises(UnreadablePicture, match="larger"):
        read(layered(tmp_path / "h.ora", noise))


def test_an_empty_file_has_the_photos_size_and_resolution(tmp_path: Path) -> None:
    photo = tmp_path / "p.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(drawn(1)).save(photo, dpi=(300, 600), exif=exif)
    assert selcolor(["hints", str(photo), "-o", str(tmp_path / "h.png")]) == 0
    with Image.open(tmp_path / "h.png") as empty:
        assert (empty.size, empty.mode, empty.getextrema()[3]) == ((HEIGHT, WIDTH), "RGBA", (0, 0))
        assert empty.info["dpi"] == pytest.approx((600, 300), abs=0.1)


def test_strokes_are_not_replaced_unasked(tmp_path: Path, capsys: Any) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "p.png")
    (tmp_path / "h.png").write_bytes(b"painted by hand")
    command = ["hints", str(tmp_path / "p.png"), "-o", str(tmp_path / "h.png")]
    assert selcolor(command) == 1
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "h.png").read_bytes() == b"painted by hand"
    assert selcolor([*command, "--overwrite"]) == 0
    assert read(tmp_path / "h.png").max() == 0


@pytest.mark.parametrize("target", ["p.png", "h.tif", "folder.png"])
def test_neither_the_photo_nor_a_folder_is_replaced_nor_another_kind_of_file_made(
    tmp_path: Path, target: str
) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "p.png")
    (tmp_path / "folder.png").mkdir()
    before = (tmp_path / "p.png").read_bytes()
    out = str(tmp_path / target)
    assert selcolor(["hints", str(tmp_path / "p.png"), "-o", out, "--overwrite"]) == 1
    assert (tmp_path / "p.png").read_bytes() == before
    assert not (tmp_path / "h.tif").exists()


def test_a_folder_of_hints_has_those_of_a_photos_name(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "b.ora").write_bytes(b"")
    chosen = argparse.Namespace(hints=tmp_path, gain=2.0)
    own = [with_own_hints(chosen, Path(f"photos/{name}.jpg")) for name in "abc"]
    assert [each.hints for each in own] == [tmp_path / "a.png", tmp_path / "b.ora", None]
    assert {each.gain for each in own} == {2.0}
    one_for_all = argparse.Namespace(hints=tmp_path / "a.png")
    assert with_own_hints(one_for_all, Path("c.jpg")) is one_for_all
