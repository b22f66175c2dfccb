"""Color profiles: how Krita names them, and what the daemon is told about them.

Krita's own sRGB profiles are told by a named curve. Any other profile is sent as ICC bytes; Krita's
scripting has no call that gives them, but a saved .kra holds them.
"""

from __future__ import annotations

import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path

from krita import Krita

from selcolor_protocol.raster import TransferCurve

from .errors import unreadable_profile

SRGB_PROFILE = "sRGB-elle-V2-srgbtrc.icc"
LINEAR_PROFILE = "sRGB-elle-V2-g10.icc"

NAMED = {
    ("RGBA", SRGB_PROFILE): TransferCurve.SRGB,
    ("RGBA", LINEAR_PROFILE): TransferCurve.LINEAR,
    ("GRAYA", "Gray-D50-elle-V2-srgbtrc.icc"): TransferCurve.SRGB,
    ("GRAYA", "Gray-D50-elle-V2-g10.icc"): TransferCurve.LINEAR,
}
"""Profiles of Krita that are exactly a named curve, with sRGB's primaries or gray."""

PROBE_SIDE = 8


def label_of(model: str, profile: str) -> tuple[TransferCurve | None, bytes | None]:
    """What a raster in a profile is labeled with: a named curve, or ICC bytes.

    Args:
        model: `RGBA` or `GRAYA`.
        profile: its name in Krita.

    Raises:
        CannotRead: Krita does not give the profile away.
    """
    curve = NAMED.get((model, profile))
    return (curve, None) if curve is not None else (None, icc_bytes(model, profile))


def profile_for(curve: TransferCurve | None, profile: str) -> str:
    """The name of the profile that an RGB result has.

    Args:
        curve: of the result; None when it has the photo's own ICC profile.
        profile: the photo's.
    """
    if curve is None or NAMED.get(("RGBA", profile)) is curve:
        return profile
    return SRGB_PROFILE if curve is TransferCurve.SRGB else LINEAR_PROFILE


@lru_cache(maxsize=8)
def icc_bytes(model: str, profile: str) -> bytes:
    """The bytes of a profile that Krita knows by name.

    Raises:
        CannotRead: Krita does not give them away.
    """
    probe = Krita.instance().createDocument(
        PROBE_SIDE, PROBE_SIDE, "profile", model, "U8", profile, 72.0
    )
    try:
        with tempfile.TemporaryDirectory(prefix="selcolor-") as folder:
            path = Path(folder) / "profile.kra"
            probe.setBatchmode(True)
            probe.saveAs(str(path))
            with zipfile.ZipFile(path) as archive:
                name = next(n for n in archive.namelist() if n.endswith("annotations/icc"))
                return archive.read(name)
    except (OSError, StopIteration, zipfile.BadZipFile) as error:
        raise unreadable_profile(profile) from error
    finally:
        probe.setModified(False)
        probe.close()
