"""What the dialog remembers, in one JSON file for all editors.

Reading never fails: a value that is missing, of another version or out of its range becomes the
default, and the others are kept. Ranges and defaults are those of `selcolor_protocol.options`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from selcolor_plugin.translation import translate as _
from selcolor_plugin.writing import write_atomically
from selcolor_protocol.errors import CannotWrite, InvalidOptions
from selcolor_protocol.folders import SETTINGS_NAME, config_folder
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions, Subject


@dataclass(frozen=True)
class Settings:
    """What the user chose last.

    Attributes:
        options: of Selective Colorize.
        refine_again: whether Update refines and feathers the edited mask as `options.mask`
            says; otherwise it takes the mask exactly as it was painted.
        knows_hints: whether it was said what the layer Color Hints is for.
    """

    options: ColorizeOptions = field(default_factory=ColorizeOptions)
    refine_again: bool = False
    knows_hints: bool = False


def settings_path() -> Path:
    """The settings file's path; it need not exist."""
    return config_folder() / SETTINGS_NAME


def load_settings(path: Path | None = None) -> Settings:
    """What was saved last, or defaults for what cannot be read."""
    try:
        content = json.loads((path or settings_path()).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Settings()
    return settings_from(content)


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Remember the settings.

    Raises:
        CannotWrite: the file cannot be written; the old one is kept.
    """
    target = path or settings_path()
    try:
        write_atomically(target, json.dumps(as_content(settings), indent=2) + "\n")
    except OSError as error:
        raise CannotWrite(
            _("The settings cannot be saved in {target} ({reason}).").format(
                target=target, reason=error.strerror
            ),
            _("The photo is colorized nevertheless. Make that folder writable."),
        ) from error


def as_content(settings: Settings) -> dict[str, Any]:
    """Settings as they stand in the file."""
    return {
        **option_content(settings.options),
        "refine_again": settings.refine_again,
        "knows_hints": settings.knows_hints,
    }


def option_content(options: ColorizeOptions) -> dict[str, Any]:
    """Options as they stand in a file."""
    return {
        "gain": options.gain,
        "saturation": options.saturation,
        "subject": options.subject.name,
        "invert": options.invert,
        "refine": options.mask.refine,
        "feather": options.mask.feather,
        "background": options.background.value,
        "colorizer": options.colorizer,
        "segmenter": options.segmenter,
    }


def settings_from(content: object) -> Settings:
    """Settings from a file's content, value by value; nonsense becomes the default."""
    settings = Settings()
    if not isinstance(content, Mapping):
        return settings
    for name, adopt in _ADOPT.items():
        if name in content:
            try:
                settings = adopt(settings, content[name])
            except (InvalidOptions, TypeError, ValueError, OverflowError):
                continue
    return settings


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _subject(value: Any) -> Subject:
    return Subject.named(_name(value))


def _option(name: str, read: Callable[[Any], Any]) -> Callable[[Settings, Any], Settings]:
    def adopt(settings: Settings, value: Any) -> Settings:
        return replace(settings, options=replace(settings.options, **{name: read(value)}))

    return adopt


def _mask_option(name: str, read: Callable[[Any], Any]) -> Callable[[Settings, Any], Settings]:
    def adopt(settings: Settings, value: Any) -> Settings:
        mask: MaskOptions = replace(settings.options.mask, **{name: read(value)})
        return replace(settings, options=replace(settings.options, mask=mask))

    return adopt


_ADOPT: dict[str, Callable[[Settings, Any], Settings]] = {
    "gain": _option("gain", _number),
    "saturation": _option("saturation", _number),
    "subject": _option("subject", _subject),
    "invert": _option("invert", _flag),
    "refine": _mask_option("refine", _flag),
    "feather": _mask_option("feather", _number),
    "background": _option("background", Background),
    "colorizer": _option("colorizer", _name),
    "segmenter": _option("segmenter", _name),
    "refine_again": lambda settings, value: replace(settings, refine_again=_flag(value)),
    "knows_hints": lambda settings, value: replace(settings, knows_hints=_flag(value)),
}
