"""What a user does with models: list, get, import, bundle, verify, remove; printing is elsewhere.

SELCOLOR_MODELS_URL names a mirror: files are then fetched from `$SELCOLOR_MODELS_URL/FILE` instead
of the address in the registry; their digests stay those of the registry.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from selcolor_backend.models.digest import (
    Fingerprint,
    conversion_of,
    corrupt,
    expected_fingerprint,
    fingerprint_of,
    record_path,
    write_record,
)
from selcolor_backend.models.download import Told, download, only_here, part_path
from selcolor_backend.models.registry import (
    NO_DIGEST,
    Model,
    all_models,
    find_model,
    how_to_install,
    installed_path,
)
from selcolor_protocol.errors import CorruptWeights, ModelError, ModelNotInstalled
from selcolor_protocol.messages import ModelState

MIRROR_VARIABLE = "SELCOLOR_MODELS_URL"


@dataclass(frozen=True)
class ModelStatus:
    """A model as it is on this machine.

    Attributes:
        model: its entry in the registry.
        state: where its weights are.
        path: the weight file; None where there is none.
    """

    model: Model
    state: ModelState
    path: Path | None


@dataclass(frozen=True)
class Verification:
    """What checking one weight file found.

    Attributes:
        name: the model's name.
        path: the file that was read.
        problem: what is wrong; None where the file is sound.
    """

    name: str
    path: Path
    problem: ModelError | None

    @property
    def sound(self) -> bool:
        """The file is the one that it has to be."""
        return self.problem is None


@dataclass(frozen=True)
class Removal:
    """What was removed: files, and how many bytes that freed."""

    name: str
    paths: tuple[Path, ...]
    bytes: int


def status_of(name: str) -> ModelStatus:
    """One model's state.

    Raises:
        UnknownModel: there is none of this name.
    """
    model = find_model(name)
    state = model.state
    here = state in (ModelState.EMBEDDED, ModelState.INSTALLED)
    return ModelStatus(model, state, model.path if here else None)


def list_models() -> tuple[ModelStatus, ...]:
    """Every known model with its state, in the registry's order."""
    return tuple(status_of(name) for name in all_models())


def download_url(model: Model) -> str:
    """Where the model's file is fetched from, the mirror considered.

    Raises:
        ModelNotInstalled: nothing is published.
    """
    if model.url is None:
        raise ModelNotInstalled(
            f"No weights of {model.name} are published that could be downloaded.",
            how_to_install(model),
        )
    mirror = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
    return f"{mirror}/{model.download_path.name}" if mirror else model.url


def get_model(name: str, told: Told | None = None) -> ModelStatus:
    """Make sure that a model is here: download it unless its file is here and sound.

    Args:
        name: as in the registry.
        told: see `download`.

    Raises:
        UnknownModel: there is none of this name.
        ModelNotInstalled: nothing is published.
        DownloadFailed: see `download`.
        CorruptWeights: the published file does not hold what it should.
        ModelError: there is no room for the converted file.
    """
    status = status_of(name)
    if status.path is not None and check_file(status.model, status.path).sound:
        return status
    model = status.model
    published, expected = model.download_path, Fingerprint(model.bytes, model.sha256)
    url = download_url(model)
    with only_here(published):
        if not (published.is_file() and fingerprint_of(published) == expected):
            download(url, published, expected, told)
        if model.is_converted:
            _convert(model, published)
            published.unlink()
    return status_of(name)


def _convert(model: Model, published: Path) -> None:
    """Convert a published file into the one that is loaded."""
    # Here, not above: everything else in this module works without the seconds torch takes.
    from selcolor_backend.models.loading import convert_published

    try:
        convert_published(model, published)
    except OSError as error:
        raise ModelError(
            f"{model.file} could not be written ({error.strerror or error}); the download is kept.",
            "Free some space and try again: it is not downloaded anew.",
        ) from error


