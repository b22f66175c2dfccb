"""Results signed as C2PA has it: verified by the library's own reader, and tampering is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_files import drawn

from selcolor_backend.pictures.arrays import to_raster
from selcolor_backend.pictures.bands import banded
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pictures.signing import read_seal, sign
from selcolor_backend.pictures.writing import write_picture
from selcolor_backend.pictures.xmp import Making, is_marked, marked
from selcolor_protocol.errors import UnreadablePicture
from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE

c2pa = pytest.importorskip("c2pa")

from identities import KEYS, identity, is_whole  # noqa: E402

MAKING = Making("Selective Colorize 1", [("painter", "ab" * 32)], {}, "2026-11-26T18:00:00+00:00")


@pytest.mark.parametrize("suffix", ["png", "tiff", "jpg", "webp"])
def test_a_signed_file_says_what_was_done_and_shows_tampering(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    told = Metadata((600.0, 600.0), xmp=marked(None, MAKING))
    write_picture(banded(to_raster(drawn(3, height=200, width=300))), path, told)
    pixels = read_photo(path).raster.pixels

    sign(path, read_seal(*identity(tmp_path / "id")), MAKING)

    photo = read_photo(path)
    assert is_whole(path)
    assert photo.raster.pixels == pixels
    assert is_marked(photo.metadata.xmp)
    actions = c2pa.Reader(path).get_active_manifest()["assertions"][0]["data"]["actions"]
    assert actions[-1]["digitalSourceType"] == DIGITAL_SOURCE_TYPE
    assert actions[-1]["parameters"]["com.selcolor.networks"][0]["name"] == "painter"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    assert not is_whole(path)


@pytest.mark.parametrize("kind", KEYS)
def test_every_usual_kind_of_key_signs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.png"
    write_picture(banded(to_raster(drawn(3))), path)
    sign(path, read_seal(*identity(tmp_path, kind)), MAKING)
    assert is_whole(path)


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    certificates, key = identity(tmp_path)
    (tmp_path / "text.pem").write_text("no key")
    for wrong in (tmp_path / "text.pem", tmp_path / "missing.pem"):
        with pytest.raises(UnreadablePicture, match=r"nothing was done"):
            read_seal(certificates, wrong)
    assert read_seal(certificates, key).algorithm == "ES256"
