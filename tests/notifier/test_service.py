"""The whole notifier, from messaging's feed to screens and phones."""

import pytest

from tests.conftest import eventually
from tests.notifier.conftest import World, named
from tests.notifier.fakes import tab


async def test_who_is_away_gets_one_push_to_each_device_and_one_decision_covers_all(world: World) -> None:
    stub = await world.replica()
    for device in ("phone", "tablet"):
        await world.register(stub, "bob", device)
    await world.register(stub, "ann")
    world.others.unread.totals["bob"] = 3
    conversation = await world.others.messaging.group("ann", "bob", "cem", title="Tower\u202e A")
    number = await world.others.messaging.send(conversation, "ann", "the crane\x07 is here\u200b")
    await world.settled(stub, conversation, ("bob", "SENT", ""), ("bob", "SENT", ""))
    (alert,) = await world.alerts(stub, conversation)
    assert named(alert.common) == ("", "PUSH", "AWAY", "", "")
    assert (alert.persons, list(alert.decisions), alert.check_pending) == (2, [], False)
    sent = sorted(world.sent(), key=lambda line: line["device"])
    assert [line["device"] for line in sent] == ["phone", "tablet"]
    assert sent[0] == {
        "act": "SHOW",
        "tag": f"{conversation}:{number}",
        "conversation": conversation,
        "number": number,
        "tenant": "acme",
        "person": "bob",
        "device": "phone",
        "target": "target-bob-phone",
        "title": "Tower A",
        "text": "the crane is here",
        "author": "ann",
        "at_ms": world.clock(),
        "badge": 3,
        "mentioned": False,
        "count": 1,
        "clear_up_to": 0,
    }
    assert [each.attempts for each in await world.deliveries(stub, conversation)] == [1, 1]


