"""Results signed as C2PA has it: verified by the library's own reader, and tampering is seen."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from daemon_home import DaemonHome, assert_failed
from drawn_files import drawn

from selcolor_backend.pictures.arrays import to_raster
from selcolor_backend.pictures.bands import banded
from selcolor_backend.pictures.metadata import Metadata
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pictures.signing import read_seal, sign
from selcolor_backend.pictures.writing import write_picture
from selcolor_backend.pictures.xmp import Making, is_marked, marked
from selcolor_protocol.errors import UnreadablePicture
from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE

c2pa = pytest.importorskip("c2pa")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: E402
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID  # noqa: E402

MAKING = Making("Selective Colorize 1", [("painter", "ab" * 32)], {}, "2026-11-26T18:00:00+00:00")
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


@pytest.mark.parametrize("suffix", ["png", "tiff", "jpg", "webp"])
def test_a_signed_file_says_what_was_done_and_shows_tampering(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    told = Metadata((600.0, 600.0), xmp=marked(None, MAKING))
    write_picture(banded(to_raster(drawn(3, height=200, width=300))), path, told)
    pixels = read_photo(path).raster.pixels

    sign(path, read_seal(*identity(tmp_path / "id")), MAKING)

    photo = read_photo(path)
    assert is_whole(path)
    assert photo.raster.pixels == pixels
    assert is_marked(photo.metadata.xmp)
    actions = c2pa.Reader(path).get_active_manifest()["assertions"][0]["data"]["actions"]
    assert actions[-1]["digitalSourceType"] == DIGITAL_SOURCE_TYPE
    assert actions[-1]["parameters"]["com.selcolor.networks"][0]["name"] == "painter"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    assert not is_whole(path)


@pytest.mark.parametrize("kind", KEYS)
def test_every_usual_kind_of_key_signs(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.png"
    write_picture(banded(to_raster(drawn(3))), path)
    sign(path, read_seal(*identity(tmp_path, kind)), MAKING)
    assert is_whole(path)


def test_what_is_no_certificate_is_refused(tmp_path: Path) -> None:
    certificates, key = identity(tmp_path)
    (tmp_path / "text.pem").write_text("no key")
    for wrong in (tmp_path / "text.pem", tmp_path / "missing.pem"):
        with pytest.raises(UnreadablePicture, match=r"nothing was done"):
            read_seal(certificates, wrong)
    assert read_seal(certificates, key).algorithm == "ES256"


@pytest.mark.slow
def test_the_command_line_signs_its_results(home: DaemonHome, folder: Path) -> None:
    certificates, key = (str(path) for path in identity(folder / "id"))
    command = ("colorize", str(folder / "photo.png"), "-o", str(folder / "out"))

    signed = home.run(*command, "--sign", certificates, key)
    refused = home.run(*command, "--sign", certificates, certificates, "--overwrite")

    assert signed.returncode == 0, signed.stderr
    assert all(is_whole(path) for path in (folder / "out").glob("*.png"))
    assert_failed(refused, "nothing was done")
