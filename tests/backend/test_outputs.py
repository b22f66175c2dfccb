"""The files of one photo: written one after the other, whole or not at all."""

from __future__ import annotations

import io
import os
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
import tifffile
from drawn_files import drawn
from PIL import Image

from selcolor_backend.cli import outputs as module
from selcolor_backend.cli.outputs import Outputs
from selcolor_backend.pictures.arrays import to_raster
from selcolor_backend.pictures.bands import Banded
from selcolor_backend.pictures.writing import PictureFormat
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Raster, TransferCurve


def made(folder: Path, picture_format: str = "png", depth: int | None = None) -> Outputs:
    return Outputs(folder, "photo", PictureFormat(picture_format), depth, Background.KEEP)


def gray_photo() -> Raster:
    return to_raster(drawn(1)[..., None])


def layers(dtype: str = "u1") -> dict[str, Raster]:
    curve = TransferCurve.LINEAR if dtype == "f4" else TransferCurve.SRGB
    return {
        "mask": to_raster(drawn(1)[..., None]),
        "colorized": to_raster(drawn(3, dtype), curve),
        "blended": to_raster(drawn(3, dtype)[::-1], curve),
    }


def test_a_gray_photo_is_a_gray_layer(tmp_path: Path) -> None:
    with made(tmp_path).begun(gray_photo()) as writing:
        writing.finish(layers(), overwrite=False)
    with zipfile.ZipFile(tmp_path / "photo.ora") as archive:
        original = Image.open(io.BytesIO(archive.read("data/layer5.png")))
    assert original.mode == "L"
    np.testing.assert_array_equal(np.asarray(original), drawn(1))


def test_the_photo_is_written_while_the_work_is_done(tmp_path: Path) -> None:
    with made(tmp_path).begun(gray_photo()) as writing:
        writing._original.result(timeout=60)
        assert len(list(tmp_path.glob(".selcolor-*/original.part"))) == 1
        writing.finish(layers(), overwrite=False)


def test_each_raster_is_let_go_once_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, given = gray_photo(), layers()
    kept = {name: weakref.ref(raster) for name, raster in given.items()}
    kept["photo"] = weakref.ref(photo)
    alive: list[str] = []

    def look(picture: Banded) -> bytes:
        writing._original.result(timeout=60)
        alive.extend(name for name, reference in kept.items() if reference() is not None)
        return b"small"

    monkeypatch.setattr(module, "make_thumbnail", look)
    with made(tmp_path).begun(photo) as writing:
        del photo
        writing.finish(given, overwrite=False)
    assert alive == ["blended"]


def test_tiff_keeps_floats_and_the_layered_file_gets_integers(tmp_path: Path) -> None:
    photo = to_raster(drawn(1, "f4")[..., None], TransferCurve.LINEAR)
    with made(tmp_path, "tiff").begun(photo) as writing:
        files = writing.finish(layers("f4"), overwrite=False)
    assert sorted(os.listdir(tmp_path)) == sorted(path.name for path in files)
    np.testing.assert_array_equal(
        tifffile.imread(tmp_path / "photo-colorized.tiff"), drawn(3, "f4")
    )
    with zipfile.ZipFile(tmp_path / "photo.ora") as archive:
        png = archive.read("data/layer3.png")
    assert png[24] == 16  # bits of a sample


def test_a_depth_that_is_asked_for_holds_for_all_but_the_mask(tmp_path: Path) -> None:
    with made(tmp_path, depth=16).begun(gray_photo()) as writing:
        writing.finish(layers(), overwrite=False)
    depths = {path.stem: path.read_bytes()[24] for path in tmp_path.glob("*.png")}
    assert depths == {"photo-colorized": 16, "photo-blended": 16, "photo-mask": 8}


def test_a_result_that_somebody_wrote_meanwhile_is_kept_and_no_other_appears(
    tmp_path: Path,
) -> None:
    (tmp_path / "photo-mask.png").write_bytes(b"edited meanwhile")
    with pytest.raises(CannotWrite), made(tmp_path).begun(gray_photo()) as writing:
        writing.finish(layers(), overwrite=False)
    assert os.listdir(tmp_path) == ["photo-mask.png"]
    assert (tmp_path / "photo-mask.png").read_bytes() == b"edited meanwhile"