async def test_a_banner_goes_to_the_client_of_the_tab_in_use_and_to_no_other(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1", age_ms=9_000), tab("t2", age_ms=50))
    world.others.presence.attach("bob", "desktop", tab("t1", focused=False), granted=True)
    laptop, desktop = await world.watch(stub, "bob", "laptop"), await world.watch(stub, "bob", "desktop")
    stranger = await world.watch(stub, "eve", "laptop")
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann", "look")
    await eventually(lambda: laptop.banners)
    (banner,) = laptop.banners
    assert (banner.tab, banner.tag, banner.text, banner.title) == ("t2", f"{conversation}:1", "look", "Site")
    (alert,) = await world.alerts(stub, conversation)
    assert [named(each) for each in alert.decisions] == [("bob", "BANNER", "TAB_IN_USE", "laptop", "t2")]
    assert alert.check_pending
    assert (desktop.banners, stranger.banners) == ([], [])
    assert await world.deliveries(stub, conversation) == []


async def test_who_views_the_conversation_is_shown_nothing(world: World) -> None:
    stub = await world.replica()
    conversation = await world.others.messaging.group("ann", "bob")
    world.others.presence.attach("bob", "laptop", tab("t1", conversation=conversation))
    screen = await world.watch(stub, "bob", "laptop")
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert [named(each)[1:3] for each in alert.decisions] == [("NONE", "VIEWING")]
    # What follows is shown: the stream is alive, and nothing came before.
    other = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(other, "ann")
    await eventually(lambda: screen.banners)
    assert [banner.conversation for banner in screen.banners] == [other]


async def test_a_browser_notification_comes_from_the_tab_used_last_where_the_browser_permits(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1", focused=False, age_ms=10), granted=False)
    world.others.presence.attach(
        "bob", "desktop", tab("t2", focused=False, age_ms=900), tab("t3", age_ms=600_000), granted=True
    )
    desktop = await world.watch(stub, "bob", "desktop")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await eventually(lambda: desktop.banners)
    (alert,) = await world.alerts(stub, conversation)
    assert [named(each) for each in alert.decisions] == [("bob", "BROWSER", "TAB_OPEN", "desktop", "t2")]


async def test_what_is_read_is_taken_back_at_once_and_never_pushed(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    screen = await world.watch(stub, "bob", "laptop")
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    for _ in range(2):
        await world.others.messaging.send(conversation, "ann")
    await eventually(lambda: len(screen.banners) == 2)
    await world.others.unread.read(conversation, "bob", 1)
    await eventually(lambda: screen.dismissed)
    assert screen.dismissed == [f"{conversation}:1"]
    await world.others.unread.read(conversation, "bob", 2)
    await eventually(lambda: len(screen.dismissed) == 2)
    world.others.presence.clients.clear()
    world.clock.pass_ms(31_000)

    async def ended() -> bool:
        return not any(alert.check_pending for alert in await world.alerts(stub, conversation))

    await eventually(ended)
    assert [list(alert.escalations) for alert in await world.alerts(stub, conversation)] == [[], []]
    assert await world.deliveries(stub, conversation) == []


async def test_a_client_that_comes_back_to_another_replica_is_told_what_is_gone_and_the_rest_can_be_taken_back(
    world: World,
) -> None:
    first, second = await world.replica(), await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    screen = await world.watch(first, "bob", "laptop")
    conversation = await world.others.messaging.group("ann", "bob")
    for _ in range(4):
        await world.others.messaging.send(conversation, "ann")
    tags = [f"{conversation}:{number}" for number in range(1, 5)]
    await eventually(lambda: len(screen.banners) == 4)
    await screen.close()
    # Nobody is there to hear of these.
    await world.others.unread.read(conversation, "bob", 1)
    await world.others.messaging.delete(conversation, 4)
    await world.decided(first, conversation, 4)

    async def deleted() -> bool:
        return bool(await world.database["alerts"].find_one({"number": 4, "deleted": True}))

    await eventually(deleted)
    again = await world.watch(second, "bob", "laptop", tags)
    other = await world.watch(second, "bob", "phone", tags[1:2])
    await eventually(lambda: len(again.dismissed) == 2 and other.dismissed)
    assert sorted(again.dismissed) == [tags[0], tags[3]]
    # It never was shown there.
    assert other.dismissed == tags[1:2]
    await world.others.unread.read(conversation, "bob", 3)
    await eventually(lambda: len(again.dismissed) == 4)
    assert sorted(again.dismissed[2:]) == tags[1:3]
    assert again.banners == []


async def test_what_had_been_read_before_it_is_decided_is_not_alerted(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("cem", "laptop", tab("t1"))
    screen = await world.watch(stub, "cem", "laptop")
    conversation, other = [await world.others.messaging.group("ann", "bob", "cem") for _ in range(2)]
    await world.others.messaging.send(other, "ann")
    await eventually(lambda: screen.banners)
    await world.others.unread.read(conversation, "bob", 1)
    await world.others.unread.read(other, "cem", 1)
    # The feed of reads is in order: once this is taken back, the earlier read is known too.
    await eventually(lambda: screen.dismissed)
    world.others.presence.clients.clear()
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert [named(each)[:3] for each in alert.decisions] == [("bob", "NONE", "READ")]


async def test_reading_before_the_push_leaves_keeps_it_from_leaving(world: World) -> None:
    stub = await world.replica()
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    # With a conversation's first message unread is asked for all pointers; later ones come by its feed.
    await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation)
    await world.register(stub, "bob")
    await world.register(stub, "cem")
    # Only unread itself knows; the feed has not told yet.
    world.others.unread.silent = True
    await world.others.unread.read(conversation, "bob", 2)
    await world.others.messaging.send(conversation, "ann")
    await world.settled(stub, conversation, ("bob", "SUPPRESSED", "read"), ("cem", "SENT", ""))
    assert [line["person"] for line in world.sent()] == ["cem"]
    assert {each.person: each.attempts for each in await world.deliveries(stub, conversation)} == {"bob": 0, "cem": 1}


async def test_still_unread_after_the_delay_with_no_tab_in_use_becomes_a_push_once(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    screen = await world.watch(stub, "bob", "laptop")
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await eventually(lambda: screen.banners)
    world.others.presence.attach("bob", "laptop", tab("t1", focused=False), granted=True)
    world.clock.pass_ms(29_000)
    assert await world.deliveries(stub, conversation) == []
    world.clock.pass_ms(2_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""))
    (alert,) = await world.alerts(stub, conversation)
    assert [named(each)[:3] for each in alert.escalations] == [("bob", "PUSH", "AWAY")]
    await eventually(lambda: screen.dismissed == [f"{conversation}:1"])

    async def ended() -> bool:
        return not (await world.alerts(stub, conversation))[0].check_pending

    await eventually(ended)
    world.clock.pass_ms(600_000)
    assert len(world.sent()) == 1


async def test_while_a_tab_is_in_use_the_check_is_repeated_until_it_is_not(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation)
    questions = len(world.others.presence.asked)
    world.clock.pass_ms(31_000)
    await eventually(lambda: len(world.others.presence.asked) > questions)
    (alert,) = await world.alerts(stub, conversation)
    assert (list(alert.escalations), alert.check_pending) == ([], True)
    world.others.presence.clients.clear()
    world.clock.pass_ms(61_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""))


async def test_while_presence_cannot_tell_pushes_are_held_back_and_go_after_one_lease(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    world.others.presence.known = False
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert named(alert.common)[1:3] == ("NONE", "PRESENCE_UNKNOWN")
    assert alert.check_pending
    world.clock.pass_ms(29_000)
    assert await world.deliveries(stub, conversation) == []
    world.clock.pass_ms(2_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""))


async def test_what_waited_for_presence_is_decided_by_the_whole_table_once_presence_can_tell(world: World) -> None:
    stub = await world.replica()
    for person in ("bob", "cem", "dan"):
        await world.register(stub, person)
    screen = await world.watch(stub, "bob", "laptop")
    world.others.presence.away = True
    conversation = await world.others.messaging.group("ann", "bob", "cem", "dan")
    await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation)
    world.others.presence.away = False
    world.others.presence.attach("bob", "laptop", tab("t1"))
    world.others.unread.silent = True
    await world.others.unread.read(conversation, "dan", 1)
    world.clock.pass_ms(31_000)
    await world.settled(stub, conversation, ("cem", "SENT", ""))
    await eventually(lambda: [banner.tab for banner in screen.banners] == ["t1"])
    (alert,) = await world.alerts(stub, conversation)
    assert [named(each)[:3] for each in alert.escalations] == [
        ("bob", "BANNER", "TAB_IN_USE"),
        ("cem", "PUSH", "AWAY"),
    ]
    world.others.presence.clients.clear()
    world.clock.pass_ms(61_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""), ("cem", "SENT", ""))
    assert screen.dismissed == [f"{conversation}:1"]


