"""The files that one photo becomes: their names, and writing them all or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from selcolor_backend.pictures.openraster import (
    EncodedPicture,
    result_layers,
    with_mask,
    write_ora,
)
from selcolor_backend.pictures.writing import (
    PictureFormat,
    convert_depth,
    depth_for,
    write_bytes,
    write_picture,
)
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.messages import Done
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Raster, SampleType

LAYERS = ("colorized", "mask", "blended")


@dataclass(frozen=True)
class Outputs:
    """Where one photo's results go.

    Attributes:
        folder: the folder of `-o`.
        stem: the photo's name without its suffix.
        format: `png` or `tiff` for single layers beside the .ora, or `ora` for that alone.
        depth: 8 or 16 bits, or None for the photo's own.
        background: what lies behind the subject.
    """

    folder: Path
    stem: str
    format: PictureFormat
    depth: int | None
    background: Background

    def layer(self, name: str) -> Path:
        """The file of one layer: `colorized`, `mask` or `blended`."""
        return self.folder / f"{self.stem}-{name}.{self.format.value}"

    @property
    def openraster(self) -> Path:
        """The layered file that Krita and GIMP open."""
        return self.folder / f"{self.stem}.ora"

    def paths(self) -> list[Path]:
        """All files that will be written."""
        layers = () if self.format is PictureFormat.ORA else LAYERS
        return [*(self.layer(name) for name in layers), self.openraster]

    def check(self, overwrite: bool) -> None:
        """Make sure that writing will work, before any work is done.

        Raises:
            CannotWrite: the folder cannot be written, or a file would be lost.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
            in_the_way = [path for path in self.paths() if path.exists()]
        except FileExistsError as error:
            raise CannotWrite(
                f"{self.folder} is a file, not a folder; nothing was changed.",
                "Choose a folder with -o.",
            ) from error
        except OSError as error:
            raise CannotWrite(
                f"{self.stem} cannot be written to {self.folder} ({error.strerror}); "
                "nothing was changed.",
                "Choose another folder with -o, or a shorter name.",
            ) from error
        if any(path.is_dir() for path in in_the_way):
            raise CannotWrite(
                f"There is a folder in {self.folder} with the name of a result; it was kept.",
                "Choose another folder with -o.",
            )
        if in_the_way and not overwrite:
            raise exists_already(in_the_way[0])

    def write(self, photo: Raster, done: Done, overwrite: bool) -> list[Path]:
        """Write all layers; when one fails, none is left.

        Returns:
            What was written.

        Raises:
            CannotWrite: the disk is full, the folder has become unwritable, or another program
                has meanwhile written a file of that name.
        """
        rasters = self._layers(photo, done)
        with staging_folder(self.folder) as staging, ThreadPoolExecutor() as pool:
            names = LAYERS if self.format is PictureFormat.TIFF else ()
            tiffs = [
                pool.submit(write_picture, rasters[name], staging / self.layer(name).name)
                for name in names
            ]
            masked = pool.submit(encode_masked, rasters["colorized"], rasters["mask"])
            encoded = pool.map(EncodedPicture.of, rasters.values())
            pictures = dict(zip(rasters, encoded, strict=True))
            self._stage(staging, pictures | {"masked": masked.result()})
            for pending in tiffs:
                pending.result()
            commit([(staging / path.name, path) for path in self.paths()], overwrite)
        return self.paths()

    def notes(self, photo: Raster) -> tuple[Note, ...]:
        """What the files cannot keep of the photo."""
        is_float = photo.format.sample_type in (SampleType.F16, SampleType.F32)
        if is_float and self.format is not PictureFormat.TIFF:
            return (Note.FLOATS_BECAME_INTEGERS,)
        return ()

    def _layers(self, photo: Raster, done: Done) -> dict[str, Raster]:
        """The photo and its layers in the depth that was asked for."""
        assert done.colorized is not None
        assert done.mask is not None
        rasters = {"original": photo, "colorized": done.colorized, "blended": done.blended}
        depth = depth_for(self.format, photo.format.sample_type, self.depth)
        if depth is not None:
            rasters = {name: convert_depth(raster, depth) for name, raster in rasters.items()}
        return rasters | {"mask": done.mask}

    def _stage(self, staging: Path, pictures: dict[str, EncodedPicture]) -> None:
        """Write what is made of PNG: the layers' files, unless they are TIFF, and the .ora."""
        if self.format is PictureFormat.PNG:
            for name in LAYERS:
                write_bytes(pictures[name].png, staging / self.layer(name).name)
        layers = result_layers(**pictures)
        form = pictures["original"].raster.format
        if self.background is not Background.KEEP or form.channels.has_alpha:
            # The masked layer over the photo would not be the composite: show that itself.
            layers = tuple(replace(layer, visible=layer.name == "Blended") for layer in layers)
        write_ora(
            staging / self.openraster.name, layers, form.width, form.height, pictures["blended"]
        )


