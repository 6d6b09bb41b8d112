"""The lab's secrets and its certificate authority, made anew with every lab."""

from __future__ import annotations

import dataclasses
import secrets
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lab import addresses
from lab.settings import KEYS


@dataclasses.dataclass(frozen=True)
class Keys:
    """What hosts are made with."""

    admin_public_key: str
    sudo_password: str
    ca_pem: str


def ensure(registry_certificate: Path) -> Keys:
    """Makes what is not there yet. The authority's own key is forgotten as soon as the registry has its certificate."""
    KEYS.mkdir(mode=0o700, exist_ok=True)
    private = KEYS / "id_ed25519"
    if not private.exists():
        key = Ed25519PrivateKey.generate()
        public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        write(KEYS / "id_ed25519.pub", public.decode() + " admin\n")
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
        )
        write(private, pem.decode())
    password = KEYS / "sudo_password"
    if not password.exists():
        write(password, secrets.token_urlsafe(12) + "\n")
    ca = KEYS / "ca.pem"
    if not (ca.exists() and registry_certificate.exists()):
        authority = trustme.CA(organization_name="lab", organization_unit_name="models")
        server = authority.issue_cert(*addresses.REGISTRY_NAMES, addresses.CDN_NAME)
        registry_certificate.parent.mkdir(parents=True, exist_ok=True)
        write(registry_certificate, server.private_key_and_cert_chain_pem.bytes().decode())
        write(ca, authority.cert_pem.bytes().decode())
    return Keys(
        admin_public_key=(KEYS / "id_ed25519.pub").read_text(encoding="ascii").strip(),
        sudo_password=password.read_text(encoding="ascii").strip(),
        ca_pem=ca.read_text(encoding="ascii"),
    )


def write(path: Path, secret: str) -> None:
    """Whole or not at all, and readable by root alone from its first moment."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(secret, encoding="utf-8")
    partial.rename(path)
