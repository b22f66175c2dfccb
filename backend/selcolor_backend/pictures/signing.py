"""C2PA: a signed statement within a result of what was done to it, by the extra `c2pa`.

A signature needs a certificate of the institution's own. Nothing is asked of the network: there is
no time stamp of somebody else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selcolor_backend.pictures.xmp import Making
from selcolor_protocol.errors import CannotWrite, UnreadablePicture
from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE, STATEMENT

SIGNED_SUFFIXES = (".png", ".tiff", ".tif", ".jpg", ".jpeg", ".webp")
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_MISSING = "Install it with `pip install 'selective-colorize[c2pa]'`, or leave --sign out."


@dataclass(frozen=True)
class Seal:
    """What results are signed with.

    Attributes:
        certificates: a chain in PEM, the signer's own first.
        key: the private key that belongs to it, in PEM without a password.
        algorithm: as C2PA names it.
    """

    certificates: str
    key: str
    algorithm: str


def read_seal(certificates: Path, key: Path) -> Seal:
    """Read a certificate and its key.

    Raises:
        CannotWrite: C2PA is not installed.
        UnreadablePicture: one of the files cannot be read, or is of no use for C2PA.
    """
    try:
        import c2pa  # noqa: F401
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise CannotWrite("What signs results is not installed here.", _MISSING) from error
    try:
        chain, secret = certificates.read_text("utf-8"), key.read_text("utf-8")
        loaded = load_pem_private_key(secret.encode(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UnreadablePicture(
            f"{certificates} or {key} cannot be read ({error}); nothing was done.",
            "Name a chain of certificates and its private key, both PEM, without a password.",
        ) from error
    return Seal(chain, secret, _algorithm_of(loaded, key))


def _algorithm_of(key: Any, path: Path) -> str:
    curve = getattr(getattr(key, "curve", None), "name", "")
    kind = type(key).__name__.lower()
    found = _CURVES.get(curve) or ("ED25519" if "ed25519" in kind else "")
    found = found or ("PS256" if "rsa" in kind else "")
    if not found:
        raise UnreadablePicture(
            f"The key {path} is of a kind that C2PA does not know; nothing was done.",
            "Use an elliptic curve of NIST (such as P-256), Ed25519, or RSA.",
        )
    return found


def sign(path: Path, seal: Seal, making: Making) -> None:
    """Put a signed statement into a finished file.

    Args:
        path: one of `SIGNED_SUFFIXES`; it is replaced.
        seal: certificate and key.
        making: how the picture was made.

    Raises:
        CannotWrite: it cannot be signed; the file stays as it is.
        OSError: the system refused.
    """
    import c2pa

    info = c2pa.C2paSignerInfo(
        alg=seal.algorithm.lower().encode(),
        sign_cert=seal.certificates.encode(),
        private_key=seal.key.encode(),
        ta_url=None,
    )
    signed = path.with_name(f"signed-{path.name}")
    try:
        with c2pa.Signer.from_info(info) as signer:
            c2pa.Builder(_manifest(path, making)).sign_file(path, signed, signer)
    except c2pa.C2paError as error:
        signed.unlink(missing_ok=True)
        raise CannotWrite(
            f"{path.name} cannot be signed ({error}); nothing was written.",
            "Check that the certificate is meant for signing documents, and belongs to the key.",
        ) from error
    signed.replace(path)


def _manifest(path: Path, making: Making) -> str:
    """The statement: created from something that is no part of it, and colorized by networks."""
    networks = [{"name": name, "sha256": digest} for name, digest in making.networks]
    colorized = {
        "action": "c2pa.edited",
        "when": making.date,
        "softwareAgent": {"name": making.program},
        "digitalSourceType": DIGITAL_SOURCE_TYPE,
        "description": STATEMENT,
        "parameters": {"com.selcolor.action": "colorized", "com.selcolor.networks": networks},
    }
    created = {"action": "c2pa.created", "digitalSourceType": DIGITAL_SOURCE_TYPE}
    return json.dumps(
        {
            "claim_generator_info": [{"name": making.program}],
            "title": path.name,
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [created, colorized]}}],
        }
    )
