"""What the dialog offers, from what the daemon reports: models, classes, and why one is not there.

Texts of the choices only; labels and tool tips of the fields stand in `texts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from selcolor_plugin.translation import translate as _
from selcolor_protocol.messages import ModelState, ModelSummary, Welcome
from selcolor_protocol.options import (
    DEFAULT_COLORIZER,
    DEFAULT_SEGMENTER,
    Background,
    ColorizeOptions,
    Subject,
    SubjectKind,
)

USABLE = frozenset({ModelState.EMBEDDED, ModelState.INSTALLED})
COLORIZER, SEGMENTER = "colorizer", "segmenter"
MAIN_SUBJECT = SubjectKind.MAIN.value
NOTHING = "background"
"""The segmenters' class for what is nothing; nobody wants it colored."""


@dataclass(frozen=True)
class Choice:
    """One entry of a list.

    Attributes:
        value: what goes into the options.
        label: what the user reads.
        enabled: whether it can be chosen.
        tip: more about it, such as why it cannot be chosen.
    """

    value: str
    label: str
    enabled: bool = True
    tip: str = ""


def model_choices(welcome: Welcome | None, role: str, device: str | None) -> tuple[Choice, ...]:
    """Models of a role, those that can be used first, each with the device it runs on.

    Args:
        welcome: from the daemon; None while it is being looked for.
        role: COLORIZER or SEGMENTER.
        device: where networks run, if known.
    """
    models = [model for model in (welcome.models if welcome else ()) if model.role == role]
    models.sort(key=lambda model: model.state not in USABLE)
    return tuple(_model_choice(model, device) for model in models)


def _model_choice(model: ModelSummary, device: str | None) -> Choice:
    if model.state in USABLE:
        label = f"{model.name} ({device})" if device else model.name
        return Choice(model.name, label, True, _("Ready to use"))
    if model.state is ModelState.AVAILABLE:
        return Choice(
            model.name,
            _("{model} (not downloaded)").format(model=model.name),
            False,
            _("Run `selcolor models get {model}` in a terminal").format(model=model.name),
        )
    return Choice(
        model.name,
        _("{model} (not installed)").format(model=model.name),
        False,
        _("Run `selcolor models` in a terminal to see how to get it"),
    )


def class_choices(welcome: Welcome | None, segmenter: str) -> tuple[Choice, ...]:
    """What a segmenter can be asked for: the main subject, and the classes that it knows."""
    known = [
        name
        for model in (welcome.models if welcome else ())
        if model.role == SEGMENTER and model.name == segmenter
        for name in model.classes
        if name != NOTHING
    ]
    return (
        Choice(MAIN_SUBJECT, _("Main subject")),
        *(Choice(name, class_label(name)) for name in known),
    )


def class_label(name: str) -> str:
    """How a class is called; names come from the segmenter and are translated where known."""
    known = {
        MAIN_SUBJECT: _("Main subject"),
        "person": _("Person"),
        "cat": _("Cat"),
        "dog": _("Dog"),
        "horse": _("Horse"),
        "bird": _("Bird"),
        "car": _("Car"),
        "object": _("Object"),
    }
    return known.get(name, name.replace("_", " ").capitalize())


def background_choices() -> tuple[Choice, ...]:
    """What can lie behind the subject."""
    return (
        Choice(Background.KEEP.value, _("As it is")),
        Choice(Background.GRAY.value, _("Gray")),
    )


def usable_options(options: ColorizeOptions, welcome: Welcome) -> ColorizeOptions:
    """Options with models and classes that this daemon has.

    A remembered model that is gone becomes the default one; a subject that the dialog cannot show,
    such as an unknown class, becomes the main subject.
    """
    colorizer = _usable(welcome.models, COLORIZER, options.colorizer, DEFAULT_COLORIZER)
    segmenter = _usable(welcome.models, SEGMENTER, options.segmenter, DEFAULT_SEGMENTER)
    offered = {choice.value for choice in class_choices(welcome, segmenter)}
    known = tuple(name for name in options.subject.classes if name in offered)
    subject = Subject(SubjectKind.CLASSES, known) if known else Subject()
    return replace(options, colorizer=colorizer, segmenter=segmenter, subject=subject)


def _usable(models: Sequence[ModelSummary], role: str, wanted: str, default: str) -> str:
    names = [model.name for model in models if model.role == role and model.state in USABLE]
    if wanted in names:
        return wanted
    return default if default in names or not names else names[0]