def commit(moves: Sequence[tuple[Path, Path]], overwrite: bool) -> None:
    """Move finished files to their names; none stays there when one cannot be moved.

    With `overwrite` each file is replaced whole, but those already replaced stay so.

    Raises:
        CannotWrite: there is a file of that name, and it may not be replaced.
        OSError: the system refused.
    """
    moved: list[Path] = []
    try:
        for source, target in moves:
            if overwrite:
                os.replace(source, target)
            else:
                move_exclusively(source, target)
                moved.append(target)
    except (OSError, CannotWrite):
        for target in moved:
            target.unlink()
        raise


def move_exclusively(source: Path, target: Path) -> None:
    """Give a file its name, unless another program was quicker.

    Raises:
        CannotWrite: there is a file of that name.
        OSError: the system refused.
    """
    try:
        os.link(source, target)
    except FileExistsError as error:
        raise exists_already(target) from error
    except OSError:
        # No hard links on this file system: the next best is to look first.
        if target.exists():
            raise exists_already(target) from None
        os.replace(source, target)


def exists_already(path: Path) -> CannotWrite:
    """The error of a file that is in the way."""
    return CannotWrite(
        f"{path} exists already; it was kept.",
        "Choose another place with -o, or replace it with --overwrite.",
    )


def encode_masked(colorized: Raster, mask: Raster) -> EncodedPicture:
    """The colorized layer with the mask in its alpha, as a PNG."""
    return EncodedPicture.of(with_mask(colorized, mask))


@contextmanager
def staging_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder beside the results, gone afterwards, so that results appear whole or not."""
    try:
        staging = Path(tempfile.mkdtemp(prefix=".selcolor-", dir=folder))
    except OSError as error:
        raise CannotWrite(
            f"Nothing can be written to {folder} ({error.strerror}).", "Choose another folder."
        ) from error
    try:
        yield staging
    except CannotWrite as error:
        sentence = error.sentence.replace(str(staging), str(folder))
        raise CannotWrite(sentence, error.hint) from error
    except OSError as error:
        raise CannotWrite(
            f"Writing to {folder} failed ({error.strerror}); nothing half-written was left.",
            "Free some space, or choose another folder with -o.",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def refuse_clashes(tasks: Mapping[Path, Outputs], mask: Path | None) -> None:
    """Refuse photos of which one's results would replace another photo, its results or the mask.

    Args:
        tasks: each photo with where its results go.
        mask: the mask that is given.

    Raises:
        CannotWrite: two names clash; nothing was done.
    """
    taken = {path.resolve(): path for path in (*tasks, *((mask,) if mask else ()))}
    for photo, outputs in tasks.items():
        for path in outputs.paths():
            if (other := taken.setdefault(path.resolve(), photo)) is not photo:
                raise CannotWrite(
                    f"{path.name}, made from {photo}, would replace {other} or what becomes of "
                    "it; nothing was done.",
                    "Choose another folder with -o, or color them in two runs.",
                )
