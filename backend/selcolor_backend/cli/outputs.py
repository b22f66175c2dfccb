"""The files that one photo becomes: their names, and writing them all or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selcolor_backend.cli.staging import check_folder, commit, exists_already, staging_folder
from selcolor_backend.pictures.bands import Banded, banded, masked
from selcolor_backend.pictures.openraster import (
    MergedImage,
    make_thumbnail,
    result_layers,
    write_ora,
)
from selcolor_backend.pictures.png import write_png
from selcolor_backend.pictures.writing import PictureFormat, depth_for, write_picture
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Raster, RasterFormat, SampleType

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
        check_folder(self.folder, self.stem)
        if any(path.is_dir() for path in in_the_way):
            raise CannotWrite(
                f"There is a folder in {self.folder} with the name of a result; it was kept.",
                "Choose another folder with -o.",
            )
        if in_the_way and not overwrite:
            raise exists_already(in_the_way[0])

    def notes(self, photo: RasterFormat) -> tuple[Note, ...]:
        """What the files cannot keep of the photo."""
        is_float = photo.sample_type in (SampleType.F16, SampleType.F32)
        if is_float and self.format is not PictureFormat.TIFF:
            return (Note.FLOATS_BECAME_INTEGERS,)
        return ()

    @contextmanager
    def begun(self, photo: Raster) -> Iterator[Writing]:
        """Begin with what is known before the work is done: the photo itself, as a layer.

        Raises:
            CannotWrite: the system refused, here or in the body; nothing half-written is left.
        """
        with staging_folder(self.folder) as staging, ThreadPoolExecutor(1) as thread:
            writing = Writing(self, staging, photo, thread)
            del photo
            yield writing


class Writing:
    """The files of one photo while they are made, in a folder of their own."""

    def __init__(self, outputs: Outputs, staging: Path, photo: Raster, thread: Executor) -> None:
        """Begin with the photo itself; it is let go once it is written.

        Args:
            outputs: what becomes of the files.
            staging: where they are made.
            photo: the photo.
            thread: where its own layer is written while the work is done.
        """
        self._outputs = outputs
        self._staging = staging
        self._format = photo.format
        self._original = thread.submit(self._write_png, "original", self._integers(photo))

    def finish(self, layers: dict[str, Raster], overwrite: bool) -> list[Path]:
        """Write all layers; when one fails, none is left.

        Args:
            layers: each of `colorized`, `mask` and `blended`; taken out once it is written.
            overwrite: replace results of an earlier run.

        Returns:
            What was written.

        Raises:
            CannotWrite: another program has meanwhile written a file of that name.
            OSError: the disk is full, or the folder has become unwritable.
        """
        mask = layers.pop("mask")
        self._write_layer("mask", banded(mask), banded(mask))
        colorized = layers.pop("colorized")
        self._write_layer("colorized", self._integers(colorized), self._as_asked(colorized))
        self._write_png("masked", masked(self._integers(colorized), mask))
        del mask, colorized
        blended = layers.pop("blended")
        self._write_layer("blended", self._integers(blended), self._as_asked(blended))
        thumbnail = make_thumbnail(self._integers(blended))
        del blended
        self._original.result()
        self._write_openraster(thumbnail)
        paths = self._outputs.paths()
        commit([(self._staging / path.name, path) for path in paths], overwrite)
        return paths

    def _as_asked(self, raster: Raster) -> Banded:
        """A picture in the depth that was asked for."""
        outputs = self._outputs
        return banded(raster, depth_for(outputs.format, self._format.sample_type, outputs.depth))

    def _integers(self, raster: Raster) -> Banded:
        """The same as PNG can hold it."""
        depth = depth_for(PictureFormat.PNG, self._format.sample_type, self._outputs.depth)
        return banded(raster, depth)

    def _png(self, name: str) -> Path:
        """The PNG of a layer: a result, or for the layered file alone."""
        is_result = self._outputs.format is PictureFormat.PNG and name in LAYERS
        return self._staging / (self._outputs.layer(name).name if is_result else f"{name}.part")

    def _write_png(self, name: str, picture: Banded) -> None:
        with self._png(name).open("xb") as file:
            write_png(picture, file)

    def _write_layer(self, name: str, integers: Banded, as_asked: Banded) -> None:
        """Write the PNG of a layer, and the TIFF where that is asked for."""
        self._write_png(name, integers)
        if self._outputs.format is PictureFormat.TIFF:
            write_picture(as_asked, self._staging / self._outputs.layer(name).name)

    def _write_openraster(self, thumbnail: bytes) -> None:
        files = {name: self._png(name) for name in ("original", "masked", *LAYERS)}
        size = self._format
        # The masked layer over a gray or transparent photo would not be the composite.
        unlike = self._outputs.background is not Background.KEEP or size.channels.has_alpha
        merged = MergedImage(size.width, size.height, files["blended"], thumbnail)
        with (self._staging / self._outputs.openraster.name).open("xb") as file:
            write_ora(result_layers(files, only_blended=unlike), merged, file)


def refuse_clashes(tasks: Mapping[Path, Outputs], given: Iterable[Path]) -> None:
    """Refuse photos of which one's results would replace another photo, its results or a mask.

    Args:
        tasks: each photo with where its results go.
        given: what else is read: mask and selection.

    Raises:
        CannotWrite: two names clash; nothing was done.
    """
    taken = {os.path.realpath(path): path for path in (*tasks, *given)}
    for photo, outputs in tasks.items():
        for path in outputs.paths():
            if (other := taken.setdefault(os.path.realpath(path), photo)) is not photo:
                raise CannotWrite(
                    f"{path.name}, made from {photo}, would replace {other} or what becomes of "
                    "it; nothing was done.",
                    "Choose another folder with -o, or color them in two runs.",
                )
