"""Object stores (S3, Google Cloud Storage) by fsspec: what is there, fetching, putting.

Files are named by the paths that stand for their addresses. Credentials are those that the user's
other programs find; they are never asked for, told or kept. What an error of a store says is not
repeated, only its kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from selcolor_backend.archive.addresses import EXTRAS, are_names, key_of, name_of, scheme_of
from selcolor_backend.archive.files import FileFact
from selcolor_backend.archive.messages import GO_ON
from selcolor_backend.cli.staging import NO_ROOM, reason
from selcolor_protocol.errors import (
    CannotWrite,
    FileError,
    InvalidOptions,
    PictureNotFound,
    SelectiveColorizeError,
    UnreadablePicture,
)

_OPTIONS: Mapping[str, Mapping[str, Any]] = {"s3": {"max_concurrency": 1}, "gs": {}}
"""One part of a large file at a time, for each takes 50 MB of memory."""

_TAGS = ("ETag", "etag", "generation")
_DENIED = frozenset(("AccessDenied", "403"))


@cache
def _filesystem(scheme: str) -> Any:
    """The client of a kind of store; it forgets what it has listed, for others write there, too.

    Raises:
        InvalidOptions: it is not installed.
    """
    try:
        import fsspec

        return fsspec.filesystem(
            scheme, use_listings_cache=False, skip_instance_cache=True, **_OPTIONS[scheme]
        )
    except ImportError:
        raise InvalidOptions(
            f"What reads and writes {scheme}:// is not installed.",
            f"Run `pip install 'selective-colorize[{EXTRAS[scheme]}]'`.",
        ) from None


def fact(path: Path) -> FileFact | None:
    """The facts of a file; None where there is none.

    Raises:
        FileError: the store cannot be asked.
    """
    with _asking(path):
        try:
            info = _filesystem(scheme_of(path)).info(key_of(path))
        except FileNotFoundError:
            return None
        return _fact_of(info) if info["type"] == "file" else None


def walk(folder: Path) -> Iterator[tuple[str, FileFact]]:
    """All files below a folder, one after the other, each by its name seen from the folder.

    Raises:
        FileError: the store cannot be asked, or there is no such bucket.
    """
    root = key_of(folder)
    with _asking(folder):
        try:
            places = _filesystem(scheme_of(folder)).walk(root, detail=True, on_error="raise")
            for place, _, files in places:
                for name in sorted(filter(None, files)):
                    below = f"{place}/{name}".removeprefix(f"{root}/")
                    yield below, _fact_of(files[name])
        except FileNotFoundError:
            _check_bucket(folder)


def matches(pattern: Path) -> dict[Path, FileFact]:
    """All files that a pattern such as `s3://bucket/scans/**/*.tif` stands for.

    Raises:
        FileError: the store cannot be asked.
    """
    with _asking(pattern):
        found = _filesystem(scheme_of(pattern)).glob(key_of(pattern), detail=True)
    files = {name: info for name, info in sorted(found.items()) if info["type"] == "file"}
    root = Path(*pattern.parts[:2])
    return {
        root.joinpath(*name.split("/")): _fact_of(info)
        for name, info in files.items()
        if are_names(name.split("/"))
    }


def fetch(path: Path, target: Path) -> None:
    """Bring a file here.

    Raises:
        PictureNotFound, UnreadablePicture: this file is gone, is kept from us, or has a name that
            no file here can have.
        FileError: no other file could be fetched either.
        OSError: there is no room for it here.
    """
    _begin(path, target)
    with _asking(path):
        try:
            _filesystem(scheme_of(path)).get_file(key_of(path), str(target))
        except FileNotFoundError:
            raise PictureNotFound(
                f"{name_of(path)} is not there any more.", "Check its name, or leave it out."
            ) from None
        except PermissionError as error:
            if _code_of(error) in _DENIED:
                raise UnreadablePicture(
                    f"{name_of(path)} may not be read with your credentials.",
                    "Have its permissions changed, and try it with --retry-failed.",
                ) from None
            raise


def _begin(path: Path, target: Path) -> None:
    try:
        target.touch()
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        raise UnreadablePicture(
            f"{name_of(path)} cannot be brought here, because {reason(error)}.",
            "Give it another name.",
        ) from error


def put(source: Path, path: Path) -> FileFact:
    """Give a file that is here its place in a store: whole, or not at all.

    Returns:
        Its facts there.

    Raises:
        FileError: it cannot be.
    """
    with _asking(path):
        try:
            _filesystem(scheme_of(path)).put_file(str(source), key_of(path))
        except FileNotFoundError:
            _check_bucket(path)
            raise
    return _just_put(path)


def write(text: str, path: Path) -> None:
    """Put a small text; raises as `put`."""
    with _asking(path):
        try:
            _filesystem(scheme_of(path)).pipe_file(key_of(path), text.encode())
        except FileNotFoundError:
            _check_bucket(path)
            raise


def read(path: Path) -> str | None:
    """A small text; None where there is none; raises as `fact`."""
    with _asking(path), suppress(FileNotFoundError):
        text: bytes = _filesystem(scheme_of(path)).cat_file(key_of(path))
        return text.decode()
    return None


def remove(path: Path) -> None:
    """Take a file away, if it is there; raises as `fact`."""
    with _asking(path), suppress(FileNotFoundError):
        _filesystem(scheme_of(path)).rm_file(key_of(path))


def _just_put(path: Path) -> FileFact:
    found = fact(path)
    if found is None:
        raise CannotWrite(
            f"{name_of(path)} was taken away as soon as it had been written.",
            "See who else works there, and give the same command again.",
        )
    return found


def _fact_of(info: Mapping[str, Any]) -> FileFact:
    """Facts as listing and asking give them alike."""
    tag = next((str(info[name]) for name in _TAGS if info.get(name)), "")
    return FileFact(str(info["name"]).rpartition("/")[2], int(info["size"]), tag)


def _check_bucket(path: Path) -> None:
    """Tell of a bucket that there is not, where the store only says that something is not there."""
    bucket = path.parts[2]
    if not _filesystem(scheme_of(path)).exists(bucket):
        raise CannotWrite(
            f"There is no bucket {scheme_of(path)}://{bucket}; nothing was changed.",
            "Check its name and where it is (endpoint, region), or make it first.",
        )


@contextmanager
def _asking(path: Path) -> Iterator[None]:
    """Have what a store refuses be told in our words."""
    try:
        yield
    except SelectiveColorizeError:
        raise
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        raise _told(path, error) from None
    except Exception as error:  # each kind of store has errors of its own
        raise _told(path, error) from None


def _told(path: Path, error: Exception) -> FileError:
    kind, bucket = type(error).__name__, f"{scheme_of(path)}://{path.parts[2]}"
    if "Credential" in kind or "Token" in kind:
        return FileError(
            f"There are no credentials for {bucket}, or they cannot be used ({kind}).",
            "Give them as your other programs have them: a role of the machine, `aws configure`, "
            "`gcloud auth application-default login`, or variables of the environment.",
        )
    if isinstance(error, PermissionError):
        return FileError(
            f"{bucket} refuses what was asked for, with the credentials that it was given.",
            "They have to allow reading and listing of the photos; for results also writing and "
            f"removing. {GO_ON}",
        )
    return FileError(
        f"{bucket} does not answer as it should ({kind}).", f"Check the network. {GO_ON}"
    )


def _code_of(error: BaseException) -> str:
    """What a store says of an error, as a code; empty where it does not."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
