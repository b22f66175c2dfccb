"""The files that one photo becomes: their names, and writing them all or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selcolor_backend.cli.staging import (
    IN_THE_WAY,
    check_folder,
    commit,
    exists_already,
    staging_folder,
)
from selcolor_backend.pictures.bands import Banded, banded, masked
from selcolor_backend.pictures.hints import no_hints
from selcolor_backend.pictures.metadata import NO_METADATA, Metadata
from selcolor_backend.pictures.metadata_writing import loses
from selcolor_backend.pictures.openraster import (
    MergedImage,
    make_thumbnail,
    result_layers,
    write_ora,
)
from selcolor_backend.pictures.png import write_png
from selcolor_backend.pictures.signing import SIGNED_SUFFIXES
from selcolor_backend.pictures.writing import (
    DEFAULT_QUALITY,
    PictureFormat,
    depth_for,
    write_picture,
)
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Raster, RasterFormat, SampleType

LAYERS = ("colorized", "mask", "blended")
ORA = "ora"
RESULTS = (*LAYERS, ORA)
"""What a photo can become, by the names of `--layers`."""


@dataclass(frozen=True)
class Outputs:
    """Where one photo's results go.

    Attributes:
        folder: the folder of `-o`.
        stem: the photo's name without its suffix.
        format: of the single layers; `ora` for none beside the .ora.
        depth: 8 or 16 bits, or None for the photo's own.
        background: what lies behind the subject.
        layers: what is written, of `RESULTS`.
        quality: 1 to 100, of what is lossy.
        has_sidecar: whether a .json beside the results says how they were made.
    """

    folder: Path
    stem: str
    format: PictureFormat
    depth: int | None
    background: Background
    layers: tuple[str, ...] = RESULTS
    quality: int = DEFAULT_QUALITY
    has_sidecar: bool = False

    def layer(self, name: str) -> Path:
        """The file of one layer: `colorized`, `mask` or `blended`.

        A mask is exact, so that it is a PNG where the others are lossy.
        """
        exact = PictureFormat.PNG if name == "mask" and self.format.is_lossy else self.format
        return self.folder / f"{self.stem}-{name}.{exact.suffix}"

    @property
    def sidecar(self) -> Path:
        """The file that says how the results were made."""
        return self.folder / f"{self.stem}.json"

    def writes(self, name: str) -> bool:
        """Whether one of `RESULTS` becomes a file."""
        return name in self.layers and (name == ORA or self.format is not PictureFormat.ORA)

    @property
    def openraster(self) -> Path:
        """The layered file that Krita and GIMP open."""
        return self.folder / f"{self.stem}.ora"

    def paths(self) -> list[Path]:
        """All files that will be written."""
        written = list(self.layer_paths().values())
        return [*written, self.sidecar] if self.has_sidecar else written

    def all_paths(self) -> list[Path]:
        """All files that could be written in this format."""
        return [path for _, path in self._places()]

    def missing(self) -> tuple[str, ...]:
        """What would be written and is not there yet."""
        return tuple(name for name, path in self.layer_paths().items() if not path.exists())

    def layer_paths(self) -> dict[str, Path]:
        """What of `RESULTS` will be written, and where."""
        return {name: path for name, path in self._places() if self.writes(name)}

    def _places(self) -> list[tuple[str, Path]]:
        return [*((name, self.layer(name)) for name in LAYERS), (ORA, self.openraster)]

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
            raise exists_already(in_the_way[0], f"Go on with --skip-existing. {IN_THE_WAY}")

    def notes(self, photo: RasterFormat, metadata: Metadata) -> tuple[Note, ...]:
        """What the files cannot keep of the photo."""
        is_float = photo.sample_type in (SampleType.F16, SampleType.F32)
        is_flat = self.format is PictureFormat.JPEG and photo.channels.has_alpha
        lost = {
            Note.FLOATS_BECAME_INTEGERS: is_float and self.format is not PictureFormat.TIFF,
            Note.TRANSPARENCY_LEFT_OUT: is_flat,
            Note.METADATA_LEFT_OUT: loses(self.format, metadata),
        }
        return tuple(note for note, holds in lost.items() if holds)

    @contextmanager
    def begun(self, photo: Raster, hints: Raster | None = None) -> Iterator[Writing]:
        """Begin with what is known before the work is done: the photo itself, and the hints.

        Raises:
            CannotWrite: the system refused, here or in the body; nothing half-written is left.
        """
        with staging_folder(self.folder) as staging, ThreadPoolExecutor(1) as thread:
            writing = Writing(self, staging, photo, hints, thread)
            del photo, hints
            yield writing


class Writing:
    """The files of one photo while they are made, in a folder of their own."""

    def __init__(
        self,
        outputs: Outputs,
        staging: Path,
        photo: Raster,
        hints: Raster | None,
        thread: Executor,
    ) -> None:
        """Begin with the photo itself and the hints; they are let go once they are written.

        Args:
            outputs: what becomes of the files.
            staging: where they are made.
            photo: the photo.
            hints: RGBA; None for an empty layer.
            thread: where their layers are written while the work is done.
        """
        self._outputs = outputs
        self._staging = staging
        self._format = photo.format
        self._metadata = NO_METADATA
        self._has_ora = outputs.writes(ORA)
        self._original = thread.submit(self._begin, "original", self._integers(photo))
        painted = no_hints(photo.format.width, photo.format.height)
        if hints is not None:
            painted = banded(hints, depth_for(PictureFormat.PNG, hints.format.sample_type))
        self._hints = thread.submit(self._begin, "hints", painted)

    def finish(
        self,
        layers: dict[str, Raster],
        overwrite: bool,
        metadata: Metadata = NO_METADATA,
        record: str = "",
        seal: Callable[[Path], None] | None = None,
        confirm: Callable[[Sequence[Path]], None] | None = None,
    ) -> list[Path]:
        """Write all layers; when one fails, none is left.

        Args:
            layers: each of `colorized`, `mask` and `blended`; taken out once it is written.
            overwrite: replace results of an earlier run.
            metadata: what else belongs to the results.
            record: what the sidecar says, where there is one.
            seal: signs a finished file.
            confirm: called with all of them before they get their names.

        Returns:
            What was written.

        Raises:
            CannotWrite: another program has meanwhile written a file of that name.
            OSError: the disk is full, or the folder has become unwritable.
        """
        self._metadata = metadata
        mask = layers.pop("mask")
        self._write_layer("mask", banded(mask), banded(mask))
        colorized = layers.pop("colorized")
        self._write_layer("colorized", self._integers(colorized), self._as_asked(colorized))
        if self._has_ora:
            self._write_png("masked", masked(self._integers(colorized), mask), metadata)
        del mask, colorized
        blended = layers.pop("blended")
        self._write_layer("blended", self._integers(blended), self._as_asked(blended))
        thumbnail = make_thumbnail(self._integers(blended)) if self._has_ora else b""
        del blended
        self._original.result()
        self._hints.result()
        if self._has_ora:
            self._write_openraster(thumbnail)
        if self._outputs.has_sidecar:
            (self._staging / self._outputs.sidecar.name).write_text(record, encoding="utf-8")
        paths = self._outputs.paths()
        if seal is not None:
            for path in (path for path in paths if path.suffix in SIGNED_SUFFIXES):
                seal(self._staging / path.name)
        if confirm is not None:
            confirm([self._staging / path.name for path in paths])
        commit([(self._staging / path.name, path) for path in paths], overwrite)
        return paths

    def _begin(self, name: str, picture: Banded) -> None:
        if self._has_ora:
            self._write_png(name, picture, NO_METADATA)

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
        is_png = name in LAYERS and self._outputs.layer(name).suffix == ".png"
        is_result = is_png and self._outputs.writes(name)
        return self._staging / (self._outputs.layer(name).name if is_result else f"{name}.part")

    def _write_png(self, name: str, picture: Banded, metadata: Metadata) -> None:
        with self._png(name).open("xb") as file:
            write_png(picture, file, metadata)

    def _write_layer(self, name: str, integers: Banded, as_asked: Banded) -> None:
        """Write the PNG of a layer where something needs it, and the file that is asked for."""
        outputs = self._outputs
        path = outputs.layer(name)
        is_png = path.suffix == ".png"
        if self._has_ora or (is_png and outputs.writes(name)):
            self._write_png(name, integers, self._metadata)
        if outputs.writes(name) and not is_png:
            write_picture(as_asked, self._staging / path.name, self._metadata, outputs.quality)

    def _write_openraster(self, thumbnail: bytes) -> None:
        files = {name: self._png(name) for name in ("original", "masked", "hints", *LAYERS)}
        size = self._format
        # The masked layer over a gray or transparent photo would not be the composite.
        unlike = self._outputs.background is not Background.KEEP or size.channels.has_alpha
        merged = MergedImage(size.width, size.height, files["blended"], thumbnail, self._metadata)
        with (self._staging / self._outputs.openraster.name).open("xb") as file:
            write_ora(result_layers(files, only_blended=unlike), merged, file)
