"""What kind of file it is, by its first bytes: who decodes it, or as what it is refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from selcolor_protocol.errors import UnsupportedPicture

START_BYTES = 160
"""How much of a file tells its kind."""

_RAW_SUFFIXES = (
    *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".k25"),
    *(".kdc", ".mdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".raf", ".raw"),
    *(".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
)
_RAW_STARTS = (
    *(b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM"),
    b"II\x1a\0",
)
_RAW_BRANDS = (b"crx ",)


@dataclass(frozen=True)
class Foreign:
    """A kind of file that is known, but not read.

    Attributes:
        starts: its first bytes, one of these.
        at: where they begin.
        kind: what it is called.
        hint: what can be done.
    """

    starts: tuple[bytes, ...]
    at: int
    kind: str
    hint: str


_EXPORT = "Open it in the program that it comes from, and save it as PNG or TIFF."
_PHONE = (
    "Save it as JPEG or TIFF first: in a photo program, with `heif-convert`, or by the phone "
    "itself (its setting “most compatible”)."
)
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"mif1", b"msf1")
_FOREIGN = (
    Foreign(_HEIC_BRANDS, 8, "HEIC", _PHONE),
    Foreign((b"\xff\x0a", b"\0\0\0\x0cJXL "), 0, "JPEG XL", "Save it as PNG: `djxl` does."),
    Foreign((b"avif", b"avis"), 8, "AVIF", "Save it as PNG or JPEG first."),
    Foreign((b"II\xbc",), 0, "JPEG XR", "Save it as PNG or TIFF first."),
    Foreign((b"P7\n", b"P7 "), 0, "PAM", "Save it as PNG: `pamtopng` does."),
    Foreign((b"8BPS",), 0, "Photoshop", _EXPORT),
    Foreign((b"gimp xcf",), 0, "GIMP", "Export it from GIMP as PNG or TIFF."),
    Foreign((b"PK\x03\x04",), 0, "zip (or OpenRaster, Krita, office)", _EXPORT),
    Foreign((b"%PDF",), 0, "PDF", "Save its page as a picture: `pdfimages -png` takes scans out."),
    Foreign((b"%!PS",), 0, "PostScript", "Save its page as a picture first."),
    Foreign((b"v/1\x01",), 0, "OpenEXR", "Save it as a 32-bit TIFF."),
    Foreign((b"#?RADIANCE", b"#?RGBE"), 0, "Radiance HDR", "Save it as a 32-bit TIFF."),
    Foreign((b"AT&TFORM",), 0, "DjVu", "Save its page as a picture: `ddjvu -format=tiff` does."),
    Foreign((b"<svg", b"<?xml"), 0, "XML or SVG", "Export it as PNG first."),
    Foreign((b"SIMPLE  =",), 0, "FITS", "Save it as a 16- or 32-bit TIFF."),
    Foreign((b"DICM",), 128, "DICOM", "Save it as a 16-bit TIFF."),
    Foreign((b"\0\0\x01\0",), 0, "icon", "Save it as PNG first."),
)


def is_jpeg_2000(start: bytes) -> bool:
    """Whether a file is JPEG 2000: boxes with a code stream, or that alone."""
    return start.startswith((b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51"))


def raw(name: str) -> UnsupportedPicture:
    """Make the error for what a camera's or a scanner's sensor saw."""
    return UnsupportedPicture(
        f"{name} is a raw file, which is not supported.",
        "Develop it in a raw program (darktable, RawTherapee, or the scanner's own), and save it "
        "as TIFF or JPEG.",
    )


def is_raw(name: str, start: bytes) -> bool:
    """Whether a file is raw, by its first bytes or, where those are TIFF's, by its suffix."""
    if start.startswith(_RAW_STARTS) or start[8:12] in _RAW_BRANDS or start[8:10] == b"CR":
        return True
    looks_like_tiff = start.startswith((b"II", b"MM"))
    return looks_like_tiff and PurePath(name).suffix.lower() in _RAW_SUFFIXES


def foreign(name: str, start: bytes) -> UnsupportedPicture | None:
    """Make the error for a file whose kind is known, but not read; None for any other."""
    if is_raw(name, start):
        return raw(name)
    for known in _FOREIGN:
        if start[known.at :].startswith(known.starts):
            return UnsupportedPicture(
                f"{name} is a file of the kind {known.kind}, which is not supported.", known.hint
            )
    return None
