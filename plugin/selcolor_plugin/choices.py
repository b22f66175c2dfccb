"""What the dialog offers, from what the daemon reports and what is selected.

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


def model_choices(welcome: Welcome | None, role: str) -> tuple[Choice, ...]:
    """Models of a role that can be used; what cannot be used is not offered.

    Args:
        welcome: from the daemon; None while it is being looked for.
        role: COLORIZER or SEGMENTER.
    """
    models = welcome.models if welcome else ()
    return tuple(
        Choice(model.name, model_title(model.name))
        for model in models
        if model.role == role and model.state in USABLE
    )


def model_title(name: str) -> str:
    """How a model is called; one that nobody has thought of by its name in the registry."""
    known = {
        DEFAULT_COLORIZER: _("Built-in"),
        DEFAULT_SEGMENTER: _("Built-in"),
        "ddcolor-tiny": _("DDColor, small"),
        "ddcolor-large": _("DDColor, large"),
        "ddcolor-artistic": _("DDColor, artistic"),
        "deeplabv3-resnet101": _("DeepLab, twenty kinds of things"),
        "birefnet-lite": _("BiRefNet, small"),
        "birefnet-lite-2k": _("BiRefNet, fine hair"),
        "siggraph17": _("Real-time user-guided, 2017"),
    }
    return known.get(name, name)


def subject_choices(has_selection: bool) -> tuple[Choice, ...]:
    """What can be colored, but for classes, which depend on the segmenter."""
    select_first = "" if has_selection else _("Select something in the image first")
    return (
        Choice(SubjectKind.MAIN.value, _("Main subject")),
        Choice(SubjectKind.EVERYTHING.value, _("Everything")),
        Choice(SubjectKind.SELECTION.value, _("Selection"), has_selection, select_first),
        Choice(
            SubjectKind.NOTHING.value,
            _("Nothing yet"),
            tip=_("The mask comes empty: paint it white where there shall be color"),
        ),
    )


def prefilled(options: ColorizeOptions, has_selection: bool) -> ColorizeOptions:
    """Options as a dialog begins with them: what is selected is probably meant."""
    if has_selection:
        return replace(options, subject=Subject(SubjectKind.SELECTION))
    if options.subject.kind is SubjectKind.SELECTION:
        return replace(options, subject=Subject())
    return options


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
        "airplane": _("Airplane"),
        "bicycle": _("Bicycle"),
        "boat": _("Boat"),
        "bottle": _("Bottle"),
        "bus": _("Bus"),
        "chair": _("Chair"),
        "cow": _("Cow"),
        "dining table": _("Dining table"),
        "motorbike": _("Motorbike"),
        "potted plant": _("Potted plant"),
        "sheep": _("Sheep"),
        "sofa": _("Sofa"),
        "train": _("Train"),
        "tv monitor": _("TV or monitor"),
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
    subject = usable_subject(options.subject, welcome, segmenter)
    return replace(options, colorizer=colorizer, segmenter=segmenter, subject=subject)


def usable_subject(subject: Subject, welcome: Welcome | None, segmenter: str) -> Subject:
    """A subject without the classes that a segmenter does not know."""
    if subject.kind is not SubjectKind.CLASSES:
        return subject
    offered = {choice.value for choice in class_choices(welcome, segmenter)}
    known = tuple(name for name in subject.classes if name in offered)
    return Subject(SubjectKind.CLASSES, known) if known else Subject()


def _usable(models: Sequence[ModelSummary], role: str, wanted: str, default: str) -> str:
    names = [model.name for model in models if model.role == role and model.state in USABLE]
    if wanted in names:
        return wanted
    return default if default in names or not names else names[0]
