"""Transparency masks: Krita's native, editable masks.

Krita 5.2 makes them by script. In 5.1 a mask made by script stays dead and crashes the next save;
there a mask is cloned from a tiny image that was opened from a file, which this module writes.
"""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from krita import Document, Krita, Node

from selcolor_plugin.editor import Steps
from selcolor_plugin.errors import CannotInsert
from selcolor_plugin.translation import translate as _

from .reading import children
from .staging import breath

MAIN_XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE DOC PUBLIC '-//KDE//DTD krita 2.0//EN' 'http://www.calligra.org/DTD/krita-2.0.dtd'>
<DOC xmlns="http://www.calligra.org/DTD/krita" syntaxVersion="2.0" editor="Krita"
     kritaVersion="5.1.5">
 <IMAGE width="8" height="8" name="mask" mime="application/x-kra" colorspacename="RGBA"
        profile="sRGB-elle-V2-srgbtrc.icc" x-res="72" y-res="72" description="">
  <layers>
   <layer nodetype="grouplayer" name="group" filename="layer1" visible="1" locked="0" opacity="255"
          compositeop="normal" channelflags="" x="0" y="0" collapsed="0" colorlabel="0"
          passthrough="0" intimeline="0" uuid="{5e1ec7ed-c010-4000-8000-000000000001}">
    <masks>
     <mask nodetype="transparencymask" name="mask" filename="mask2" visible="1" locked="0"
           x="0" y="0" colorlabel="0" intimeline="0"
           uuid="{5e1ec7ed-c010-4000-8000-000000000002}"/>
    </masks>
   </layer>
  </layers>
 </IMAGE>
</DOC>
"""

INFO_XML = """<?xml version="1.0" encoding="UTF-8"?>
<document-info xmlns="http://www.calligra.org/DTD/document-info"><about/></document-info>
"""

EMPTY_MASK = b"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE 1\nDATA 0\n"


def new_mask(document: Document, layer: Node, name: str) -> Steps[Node]:
    """Give a layer an empty transparency mask.

    Args:
        document: the one that the layer was made in.
        layer: gets the mask.
        name: of the mask.

    Raises:
        CannotInsert: Krita has none to give.
    """
    if hasattr(document, "createTransparencyMask"):
        mask = document.createTransparencyMask(name)
        layer.addChildNode(mask, None)
        return mask
    with tempfile.TemporaryDirectory(prefix="selcolor-") as folder:
        path = Path(folder) / "mask.kra"
        write_template(path)
        yield breath()
        yield from clone_mask(path, layer, name)
    # The clone still speaks for the image that was closed.
    return children(layer)[-1]


def clone_mask(path: Path, layer: Node, name: str) -> Steps[None]:
    """Give a layer a clone of the mask in a file, which is opened where no user sees it."""
    template = open_silently(path)
    try:
        yield breath()
        (group,) = children(template.rootNode())
        mask = children(group)[0].clone()
        mask.setName(name)
        layer.addChildNode(mask, None)
        yield breath()
    finally:
        template.setModified(False)
        template.close()
    yield breath()


def open_silently(path: Path) -> Document:
    """Open a file without a view and without message boxes.

    Raises:
        CannotInsert: Krita did not open it.
    """
    krita = Krita.instance()
    was_silent = krita.batchmode()
    krita.setBatchmode(True)
    try:
        document = krita.openDocument(str(path))
    finally:
        krita.setBatchmode(was_silent)
    if document is None:
        raise CannotInsert(
            _("Krita could not open {path}, from which masks are made.").format(path=path),
            _("Make room in the folder for temporary files, then try again."),
        )
    return document


def write_template(path: Path) -> None:
    """Write a Krita file of 8 × 8 pixels: one group with one empty transparency mask."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/x-krita", zipfile.ZIP_STORED)
        archive.writestr("maindoc.xml", MAIN_XML)
        archive.writestr("documentinfo.xml", INFO_XML)
        archive.writestr("mask/layers/mask2.pixelselection", EMPTY_MASK)
        archive.writestr("mask/layers/mask2.pixelselection.defaultpixel", bytes(1))
