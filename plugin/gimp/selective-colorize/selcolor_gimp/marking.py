"""The mark that a machine made the colors, in the image's metadata: GIMP exports it as XMP.

Metadata are changed as the text that GIMP makes of them, for what would read them here
(GObject's GExiv2) is not installed everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from gi.repository import Gimp

from selcolor_plugin.version import VERSION
from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE, MARKED, STATEMENT

SOURCE_TAG = "Xmp.iptcExt.DigitalSourceType"
DESCRIPTION_TAG = "Xmp.dc.description"
PROGRAM = f"Selective Colorize {VERSION}"


def mark_image(image: Any, networks: Sequence[str]) -> None:
    """Say in an image's metadata that networks made its colors; an undo step."""
    found = image.get_metadata()
    text = "<metadata></metadata>" if found is None else found.serialize()
    image.set_metadata(Gimp.Metadata.deserialize(marked(text, networks)))


def marked(text: str, networks: Sequence[str]) -> str:
    """Add the mark to metadata as GIMP writes them; an earlier mark and description stay."""
    root = ElementTree.fromstring(text)  # noqa: S314 (GIMP's own)
    tags = {tag.get("name"): tag for tag in root.iter("tag")}
    facts = {
        "Xmp.iptcExt.AISystemUsed": ", ".join(networks),
        "Xmp.iptcExt.AISystemVersionUsed": PROGRAM,
        "Xmp.xmp.CreatorTool": PROGRAM,
    }
    if SOURCE_TAG not in tags or tags[SOURCE_TAG].text not in MARKED:
        facts[SOURCE_TAG] = DIGITAL_SOURCE_TYPE
    if DESCRIPTION_TAG not in tags:
        facts[DESCRIPTION_TAG] = f'lang="x-default" {STATEMENT}'
    for name, value in facts.items():
        tag = tags.get(name)
        (ElementTree.SubElement(root, "tag", {"name": name}) if tag is None else tag).text = value
    return ElementTree.tostring(root, encoding="unicode")
