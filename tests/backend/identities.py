"""Certificates of our own, and what the reader of C2PA says of a file."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

c2pa = pytest.importorskip("c2pa")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402

KEYS = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
}


def certificate(name: str, key: Any, issuer: tuple[str, Any], is_root: bool) -> Any:
    def titled(title: str) -> x509.Name:
        parts = ((NameOID.ORGANIZATION_NAME, "Archive"), (NameOID.COMMON_NAME, title))
        return x509.Name([x509.NameAttribute(part, value) for part, value in parts])

    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    usage = [True, False, False, False, False, is_root, is_root, False, False]
    issuers_own = issuer[1].public_key()
    builder = (
        x509.CertificateBuilder(titled(issuer[0]), titled(name), key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(*usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuers_own), False)
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(issuer[1], hashes.SHA256())


def identity(folder: Path, kind: str = "P-256") -> tuple[Path, Path]:
    """A certificate under a root of our own, and its key, as files."""
    root, own = KEYS["P-256"](), KEYS[kind]()
    chain = [
        certificate("Signer", own, ("Root", root), is_root=False),
        certificate("Root", root, ("Root", root), is_root=True),
    ]
    pem = serialization.Encoding.PEM
    folder.mkdir(exist_ok=True)
    (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(pem) for one in chain))
    secret = own.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    return folder / "chain.pem", folder / "key.pem"


def is_whole(path: Path) -> bool:
    """Whether nothing has been changed since; that nobody knows the root is no matter here."""
    reader = c2pa.Reader(path)
    problems = {entry["code"] for entry in json.loads(reader.json()).get("validation_status", ())}
    return reader.get_validation_state() == "Valid" and problems == {"signingCredential.untrusted"}
