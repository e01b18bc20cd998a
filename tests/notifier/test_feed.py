"""What reaches which screen, and what is taken back."""

import asyncio

from conversations.notifier.v1 import notifier_pb2 as pb

from services.chassis import mongo
from services.chassis.streams import Mailbox
from services.chassis.tasks import end
from services.notifier.facts import Decision, Kind, Reason, Surface
from services.notifier.feed import CONTROL, SHOWN, Hub, tell_all
from services.notifier.reads import Reads
from services.notifier.records import Alert, Content, News, Pointer
from services.notifier.stores.alerts import Alerts, news_feed
from services.notifier.stores.alerts.documents import document_of
from tests.conftest import eventually

BANNER = Decision(Surface.BANNER, Reason.TAB_IN_USE, "laptop", "t1")
BOB = ("acme", "bob")


def content(number: int, conversation: str = "g_one", tenant: str = "acme") -> Content:
    return Content(tenant, conversation, number, "ann", Kind.GROUP, "Site", "hello", 5)


def shown(number: int, conversation: str = "g_one", tenant: str = "acme") -> News:
    return News(content(number, conversation, tenant), [("bob", BANNER)])


def read(number: int, conversation: str = "g_one", tenant: str = "acme") -> Pointer:
    return Pointer(conversation, "bob", tenant, number, 1)


async def taken(mailbox: Mailbox) -> pb.WatchBannersResponse:
    mailbox.close()
    whole = b""
    while (frame := await mailbox.take()) is not None:
        whole += frame
    return pb.WatchBannersResponse.FromString(whole)


async def test_another_tenants_person_of_the_same_name_sees_nothing() -> None:
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 10)
    with hub.joined(BOB, "laptop", mailbox):
        hub.tell(shown(1, tenant="rival"))
        hub.tell(shown(2))
        hub.read([read(2, tenant="rival")])
    response = await taken(mailbox)
    assert [banner.number for banner in response.banners] == [2]
    assert not response.dismissals


async def test_a_banner_that_still_waits_is_replaced_by_its_dismissal() -> None:
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 10)
    with hub.joined(BOB, "laptop", mailbox):
        for number in (1, 2, 3):
            hub.tell(shown(number))
        hub.tell(shown(1, "g_other"))
        hub.read([read(2)])
        hub.read([read(2)])
    response = await taken(mailbox)
    assert [banner.tag for banner in response.banners] == ["g_one:3", "g_other:1"]
    assert [dismissal.tag for dismissal in response.dismissals] == ["g_one:1", "g_one:2"]


async def test_what_was_read_before_its_banner_arrives_is_not_shown() -> None:
    reads = Reads()
    hub, mailbox = Hub(reads), Mailbox(CONTROL, 10)
    with hub.joined(BOB, "laptop", mailbox):
        reads.learn([read(1)])
        hub.tell(shown(1))
        hub.tell(shown(2))
    assert [banner.number for banner in (await taken(mailbox)).banners] == [2]


async def test_an_escalation_takes_the_banner_back() -> None:
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 10)
    with hub.joined(BOB, "laptop", mailbox):
        hub.tell(shown(1))
        await mailbox.take()
        hub.tell(News(content(1), [], taken_back=["bob", "cem"]))
    assert [dismissal.tag for dismissal in (await taken(mailbox)).dismissals] == ["g_one:1"]


async def test_the_memory_of_what_was_shown_is_bounded() -> None:
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 2 * SHOWN)
    with hub.joined(BOB, "laptop", mailbox):
        for number in range(1, SHOWN + 3):
            hub.tell(shown(number))
        hub.read([read(SHOWN + 2)])
    assert len((await taken(mailbox)).dismissals) == SHOWN


async def test_a_browser_notification_outlasts_all_the_banners_that_come_after_it() -> None:
    in_the_tray = Decision(Surface.BROWSER, Reason.TAB_OPEN, "laptop", "t1")
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 3 * SHOWN)
    with hub.joined(BOB, "laptop", mailbox) as stream:
        stream.expect(["g_before:1"])
        hub.tell(News(content(1), [("bob", in_the_tray)]))
        for number in range(1, SHOWN + 3):
            hub.tell(shown(number, "g_busy"))
        hub.read([read(1, "g_before"), read(1), read(2, "g_busy")])
    assert {dismissal.tag for dismissal in (await taken(mailbox)).dismissals} == {"g_before:1", "g_one:1"}


async def test_a_gap_has_every_stream_begin_again() -> None:
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 10)
    with hub.joined(BOB, "laptop", mailbox):
        hub.tell(shown(1))
        hub.reset()
    response = await taken(mailbox)
    assert response.HasField("reset")
    assert not response.banners


async def test_news_that_cannot_be_read_keeps_no_other_from_the_screens(database: mongo.Database) -> None:
    feed = news_feed(database)
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 10)
    tasks = [asyncio.create_task(feed.run()), asyncio.create_task(tell_all(feed, hub))]
    await eventually(lambda: feed.live)
    common = Decision(Surface.PUSH, Reason.AWAY)
    store = Alerts(database)
    alerts = [Alert(content(number), number, 1, common, {"bob": BANNER}, 5) for number in (1, 2)]
    with hub.joined(BOB, "laptop", mailbox):
        spoilt = document_of(alerts[0])
        spoilt["decisions"][0]["reason"] = "OF_A_NEWER_REPLICA"
        await database["alerts"].insert_one(spoilt)
        await store.insert(alerts[1:])
        await eventually(lambda: mailbox.waiting)
    await end(*tasks)
    assert [banner.number for banner in (await taken(mailbox)).banners] == [2]


async def test_a_stream_that_has_ended_is_forgotten() -> None:
    hub = Hub(Reads())
    with hub.joined(BOB, "laptop", Mailbox(CONTROL, 10)):
        hub.tell(shown(4))
        assert hub.outstanding() == {("g_one", "bob"): "acme"}
    assert hub.outstanding() == {}
    assert not hub._persons


def test_an_older_pointer_never_replaces_a_newer_one() -> None:
    reads = Reads()
    reads.learn([Pointer("g_one", "bob", "acme", 5, 3), Pointer("g_one", "bob", "acme", 9, 2)])
    assert reads.of("g_one")["bob"].read == 5
    reads.learn([Pointer("g_one", "bob", "acme", 2, 4)])
    assert reads.of("g_one")["bob"].read == 2
    reads.forget()
    assert reads.of("g_one") == {}


async def test_what_a_client_has_shown_since_an_earlier_stream_is_taken_back_and_replaced() -> None:
    hub, mailbox = Hub(Reads()), Mailbox(CONTROL, 10)
    with hub.joined(BOB, "laptop", mailbox) as stream:
        stream.expect(["g_one:1", "g_one:2", "g_one:3"])
        stream.dismiss("g_one", 3)
        stream.dismiss("g_one", 4)
        hub.read([read(1)])
        stream.resume(content(2), BANNER, mentioned=False, edited=False)
        hub.tell(News(content(2), (), edited=True))
    response = await taken(mailbox)
    assert [dismissal.tag for dismissal in response.dismissals] == ["g_one:3", "g_one:1"]
    assert [(banner.number, banner.update) for banner in response.banners] == [(2, True)]
