"""What follows from edits and deletions, on a real database."""

from dataclasses import replace
from typing import Any

import pytest

from services.chassis import mongo
from services.notifier.choices import Choices
from services.notifier.courier import CLAIM_MS
from services.notifier.facts import Client, Level, Reason, Surface, Tab
from services.notifier.outages import TRIES
from services.notifier.records import Act, Alert, Deletion, Device, Edit, Event
from services.notifier.senders import Outcome, Result
from tests.conftest import ManualClock
from tests.notifier.parts import CONVERSATION, Parts, membership, message


@pytest.fixture
async def parts(database: mongo.Database, clock: ManualClock) -> Parts:
    made = await Parts(database, clock).prepare()
    await made.devices.put(Device("acme", "bob", "phone", "stub", "target-bob"))
    return made


def an_edit(clock: ManualClock, text: str = "other words", *mentioned: str, revision: int = 10) -> Edit:
    return Edit(
        CONVERSATION,
        revision,
        1,
        "acme",
        text,
        frozenset(mentioned),
        everyone=False,
        membership_revision=1,
        at_ms=clock(),
    )


def a_deletion(clock: ManualClock, revision: int = 11) -> Deletion:
    return Deletion(CONVERSATION, revision, 1, "acme", clock())


async def sent_to_bob(parts: Parts) -> list[Event]:
    events: list[Event] = [membership("ann", "bob", "cem"), message(parts.clock)]
    await parts.arbiter.apply(events)
    await parts.send_queued()
    return events


async def the_alert(parts: Parts) -> Alert:
    (alert,) = await parts.alerts.list(CONVERSATION, 0, 10)
    return alert


def acts(parts: Parts) -> list[tuple[Act, str]]:
    return [(push.act, push.content.text) for push in parts.sender.sent]


async def test_a_deletion_takes_back_what_a_device_shows_once(parts: Parts, clock: ManualClock) -> None:
    await sent_to_bob(parts)
    for _ in range(3):
        await parts.arbiter.apply([a_deletion(clock)])
        await parts.send_queued()
    assert acts(parts) == [(Act.SHOW, "hello"), (Act.CLEAR, "")]
    alert = await the_alert(parts)
    assert (alert.deleted, alert.content.text, alert.unfinished_change) == (True, "", 0)


async def test_a_deletion_ends_what_is_still_to_be_sent(parts: Parts, clock: ManualClock) -> None:
    parts.sender.outcome = lambda _: Outcome(Result.RETRY, "no sender")
    await sent_to_bob(parts)
    parts.sender.sent.clear()
    await parts.arbiter.apply([a_deletion(clock)])
    states = {each.act: each for each in await parts.deliveries.list(CONVERSATION, "", 10)}
    assert (states[Act.SHOW].state.value, states[Act.SHOW].reason) == ("SUPPRESSED", "deleted")
    # Whether the attempt that failed was shown after all cannot be known; it is taken back to be safe.
    parts.sender.outcome = lambda _: Outcome(Result.SENT)
    await parts.send_queued()
    clock.pass_ms(600_000)
    await parts.courier.poll_once()
    assert [push.act for push in parts.sender.sent] == [Act.CLEAR]


async def test_what_is_deleted_while_it_waits_in_memory_is_never_shown(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock)])
    await parts.arbiter.apply([a_deletion(clock)])
    await parts.send_queued()
    clock.pass_ms(CLAIM_MS)
    await parts.courier.poll_once()
    assert parts.sender.sent == []
    listed = await parts.deliveries.list(CONVERSATION, "", 10)
    assert [(each.act, each.state.value, each.reason) for each in listed] == [
        (Act.SHOW, "SUPPRESSED", "deleted"),
        (Act.CLEAR, "SUPPRESSED", "not shown"),
    ]


async def test_a_deletion_ends_the_check(parts: Parts, clock: ManualClock) -> None:
    parts.others.use("bob")
    await sent_to_bob(parts)
    assert (await the_alert(parts)).check_at_ms
    await parts.arbiter.apply([a_deletion(clock)])
    parts.others.clients.clear()
    clock.pass_ms(600_000)
    assert await parts.checks.step() == 0
    assert (await the_alert(parts)).waiting == ()
    assert "bob" not in await parts.states()


