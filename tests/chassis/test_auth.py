import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from local.keys import AUDIENCE, ISSUER, Issuer
from services.chassis.auth import Identity, TokenFile, Verifier
from services.chassis.errors import Fault
from services.chassis.keys import KEY_REFRESH_MS, Keys
from tests.conftest import ManualClock, eventually
from tests.tokens import BAD_TOKENS, LEEWAY_MS, claims_at, sign


@pytest.fixture(scope="module")
def rsa() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def issuer(tmp_path: Path, clock: ManualClock) -> Issuer:
    return Issuer.open(tmp_path / "keys", clock)


@pytest.fixture
async def keys(issuer: Issuer, clock: ManualClock, rsa: RSAPrivateKey) -> Keys:
    """The issuer's key, an RSA key, and keys that must be left out."""
    add_keys(
        issuer.jwks_file,
        {**RSAAlgorithm.to_jwk(rsa.public_key(), as_dict=True), "kid": "rsa", "use": "sig"},
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "shared", "alg": "HS256"},
        {"kty": "OKP", "crv": "X25519", "x": "AAAA", "kid": "exchange"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "encryption", "use": "enc"},
    )
    keys = Keys(str(issuer.jwks_file), clock)
    await keys.load()
    return keys


@pytest.fixture
def verifier(keys: Keys, clock: ManualClock) -> Verifier:
    return Verifier(keys, ISSUER, AUDIENCE, clock)


def add_keys(file: Path, *entries: dict[str, Any]) -> None:
    document = json.loads(file.read_text())
    document["keys"] += entries
    file.write_text(json.dumps(document))


@pytest.mark.parametrize("bad", BAD_TOKENS)
async def test_a_bad_token_is_unauthenticated_and_nothing_of_it_is_told(
    verifier: Verifier, issuer: Issuer, bad: str
) -> None:
    token = BAD_TOKENS[bad](issuer)

    for _ in range(2):  # the second time must not come from the memory of checked tokens
        with pytest.raises(Fault) as caught:
            verifier.verify(token)
        assert caught.value.code == grpc.StatusCode.UNAUTHENTICATED
        assert not any(part and part in caught.value.message for part in ("acme", "ann", "evil", "billing"))
        assert "Error" not in caught.value.message, "a class of the library is told"


