"""What a client still shows when its stream opens again."""

import pytest
from conversations.notifier.v1 import notifier_pb2 as pb

from tests.conftest import eventually
from tests.harness import as_person
from tests.notifier.conftest import World
from tests.notifier.fakes import conversation_id, tab
from tests.notifier.test_door import outcome


async def shown(world: World, count: int) -> tuple[str, list[str]]:
    """Bob's laptop shows some banners, and its replica goes away; the conversation and the tags."""
    stub = await world.replica()
    world.others.presence.attach("bob", "laptop", tab("t1"))
    screen = await world.watch(stub, "bob", "laptop")
    conversation = await world.others.messaging.group("ann", "bob")
    for _ in range(count):
        await world.others.messaging.send(conversation, "ann")
    await eventually(lambda: len(screen.banners) == count)
    await world.replicas[0].server.stop()
    return conversation, [banner.tag for banner in screen.banners]


async def test_what_was_read_while_no_stream_was_open_is_dismissed_and_the_rest_later(world: World) -> None:
    conversation, tags = await shown(world, 3)
    await world.others.unread.read(conversation, "bob", 2)
    stub = await world.replica()
    screen = await world.watch(stub, "bob", "laptop", tags)
    await eventually(lambda: sorted(screen.dismissed) == tags[:2])
    await world.others.unread.read(conversation, "bob", 3)
    await eventually(lambda: sorted(screen.dismissed) == tags)
    assert screen.banners == []


async def test_what_was_deleted_or_edited_meanwhile_is_dismissed_or_replaced(world: World) -> None:
    conversation, tags = await shown(world, 3)
    await world.others.messaging.delete(conversation, 1)
    await world.others.messaging.edit(conversation, 2, "other words")
    stub = await world.replica()

    async def changed() -> bool:
        alerts = await world.alerts(stub, conversation)
        return [(each.deleted, bool(each.edited_revision)) for each in alerts[:2]] == [(True, False), (False, True)]

    await eventually(changed)
    screen = await world.watch(stub, "bob", "laptop", tags)
    await eventually(lambda: screen.dismissed and screen.banners)
    assert screen.dismissed == tags[:1]
    assert [(each.tag, each.text, each.update) for each in screen.banners] == [(tags[1], "other words", True)]
    await world.others.messaging.delete(conversation, 3)
    await eventually(lambda: screen.dismissed == [tags[0], tags[2]])


async def test_what_became_a_push_meanwhile_is_dismissed(world: World) -> None:
    conversation, tags = await shown(world, 1)
    world.others.presence.clients.clear()
    stub = await world.replica()
    await world.register(stub, "bob")
    world.clock.pass_ms(31_000)
    await world.settled(stub, conversation, ("bob", "SENT", ""))
    screen = await world.watch(stub, "bob", "laptop", tags)
    await eventually(lambda: screen.dismissed == tags)


async def test_what_is_nothing_of_theirs_is_dismissed_whatever_it_is(world: World) -> None:
    _, tags = await shown(world, 1)
    stub = await world.replica()
    unknown = f"{conversation_id(600)}:1"
    screen = await world.watch(stub, "eve", "laptop", [*tags, unknown])
    await eventually(lambda: screen.dismissed == [*tags, unknown])
    desktop = await world.watch(stub, "bob", "desktop", tags)
    await eventually(lambda: desktop.dismissed == tags)


@pytest.mark.parametrize(
    "tags", [["test:0"], ["g_x:1"], [f"{conversation_id(1)}:0"], [f"{conversation_id(1)}:1"] * 101]
)
async def test_what_is_no_tag_is_refused(world: World, tags: list[str]) -> None:
    stub = await world.replica()
    request = pb.WatchBannersRequest(client="laptop", shown=tags)
    code, words = await outcome(stub.WatchBanners(request, metadata=as_person(world.issuer, "bob")))
    assert (code.name, "shown" in words) == ("INVALID_ARGUMENT", True)