async def test_a_push_waits_for_unread_and_goes_out_when_its_patience_is_over(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    world.others.unread.away = True
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")

    async def waits() -> bool:
        return await world.database["deliveries"].count_documents({"silent_since_ms": {"$exists": True}}) == 1

    await eventually(waits)
    await world.settled(stub, conversation, ("bob", "PENDING", ""))
    world.clock.pass_ms(31_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""))


async def test_a_repeated_event_decides_nothing_again_and_makes_no_second_delivery(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    await world.others.messaging.send(conversation, "ann")
    await world.settled(stub, conversation, ("bob", "SENT", ""))
    (before,) = await world.alerts(stub, conversation)
    world.others.presence.attach("bob", "laptop", tab("t1"))
    world.clock.pass_ms(5)
    await world.others.messaging.repeat(world.others.messaging.log[conversation][1])
    await world.others.messaging.send(conversation, "ann")
    after, _ = await world.decided(stub, conversation, 2)
    assert after == before
    assert len(world.sent()) == 1


async def test_what_was_written_before_the_notifier_first_ran_is_not_alerted(world: World) -> None:
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    world.clock.pass_ms(1_000)
    stub = await world.replica()
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert alert.number == 2


async def test_after_a_lost_cursor_nothing_is_missed_and_nothing_decided_twice(world: World) -> None:
    stub = await world.replica(push_ttl_ms=60_000)
    await world.register(stub, "bob")
    messaging = world.others.messaging
    conversation, old = await messaging.group("ann", "bob"), await messaging.group("ann", "bob")
    await messaging.send(conversation, "ann")
    await world.settled(stub, conversation, ("bob", "SENT", ""))
    await world.replicas[0].server.stop()
    await messaging.send(old, "ann")
    world.clock.pass_ms(61_000)
    for _ in range(3):
        await messaging.send(conversation, "ann")
    messaging.forgotten = len(messaging.feed) + 1
    again = await world.replica(push_ttl_ms=60_000)
    alerts = await world.decided(again, conversation, 4)
    assert [alert.number for alert in alerts] == [1, 2, 3, 4]
    await world.settled(again, conversation, *[("bob", "SENT", "")] * 4)
    # What is caught up with together leaves as one.
    assert [(line["number"], line["count"]) for line in world.sent()] == [(1, 1), (4, 3)]
    assert await world.alerts(again, old) == []


async def test_a_conversation_that_the_list_of_heads_did_not_show_yet_is_found_soon_after_a_gap(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifier.consumer.AGAIN_S", 0.3)
    await world.replica(partitions=1)
    messaging = world.others.messaging
    conversation = await messaging.group("ann", "bob")
    await world.replicas[0].server.stop()
    await messaging.send(conversation, "ann")
    # The first look after the gap does not find it.
    messaging.headless[conversation] = 1
    messaging.forgotten = len(messaging.feed) + 1
    stub = await world.replica(partitions=1)
    await world.decided(stub, conversation)


async def test_two_replicas_share_the_work_and_a_banner_finds_its_stream_on_either(world: World) -> None:
    first = await world.replica()
    second = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    screens = [await world.watch(stub, "bob", "laptop") for stub in (first, second)]
    await world.register(first, "cem")
    conversations = [await world.others.messaging.group("ann", "bob", "cem") for _ in range(6)]
    for conversation in conversations:
        await world.others.messaging.send(conversation, "ann")
    for screen in screens:
        await eventually(lambda screen=screen: len(screen.banners) == 6)
    for conversation in conversations:
        await world.settled(second, conversation, ("cem", "SENT", ""))
    assert len(world.sent()) == 6


async def test_members_come_from_the_log_when_messagings_list_lags(world: World) -> None:
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    world.others.messaging.missing.add(conversation)
    world.clock.pass_ms(1_000)
    stub = await world.replica()
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert alert.persons == 2
    assert world.others.messaging.member_calls >= 1


async def test_who_ceases_to_be_active_is_pushed_to_at_once_and_others_are_not(world: World) -> None:
    stub = await world.replica()
    for person in ("bob", "cem"):
        world.others.presence.attach(person, "laptop", tab("t1"))
        await world.register(stub, person)
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation)
    world.others.presence.clients.clear()
    world.clock.pass_ms(5)
    await world.others.presence.transition("bob", active=True)
    await world.others.presence.transition("bob", active=False)
    await world.settled(stub, conversation, ("bob", "SENT", ""))
    (alert,) = await world.alerts(stub, conversation)
    assert [named(each)[:3] for each in alert.escalations] == [("bob", "PUSH", "AWAY")]
    assert alert.check_pending
    # Of cem nobody told; he is found by the periodic check.
    world.clock.pass_ms(31_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""), ("cem", "SENT", ""))


