"""Keys and tokens of the local run."""

import json
from pathlib import Path

import jwt
import pytest

from local.keys import AUDIENCE, ISSUER, Issuer, write_service_token
from services.chassis.auth import Verifier
from services.chassis.errors import Fault
from services.chassis.keys import Keys
from tests.conftest import ManualClock


async def _verifier(issuer: Issuer, clock: ManualClock) -> Verifier:
    keys = Keys(str(issuer.jwks_file), clock)
    await keys.load()
    return Verifier(keys, ISSUER, AUDIENCE, clock)


async def test_a_persons_token_names_tenant_person_and_who_acts(tmp_path: Path, clock: ManualClock) -> None:
    issuer = Issuer.open(tmp_path, clock)
    verifier = await _verifier(issuer, clock)
    own = verifier.verify(issuer.person("acme", "ann"))
    assert (own.tenant, own.person, own.service, own.actor) == ("acme", "ann", "", "")
    acted = verifier.verify(issuer.person("acme", "ann", actor="demo"))
    assert (acted.tenant, acted.person, acted.actor) == ("acme", "ann", "demo")


async def test_a_services_token_names_the_service_and_lies_in_a_file_of_its_own(
    tmp_path: Path, clock: ManualClock
) -> None:
    issuer = Issuer.open(tmp_path, clock)
    file = write_service_token(issuer, "unread")
    identity = (await _verifier(issuer, clock)).verify(file.read_text())
    assert (identity.service, identity.person) == ("unread", "")
    assert file.stat().st_mode & 0o077 == 0


async def test_a_token_ends_when_its_time_is_over(tmp_path: Path, clock: ManualClock) -> None:
    issuer = Issuer.open(tmp_path, clock)
    verifier = await _verifier(issuer, clock)
    token = issuer.person("acme", "ann", ttl_s=60)
    verifier.verify(token)
    clock.pass_ms(71_000)
    with pytest.raises(Fault, match="expired"):
        verifier.verify(token)


def test_keys_survive_and_only_their_owner_may_read_the_private_one(tmp_path: Path) -> None:
    first = Issuer.open(tmp_path / "keys")
    again = Issuer.open(tmp_path / "keys")
    assert again.key_id == first.key_id
    assert first.pem_file.stat().st_mode & 0o077 == 0
    key = json.loads(first.jwks_file.read_text())["keys"][0]
    assert key["kid"] == first.key_id
    assert "d" not in key, "the key set must not hold the private part"


def test_reading_the_keys_again_does_not_touch_the_key_set_that_services_read(tmp_path: Path) -> None:
    issuer = Issuer.open(tmp_path)
    before = issuer.jwks_file.stat()
    Issuer.open(tmp_path)
    after = issuer.jwks_file.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_another_runs_key_signs_nothing_for_this_one(tmp_path: Path) -> None:
    here, elsewhere = Issuer.open(tmp_path / "here"), Issuer.open(tmp_path / "elsewhere")
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(elsewhere.person("acme", "ann"), here.key.public_key(), algorithms=["EdDSA"], audience=AUDIENCE)
