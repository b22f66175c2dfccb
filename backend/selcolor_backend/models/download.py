"""Resumable download of one file with a known size and SHA-256; whose file it is, is `store`'s.

Bytes go to `NAME.part`, which survives a break, and the file gets its name only after its digest
was found right. Why this is not left to a library: docs/decisions/004-downloads.md.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import httpx2
from filelock import FileLock, Timeout
from tqdm import tqdm

from selcolor_backend.models.digest import Fingerprint, fingerprint_of
from selcolor_protocol.errors import DownloadFailed

CONNECT_SECONDS = 8.0
READ_SECONDS = 30.0
SPARE_BYTES = 16 * 1024 * 1024
"""Disk space that has to be left over after a download."""

Told = Callable[[int, int], None]
"""Hears how many bytes of a file are here, and how many it has."""

CONTENT_RANGE = re.compile(r"bytes (\d+)-")


def part_path(target: Path) -> Path:
    """Where a download is kept until it is complete."""
    return target.with_name(target.name + ".part")


def megabytes(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1e6:.1f} MB"


def _kept_bytes(part: Path, size: int) -> int:
    """How much of a former download can be used; one that is too long is thrown away."""
    if not part.exists():
        return 0
    if part.stat().st_size > size:
        part.unlink()
        return 0
    return part.stat().st_size


def _broken_off(part: Path, size: int, reason: str) -> DownloadFailed:
    """The error of a download that can be taken up again."""
    kept = part.stat().st_size if part.exists() else 0
    return DownloadFailed(
        f"The download of {part.stem} broke off ({reason}); {kept} of {size} bytes are kept.",
        "Check the network and try again: it goes on from there.",
    )


def _check_disk(folder: Path, missing: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing + SPARE_BYTES:
        raise DownloadFailed(
            f"The disk of {folder} is too full: {megabytes(missing)} are needed "
            f"and {megabytes(free)} are free.",
            "Free some space, or set SELCOLOR_MODELS_DIR to a folder on another disk.",
        )


def _starts_at(response: httpx2.Response, kept: int, part: Path) -> int:
    """From which byte the response goes on: `kept` when the server resumes, else 0.

    Raises:
        DownloadFailed: the server refuses, or sends a part that nobody asked for.
    """
    if response.status_code == HTTPStatus.OK:
        return 0
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        found = CONTENT_RANGE.match(response.headers.get("content-range", ""))
        if found and int(found.group(1)) == kept:
            return kept
    if kept and response.status_code in (
        HTTPStatus.PARTIAL_CONTENT,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    ):
        part.unlink(missing_ok=True)
        raise DownloadFailed(
            f"{response.url.host} does not go on where the last download stopped; "
            "what was kept has been removed.",
            "Try again: it starts from the beginning.",
        )
    raise DownloadFailed(
        f"{response.url} answered {response.status_code} {response.reason_phrase}.".rstrip(),
        "Try again later, or set SELCOLOR_MODELS_URL to a mirror.",
    )


def _fetch(url: str, part: Path, kept: int, size: int, told: Told | None) -> None:
    """Append to `part` until it has `size` bytes or the server stops; never write more."""
    # A compressing server would make byte positions meaningless.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={kept}-"} if kept else {})
    timeout = httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    with httpx2.stream("GET", url, headers=headers, timeout=timeout, follow_redirects=True) as got:
        have = _starts_at(got, kept, part)
        with (
            part.open("ab" if have else "wb") as file,
            tqdm(
                desc=part.stem,
                total=size,
                initial=have,
                unit="B",
                unit_scale=True,
                # None: shown only where standard error is a terminal.
                disable=None if told is None else True,
            ) as bar,
        ):
            # Without a chunk size: else a break loses what has come of the last chunk.
            for chunk in got.iter_raw():
                wanted = chunk[: size - have]
                file.write(wanted)
                have += len(wanted)
                bar.update(len(wanted))
                if told is not None:
                    told(have, size)
                if have == size:
                    return


def _cannot_write(target: Path, error: OSError) -> DownloadFailed:
    if error.errno == errno.ENOSPC:
        return DownloadFailed(
            f"The disk of {target.parent} is full; what was downloaded is kept.",
            "Free some space and try again: it goes on from there.",
        )
    return DownloadFailed(
        f"{target.parent} cannot be written ({error.strerror or error}).",
        "Set SELCOLOR_MODELS_DIR to a folder that you may write.",
    )


def _finish(part: Path, target: Path, expected: Fingerprint) -> None:
    """Check the complete download and give it its name."""
    if fingerprint_of(part) != expected:
        part.unlink()
        raise DownloadFailed(
            f"The download of {target.name} is not the file that was published: "
            "its SHA-256 differs. It was removed.",
            "Try again; if it fails again, the server or the mirror is wrong.",
        )
    os.replace(part, target)


def _transfer(url: str, part: Path, target: Path, expected: Fingerprint, told: Told | None) -> None:
    """Fetch what is missing of `part`, check it and give it its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    kept = _kept_bytes(part, expected.bytes)
    _check_disk(target.parent, expected.bytes - kept)
    if kept < expected.bytes:
        _fetch(url, part, kept, expected.bytes, told)
    if part.stat().st_size < expected.bytes:
        raise _broken_off(part, expected.bytes, "the server ended it early")
    _finish(part, target, expected)


@contextmanager
def only_here(target: Path) -> Iterator[None]:
    """Fetch a file while no other process does; makes its folder.

    Raises:
        DownloadFailed: another process fetches it, or the folder cannot be written.
    """
    lock = FileLock(target.with_name(target.name + ".lock"))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise DownloadFailed(
            f"{target.name} is being downloaded by another program already.",
            "Wait until that is done, or cancel it there and try again: it goes on from there.",
        ) from error
    except OSError as error:
        raise _cannot_write(target, error) from error
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def download(url: str, target: Path, expected: Fingerprint, told: Told | None = None) -> Path:
    """Download a file, going on where an earlier call broke off.

    Args:
        url: http or https.
        target: the complete file's path; its folder is made.
        expected: size and digest of the complete file.
        told: hears how many bytes are here, and of how many; it may raise, which ends the download
            and keeps what has come. None for a bar on standard error where that is a terminal.

    Returns:
        `target`, complete and checked.

    Raises:
        DownloadFailed: no network, refused, broken off, wrong bytes or no room; the sentence says
            what was kept.
    """
    part = part_path(target)
    try:
        _transfer(url, part, target, expected, told)
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
        raise DownloadFailed(
            f"{url!r} is not an address of the web.", "Correct or unset SELCOLOR_MODELS_URL."
        ) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise DownloadFailed(
            f"{httpx2.URL(url).host} cannot be reached ({error}).",
            "Check the network and try again.",
        ) from error
    except httpx2.HTTPError as error:
        raise _broken_off(part, expected.bytes, str(error) or type(error).__name__) from error
    except OSError as error:
        raise _cannot_write(target, error) from error
    return target
