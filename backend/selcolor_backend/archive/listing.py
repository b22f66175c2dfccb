"""What is in object stores when a batch begins: photos to do, and results that are there already.

A store is asked once, folder by folder; to ask for each photo alone would take hours.
"""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from selcolor_backend.archive import stores
from selcolor_backend.archive.addresses import are_names, is_stored, name_of
from selcolor_backend.archive.files import FileFact, Files
from selcolor_backend.cli.photos import PICTURE_SUFFIXES, Found, find_photos
from selcolor_protocol.errors import InvalidOptions, PictureNotFound, UnreadablePicture


@dataclass
class Listing:
    """What was found.

    Attributes:
        found: the photos.
        errors: why some places give none.
        facts: of what is in stores, by the paths that stand for addresses.
    """

    found: list[Found] = field(default_factory=list)
    errors: dict[Path, PictureNotFound | UnreadablePicture] = field(default_factory=dict)
    facts: dict[str, FileFact] = field(default_factory=dict)

    @property
    def files(self) -> Files:
        """The same for who asks for single files."""
        return Files(self.facts)


def listing_of(places: Sequence[Path], out: Path) -> Listing:
    """All photos that are meant, and what is in stores of their results.

    Args:
        places: files, folders and patterns, on disks or in stores.
        out: where results go; it is not searched for photos.

    Raises:
        InvalidOptions: some are on disks, and others in stores.
        FileError: a store cannot be asked.
    """
    listing = Listing()
    if not any(map(is_stored, places)):
        listing.found, listing.errors = find_photos(places, out)
    elif not all(map(is_stored, places)):
        raise InvalidOptions(
            "Some of the photos are on a disk, others in a store.", "Name them in two runs."
        )
    else:
        _find(listing, places, out)
    if is_stored(out):
        for name, fact in stores.walk(out):
            listing.facts[str(out / name)] = fact
    return listing


def _find(listing: Listing, places: Sequence[Path], out: Path) -> None:
    """Find photos in stores as `find_photos` does on disks."""
    named = {place: fact for place in places if (fact := _named(place)) is not None}
    folders = [place for place in places if place not in named and not _is_pattern(place)]
    for place in places:
        if place in named:
            _add(listing, Found(place), named[place])
        elif place in folders:
            below = Path(place.name) if len(folders) > 1 else Path()
            _find_in(listing, place, below, out)
        else:
            _find_matches(listing, place, out)


def _is_pattern(place: Path) -> bool:
    return glob.has_magic(str(place))


def _named(place: Path) -> FileFact | None:
    """The facts of a place that is a file itself; a bucket is none."""
    return stores.fact(place) if len(place.parts) > 3 else None


def _find_in(listing: Listing, folder: Path, below: Path, out: Path) -> None:
    """Add the pictures below a folder, hidden ones excepted."""
    count = len(listing.found) + len(listing.errors)
    is_inside = folder in out.parents
    for name, fact in _pictures_in(folder):
        if not are_names(name.split("/")):
            photo = folder / name
            listing.errors[photo] = UnreadablePicture(
                f"{name_of(folder)}/{name} has a name that no folder on a disk can have.",
                "Give it another name, without `..`.",
            )
        elif not (is_inside and (folder / name).is_relative_to(out)):
            place = below / PurePosixPath(name).parent
            _add(listing, Found(folder / name, place, is_named=False), fact)
    if len(listing.found) + len(listing.errors) == count:
        listing.errors[folder] = PictureNotFound(
            f"There is no picture in {name_of(folder)}.", "Name another folder, or the files."
        )


def _pictures_in(folder: Path) -> Iterator[tuple[str, FileFact]]:
    for name, fact in stores.walk(folder):
        is_picture = PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES
        is_hidden = any(part.startswith(".") and part != ".." for part in name.split("/"))
        if is_picture and not is_hidden:
            yield name, fact


def _find_matches(listing: Listing, pattern: Path, out: Path) -> None:
    """Add the pictures that a pattern stands for, with their structure below its fixed part."""
    base = next(place for place in pattern.parents if not _is_pattern(place))
    photos = {
        photo: fact
        for photo, fact in stores.matches(pattern).items()
        if photo.suffix.lower() in PICTURE_SUFFIXES and not photo.is_relative_to(out)
    }
    for photo, fact in photos.items():
        _add(listing, Found(photo, photo.parent.relative_to(base), is_named=False), fact)
    if not photos:
        listing.errors[pattern] = PictureNotFound(
            f"There is no picture that {name_of(pattern)} stands for.",
            "Check the pattern and the folder.",
        )


def _add(listing: Listing, found: Found, fact: FileFact) -> None:
    """Add a photo, unless it has been found before."""
    if str(found.photo) not in listing.facts:
        listing.found.append(found)
    listing.facts[str(found.photo)] = fact
