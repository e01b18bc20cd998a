"""What phones get, and what becomes of each answer of FCM."""

import asyncio
import json
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from local.push.fcm import NO_CODE
from local.push.fcm_rules import check
from services.chassis.settings import SettingsError
from services.notifier.facts import Kind
from services.notifier.senders import Act, Result
from services.notifier.senders.fcm.message import collapse_id
from services.notifier.senders.limits import Limits
from tests.conftest import eventually
from tests.notifier.senders.conftest import CONVERSATION, Desk, content, one, phone, push

TAG = f"{CONVERSATION}:1"
PATIENT = Limits(timeout_s=30)


async def test_a_push_is_a_notification_on_android_and_on_ios(desk: Desk) -> None:
    outgoing = push(phone(), expires_ms=desk.clock() + 60_000)
    outcome = await one(await desk.sender("fcm"), outgoing)
    assert (outcome.result, outcome.reason, outcome.status) == (Result.SENT, "200 ok", 200)
    (message,) = desk.fcm.messages
    assert message["token"] == phone().target
    assert "fid" not in message
    android, apns = message["android"], message["apns"]
    written = datetime.fromtimestamp(outgoing.content.at_ms / 1000, UTC)
    assert android == {
        "collapse_key": TAG,
        "priority": "high",
        "ttl": "60s",
        "notification": {
            "title": "Tower A",
            "body": "The crane is here",
            "tag": TAG,
            "channel_id": "messages",
            "event_time": written.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "notification_count": 3,
            "notification_priority": "PRIORITY_DEFAULT",
        },
    }
    assert apns == {
        "headers": {
            "apns-collapse-id": TAG,
            "apns-expiration": str((desk.clock() + 60_000) // 1000),
            "apns-push-type": "alert",
            "apns-priority": "10",
        },
        "payload": {
            "aps": {
                "alert": {"title": "Tower A", "body": "The crane is here"},
                "badge": 3,
                "sound": "default",
                "thread-id": CONVERSATION,
                "mutable-content": 1,
                "interruption-level": "active",
            }
        },
    }
    assert message["data"] | {"at_ms": ""} == {
        "act": "SHOW",
        "tag": TAG,
        "conversation": CONVERSATION,
        "number": "1",
        "kind": "GROUP",
        "author": "ann",
        "service": "",
        "link": "",
        "count": "1",
        "at_ms": "",
        "clear_up_to": "0",
        "badge": "3",
    }
    assert desk.metric("pushes_total", transport="fcm", result="SENT", status="200") == 1


async def test_a_device_may_be_named_by_its_installation(desk: Desk) -> None:
    await one(await desk.sender("fcm"), push(phone("fid-of-bob-0123456789", installation=True)))
    (message,) = desk.fcm.messages
    assert message["fid"] == "fid-of-bob-0123456789"
    assert "token" not in message


async def test_a_mention_is_time_sensitive(desk: Desk) -> None:
    await one(await desk.sender("fcm"), push(phone(), mentioned=True))
    (message,) = desk.fcm.messages
    assert message["apns"]["payload"]["aps"]["interruption-level"] == "time-sensitive"
    assert message["android"]["notification"]["notification_priority"] == "PRIORITY_HIGH"


async def test_a_direct_message_is_headed_by_who_wrote_it(desk: Desk) -> None:
    await one(await desk.sender("fcm"), push(phone(), content=content(title="", kind=Kind.DIRECT)))
    assert desk.fcm.messages[0]["apns"]["payload"]["aps"]["alert"]["title"] == "ann"


async def test_a_push_for_several_messages_says_for_how_many(desk: Desk) -> None:
    await one(await desk.sender("fcm"), push(phone(), count=4))
    (message,) = desk.fcm.messages
    assert message["apns"]["payload"]["aps"]["alert"]["title"] == "Tower A (4)"
    assert (message["android"]["notification"]["title"], message["data"]["count"]) == ("Tower A (4)", "4")


async def test_a_read_takes_back_in_silence_and_sets_the_icons_number(desk: Desk) -> None:
    sender = await desk.sender("fcm")
    for number in (1, 2, 3):
        await one(sender, push(phone(), number=number))
    await one(sender, push(phone(), Act.CLEAR, 2, badge=1, clear_up_to=2))
    shown = desk.fcm.devices.of("token-of-bob")
    assert [entry["number"] for entry in shown.tray.values()] == [3]
    assert shown.badge == 1
    message = desk.fcm.messages[-1]
    assert message["android"] == {"priority": "normal"}
    assert message["apns"] == {
        "headers": {"apns-push-type": "alert", "apns-priority": "5"},
        "payload": {"aps": {"badge": 1, "content-available": 1}},
    }
    assert "The crane" not in json.dumps(message)


async def test_a_badge_that_is_not_known_changes_no_number_and_wakes_the_app_only(desk: Desk) -> None:
    sender = await desk.sender("fcm")
    await one(sender, push(phone()))
    await one(sender, push(phone(), Act.CLEAR, badge=None, clear_up_to=1))
    assert desk.fcm.devices.of("token-of-bob").badge == 3
    assert desk.fcm.messages[-1]["apns"] == {
        "headers": {"apns-push-type": "background", "apns-priority": "5"},
        "payload": {"aps": {"content-available": 1}},
    }


async def test_an_edit_goes_to_the_app_which_replaces_what_is_shown(desk: Desk) -> None:
    sender = await desk.sender("fcm")
    await one(sender, push(phone()))
    await one(sender, push(phone(), Act.REPLACE, badge=None, content=content(text="The crane is late")))
    assert [entry["text"] for entry in desk.fcm.devices.of("token-of-bob").tray.values()] == ["The crane is late"]
    assert "notification" not in desk.fcm.messages[-1]["android"]
    assert desk.fcm.messages[-1]["data"]["text"] == "The crane is late"


async def test_a_retry_shows_nothing_twice(desk: Desk) -> None:
    sender = await desk.sender("fcm")
    for _ in range(3):
        await one(sender, push(phone(), nonce="the-same"))
    assert len(desk.fcm.devices.of("token-of-bob").tray) == 1
    assert [line["effect"] for line in desk.fcm.devices.lines] == ["shown", "replaced", "replaced"]


def test_a_collapse_id_is_never_longer_than_apns_takes() -> None:
    assert collapse_id(TAG) == TAG
    longest = CONVERSATION + ":" + "9" * 40
    assert len(collapse_id(longest)) == 64
    assert collapse_id(longest) != collapse_id(longest + "9")


@pytest.mark.parametrize("act", [Act.SHOW, Act.REPLACE])
async def test_a_message_always_fits(desk: Desk, act: Act) -> None:
    sender = await desk.sender("fcm")
    for text in ("x" * 10_000, '"\\' * 5_000, "👨‍👩‍👧‍👦" * 1_000):
        outgoing = push(phone(), act, content=content(text=text, title=text[:300], author="é" * 128))
        assert (await one(sender, outgoing)).result is Result.SENT, desk.fcm.refused
    for message in desk.fcm.messages:
        assert len(json.dumps(message, ensure_ascii=False).encode()) > 2_000


@pytest.mark.parametrize(
    ("answer", "result", "gone", "reason", "after_ms"),
    [
        ("200", Result.SENT, False, "200 ok", 0),
        ("302", Result.RETRY, False, "302 unknown", 0),
        ("400", Result.DEAD, False, "400 invalid argument", 0),
        ("401", Result.RETRY, False, "401 unauthenticated", 0),
        ("401 THIRD_PARTY_AUTH_ERROR", Result.RETRY, False, "401 third party auth error", 0),
        ("403", Result.DEAD, True, "403 sender id mismatch", 0),
        (f"403 {NO_CODE}", Result.RETRY, False, "403 permission denied", 0),
        ("404", Result.DEAD, True, "404 unregistered", 0),
        (f"404 {NO_CODE}", Result.RETRY, False, "404 not found", 0),
        ("410", Result.RETRY, False, "410 unknown", 0),
        ("413", Result.DEAD, False, "413 unknown", 0),
        ("429", Result.RETRY, False, "429 resource exhausted", 60_000),
        ("429;retry-after=7", Result.RETRY, False, "429 resource exhausted", 7_000),
        ("500", Result.RETRY, False, "500 internal", 0),
        ("503", Result.RETRY, False, "503 unavailable", 0),
        ("503;retry-after=7", Result.RETRY, False, "503 unavailable", 7_000),
        ("200;huge", Result.RETRY, False, "no proper answer", 0),
        ("404;huge", Result.RETRY, False, "404 not found", 0),
        ("nonsense", Result.RETRY, False, "no proper answer", 0),
        ("reset", Result.RETRY, False, "connection lost", 0),
        ("200;half", Result.RETRY, False, "no proper answer", 0),
    ],
)
async def test_every_answer_means_what_fcm_says(
    desk: Desk, answer: str, result: Result, gone: bool, reason: str, after_ms: int
) -> None:
    desk.fcm.script.tell("token-of-bob", answer)
    sender = await desk.sender("fcm", PATIENT)
    outcome, other = await sender.send([push(phone()), push(phone("token-of-cem"))])
    assert (outcome.result, outcome.gone, outcome.after_ms) == (result, gone, after_ms)
    assert outcome.reason == reason
    # Whatever became of the one, the other is sent.
    assert other.result is Result.SENT


async def test_an_answer_that_never_comes_is_not_waited_for_and_holds_up_no_other_push(desk: Desk) -> None:
    desk.fcm.script.tell("token-of-bob", "hang")
    desk.fcm.script.tell("token-of-cem", "200;drip")
    # Long enough for the push that is answered.
    sender = await desk.sender("fcm", Limits(timeout_s=2))
    *silent, other = await sender.send([push(phone(f"token-of-{name}")) for name in ("bob", "cem", "dora")])
    assert [(each.result, each.gone, each.reason) for each in silent] == [(Result.RETRY, False, "timed out")] * 2
    assert other.result is Result.SENT


async def test_a_pause_that_is_given_as_a_date_is_kept(desk: Desk) -> None:
    until = formatdate((desk.clock() + 60_000) / 1000, usegmt=True)
    desk.fcm.script.tell("token-of-bob", f"429;retry-after={until}", "200")
    sender = await desk.sender("fcm")
    assert 59_000 <= (await one(sender, push(phone()))).after_ms <= 60_000
    held = await one(sender, push(phone()))
    assert (held.result, held.status, 59_000 <= held.after_ms <= 60_000) == (Result.RETRY, 0, True)
    assert desk.fcm.requests == 1
    assert desk.metric("pushes_held_total", transport="fcm") == 1
    desk.clock.pass_ms(60_000)
    assert (await one(sender, push(phone()))).result is Result.SENT


async def test_a_large_batch_comes_back_in_order(desk: Desk) -> None:
    for number in range(0, 230, 7):
        desk.fcm.script.tell(f"token-{number}", "404")
    outcomes = await (await desk.sender("fcm")).send([push(phone(f"token-{number}")) for number in range(230)])
    assert [outcome.gone for outcome in outcomes] == [number % 7 == 0 for number in range(230)]
    assert desk.fcm.tokens_given == 1


async def test_a_token_that_ran_out_or_was_revoked_is_renewed(desk: Desk) -> None:
    sender = await desk.sender("fcm")
    assert (await one(sender, push(phone()))).result is Result.SENT
    desk.fcm.revoke_tokens()
    desk.clock.pass_ms(10_000)
    assert (await one(sender, push(phone()))).status == 401
    assert (await one(sender, push(phone()))).result is Result.SENT
    # Five minutes before its end a token is renewed, and used meanwhile.
    desk.clock.pass_ms(3_600_000 - 290_000)
    assert (await one(sender, push(phone()))).result is Result.SENT
    await eventually(lambda: desk.fcm.tokens_given == 3)


async def test_the_key_of_apns_is_not_our_token(desk: Desk) -> None:
    desk.fcm.script.tell("token-of-bob", "401 THIRD_PARTY_AUTH_ERROR")
    sender = await desk.sender("fcm")
    for _ in range(3):
        await one(sender, push(phone()))
        desk.clock.pass_ms(20_000)
    assert desk.fcm.tokens_given == 1


async def test_a_token_endpoint_that_hangs_blocks_nothing_and_prunes_nobody(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.senders.fcm.token.REQUEST_S", 2)
    desk.fcm.script.tell("token", "hang")
    sender = await desk.sender("fcm")
    sending = asyncio.create_task(one(sender, push(phone())))
    # This loop runs on while the library waits: the fake on the same loop has taken the request for the token.
    async with asyncio.timeout(10):
        while not desk.fcm.tokens_given:
            await asyncio.sleep(0.01)
    assert not sending.done()
    desk.fcm.script.tell("token", "401")
    assert (await sending).reason == "no access token"


async def test_without_a_token_a_push_is_tried_again(desk: Desk) -> None:
    desk.fcm.script.tell("token", "401")
    sender = await desk.sender("fcm")
    outcome = await one(sender, push(phone()))
    assert (outcome.result, outcome.reason, outcome.gone) == (Result.RETRY, "no access token", False)
    assert desk.fcm.requests == 0
    desk.fcm.script.tell("token")
    desk.clock.pass_ms(10_000)
    assert (await one(sender, push(phone()))).result is Result.SENT


async def test_an_fcm_that_is_not_there_is_tried_again(desk: Desk) -> None:
    sender = await desk.sender("fcm", fcm_url="http://127.0.0.1:9")
    outcome = await one(sender, push(phone()))
    assert (outcome.result, outcome.reason, outcome.gone) == (Result.RETRY, "cannot be reached", False)


async def test_a_project_that_does_not_exist_prunes_nobody(desk: Desk) -> None:
    outcome = await one(await desk.sender("fcm", fcm_project="another"), push(phone()))
    assert (outcome.result, outcome.status, outcome.gone) == (Result.RETRY, 404, False)


@pytest.mark.parametrize(
    "made",
    [None, "", "[]", "{}", '{"type": "authorized_user"}', '{"type": "service_account", "private_key": "canary-key"}'],
)
async def test_credentials_that_are_none_are_refused_at_the_start_without_being_quoted(
    desk: Desk, tmp_path: Path, made: str | None
) -> None:
    file = tmp_path / "credentials.json"
    if made is not None:
        file.write_text(made)
    with pytest.raises(SettingsError) as error:
        await desk.sender("fcm", fcm_credentials_file=str(file))
    assert "CONVERSATIONS_FCM_CREDENTIALS_FILE" in str(error.value)
    assert "canary" not in str(error.value)


async def test_a_workload_identity_is_taken(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "identity.json"
    file.write_text(
        json.dumps(
            {
                "type": "external_account",
                "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": "https://sts.googleapis.com/v1/token",
                "credential_source": {"file": str(tmp_path / "nothing-yet")},
            }
        )
    )
    outcome = await one(await desk.sender("fcm", fcm_credentials_file=str(file)), push(phone()))
    assert (outcome.result, outcome.reason) == (Result.RETRY, "no access token")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fid": "f"}, "exactly one"),
        ({"token": ""}, "message.token: is empty"),
        ({"data": {"n": 1}}, "message.data.n: is no str"),
        ({"data": {"from": "x"}}, "reserved"),
        ({"data": {"text": "x" * 4_100}}, "too big"),
        ({"android": {"tll": "1s"}}, "message.android.tll: unknown field"),
        ({"android": {"ttl": "1"}}, "wrong form"),
        ({"android": {"ttl": "2419201s"}}, "four weeks"),
        ({"android": {"priority": "urgent"}}, "none of"),
        ({"apns": {"headers": {"apns-priority": 5}, "payload": {"aps": {}}}}, "is no str"),
        ({"apns": {"headers": {"apns-priority": "7"}, "payload": {"aps": {}}}}, "none of"),
        ({"apns": {"payload": {}}}, "aps: is no dict"),
        ({"apns": {"headers": {"apns-push-type": "background", "apns-priority": "10"}, "payload": {"aps": {}}}}, "5"),
        ({"webpush": {"headers": {"TTL": 1}}}, "is no str"),
        ({"topics": "x"}, "unknown field"),
    ],
)
def test_the_fake_refuses_what_fcm_refuses(change: dict[str, Any], why: str) -> None:
    good = {"token": "t", "data": {"a": "b"}}
    check({"message": good})
    with pytest.raises(Exception, match=why):
        check({"message": good | change})
