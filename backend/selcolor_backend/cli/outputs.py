"""The files that one photo becomes: their names, and writing them all or none."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from selcolor_backend.pictures.openraster import EncodedPicture, result_layers, write_ora
from selcolor_backend.pictures.writing import (
    PictureFormat,
    convert_depth,
    depth_for,
    write_bytes,
    write_picture,
)
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.messages import Done
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Raster

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
        except OSError as error:
            raise CannotWrite(
                f"The folder {self.folder} cannot be written ({error.strerror}); "
                "nothing was changed.",
                "Choose another folder with -o.",
            ) from error
        in_the_way = [path for path in self.paths() if path.exists()]
        if any(path.is_dir() for path in in_the_way):
            raise CannotWrite(
                f"There is a folder in {self.folder} with the name of a result; it was kept.",
                "Choose another folder with -o.",
            )
        if in_the_way and not overwrite:
            raise CannotWrite(
                f"{in_the_way[0]} exists already; it was kept.",
                "Choose another folder with -o, or replace results with --overwrite.",
            )

    def write(self, photo: Raster, done: Done) -> list[Path]:
        """Write all layers; when one fails, none is left.

        Returns:
            What was written.

        Raises:
            CannotWrite: the disk is full, or the folder has become unwritable.
        """
        rasters = self._layers(photo, done)
        with staging_folder(self.folder) as staging, ThreadPoolExecutor() as pool:
            if self.format is PictureFormat.TIFF:
                tiffs = [pool.submit(self._stage_tiff, staging, n, rasters[n]) for n in LAYERS]
            else:
                tiffs = []
            pictures = dict(
                zip(rasters, pool.map(EncodedPicture.of, rasters.values()), strict=True)
            )
            self._stage(staging, pictures)
            for pending in tiffs:
                pending.result()
            for path in self.paths():
                os.replace(staging / path.name, path)
        return self.paths()

    def _layers(self, photo: Raster, done: Done) -> dict[str, Raster]:
        """The photo and its layers in the depth that was asked for."""
        assert done.colorized is not None
        assert done.mask is not None
        rasters = {"original": photo, "colorized": done.colorized, "blended": done.blended}
        depth = depth_for(self.format, photo.format.sample_type, self.depth)
        if depth is not None:
            rasters = {name: convert_depth(raster, depth) for name, raster in rasters.items()}
        return rasters | {"mask": done.mask}

    def _stage_tiff(self, staging: Path, name: str, raster: Raster) -> None:
        write_picture(raster, staging / self.layer(name).name)

    def _stage(self, staging: Path, pictures: dict[str, EncodedPicture]) -> None:
        """Write what is made of PNG: the layers' files, unless they are TIFF, and the .ora."""
        if self.format is PictureFormat.PNG:
            for name in LAYERS:
                write_bytes(pictures[name].png, staging / self.layer(name).name)
        layers = result_layers(**pictures)
        if self.background is not Background.KEEP:
            # The masked layer would lie on the photo itself: show the finished composite instead.
            layers = tuple(replace(layer, visible=layer.name == "Blended") for layer in layers)
        size = pictures["original"].raster.format
        write_ora(
            staging / self.openraster.name, layers, size.width, size.height, pictures["blended"]
        )


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
    except OSError as error:
        raise CannotWrite(
            f"Writing to {folder} failed ({error.strerror}); nothing half-written was left.",
            "Free some space, or choose another folder with -o.",
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def refuse_clashes(tasks: Mapping[Path, Outputs]) -> None:
    """Refuse photos of which one's results would replace another photo or its results.

    Args:
        tasks: each photo with where its results go.

    Raises:
        CannotWrite: two names clash; nothing was done.
    """
    taken = {photo.resolve(): photo for photo in tasks}
    for photo, outputs in tasks.items():
        for path in outputs.paths():
            other = taken.setdefault(path.resolve(), photo)
            if other is not photo:
                raise CannotWrite(
                    f"{path.name} from {photo} would replace {other} or what becomes of it; "
                    "nothing was done.",
                    "Color them in two runs, into two folders.",
                )