def import_model(name: str, source: Path) -> ModelStatus:
    """Install a model from a local file, after checking that it is that model's.

    A published model's file has to be the published one, or what `bundle_models` copied of a
    converted one. Any other has to hold exactly the tensors of the architecture; its digest is
    recorded and checked at every load.

    Raises:
        UnknownModel: there is none of this name.
        ModelError: it is embedded, or the file cannot be read or copied.
        CorruptWeights: the file is not this model's.
    """
    model = find_model(name)
    if model.embedded:
        raise ModelError(
            f"{name} comes with the program and is not replaced; nothing was changed.",
            "Use it as it is, or import your file as another model.",
        )
    part = part_path(model.path).with_suffix(".import")
    try:
        model.path.parent.mkdir(parents=True, exist_ok=True)
        # Copied first, so that what is checked is what is installed.
        shutil.copyfile(source, part)
        _install(model, part, source)
    except OSError as error:
        raise ModelError(
            f"{source} could not be imported ({error.strerror or error}); nothing was changed.",
            "Check the path, the free disk space and the folder's permissions.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return status_of(name)


def _install(model: Model, part: Path, source: Path) -> None:
    """Check the copy of a file and make it the model's, or refuse it."""
    measured, published = fingerprint_of(part), Fingerprint(model.bytes, model.sha256)
    if model.is_converted and measured == published:
        _convert(model, part)
        return
    if model.sha256 == NO_DIGEST or (model.is_converted and conversion_of(model, source)):
        # Here, not above: everything else in this module works without the seconds torch takes.
        from selcolor_backend.models.loading import check_weights

        expected = conversion_of(model, source) or measured
        check_weights(model, part, expected, source)
    elif measured != published:
        raise CorruptWeights(
            f"{source} is not the published file of {model.name}; nothing was changed.",
            how_to_install(model),
        )
    write_record(model.path, measured, model.sha256 if model.is_converted else NO_DIGEST)
    os.replace(part, model.path)


def bundle_models(folder: Path, names: Sequence[str] = ()) -> Iterator[tuple[Model, Path]]:
    """Copy weight files into a folder, for `import_model` on a machine without network.

    Args:
        folder: made if it is missing.
        names: which models, downloaded if need be; all that are installed if left out: what is
            published has gigabytes.

    Yields:
        Each model with its copy.

    Raises:
        UnknownModel: a name is not in the registry.
        ModelNotInstalled: nothing is published, or nothing is installed.
        DownloadFailed: see `download`.
        ModelError: a copy cannot be written.
    """
    chosen = names or [s.model.name for s in list_models() if s.state is ModelState.INSTALLED]
    if not chosen:
        raise ModelNotInstalled(
            "No model was downloaded or imported here, so there is nothing to bundle.",
            "Name those that you want: `selcolor models bundle DIR NAME`.",
        )
    for name in chosen:
        model = find_model(name)
        source = model.path if model.state is ModelState.INSTALLED else get_model(name).model.path
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if model.is_converted:
                shutil.copy(record_path(source), folder)
            yield model, Path(shutil.copy(source, folder))
        except OSError as error:
            raise ModelError(
                f"{model.file} could not be copied to {folder} ({error.strerror or error}).",
                "Check the path, the free disk space and the folder's permissions.",
            ) from error


def check_file(model: Model, path: Path) -> Verification:
    """Compare a weight file with what it has to be; never raises for a bad file."""
    try:
        expected = expected_fingerprint(model, path)
        problem = None
        if fingerprint_of(path) != expected:
            problem = corrupt(model, path)
    except CorruptWeights as error:
        problem = error
    except OSError as error:
        problem = CorruptWeights(
            f"{path} cannot be read ({error.strerror or error}).", "Check its permissions."
        )
    return Verification(model.name, path, problem)


def verify_models(names: Sequence[str] = ()) -> tuple[Verification, ...]:
    """Check the digest of the named models' files, or of every file that is here.

    Raises:
        UnknownModel: a name is not in the registry.
        ModelNotInstalled: a named model is not here.
    """
    if names:
        models = [find_model(name) for name in names]
        return tuple(check_file(model, installed_path(model)) for model in models)
    here = [status for status in list_models() if status.path is not None]
    return tuple(check_file(status.model, status.model.path) for status in here)


def remove_model(name: str) -> Removal:
    """Delete a downloaded or imported model, a broken-off download of it included.

    Raises:
        UnknownModel: there is none of this name.
        ModelError: it is embedded, or a file cannot be deleted.
        ModelNotInstalled: there is nothing to remove.
    """
    model = find_model(name)
    if model.embedded:
        raise ModelError(
            f"{name} comes with the program and stays.", "Only downloaded models can be removed."
        )
    fetched = (model.download_path, part_path(model.download_path))
    candidates = dict.fromkeys((model.path, record_path(model.path), *fetched))
    paths = tuple(path for path in candidates if path.is_file())
    if not paths:
        raise ModelNotInstalled(
            f"{name} is not on this machine, so there is nothing to remove.",
            "`selcolor models list` shows which are.",
        )
    freed = sum(path.stat().st_size for path in paths)
    try:
        for path in paths:
            path.unlink()
    except OSError as error:
        raise ModelError(
            f"{error.filename} could not be removed ({error.strerror or error}).",
            "Stop the daemon with `selcolor stop` and try again.",
        ) from error
    return Removal(name, paths, freed)
