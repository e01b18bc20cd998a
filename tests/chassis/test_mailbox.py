import asyncio

import pytest
from conversations.common.v1 import stream_pb2
from conversations.unread.v1 import unread_pb2
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.frames import field
from services.chassis.streams import WRITE_BYTES, Mailbox
from tests.chassis.frames import CONTROL, Response, badge


def total(unread: int) -> bytes:
    return Response(total=unread_pb2.Total(unread=unread)).SerializeToString()


def mailbox(capacity: int = 10_000) -> Mailbox:
    return Mailbox(CONTROL, capacity)


async def taken(box: Mailbox) -> unread_pb2.WatchBadgesResponse:
    async with asyncio.timeout(5):
        raw = await box.take()
    assert raw is not None
    return Response.FromString(raw)


async def at_the_end(box: Mailbox) -> bool:
    async with asyncio.timeout(5):
        return await box.take() is None


async def test_what_waits_leaves_as_one_message_with_the_newest_of_each_key() -> None:
    box = mailbox()
    box.put("a", badge("a", 1))
    box.put("b", badge("b", 1))
    box.put("a", badge("a", 2))
    box.put("total", total(3))
    message = await taken(box)
    assert [(one.conversation, one.unread) for one in message.badges] == [("a", 2), ("b", 1)]
    assert message.total.unread == 3
    assert box.waiting == 0


async def test_frames_that_were_appended_all_arrive_in_order_whatever_the_other_keys_are() -> None:
    box = mailbox()
    box.append(badge("a", 1))
    for key in range(10):
        box.put(key, badge("b", key))
    box.append(badge("a", 2))
    message = await taken(box)
    assert [one.unread for one in message.badges if one.conversation == "a"] == [1, 2]
    assert [one.unread for one in message.badges if one.conversation == "b"] == list(range(10))


async def test_one_who_waits_gets_a_frame_at_once() -> None:
    box = mailbox()
    waiting = asyncio.create_task(taken(box))
    await asyncio.sleep(0)
    box.put("a", badge("a", 1))
    assert (await waiting).badges[0].unread == 1


async def test_a_cancelled_wait_loses_nothing() -> None:
    box = mailbox()
    waiting = asyncio.create_task(box.take())
    await asyncio.sleep(0)
    box.put("a", badge("a", 1))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await taken(box)).badges[0].unread == 1


async def test_a_large_heap_leaves_in_several_messages_of_bounded_size() -> None:
    box = mailbox()
    for number in range(5_000):
        box.put(number, badge(f"{number:0300}", number))
    sizes, numbers = [], []
    while box.waiting:
        raw = await box.take()
        assert raw is not None
        sizes.append(len(raw))
        numbers += [one.unread for one in Response.FromString(raw).badges]
    assert len(sizes) > 1
    assert max(sizes) < WRITE_BYTES + 200
    assert numbers == list(range(5_000))


async def test_a_mailbox_that_overflows_says_so_and_ends() -> None:
    box = mailbox(capacity=3)
    for number in range(3):
        box.put(number, badge("a", number))
    box.put(1, badge("a", 9))  # replaces, so there is room
    assert box.waiting == 3
    box.put(3, badge("a", 3))
    message = await taken(box)
    assert message.reset.reason == "mailbox overflow"
    assert not message.badges
    box.put(4, badge("a", 4))
    assert await at_the_end(box)


async def test_what_waits_still_leaves_before_the_last_frame() -> None:
    box = mailbox()
    box.put("a", badge("a", 1))
    box.go_away(700)
    box.put("b", badge("b", 1))
    assert [one.conversation for one in (await taken(box)).badges] == ["a"]
    assert (await taken(box)).go_away.reconnect_after_ms == 700
    assert await at_the_end(box)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.sampled_from("abcdef"), st.integers(1, 2**40)),
            st.tuples(st.just("append"), st.just("log"), st.integers(1, 2**40)),
            st.tuples(st.just("take"), st.just(""), st.just(0)),
        )
    )
)
def test_the_last_value_of_each_key_arrives_and_nothing_appended_is_lost(steps: list[tuple[str, str, int]]) -> None:
    """A client that lets each badge replace the one before ends with what was put last."""

    async def play() -> None:
        box = mailbox()
        shown: dict[str, int] = {}
        log: list[int] = []

        async def show() -> None:
            for one in (await taken(box)).badges:
                if one.conversation == "log":
                    log.append(one.unread)
                else:
                    shown[one.conversation] = one.unread

        last: dict[str, int] = {}
        appended: list[int] = []
        for action, key, value in steps:
            if action == "put":
                last[key] = value
                box.put(key, badge(key, value))
            elif action == "append":
                appended.append(value)
                box.append(badge("log", value))
            elif box.waiting:
                await show()
        while box.waiting:
            await show()
        assert shown == last
        assert log == appended

    asyncio.run(play())


@given(st.integers(1, 15), st.text(max_size=300))
def test_a_frame_made_by_hand_is_what_protobuf_makes(number: int, text: str) -> None:
    reset = stream_pb2.Reset(reason=text)
    assert field(1, text.encode()) == reset.SerializeToString() or not text
    assert Response.FromString(field(6, reset.SerializeToString())).reset.reason == text
    assert field(number, b"x" * 200)[0] == number << 3 | 2
