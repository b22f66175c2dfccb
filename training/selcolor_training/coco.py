"""The paper's photos: fast.ai's COCO sample, downloaded, checked and unpacked.

The archive holds 21 837 photos of COCO 2017; the paper draws 10 000 and keeps 2 000 for validation.
"""

from __future__ import annotations

import shutil
import tarfile
import zlib
from collections.abc import Sequence
from gzip import BadGzipFile
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from selcolor_backend.models.digest import Fingerprint, fingerprint_of
from selcolor_backend.models.download import SPARE_BYTES, download, megabytes, part_path
from selcolor_protocol.errors import DownloadFailed
from selcolor_training.errors import DatasetError
from selcolor_training.sources import Item, is_photo, random_split

COCO_URL = "https://s3.amazonaws.com/fast-ai-coco/coco_sample.tgz"
COCO_ARCHIVE = Fingerprint(
    3_245_877_008, "56960c0ac09ff35cd8588823d37e1ed0954cb88b8bfbd214a7763e72f982911c"
)
"""Size from fastai's `checks.txt`, whose digest covers only the first MiB; SHA-256 of the whole
from FastAI.jl, `src/datasets/fastaidatasets.jl`."""

SAMPLE = "coco_sample"
PHOTOS = "train_sample"
DRAWN = 10_000
"""How many photos the paper draws."""


def is_coco_sample(path: Path) -> bool:
    """Whether this is the unpacked archive, by us or by fastai."""
    return path.resolve().name == SAMPLE and (path / PHOTOS).is_dir()


def coco_split(names: Sequence[Item]) -> tuple[list[Item], list[Item]]:
    """The paper's split: 10 000 at random, 8 000 to train and 2 000 to validate.

    Seed and draws are those of the tutorial that the paper follows. It draws from the order in
    which its disk happened to list the files, so nobody can draw the very same; ours are sorted.
    """
    return random_split(names, at_most=DRAWN)


def check_room(folder: Path, archive: Path, size: int) -> None:
    """Ask for room for the archive and for its photos, which are as large: JPEGs pack no further.

    Raises:
        DatasetError: the disk is too full.
    """
    there = next((file for file in (archive, part_path(archive)) if file.is_file()), None)
    needed = 2 * size - (there.stat().st_size if there else 0) + SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DatasetError(
            f"The disk of {folder} is too full for the COCO sample: {megabytes(needed)} are needed "
            f"for the archive and its photos, and {megabytes(free)} are free.",
            "Free some space, or name a folder on another disk with --out.",
        )


def fetch(url: str, archive: Path, expected: Fingerprint) -> None:
    """Download the archive, going on where an earlier call broke off.

    Raises:
        DownloadFailed: see `download`; its hints, made for weights, are told for photos.
    """
    try:
        download(url, archive, expected)
    except DownloadFailed as error:
        hint = error.hint.replace("SELCOLOR_MODELS_DIR", "--out")
        raise DownloadFailed(
            error.sentence, hint.replace("SELCOLOR_MODELS_URL", "--url")
        ) from error


def check_archive(archive: Path, expected: Fingerprint) -> None:
    """Refuse an archive that somebody put there and that is not the published one.

    Raises:
        DatasetError: its size or SHA-256 differs; it is left as it is.
    """
    if fingerprint_of(archive) != expected:
        raise DatasetError(
            f"{archive} is not the published COCO sample: its size or SHA-256 differs. "
            "It was left as it is.",
            "Move it away and run the same command again: it downloads the archive.",
        )


def copy_photos(archive: Path, target: Path) -> int:
    """Copy the archive's photos into `target`; returns how many."""
    count = 0
    with (
        archive.open("rb") as file,
        tqdm.wrapattr(file, "read", total=archive.stat().st_size, desc="unpack") as counted,
        tarfile.open(fileobj=counted, mode="r:gz") as members,
    ):
        for member in members:
            path = PurePosixPath(member.name)
            if not is_photo(member.name) or path.parent.name != PHOTOS:
                continue
            if (photo := members.extractfile(member)) is not None:
                # Only the last part of the name: no member can leave the folder.
                (target / path.name).write_bytes(photo.read())
                count += 1
    return count


def unpack(archive: Path, sample: Path) -> None:
    """Unpack the photos; the folder gets its name only when all are there.

    Raises:
        DatasetError: the archive is damaged or holds no photos, or the disk cannot be written.
    """
    part = part_path(sample)
    shutil.rmtree(part, ignore_errors=True)
    try:
        (part / PHOTOS).mkdir(parents=True)
        if not copy_photos(archive, part / PHOTOS):
            raise DatasetError(
                f"{archive} holds no folder {PHOTOS} with photos.",
                "Move it away and run the same command again: it downloads the archive.",
            )
        part.rename(sample)
    except (tarfile.TarError, EOFError, zlib.error, BadGzipFile) as error:
        raise DatasetError(
            f"{archive} is damaged ({error}); nothing was unpacked.",
            "Move it away and run the same command again: it downloads the archive.",
        ) from error
    except OSError as error:
        raise DatasetError(
            f"{sample} cannot be written ({error.strerror or error}); the archive is kept.",
            "Free some space or name another folder with --out, and run the same command again.",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def download_coco(folder: Path, url: str = COCO_URL, expected: Fingerprint = COCO_ARCHIVE) -> Path:
    """Fetch the COCO sample (3.2 GB, and as much again when unpacked) and unpack its photos.

    What is there already is not fetched again. The archive stays beside the photos and may be
    deleted.

    Args:
        folder: where to put it; is made.
        url: a mirror, perhaps.
        expected: size and digest of the archive.

    Returns:
        The folder `coco_sample`, to be named with `--data`.

    Raises:
        DatasetError: the disk is too full, or the archive is damaged.
        DownloadFailed: no network, broken off, or another file than the published one.
    """
    sample, archive = folder / SAMPLE, folder / f"{SAMPLE}.tgz"
    if is_coco_sample(sample):
        return sample
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(
            f"The folder {folder} cannot be made ({error.strerror or error}).",
            "Name a folder that you may write with --out.",
        ) from error
    check_room(folder, archive, expected.bytes)
    if archive.is_file():
        check_archive(archive, expected)
    else:
        fetch(url, archive, expected)
    unpack(archive, sample)
    return sample
