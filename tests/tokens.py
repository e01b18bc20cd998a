"""Tokens that no service may accept, and what they are made of."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from local.keys import AUDIENCE, ISSUER, Issuer

LEEWAY_MS = 10_000
"""How far clocks may differ, ms."""


def encode(part: dict[str, Any] | bytes) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def claims_at(now_ms: int, **changes: Any) -> dict[str, Any]:
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "tenant": "acme", "exp": now_ms // 1000 + 60, **changes}
    return {name: value for name, value in claims.items() if value is not None}


def sign(issuer: Issuer, claims: dict[str, Any], **header: Any) -> str:
    return jwt.encode(claims, issuer.key, algorithm="EdDSA", headers={"kid": issuer.key_id, **header})


def hs256_with_the_public_key(issuer: Issuer) -> str:
    """PyJWT refuses to make this one, so it is made by hand."""
    public = issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body = f"{encode({'alg': 'HS256', 'kid': issuer.key_id})}.{encode(claims_at(issuer.clock()))}"
    return f"{body}.{encode(hmac.new(public, body.encode(), hashlib.sha256).digest())}"


def with_an_embedded_key(issuer: Issuer, **header: Any) -> str:
    """Signed by an attacker's key, which the header brings along."""
    attacker = Ed25519PrivateKey.generate()
    jwk = OKPAlgorithm.to_jwk(attacker.public_key(), as_dict=True)
    return jwt.encode(
        claims_at(issuer.clock()), attacker, algorithm="EdDSA", headers={"kid": issuer.key_id, "jwk": jwk, **header}
    )


def tampered(issuer: Issuer) -> str:
    header, _, signature = sign(issuer, claims_at(issuer.clock())).split(".")
    return f"{header}.{encode(claims_at(issuer.clock(), sub='bob'))}.{signature}"


BAD_TOKENS: dict[str, Callable[[Issuer], str]] = {
    "empty": lambda _: "",
    "garbage": lambda _: "garbage",
    "three parts of garbage": lambda _: "a.b.c",
    "not JSON": lambda _: f"{encode(b'{')}.{encode(b'{')}.{encode(b'x')}",
    "a list": lambda _: f"{encode(b'[]')}.{encode(b'[]')}.{encode(b'x')}",
    "nested deeply": lambda _: f"{encode(b'[' * 2000 + b']' * 2000)}.{encode(b'{}')}.x",
    "expired": lambda i: sign(i, claims_at(i.clock() - 60_000 - LEEWAY_MS)),
    "not valid yet": lambda i: sign(i, claims_at(i.clock(), nbf=i.clock() // 1000 + 300)),
    "never expires": lambda i: sign(i, claims_at(i.clock(), exp=None)),
    "expires at infinity": lambda i: sign(i, claims_at(i.clock(), exp=float("inf"))),
    "expires at no number": lambda i: sign(i, claims_at(i.clock(), exp=float("nan"))),
    "expiry is text": lambda i: sign(i, claims_at(i.clock(), exp="soon")),
    "expiry is a number as text": lambda i: sign(i, claims_at(i.clock(), exp="9e9")),
    "alg none": lambda i: f"{encode({'alg': 'none'})}.{encode(claims_at(i.clock()))}.",
    "alg none with a key id": lambda i: f"{encode({'alg': 'none', 'kid': i.key_id})}.{encode(claims_at(i.clock()))}.",
    "HS256 with the public key": hs256_with_the_public_key,
    "the key set's shared secret": lambda i: jwt.encode(
        claims_at(i.clock()), b"secret-secret-secret-secret-secret", algorithm="HS256", headers={"kid": "shared"}
    ),
    "wrong key under a known id": lambda i: jwt.encode(
        claims_at(i.clock()), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": i.key_id}
    ),
    "another key's id": lambda i: sign(i, claims_at(i.clock()), kid="rsa"),
    "unknown key id": lambda i: sign(i, claims_at(i.clock()), kid="unknown"),
    "no key id": lambda i: jwt.encode(claims_at(i.clock()), i.key, algorithm="EdDSA"),
    "wrong issuer": lambda i: sign(i, claims_at(i.clock(), iss="https://evil.example")),
    "no issuer": lambda i: sign(i, claims_at(i.clock(), iss=None)),
    "wrong audience": lambda i: sign(i, claims_at(i.clock(), aud="billing")),
    "no audience": lambda i: sign(i, claims_at(i.clock(), aud=None)),
    "embedded jwk": with_an_embedded_key,
    "embedded jku": lambda i: with_an_embedded_key(i, jku="https://evil.example/keys"),
    "unknown critical header": lambda i: sign(i, claims_at(i.clock()), crit=["pay"], pay=1),
    "tampered": tampered,
    "no tenant": lambda i: sign(i, claims_at(i.clock(), tenant=None)),
    "no person": lambda i: sign(i, claims_at(i.clock(), sub=None)),
    "empty person": lambda i: sign(i, claims_at(i.clock(), sub="")),
    "a person with a control character": lambda i: sign(i, claims_at(i.clock(), sub="ann\n")),
    "a person of 129 characters": lambda i: sign(i, claims_at(i.clock(), sub="a" * 129)),
    "a person that is no Unicode": lambda i: sign(i, claims_at(i.clock(), sub="ann\ud800")),
    "a tenant that is no Unicode": lambda i: sign(i, claims_at(i.clock(), tenant="\udfff")),
    "a tenant that is no text": lambda i: sign(i, claims_at(i.clock(), tenant=7)),
}
