"""The list of known models (`models.toml`) and the state of each; changing files is `store`'s.

A model is *embedded* (its weights come with the program), *installed* (downloaded or imported into
the models folder), *available* (has a download address), *local-only* (nothing is published, it can
be imported from a file) or *missing* (embedded, but its file is gone).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from selcolor_backend import folders
from selcolor_protocol.errors import ModelNotInstalled, UnknownModel
from selcolor_protocol.messages import ModelState, ModelSummary

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MODELS_FILE = Path(__file__).with_name("models.toml")
NO_DIGEST = ""
"""Stands in `models.toml` for a file that nobody has published yet."""


class Kind(str, Enum):
    """What a model does."""

    COLORIZER = "colorizer"
    SEGMENTER = "segmenter"


@dataclass(frozen=True)
class Model:
    """One entry of `models.toml`.

    Attributes:
        name: what users type.
        kind: colorizer or segmenter.
        architecture: the module of `networks` that holds its network, and perhaps its record.
        file: name of the weight file, without a folder.
        embedded: the file comes with the program.
        bytes: size of the embedded or published file; 0 where there is none.
        sha256: digest of that file in hex; NO_DIGEST where there is none.
        license: of the weights.
        training_data: what the weights have learned from.
        native_size: the size that the network sees, in words.
        description: one line.
        url: where the published file can be downloaded.
        download: name of the published file here and at mirrors, where `file` is what it was
            converted into; empty where it is used as it is.
        classes: what a segmenter's logits tell apart, in their order, "background" first.
        unsure: those of them that it tells too badly to be asked for; they count as "object".
        takes_hints: the weights of a colorizer have learned what hints mean.
    """

    name: str
    kind: Kind
    architecture: str
    file: str
    embedded: bool
    bytes: int
    sha256: str
    license: str
    training_data: str
    native_size: str
    description: str
    url: str | None = None
    download: str = ""
    classes: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    takes_hints: bool = False

    @property
    def is_converted(self) -> bool:
        """Whether the published file is converted once it is here."""
        return bool(self.download)

    @property
    def download_path(self) -> Path:
        """Where the published file is kept until it is complete, and converted if it has to be."""
        return folders.models_folder() / (self.download or self.file)

    @property
    def offered(self) -> tuple[str, ...]:
        """The classes that a user may ask for, "background" first."""
        return tuple(name for name in self.classes if name not in self.unsure)

    @property
    def path(self) -> Path:
        """Where the weight file lies, or would lie."""
        if self.embedded:
            return folders.embedded_weights_folder() / self.file
        return folders.models_folder() / self.file

    @property
    def state(self) -> ModelState:
        """Where the weights are at this moment; looks at the disk."""
        if self.path.is_file():
            return ModelState.EMBEDDED if self.embedded else ModelState.INSTALLED
        if self.embedded:
            return ModelState.MISSING
        return ModelState.AVAILABLE if self.url else ModelState.LOCAL_ONLY


def _typed(table: dict[str, Any]) -> dict[str, Any]:
    """A table's values in the types of `Model`."""
    names = {key: tuple(table.get(key, ())) for key in ("classes", "unsure")}
    return table | {"kind": Kind(table["kind"])} | names


def read_models(file: Path) -> dict[str, Model]:
    """Read a registry file.

    Raises:
        OSError, ValueError, TypeError: the file is damaged; only a broken installation does that.
    """
    with file.open("rb") as stream:
        tables: dict[str, dict[str, Any]] = tomllib.load(stream)
    return {name: Model(name=name, **_typed(table)) for name, table in tables.items()}


@lru_cache(maxsize=1)
def all_models() -> dict[str, Model]:
    """Every known model by its name, in the order of `models.toml`."""
    return read_models(MODELS_FILE)


def find_model(name: str, kind: Kind | None = None) -> Model:
    """The model of this name.

    Args:
        name: as in `models.toml`.
        kind: what it has to be; anything where left out.

    Raises:
        UnknownModel: there is none, or it is of the other kind.
    """
    model = all_models().get(name)
    if model is not None and kind in (None, model.kind):
        return model
    wanted = kind.value if kind else "model"
    known = ", ".join(m.name for m in all_models().values() if kind in (None, m.kind))
    raise UnknownModel(f"There is no {wanted} named {name!r}.", f"Choose one of: {known}.")


def how_to_install(model: Model) -> str:
    """The next step for someone who lacks the model's weights, as one sentence."""
    if model.embedded:
        return "Install Selective Colorize again; this file comes with it."
    if model.url:
        return f"Run `selcolor models get {model.name}`."
    return f"Run `selcolor models get {model.name} --file PATH` with weights of your own training."


def installed_path(model: Model) -> Path:
    """The model's weight file.

    Raises:
        ModelNotInstalled: it is not on this machine.
    """
    if not model.path.is_file():
        raise ModelNotInstalled(
            f"The weights of {model.name} are not on this machine.", how_to_install(model)
        )
    return model.path


def summaries() -> tuple[ModelSummary, ...]:
    """Every known model as editors list it."""
    return tuple(
        ModelSummary(
            model.name,
            model.kind.value,
            model.state,
            model.offered,
            model.bytes if model.url else 0,
            model.license,
            model.description,
        )
        for model in all_models().values()
    )
