"""What a result leaves in the image, so that Update finds its layers again.

A record names each layer by the editor's own identity, never by its place or its name, and says
how the result was made. It is JSON; an editor stores it where it outlives saving and undo (Krita:
an annotation of the document, GIMP: a parasite).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from selcolor_plugin.layers import Role
from selcolor_plugin.settings import option_content
from selcolor_plugin.translation import translate as _
from selcolor_plugin.version import VERSION as PROGRAM_VERSION
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions, Subject
from selcolor_protocol.raster import Raster

VERSION = 1
PIECE = 1 << 20
REMEMBERED = 50
"""How many replaced identities are kept for a role: undo may bring an older layer back."""


class LayersMissing(SelectiveColorizeError):
    """Update cannot go on: there is no result here, or a part of it is gone."""

    code = "layers_missing"


@dataclass(frozen=True)
class GroupRecord:
    """One result.

    Attributes:
        layers: identities by role, newest first: Update adds one for each layer that it replaces.
        options: what it was made with.
        made: when, in seconds since 1970; 0 in records of older versions.
        networks: those that made the colors, with the digests of their weights; none in records of
            older versions.
        mask: digest of the mask as it was made: another one was painted on. Empty in records of
            older versions.
        hints: digest of the hints that the colors were made with; empty without any.
        rendered: digest of the mask that `Blended` shows; empty in records of older versions, too.
    """

    layers: Mapping[Role, tuple[str, ...]]
    options: ColorizeOptions
    made: float = 0.0
    networks: tuple[str, ...] = ()
    mask: str = ""
    hints: str = ""
    rendered: str = ""

    def replaced(self, role: Role, identity: str) -> GroupRecord:
        """The record after a layer was replaced by another."""
        known = (identity, *self.layers.get(role, ()))[:REMEMBERED]
        return replace(self, layers={**self.layers, role: known})

    def knows(self, identity: str) -> bool:
        """Whether a layer is a part of this result, or its photo."""
        return any(identity in identities for identities in self.layers.values())

    def has_made(self, identity: str) -> bool:
        """Whether a layer was made by this result; its photo was not."""
        return self.knows(identity) and identity not in self.layers.get(Role.SOURCE, ())

    def to_json(self) -> str:
        """As it is stored."""
        return json.dumps(
            {
                "version": VERSION,
                "layers": {role.value: list(found) for role, found in self.layers.items()},
                **option_content(self.options),
                "mask": self.mask,
                "hints": self.hints,
                "rendered": self.rendered,
                "made": self.made,
                "networks": list(self.networks),
                "program": f"Selective Colorize {PROGRAM_VERSION}",
                "digital_source_type": DIGITAL_SOURCE_TYPE,
            }
        )


def read_record(text: str) -> GroupRecord | None:
    """Read back what `to_json` wrote; None for anything else."""
    try:
        return _record_from(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    except SelectiveColorizeError:
        return None


def _record_from(content: Any) -> GroupRecord:
    if content["version"] != VERSION:
        raise ValueError(content["version"])
    return GroupRecord(
        layers={Role(role): _identities(found) for role, found in content["layers"].items()},
        options=_options_from(content),
        made=float(content.get("made", 0.0)),
        networks=_identities(content.get("networks", [])),
        mask=str(content.get("mask", "")),
        hints=str(content.get("hints", "")),
        rendered=str(content.get("rendered", "")),
    )


def _options_from(content: Mapping[str, Any]) -> ColorizeOptions:
    default = option_content(ColorizeOptions())
    known = {name: content.get(name, value) for name, value in default.items()}
    return ColorizeOptions(
        gain=float(known["gain"]),
        saturation=float(known["saturation"]),
        subject=Subject.named(known["subject"]),
        invert=bool(known["invert"]),
        mask=MaskOptions(bool(content["refine"]), float(content["feather"])),
        background=Background(content["background"]),
        colorizer=str(known["colorizer"]),
        segmenter=str(known["segmenter"]),
    )


def _identities(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(identity, str) for identity in found):
        raise TypeError
    return tuple(found)


def digest(raster: Raster | None) -> str:
    """What tells a raster's pixels from others; empty for none and for one of zeros alone."""
    if raster is None or not _holds_something(memoryview(raster.pixels)):
        return ""
    return f"{zlib.crc32(raster.pixels):08x}"


def _holds_something(pixels: memoryview) -> bool:
    pieces = (pixels[start : start + PIECE] for start in range(0, len(pixels), PIECE))
    return any(piece != bytes(len(piece)) for piece in pieces)


def find_record(records: Sequence[GroupRecord], lineage: Sequence[str]) -> GroupRecord:
    """The result that the user means.

    Args:
        records: all results of the image, in any order.
        lineage: identities of the active layer, its parent, its parent's parent and so on.

    Returns:
        The result that the active layer is a part of; else the only one, or the newest that the
        active layer is the source of.

    Raises:
        LayersMissing: there is none, or there are several and none of them is meant.
    """
    newest_first = sorted(records, key=lambda record: record.made, reverse=True)
    for identity in lineage:
        for record in newest_first:
            if record.knows(identity):
                return record
    if len(records) == 1:
        return records[0]
    if records:
        raise LayersMissing(
            _("This image has several results of Selective Colorize."),
            _("Select a layer of the one to update, then try again."),
        )
    raise LayersMissing(
        _("This image has no result of Selective Colorize that could be updated."),
        _("Use Selective Colorize first; a group that was copied or pasted is not recognized."),
    )


def missing(roles: Sequence[Role]) -> LayersMissing:
    """What to say when parts of a result are gone."""
    names = {
        Role.GROUP: _("the group"),
        Role.HINTS: _("the layer Color Hints"),
        Role.BLENDED: _("the layer Blended"),
        Role.COLORIZED: _("the layer Colorized"),
        Role.MASK: _("the mask of Colorized"),
        Role.SOURCE: _("the photo's layer"),
    }
    listed = _(", ").join(names[role] for role in roles)
    return LayersMissing(
        _("The result cannot be updated. Missing: {layers}.").format(layers=listed),
        _("Undo until it is back, or use Selective Colorize again. Nothing was changed."),
    )
