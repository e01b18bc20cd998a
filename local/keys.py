"""The local run's own token issuer: an Ed25519 key pair, its key set, and tokens."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from services.chassis.clock import Clock, system_clock

ISSUER = "https://conversations.localhost"
"""The `iss` of the local run's tokens."""

AUDIENCE = "conversations"
"""The `aud` of the local run's tokens."""


@dataclass(frozen=True)
class Issuer:
    """Signs tokens with the key of one local run.

    Attributes:
        folder: where `issuer.pem` (the private key) and `jwks.json` (the key set) are.
    """

    folder: Path
    key: Ed25519PrivateKey
    key_id: str
    clock: Clock = system_clock

    @classmethod
    def open(cls, folder: Path, clock: Clock = system_clock) -> "Issuer":
        """The issuer of a folder; makes the folder and the keys where there are none."""
        folder.mkdir(parents=True, exist_ok=True)
        pem = folder / "issuer.pem"
        if not pem.exists():
            _write_secret(
                pem,
                Ed25519PrivateKey.generate().private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                ),
            )
        return cls.read(pem, clock)

    @classmethod
    def read(cls, pem: Path, clock: Clock = system_clock) -> "Issuer":
        """The issuer of a private key file.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds no Ed25519 key.
        """
        key = serialization.load_pem_private_key(pem.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{pem} holds no Ed25519 key")  # noqa: TRY004 - the file's value is wrong
        jwk = json.loads(OKPAlgorithm.to_jwk(key.public_key()))
        key_id = f"local-{jwk['x'][:12]}"
        issuer = cls(pem.parent, key, key_id, clock)
        key_set = json.dumps({"keys": [{**jwk, "kid": key_id, "use": "sig", "alg": "EdDSA"}]}, indent=1).encode()
        if not issuer.jwks_file.exists() or issuer.jwks_file.read_bytes() != key_set:
            # In one step: services and the gateway read it at any time.
            _write(issuer.jwks_file, key_set, 0o644)
        return issuer

    @property
    def pem_file(self) -> Path:
        """The private key's file."""
        return self.folder / "issuer.pem"

    @property
    def jwks_file(self) -> Path:
        """The key set's file."""
        return self.folder / "jwks.json"

    def person(self, tenant: str, person: str, *, actor: str = "", ttl_s: int = 12 * 3600) -> str:
        """A person's bearer token; with `actor`, one by which that service acts for the person."""
        claims: dict[str, Any] = {"sub": person, "tenant": tenant}
        if actor:
            claims["act"] = {"sub": actor}
        return self.sign(claims, ttl_s)

    def service(self, name: str, *, ttl_s: int = 12 * 3600) -> str:
        """A service's bearer token."""
        return self.sign({"sub": name, "service": name}, ttl_s)

    def sign(self, claims: dict[str, Any], ttl_s: int) -> str:
        """A token with these claims and the issuer's own."""
        now = self.clock() // 1000
        return jwt.encode(
            {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + ttl_s, **claims},
            self.key,
            algorithm="EdDSA",
            headers={"kid": self.key_id},
        )


def write_service_token(issuer: Issuer, name: str) -> Path:
    """Writes a service's token into the issuer's folder, in one step; returns the file."""
    path = issuer.folder / f"{name}.jwt"
    _write_secret(path, issuer.service(name).encode())
    return path


def _write_secret(path: Path, content: bytes) -> None:
    _write(path, content, 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    """Writes a file in one step, so that a reader never sees half of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    fresh.replace(path)
