"""The paper's photos are downloaded, checked, unpacked and split; from a server of our own here."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selcolor_backend.models.digest import Fingerprint
from selcolor_protocol.errors import DownloadFailed
from selcolor_training import coco
from selcolor_training.coco import COCO_ARCHIVE, coco_split, download_coco
from selcolor_training.data import split_rows
from selcolor_training.errors import DatasetError


def packed(names: list[str]) -> bytes:
    """A tgz of drawn photos."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for number, name in enumerate(names):
            picture = io.BytesIO()
            noise = np.random.default_rng(number).integers(0, 256, (40, 48, 3), dtype=np.uint8)
            Image.fromarray(noise).save(picture, "jpeg")
            member = tarfile.TarInfo(name)
            member.size = picture.tell()
            picture.seek(0)
            archive.addfile(member, picture)
    return data.getvalue()


def fingerprint(data: bytes) -> Fingerprint:
    return Fingerprint(len(data), hashlib.sha256(data).hexdigest())


NAMES = [f"coco_sample/train_sample/{number:012}.jpg" for number in range(10)]
ARCHIVE = packed([*NAMES, "coco_sample/annotations/train_sample.json"])
EXPECTED = fingerprint(ARCHIVE)


class Server(ThreadingHTTPServer):
    """Serves `body`, from where it is asked to; hangs up after `break_after` bytes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = ARCHIVE
        self.break_after: int | None = None
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/coco_sample.tgz"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted, body = self.headers.get("Range"), self.server.body
        self.server.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:][: self.server.break_after])

    def handle(self) -> None:
        # The client may have what it wanted and hang up.
        with contextlib.suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def test_the_archive_is_fetched_unpacked_and_loaded(server: Server, tmp_path: Path) -> None:
    sample = download_coco(tmp_path / "new", server.url, EXPECTED)

    assert sample == tmp_path / "new" / "coco_sample"
    assert len(list((sample / "train_sample").iterdir())) == 10
    assert not list((tmp_path / "new").glob("*.part"))
    rows = split_rows(sample, "train")
    assert len(rows) == 8
    assert len(split_rows(sample, "val")) == 2
    assert rows[0].source == "coco_sample"


def test_a_broken_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.break_after = len(ARCHIVE) // 2
    with pytest.raises(DownloadFailed, match="are kept"):
        download_coco(tmp_path, server.url, EXPECTED)

    server.break_after = None
    download_coco(tmp_path, server.url, EXPECTED)

    assert server.asked == [None, f"bytes={len(ARCHIVE) // 2}-"]


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    sample = download_coco(tmp_path, server.url, EXPECTED)
    assert download_coco(tmp_path, server.url, EXPECTED) == sample

    shutil.rmtree(sample)
    assert download_coco(tmp_path, server.url, EXPECTED) == sample

    assert len(server.asked) == 1


def test_another_file_than_the_published_one_is_refused(server: Server, tmp_path: Path) -> None:
    server.body = bytes(len(ARCHIVE))
    with pytest.raises(DownloadFailed, match="SHA-256 differs"):
        download_coco(tmp_path, server.url, EXPECTED)

    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_somebody_put_there_is_checked_and_left(tmp_path: Path) -> None:
    archive = tmp_path / "coco_sample.tgz"
    archive.write_bytes(ARCHIVE[:-1])

    with pytest.raises(DatasetError, match="not the published") as caught:
        download_coco(tmp_path, "http://127.0.0.1:9/", EXPECTED)

    assert "Move it away" in caught.value.hint
    assert archive.read_bytes() == ARCHIVE[:-1]


@pytest.mark.parametrize(
    "damaged", [ARCHIVE[: len(ARCHIVE) // 2], b"no archive" * 99, ARCHIVE[:99] + bytes(2000)]
)
def test_a_damaged_archive_unpacks_to_nothing(
    server: Server, tmp_path: Path, damaged: bytes
) -> None:
    server.body = damaged
    with pytest.raises(DatasetError, match="is damaged") as caught:
        download_coco(tmp_path, server.url, fingerprint(damaged))

    assert "Move it away" in caught.value.hint
    assert [file.name for file in tmp_path.iterdir()] == ["coco_sample.tgz"]


def test_an_archive_without_photos_is_refused(server: Server, tmp_path: Path) -> None:
    server.body = packed(["coco_sample/readme.jpg"])
    with pytest.raises(DatasetError, match="holds no folder train_sample"):
        download_coco(tmp_path, server.url, fingerprint(server.body))


def test_no_member_of_the_archive_leaves_its_folder(server: Server, tmp_path: Path) -> None:
    evil = ["../train_sample/evil.jpg", f"{tmp_path}/train_sample/absolute.jpg"]
    server.body = packed([*NAMES, *evil])
    sample = download_coco(tmp_path / "out", server.url, fingerprint(server.body))

    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]
    assert len(list(sample.rglob("*.jpg"))) == 11


def test_a_full_disk_is_found_before_anything_is_fetched(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coco, "SPARE_BYTES", 1 << 62)
    with pytest.raises(DatasetError, match="too full") as caught:
        download_coco(tmp_path, server.url, EXPECTED)

    assert "--out" in caught.value.hint
    assert server.asked == []


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot be made"):
        download_coco(tmp_path / "file" / "new")


def test_hints_name_the_options_of_this_command(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed) as caught:
        download_coco(tmp_path, "ftp://127.0.0.1/x", EXPECTED)

    assert "--url" in caught.value.hint
    assert "SELCOLOR" not in caught.value.hint


def test_the_paper_draws_8_000_and_2_000() -> None:
    paths = [Path(f"{number:012}.jpg") for number in range(21_837)]
    train, val = coco_split(paths)

    assert (len(train), len(val)) == (8_000, 2_000)
    assert not set(train) & set(val)
    np.random.seed(123)
    subset = np.random.choice(np.array(paths), 10_000, replace=False)
    order = np.random.permutation(10_000)
    assert train == list(subset[order[:8000]])
    assert val == list(subset[order[8000:]])


def test_the_published_size_is_that_of_fastai() -> None:
    assert COCO_ARCHIVE.bytes == 3_245_877_008
