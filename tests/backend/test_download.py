import hashlib
import socket
from pathlib import Path

import pytest
from weight_server import CONTENT, Server

from selcolor_backend import folders
from selcolor_backend.models import download as download_module
from selcolor_backend.models import registry, store
from selcolor_backend.models.digest import Fingerprint
from selcolor_backend.models.download import download, only_here, part_path
from selcolor_protocol.errors import DownloadFailed

EXPECTED = Fingerprint(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
HALF = len(CONTENT) // 2


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "models" / "weights.bin"


def test_a_download_arrives_whole_and_leaves_no_part(server: Server, target: Path) -> None:
    assert download(server.url, target, EXPECTED) == target
    assert target.read_bytes() == CONTENT
    assert not part_path(target).exists()


def test_a_broken_download_resumes_where_it_stopped(server: Server, target: Path) -> None:
    server.break_after = HALF
    with pytest.raises(DownloadFailed) as caught:
        download(server.url, target, EXPECTED)
    assert f"{HALF} of {len(CONTENT)} bytes are kept" in caught.value.sentence
    assert "again" in caught.value.hint
    assert not target.exists()

    server.break_after = None
    download(server.url, target, EXPECTED)
    assert server.asked == [None, f"bytes={HALF}-"]
    assert target.read_bytes() == CONTENT


def test_a_server_that_ignores_range_starts_over(server: Server, target: Path) -> None:
    server.honors_range = False
    target.parent.mkdir()
    part_path(target).write_bytes(CONTENT[:HALF])
    download(server.url, target, EXPECTED)
    assert target.read_bytes() == CONTENT


def test_a_server_that_always_breaks_off_and_ignores_range_ends_in_an_error(
    server: Server, target: Path
) -> None:
    server.honors_range = False
    server.break_after = HALF
    for _ in range(2):
        with pytest.raises(DownloadFailed):
            download(server.url, target, EXPECTED)
    assert part_path(target).stat().st_size == HALF


def test_a_length_that_is_too_short_keeps_what_came(server: Server, target: Path) -> None:
    server.claimed_length = HALF
    server.break_after = HALF
    with pytest.raises(DownloadFailed) as caught:
        download(server.url, target, EXPECTED)
    assert f"{HALF} of {len(CONTENT)} bytes are kept" in caught.value.sentence
    server.claimed_length = server.break_after = None
    assert download(server.url, target, EXPECTED).read_bytes() == CONTENT


def test_a_length_that_is_too_long_does_no_harm(server: Server, target: Path) -> None:
    server.claimed_length = 2 * len(CONTENT)
    assert download(server.url, target, EXPECTED).read_bytes() == CONTENT


def test_a_server_that_sends_too_much_does_not_fill_the_disk(server: Server, target: Path) -> None:
    server.body = CONTENT + bytes(4_000_000)
    assert download(server.url, target, EXPECTED).read_bytes() == CONTENT


def test_a_wrong_digest_removes_the_download(server: Server, target: Path) -> None:
    server.body = bytes(len(CONTENT))
    with pytest.raises(DownloadFailed) as caught:
        download(server.url, target, EXPECTED)
    assert "SHA-256" in caught.value.sentence
    assert list(target.parent.iterdir()) == []


def test_a_part_of_another_file_is_found_out_and_removed(server: Server, target: Path) -> None:
    target.parent.mkdir()
    part_path(target).write_bytes(bytes(HALF))
    with pytest.raises(DownloadFailed):
        download(server.url, target, EXPECTED)
    assert download(server.url, target, EXPECTED).read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_thrown_away(server: Server, target: Path) -> None:
    target.parent.mkdir()
    part_path(target).write_bytes(bytes(len(CONTENT) + 1))
    assert download(server.url, target, EXPECTED).read_bytes() == CONTENT


def test_a_complete_part_needs_no_server(target: Path) -> None:
    target.parent.mkdir()
    part_path(target).write_bytes(CONTENT)
    assert download("http://127.0.0.1:9/", target, EXPECTED).read_bytes() == CONTENT


@pytest.mark.parametrize("body", [CONTENT[: HALF - 1], CONTENT])
def test_a_server_with_another_range_is_not_trusted(
    server: Server, target: Path, body: bytes
) -> None:
    server.body, server.range_shift = body, 7
    target.parent.mkdir()
    part_path(target).write_bytes(CONTENT[:HALF])
    with pytest.raises(DownloadFailed) as caught:
        download(server.url, target, EXPECTED)
    assert "start" in caught.value.hint
    assert not part_path(target).exists()


@pytest.mark.parametrize("status", [404, 403, 503])
def test_a_refusal_is_named_and_keeps_the_part(server: Server, target: Path, status: int) -> None:
    server.status = status
    target.parent.mkdir()
    part_path(target).write_bytes(CONTENT[:HALF])
    with pytest.raises(DownloadFailed) as caught:
        download(server.url, target, EXPECTED)
    assert str(status) in caught.value.sentence
    assert part_path(target).stat().st_size == HALF


def test_nobody_listening_is_a_clear_error(target: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(DownloadFailed) as caught:
        download(f"http://127.0.0.1:{port}/weights.bin", target, EXPECTED)
    assert "127.0.0.1 cannot be reached" in caught.value.sentence


def test_a_server_that_falls_silent_ends_in_an_error(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/weights.bin"
        with pytest.raises(DownloadFailed) as caught:
            download(url, target, EXPECTED)
    assert "0 of" in caught.value.sentence


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "no address", "http://[::bad/x"])
def test_an_address_that_is_none_is_a_clear_error(target: Path, url: str) -> None:
    with pytest.raises(DownloadFailed) as caught:
        download(url, target, EXPECTED)
    assert url in caught.value.sentence


def test_a_full_disk_is_found_before_anything_is_fetched(
    server: Server, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "SPARE_BYTES", 1 << 62)
    with pytest.raises(DownloadFailed) as caught:
        download(server.url, target, EXPECTED)
    assert "too full" in caught.value.sentence
    assert server.asked == []


def test_a_folder_that_cannot_be_made_is_a_clear_error(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadFailed) as caught:
        download(server.url, tmp_path / "file" / "weights.bin", EXPECTED)
    assert "SELCOLOR_MODELS_DIR" in caught.value.hint


def test_getting_a_model_downloads_it_once_and_mends_a_damaged_one(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.MODELS_DIR_VARIABLE, str(tmp_path))
    text = f"""[tiny]
kind = "segmenter"
architecture = "deeplabv3-resnet101"
file = "weights.bin"
embedded = false
bytes = {EXPECTED.bytes}
sha256 = "{EXPECTED.sha256}"
license = "BSD-3-Clause"
url = "{server.url}"
training_data = ""
native_size = ""
description = ""
"""
    (tmp_path / "models.toml").write_text(text, encoding="utf-8")
    models = registry.read_models(tmp_path / "models.toml")
    monkeypatch.setattr(registry, "all_models", lambda: models)

    assert store.get_model("tiny").state is registry.ModelState.INSTALLED
    store.get_model("tiny")
    assert len(server.asked) == 1

    (tmp_path / "weights.bin").write_bytes(b"damaged")
    assert not store.verify_models(["tiny"])[0].sound
    store.get_model("tiny")
    assert store.verify_models(["tiny"])[0].sound


def test_one_program_at_a_time_fetches_a_file(tmp_path: Path) -> None:
    target = tmp_path / "models" / "weights.bin"
    with (
        only_here(target),
        pytest.raises(DownloadFailed, match="another program"),
        only_here(target),
    ):
        pytest.fail("both write into one file")

    with only_here(target):
        pass
    assert list(target.parent.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")

    with (
        pytest.raises(DownloadFailed, match="cannot be written"),
        only_here(tmp_path / "models" / "weights.bin"),
    ):
        pytest.fail("there is no such folder")
