"""A person tries their surfaces."""

from typing import TYPE_CHECKING

import grpc
import pytest
from conversations.notifier.v1 import notifier_pb2 as pb

from services.chassis import mongo
from services.notifier.facts import Kind, Surface
from services.notifier.records import Content, Place, Showing
from services.notifier.stores.trials import TrialStore
from tests.conftest import eventually
from tests.harness import as_person
from tests.notifier.conftest import World
from tests.notifier.fakes import tab

if TYPE_CHECKING:
    from conversations.notifier.v1.notifier_pb2_grpc import NotifierServiceAsyncStub

PAUSE_MS = 3_000


async def tried(
    world: World, stub: "NotifierServiceAsyncStub", surface: pb.Surface, client: str = ""
) -> dict[str, tuple[str, str, str, int]]:
    """What bob was told: client or device to (result, tab, reason, status)."""
    world.clock.pass_ms(PAUSE_MS)
    request = pb.TestNotificationRequest(surface=surface, client=client)
    answer = await stub.TestNotification(request, metadata=as_person(world.issuer, "bob"))
    return {
        each.client or each.device: (
            pb.TrialResult.Name(each.result).removeprefix("TRIAL_RESULT_"),
            each.tab,
            each.reason,
            each.status,
        )
        for each in answer.trials
    }


async def test_a_trial_finds_the_streams_on_every_replica_and_says_what_happened_on_each(world: World) -> None:
    first, second = await world.replica(), await world.replica()
    for client, granted in (("laptop", False), ("desktop", True), ("tablet", True)):
        world.others.presence.attach("bob", client, tab(f"{client}-1"), granted=granted)
    laptop = await world.watch(first, "bob", "laptop")
    desktop = await world.watch(second, "bob", "desktop")
    expected = {
        "laptop": ("SENT", "laptop-1", "", 0),
        "desktop": ("SENT", "desktop-1", "", 0),
        "tablet": ("NOT_FOLLOWING", "tablet-1", "", 0),
    }
    for asked in (first, second):
        for screen in (laptop, desktop):
            screen.banners.clear()
        assert await tried(world, asked, pb.SURFACE_BANNER) == expected
        await eventually(lambda: laptop.banners and desktop.banners)
        for screen, name in ((laptop, "laptop-1"), (desktop, "desktop-1")):
            assert [(each.test, each.tab, each.surface) for each in screen.banners] == [(True, name, pb.SURFACE_BANNER)]


async def test_a_browser_that_does_not_permit_it_is_shown_nothing_and_that_is_said(world: World) -> None:
    first, second = await world.replica(), await world.replica()
    for client, granted in (("laptop", False), ("desktop", True)):
        world.others.presence.attach("bob", client, tab("t1"), granted=granted)
    laptop = await world.watch(first, "bob", "laptop")
    desktop = await world.watch(second, "bob", "desktop")
    assert await tried(world, first, pb.SURFACE_BROWSER) == {
        "laptop": ("NOT_PERMITTED", "t1", "", 0),
        "desktop": ("SENT", "t1", "", 0),
    }
    await eventually(lambda: [each.surface for each in desktop.banners] == [pb.SURFACE_BROWSER])
    assert laptop.banners == []
    assert await tried(world, second, pb.SURFACE_BROWSER, "desktop") == {"desktop": ("SENT", "t1", "", 0)}
    await eventually(lambda: len(desktop.banners) == 2)


async def test_banners_that_are_off_on_a_client_are_tried_and_that_is_said(world: World) -> None:
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    world.others.presence.clients["bob", "laptop"].in_app_off = True
    screen = await world.watch(stub, "bob", "laptop")
    assert await tried(world, stub, pb.SURFACE_BANNER) == {"laptop": ("SWITCHED_OFF", "t1", "", 0)}
    await eventually(lambda: screen.banners)


async def test_pushes_are_tried_with_the_true_total_and_what_was_answered_is_told(world: World) -> None:
    stub = await world.replica()
    await world.register(stub, "bob")
    await world.register(stub, "bob", "tablet")
    world.others.unread.totals["bob"] = 7
    answer = await tried(world, stub, pb.SURFACE_PUSH)
    assert answer == {"phone": ("SENT", "", "", 0), "tablet": ("SENT", "", "", 0)}
    assert [(line["number"], line["badge"]) for line in world.sent()] == [(0, 7), (0, 7)]
    world.others.unread.away = True
    await tried(world, stub, pb.SURFACE_PUSH)
    assert [line["badge"] for line in world.sent()][2:] == [None, None]


async def test_who_tries_again_at_once_is_held_back_on_every_replica(world: World) -> None:
    first, second = await world.replica(), await world.replica()
    await tried(world, first, pb.SURFACE_PUSH)
    for stub in (first, second):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.TestNotification(
                pb.TestNotificationRequest(surface=pb.SURFACE_PUSH), metadata=as_person(world.issuer, "bob")
            )
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    # Others are not.
    await second.TestNotification(
        pb.TestNotificationRequest(surface=pb.SURFACE_PUSH), metadata=as_person(world.issuer, "cem")
    )


async def test_while_presence_cannot_tell_nobody_is_told_that_nothing_is_open(world: World) -> None:
    stub = await world.replica()
    world.others.presence.known = False
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await tried(world, stub, pb.SURFACE_BANNER)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_who_comes_too_late_shows_nothing_and_an_older_trial_is_never_mistaken(database: mongo.Database) -> None:
    store = TrialStore(database)

    def showing(trial: str, at_ms: int) -> Showing:
        content = Content("acme", "test", 0, "", Kind.DIRECT, "", "hello", at_ms)
        return Showing(trial, content, "bob", Surface.BANNER, [Place("laptop", "t1")])

    assert await store.begin(showing("a:1", 10_000), 2_000)
    assert await store.give(showing("a:1", 10_000), ["laptop"])
    assert await store.close(showing("a:1", 10_000)) == ["laptop"]
    assert not await store.give(showing("a:1", 10_000), ["desktop"])
    assert not await store.begin(showing("b:1", 11_999), 2_000)
    assert await store.begin(showing("b:1", 12_000), 2_000)
    assert not await store.give(showing("a:1", 10_000), ["desktop"])
    assert await store.given(showing("b:1", 12_000)) == []
    assert await store.forget(12_000) == 0
    assert await store.forget(12_001) == 1