async def test_a_crash_after_a_deletion_was_recorded_is_made_good_by_the_repeat(
    parts: Parts, clock: ManualClock
) -> None:
    async def crash(_: object) -> None:
        raise ConnectionError("the process died here")

    await sent_to_bob(parts)
    follow = parts.courier.follow
    parts.courier.follow = crash  # type: ignore[assignment,method-assign]
    with pytest.raises(ConnectionError):
        await parts.arbiter.apply([a_deletion(clock)])
    assert (await the_alert(parts)).unfinished_change == 11
    parts.courier.follow = follow  # type: ignore[method-assign]
    other = Parts(parts.database, clock, "other")
    await other.arbiter.apply([a_deletion(clock)])
    await other.send_queued()
    assert acts(other) == [(Act.CLEAR, "")]
    assert (await the_alert(parts)).unfinished_change == 0


async def test_an_edit_replaces_the_text_on_devices_once(parts: Parts, clock: ManualClock) -> None:
    await sent_to_bob(parts)
    for _ in range(2):
        await parts.arbiter.apply([an_edit(clock, "other\u202e words")])
        await parts.send_queued()
    assert acts(parts) == [(Act.SHOW, "hello"), (Act.REPLACE, "other words")]


async def test_what_was_not_sent_yet_is_sent_with_the_new_text_and_not_replaced(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.arbiter.apply([membership("ann", "bob"), message(clock), an_edit(clock)])
    await parts.send_queued()
    clock.pass_ms(CLAIM_MS)
    await parts.courier.poll_once()
    assert acts(parts) == [(Act.SHOW, "other words")]


async def test_of_two_edits_the_later_one_holds_in_whatever_order_they_are_repeated(
    parts: Parts, clock: ManualClock
) -> None:
    await sent_to_bob(parts)
    first, second = an_edit(clock, "first"), an_edit(clock, "second", revision=11)
    await parts.arbiter.apply([first, second])
    await parts.arbiter.apply([first])
    await parts.send_queued()
    assert acts(parts) == [(Act.SHOW, "hello"), (Act.REPLACE, "second")]
    assert (await the_alert(parts)).content.text == "second"


async def test_what_was_read_meanwhile_is_not_replaced(parts: Parts, clock: ManualClock) -> None:
    await sent_to_bob(parts)
    await parts.arbiter.apply([an_edit(clock)])
    parts.others.pointers = {(CONVERSATION, "bob"): 1}
    await parts.send_queued()
    assert acts(parts) == [(Act.SHOW, "hello")]


async def test_an_edit_that_mentions_somebody_who_is_told_of_mentions_only_alerts_them_once(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.choices.set_level("acme", "bob", CONVERSATION, Level.MENTIONS)
    await sent_to_bob(parts)
    assert (parts.sender.sent, (await the_alert(parts)).of("bob").reason) == ([], Reason.LEVEL)
    for revision in (10, 10, 12):
        await parts.arbiter.apply([an_edit(clock, "look, bob", "bob", revision=revision)])
        await parts.send_queued()
    alert = await the_alert(parts)
    assert [(name, each.surface) for name, each in alert.escalations] == [("bob", Surface.PUSH)]
    assert [(push.act, push.mentioned) for push in parts.sender.sent][:1] == [(Act.SHOW, True)]
    assert [push.act for push in parts.sender.sent].count(Act.SHOW) == 1


async def test_an_edit_alerts_nobody_again_and_nobody_whose_mute_holds(parts: Parts, clock: ManualClock) -> None:
    await parts.choices.set_level("acme", "cem", CONVERSATION, Level.NOTHING)
    await sent_to_bob(parts)
    await parts.arbiter.apply([an_edit(clock, "bob and cem", "bob", "cem")])
    assert list((await the_alert(parts)).escalations) == []


async def test_who_gets_a_banner_by_an_edit_is_looked_at_again(parts: Parts, clock: ManualClock) -> None:
    await parts.choices.set_level("acme", "bob", CONVERSATION, Level.MENTIONS)
    parts.others.use("bob")
    await sent_to_bob(parts)
    await parts.arbiter.apply([an_edit(clock, "look, bob", "bob")])
    alert = await the_alert(parts)
    assert [(name, each.surface) for name, each in alert.escalations] == [("bob", Surface.BANNER)]
    parts.others.clients.clear()
    clock.pass_ms(30_000)
    assert await parts.checks.step() == 1
    await parts.send_queued()
    assert acts(parts) == [(Act.SHOW, "look, bob")]


async def test_the_delay_that_somebody_chose_counts_from_the_edit_that_mentions_them(
    parts: Parts, clock: ManualClock
) -> None:
    tab = Tab("t1", visible=True, focused=False, input_age_ms=0, conversation="")
    parts.others.clients = {"bob": (Client("laptop", may_notify=True, tabs=(tab,)),)}
    await parts.choices.set_level("acme", "bob", CONVERSATION, Level.MENTIONS)
    await parts.choices.update("acme", "bob", Choices(escalation_delay_ms=5_000), (), 0)
    await sent_to_bob(parts)
    clock.pass_ms(60_000)
    await parts.arbiter.apply([an_edit(clock, "@bob", "bob")])
    surfaces = []
    for pause in (4_999, 1):
        clock.pass_ms(pause)
        await parts.checks.step()
        surfaces.append([decision.surface for _, decision in (await the_alert(parts)).escalations])
    assert surfaces == [[Surface.BROWSER], [Surface.BROWSER, Surface.PUSH]]


async def test_a_transition_that_is_told_late_or_again_hurries_nothing_that_an_edit_has_told_after_it(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.choices.set_level("acme", "bob", CONVERSATION, Level.MENTIONS)
    await sent_to_bob(parts)
    tab = Tab("t1", visible=True, focused=False, input_age_ms=0, conversation="")
    parts.others.clients = {"bob": (Client("laptop", may_notify=True, tabs=(tab,)),)}
    clock.pass_ms(1_000)
    await parts.arbiter.apply([an_edit(clock, "@bob", "bob")])
    await parts.checks.became_inactive("acme", {"bob": clock() - 50})
    await parts.checks.step()
    assert [decision.surface for _, decision in (await the_alert(parts)).escalations] == [Surface.BROWSER]


async def test_who_has_gone_is_looked_at_at_once_although_an_edit_takes_the_claim_of_who_looks(
    parts: Parts, clock: ManualClock
) -> None:
    await parts.choices.set_level("acme", "bob", CONVERSATION, Level.MENTIONS)
    for person in ("bob", "cem"):
        parts.others.use(person)
    await sent_to_bob(parts)
    clock.pass_ms(5_000)
    parts.others.clients.pop("cem")
    await parts.checks.became_inactive("acme", {"cem": clock()})
    looks = parts.checks._look

    async def look(*arguments: Any) -> Any:
        outcomes = await looks(*arguments)
        await parts.arbiter.apply([an_edit(clock, "@bob", "bob")])
        return outcomes

    parts.checks._look = look  # type: ignore[assignment,method-assign]
    await parts.checks.step()
    parts.checks._look = looks  # type: ignore[method-assign]
    await parts.checks.step()
    decided = [(person, decision.surface) for person, decision in (await the_alert(parts)).escalations]
    assert decided == [("bob", Surface.BANNER), ("cem", Surface.PUSH)]


async def test_a_check_that_was_given_up_and_begins_again_with_an_edit_is_given_up_again(
    parts: Parts, clock: ManualClock
) -> None:
    def poisoned(*_: object) -> None:
        raise ValueError("no decision that anybody knows")

    await parts.choices.set_level("acme", "bob", CONVERSATION, Level.MENTIONS)
    for person in ("bob", "cem"):
        parts.others.use(person)
    await sent_to_bob(parts)
    parts.checks._decide = poisoned  # type: ignore[assignment,method-assign]
    for given_up in (1, 2):
        for _ in range(TRIES + 1):
            clock.pass_ms(30_000)
            await parts.checks.step()
        assert parts.registry.get_sample_value("checks_given_up_total") == given_up
        assert (await the_alert(parts)).check_at_ms == 0
        await parts.arbiter.apply([an_edit(clock, "@bob", "bob")])


async def test_an_edit_of_what_was_never_decided_is_of_no_interest(parts: Parts, clock: ManualClock) -> None:
    await parts.arbiter.apply([replace(an_edit(clock), number=7), replace(a_deletion(clock), number=8)])
    assert await parts.alerts.list(CONVERSATION, 0, 10) == []
