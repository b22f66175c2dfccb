"""XMP: the mark that a machine made the colors, put into what a photo's packet says already."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE, MARKED, STATEMENT

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_NAMES = {
    "x": "adobe:ns:meta/",
    "rdf": _RDF,
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "selcolor": "https://selective-colorize.example/ns/1.0/",
}
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_END = '\n<?xpacket end="w"?>'

for prefix, address in _NAMES.items():
    ElementTree.register_namespace(prefix, address)


@dataclass(frozen=True)
class Making:
    """How a result was made.

    Attributes:
        program: with its version.
        networks: names and SHA-256 of the weights, in hex.
        settings: what was chosen.
        date: when, as ISO 8601 has it.
    """

    program: str
    networks: Sequence[tuple[str, str]]
    settings: Mapping[str, object]
    date: str


def _name(prefixed: str) -> str:
    prefix, _, name = prefixed.partition(":")
    return f"{{{_NAMES[prefix]}}}{name}"


def marked(packet: bytes | None, making: Making) -> bytes:
    """Add to an XMP packet that a machine made the colors, and how.

    What it says already is kept, also that it was marked before. A packet that cannot be read is
    replaced.
    """
    root = _parsed(packet)
    rdf = next(root.iter(_name("rdf:RDF")))
    sources = _values(rdf, "Iptc4xmpExt:DigitalSourceType")
    source = next((value for value in sources if value in MARKED), DIGITAL_SOURCE_TYPE)
    facts = {
        "Iptc4xmpExt:DigitalSourceType": source,
        "Iptc4xmpExt:AISystemUsed": ", ".join(name for name, _ in making.networks),
        "Iptc4xmpExt:AISystemVersionUsed": making.program,
        "xmp:CreatorTool": making.program,
        "xmp:MetadataDate": making.date,
        "selcolor:Statement": STATEMENT,
        "selcolor:Date": making.date,
        "selcolor:Settings": json.dumps(making.settings, sort_keys=True),
    }
    for property_name in (*facts, "selcolor:Networks"):
        _remove(rdf, property_name)
    description = SubElement(rdf, _name("rdf:Description"), {_name("rdf:about"): ""})
    for property_name, value in facts.items():
        SubElement(description, _name(property_name)).text = value
    bag = SubElement(SubElement(description, _name("selcolor:Networks")), _name("rdf:Bag"))
    for name, digest in making.networks:
        SubElement(bag, _name("rdf:li")).text = f"{name} sha256:{digest}"
    if not any(True for _ in _places(rdf, "dc:description")):
        _add_text(description, "dc:description", STATEMENT)
    return _packet(root)


def is_marked(packet: bytes | None) -> bool:
    """Whether a packet says already that a machine made a part of the picture."""
    rdf = next(_parsed(packet).iter(_name("rdf:RDF")))
    return any(value in MARKED for value in _values(rdf, "Iptc4xmpExt:DigitalSourceType"))


def is_readable(packet: bytes | None) -> bool:
    """Whether a packet, where there is one, can be added to; any other is replaced."""
    return not packet or _root_of(packet) is not None


def with_facts(packet: bytes | None, facts: Mapping[str, str]) -> bytes | None:
    """Add simple values that a packet does not have, such as `tiff:Make`, for a file without EXIF.

    Returns:
        The packet; None where there is nothing to say.
    """
    told = {name: value for name, value in facts.items() if value}
    if not told:
        return packet
    root = _parsed(packet)
    rdf = next(root.iter(_name("rdf:RDF")))
    missing = [name for name in told if not any(True for _ in _places(rdf, name))]
    description = SubElement(rdf, _name("rdf:Description"), {_name("rdf:about"): ""})
    for name in missing:
        SubElement(description, _name(name)).text = told[name]
    return _packet(root)


def _add_text(description: Element, property_name: str, text: str) -> None:
    """A text with its language."""
    choices = SubElement(SubElement(description, _name(property_name)), _name("rdf:Alt"))
    item = SubElement(choices, _name("rdf:li"), {f"{{{_XML}}}lang": "x-default"})
    item.text = text


def _parsed(packet: bytes | None) -> Element:
    """The packet's root; an empty one where it has none that can be read."""
    found = _root_of(packet or b"")
    if found is not None:
        return found
    root = Element(_name("x:xmpmeta"))
    SubElement(root, _name("rdf:RDF"))
    return root


def _root_of(packet: bytes) -> Element | None:
    try:
        text = packet.strip(b"\0 \r\n\t")
        if b"<!" in text:  # entities may grow beyond all memory, and XMP has none
            raise ValueError("a document type")
        root = ElementTree.fromstring(text)  # noqa: S314
        if root.tag == _name("rdf:RDF"):
            outer = Element(_name("x:xmpmeta"))
            outer.append(root)
            return outer
        if next(root.iter(_name("rdf:RDF")), None) is not None:
            return root
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    return None


def _packet(root: Element) -> bytes:
    return (_BEGIN + ElementTree.tostring(root, encoding="unicode") + _END).encode()


def _places(rdf: Element, property_name: str) -> Iterator[tuple[Element, Element | None]]:
    """Each description that has a property, with its element, or None where it is an attribute."""
    name = _name(property_name)
    for description in rdf.iter(_name("rdf:Description")):
        if name in description.attrib:
            yield description, None
        for child in description.findall(name):
            yield description, child


def _values(rdf: Element, property_name: str) -> Iterator[str]:
    for description, child in _places(rdf, property_name):
        if child is None:
            yield description.attrib[_name(property_name)]
        else:
            yield child.get(_name("rdf:resource")) or (child.text or "").strip()


def _remove(rdf: Element, property_name: str) -> None:
    for description, child in list(_places(rdf, property_name)):
        if child is None:
            del description.attrib[_name(property_name)]
        else:
            description.remove(child)