async def test_without_transitions_the_notifier_is_ready_and_checks_go_on(world: World) -> None:
    world.others.presence.tells = False
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await world.decided(stub, conversation)
    world.others.presence.clients.clear()
    world.clock.pass_ms(31_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""))


async def test_a_banner_changes_with_the_message_and_goes_with_it(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    screen = await world.watch(stub, "bob", "laptop")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await eventually(lambda: screen.banners)
    await world.others.messaging.edit(conversation, 1, "other words")
    await eventually(lambda: len(screen.banners) == 2)
    first, second = screen.banners
    assert (first.update, second.update, second.tag, second.text) == (False, True, first.tag, "other words")
    await world.others.messaging.delete(conversation, 1)
    await eventually(lambda: screen.dismissed == [first.tag])
    (alert,) = await world.alerts(stub, conversation)
    assert (alert.deleted, alert.edited_revision, alert.check_pending) == (True, 3, False)


async def test_a_banner_waits_while_unread_cannot_tell_who_has_muted_the_conversation(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    world.others.presence.attach("cem", "laptop", tab("t1"))
    screens = [await world.watch(stub, person, "laptop") for person in ("bob", "cem")]
    conversation = await world.others.messaging.group("ann", "bob", "cem")
    world.others.unread.mute(conversation, "bob", world.clock() + 600_000)
    world.others.unread.away = True
    await world.others.messaging.send(conversation, "ann")
    (alert,) = await world.decided(stub, conversation)
    assert [named(each)[1:3] for each in alert.decisions] == [("NONE", "UNREAD_UNKNOWN")] * 2
    world.others.unread.away = False
    world.clock.pass_ms(2_000)
    await eventually(lambda: screens[1].banners)
    assert screens[0].banners == []


@pytest.mark.parametrize("forgotten", [False, True])
async def test_what_is_read_while_no_replica_runs_is_taken_back_when_one_comes(
    world: World, *, forgotten: bool
) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await world.settled(stub, conversation, ("bob", "SENT", ""))

    async def kept() -> bool:
        return await world.database["leases"].find_one({"_id": "cursor:reads"}) is not None

    await eventually(kept)
    await world.replicas[0].server.stop()
    await world.others.unread.read(conversation, "bob", 1)
    if forgotten:
        # The place in the feed of reads is lost too: what devices show is looked up.
        await world.others.unread.read(conversation, "cem", 1)
        world.others.unread.forgotten = 3
    stub = await world.replica()
    await eventually(lambda: [(line["act"], line["clear_up_to"]) for line in world.sent()][1:] == [("CLEAR", 1)])
    assert len(world.sent()) == 2


async def test_what_was_read_is_taken_back_from_the_phone(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    conversation = await world.others.messaging.group("ann", "bob")
    await world.others.messaging.send(conversation, "ann")
    await world.settled(stub, conversation, ("bob", "SENT", ""))
    await world.others.unread.read(conversation, "bob", 1)
    await eventually(lambda: [(line["act"], line["clear_up_to"]) for line in world.sent()][1:] == [("CLEAR", 1)])
