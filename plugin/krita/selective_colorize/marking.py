"""The mark that a machine made the colors, in the document's information: saved with it in .kra."""

from __future__ import annotations

from xml.etree import ElementTree

from krita import Document

from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE, STATEMENT

NAMESPACE = "http://www.calligra.org/DTD/document-info"
MARK = f"{STATEMENT} {DIGITAL_SOURCE_TYPE}"


def mark_document(document: Document) -> None:
    """Say in a document's abstract that a machine made its colors, unless it is said there."""
    information = document.documentInfo()
    if DIGITAL_SOURCE_TYPE not in information:
        document.setDocumentInfo(marked(information))


def marked(information: str) -> str:
    """Add the mark to a document's information, as Krita has it in XML; what is there stays."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(information)  # noqa: S314 (Krita's own)
    about = root.find(f"{{{NAMESPACE}}}about")
    if about is None:
        about = ElementTree.SubElement(root, f"{{{NAMESPACE}}}about")
    abstract = about.find(f"{{{NAMESPACE}}}abstract")
    if abstract is None:
        abstract = ElementTree.SubElement(about, f"{{{NAMESPACE}}}abstract")
    abstract.text = "\n".join(part for part in (abstract.text, MARK) if part)
    return ElementTree.tostring(root, encoding="unicode")
