"""The examples of the standards themselves."""

import base64
import json

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from local.push.headers import HeaderError, check_push, check_vapid
from services.notifier.senders.webpush.encryption import PLAIN_BYTES, encrypted
from services.notifier.senders.webpush.vapid import Vapid, VapidKeyError, new_pair
from tests.conftest import ManualClock

PLAIN = b"When I grow up, I want to be a watermelon"
AS_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
UA_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
UA_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
"""RFC 8291, appendix A."""

VAPID = (
    "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3Njgs"
    "InN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9Ok"
    "SSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
)
"""RFC 8292, section 2.4."""

ORIGIN = "https://push.example.net"
EXP = 1_453_523_768


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw(text), "big"), ec.SECP256R1())


def test_the_message_of_rfc_8291_comes_out_to_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ec, "generate_private_key", lambda _: private(AS_PRIVATE))
    monkeypatch.setattr("http_ece.os.urandom", lambda _: raw(SALT))
    assert encrypted(PLAIN, raw(UA_PUBLIC), raw(AUTH)) == raw(MESSAGE)


def test_every_message_has_its_own_key_and_salt() -> None:
    one, other = (encrypted(PLAIN, raw(UA_PUBLIC), raw(AUTH)) for _ in range(2))
    assert one[:16] != other[:16]
    assert one[21:86] != other[21:86]


@given(st.binary(min_size=1, max_size=PLAIN_BYTES))
def test_whatever_is_encrypted_the_browser_reads_and_the_push_service_takes(plain: bytes) -> None:
    body = encrypted(plain, raw(UA_PUBLIC), raw(AUTH))
    assert len(body) == len(plain) + 103 <= 4_096
    key = private(UA_PRIVATE)
    assert http_ece.decrypt(body, private_key=key, auth_secret=raw(AUTH), version="aes128gcm") == plain


def test_the_example_of_rfc_8292_passes_and_nothing_else_does() -> None:
    def claims(header: str = VAPID, origin: str = ORIGIN, now: float = EXP - 100, key: str = "") -> object:
        return check_vapid({"Authorization": header}, origin, now, key)

    assert claims() == {"aud": ORIGIN, "exp": EXP, "sub": "mailto:push@example.com"}
    for change in (
        {"header": VAPID.replace("i3CYb7t4", "i3CYb7t5")},
        {"header": VAPID.replace("vapid ", "WebPush ")},
        {"header": VAPID.replace("BA1Hxzyi", "BA1Hxzyj")},
        {"header": ""},
        {"origin": "https://push.example.org"},
        {"now": EXP},
        {"now": EXP - 86_401},
        {"key": new_pair()[1]},
    ):
        with pytest.raises(HeaderError):
            claims(**change)


def test_what_we_sign_has_the_form_of_the_example_and_passes_the_same_check() -> None:
    clock = ManualClock(EXP * 1000)
    key, public = new_pair()
    vapid = Vapid(key, "mailto:push@example.com", clock)
    header = vapid.header(ORIGIN)
    claims = check_vapid({"Authorization": header}, ORIGIN, clock() / 1000, public)
    assert claims == {"aud": ORIGIN, "exp": EXP + 43_200, "sub": "mailto:push@example.com"}
    token = header.removeprefix("vapid t=").split(",")[0].split(".")
    assert json.loads(raw(token[0])) == {"typ": "JWT", "alg": "ES256"}
    assert vapid.public_key == public


@pytest.mark.parametrize("key", ["", "x", "AAAA", "A" * 43, "-----BEGIN PRIVATE KEY-----\nx", "canary" * 20, "é" * 43])
def test_a_key_that_is_none_is_refused_and_not_quoted(key: str) -> None:
    with pytest.raises(VapidKeyError) as error:
        Vapid(key, "mailto:a@example.com", ManualClock())
    assert "canary" not in str(error.value)


@pytest.mark.parametrize("subject", ["", "a@example.com", "http://example.com", "mailto:", "mailto:nobody"])
def test_a_subject_by_which_nobody_is_reached_is_refused(subject: str) -> None:
    with pytest.raises(VapidKeyError, match="subject"):
        Vapid(new_pair()[0], subject, ManualClock())


@pytest.mark.parametrize(
    "change",
    [
        {"TTL": ""},
        {"TTL": "-1"},
        {"Content-Encoding": "aesgcm"},
        {"Topic": "x" * 33},
        {"Topic": "a.b"},
        {"Urgency": "now"},
    ],
)
def test_the_fake_demands_the_headers_of_the_standard(change: dict[str, str]) -> None:
    good = {"TTL": "0", "Content-Encoding": "aes128gcm", "Topic": "a-_9", "Urgency": "high"}
    check_push(good)
    with pytest.raises(HeaderError):
        check_push(good | change)