async def test_a_persons_token_names_tenant_and_person(verifier: Verifier, issuer: Issuer, clock: ManualClock) -> None:
    identity = verifier.verify(sign(issuer, claims_at(clock.now)))
    assert identity == Identity(tenant="acme", person="ann", expires_ms=(clock.now // 1000 + 60) * 1000)


async def test_a_services_token_names_the_service_and_no_person(verifier: Verifier, issuer: Issuer) -> None:
    identity = verifier.verify(issuer.service("unread"))
    assert (identity.service, identity.person, identity.tenant, identity.actor) == ("unread", "", "", "")


async def test_a_delegated_token_names_the_person_and_the_actor(verifier: Verifier, issuer: Issuer) -> None:
    identity = verifier.verify(issuer.person("acme", "ann", actor="replay"))
    assert (identity.service, identity.person, identity.tenant, identity.actor) == ("", "ann", "acme", "replay")


async def test_a_token_signed_with_rs256_works(verifier: Verifier, rsa: RSAPrivateKey, clock: ManualClock) -> None:
    token = jwt.encode(claims_at(clock.now), rsa, algorithm="RS256", headers={"kid": "rsa"})
    assert verifier.verify(token).person == "ann"


async def test_one_audience_of_several_is_enough(verifier: Verifier, issuer: Issuer, clock: ManualClock) -> None:
    assert verifier.verify(sign(issuer, claims_at(clock.now, aud=["billing", AUDIENCE]))).person == "ann"


async def test_clocks_may_differ_by_the_leeway(verifier: Verifier, issuer: Issuer, clock: ManualClock) -> None:
    early = sign(issuer, claims_at(clock.now, nbf=clock.now // 1000 + 9))
    late = sign(issuer, claims_at(clock.now - 60_000 - LEEWAY_MS + 1_000))
    assert verifier.verify(early).person == verifier.verify(late).person == "ann"
    with pytest.raises(Fault, match="not valid yet"):
        verifier.verify(sign(issuer, claims_at(clock.now, nbf=clock.now // 1000 + 11)))


async def test_a_token_that_was_checked_once_still_expires(
    verifier: Verifier, issuer: Issuer, clock: ManualClock
) -> None:
    token = sign(issuer, claims_at(clock.now))
    verifier.verify(token)
    clock.pass_ms(60_000 + LEEWAY_MS - 1)
    assert verifier.verify(token).person == "ann"
    clock.pass_ms(1)
    with pytest.raises(Fault, match="expired"):
        verifier.verify(token)


async def test_a_new_key_is_found_after_a_refresh(
    verifier: Verifier, keys: Keys, issuer: Issuer, clock: ManualClock
) -> None:
    fresh = Ed25519PrivateKey.generate()
    add_keys(issuer.jwks_file, {**OKPAlgorithm.to_jwk(fresh.public_key(), as_dict=True), "kid": "fresh"})

    def accepted() -> bool:
        token = jwt.encode(claims_at(clock.now), fresh, algorithm="EdDSA", headers={"kid": "fresh"})
        try:
            return verifier.verify(token).person == "ann"
        except Fault:
            return False

    clock.pass_ms(KEY_REFRESH_MS)
    assert not accepted()
    await asyncio.sleep(0.05)
    assert not accepted(), "an unknown key id must not read the key set more often than it may be read"
    clock.pass_ms(1)
    await eventually(accepted)


async def test_a_withdrawn_key_ends_even_tokens_that_were_checked_before(
    verifier: Verifier, issuer: Issuer, rsa: RSAPrivateKey, clock: ManualClock
) -> None:
    token = jwt.encode(
        claims_at(clock.now, exp=clock.now // 1000 + 9999), rsa, algorithm="RS256", headers={"kid": "rsa"}
    )
    verifier.verify(token)
    document = json.loads(issuer.jwks_file.read_text())
    document["keys"] = [key for key in document["keys"] if key["kid"] != "rsa"]
    issuer.jwks_file.write_text(json.dumps(document))
    clock.pass_ms(KEY_REFRESH_MS + 1)

    def refused() -> bool:
        try:
            verifier.verify(token)
        except Fault:
            return True
        return False

    await eventually(refused)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"keys": {}}', '{"keys": []}', '{"keys": [1]}', None])
async def test_a_key_set_that_cannot_be_read_leaves_the_known_keys_in_force(
    verifier: Verifier, keys: Keys, issuer: Issuer, clock: ManualClock, content: str | None
) -> None:
    if content is None:
        issuer.jwks_file.unlink()
    else:
        issuer.jwks_file.write_text(content)
    clock.pass_ms(KEY_REFRESH_MS + 1)
    assert verifier.verify(sign(issuer, claims_at(clock.now))).person == "ann"
    assert keys._refreshing is not None
    await keys._refreshing
    assert verifier.verify(sign(issuer, claims_at(clock.now))).person == "ann"
    with pytest.raises((OSError, ValueError)):
        await keys.load()


@pytest.fixture
def key_server(issuer: Issuer) -> Iterator[str]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/cut":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
                return
            self.send_response(200 if self.path == "/keys" else 500)
            self.end_headers()
            self.wfile.write(issuer.jwks_file.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_a_key_set_may_come_from_an_address(issuer: Issuer, clock: ManualClock, key_server: str) -> None:
    keys = Keys(f"{key_server}/keys", clock)
    await keys.load()
    assert Verifier(keys, ISSUER, AUDIENCE, clock).verify(issuer.service("unread")).service == "unread"


@pytest.mark.parametrize("path", ["/error", "/cut"])
async def test_an_address_that_fails_is_an_error_of_reading(clock: ManualClock, key_server: str, path: str) -> None:
    with pytest.raises((OSError, ValueError)):
        await Keys(key_server + path, clock).load()


async def test_an_address_that_is_not_https_is_no_address(clock: ManualClock) -> None:
    with pytest.raises(FileNotFoundError):
        await Keys("http://127.0.0.1.evil.example/keys", clock).load()


def test_a_services_own_token_is_read_again_when_it_was_renewed(tmp_path: Path, clock: ManualClock) -> None:
    file = tmp_path / "token"
    file.write_text("first\n")
    token = TokenFile(str(file), clock)
    assert token.metadata() == (("authorization", "Bearer first"),)
    file.write_text("second\n")
    assert token.metadata() == (("authorization", "Bearer first"),)
    clock.pass_ms(30_001)
    assert token.metadata() == (("authorization", "Bearer second"),)


@pytest.mark.parametrize("loss", ["missing", "empty"])
def test_a_services_own_token_stays_in_use_while_its_file_cannot_be_read(
    tmp_path: Path, clock: ManualClock, loss: str
) -> None:
    file = tmp_path / "token"
    with pytest.raises(FileNotFoundError):
        TokenFile(str(file), clock).metadata()
    file.write_text("first")
    token = TokenFile(str(file), clock)
    token.metadata()
    file.unlink() if loss == "missing" else file.write_text("")
    clock.pass_ms(30_001)
    assert token.metadata() == (("authorization", "Bearer first"),)
