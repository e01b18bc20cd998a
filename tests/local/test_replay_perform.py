from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest
from conversations.messaging.v1 import messaging_pb2
from conversations.unread.v1 import unread_pb2
from grpc.aio import Metadata

from local.replay import perform
from local.replay.ledger import Ledger
from local.replay.perform import FOR_EVER_MS, Hands
from local.replay.said import Mention
from local.replay.steps import Add, Delete, Edit, Leave, MarkRead, MarkUnread, Mute, Remove
from local.replay.truth import Told
from local.replay.wire import Wire

AT = "g_room"


def status(code: grpc.StatusCode) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, Metadata(), Metadata(), "as the test wants it")


class Services:
    """Messaging and unread that answer what they are told to, and remember what they were asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, str]] = []
        self.badges = [unread_pb2.Badge(conversation=AT, revision=99, number=3, epoch=4)]
        self.epoch_after = 5
        self.late_read: grpc.StatusCode | None = grpc.StatusCode.FAILED_PRECONDITION
        self.revision = 10

    def wire(self) -> Wire:
        moves = ("EditMessage", "DeleteMessage", "AddMembers", "LeaveConversation", "RemoveMembers")
        messaging = SimpleNamespace(**{name: self._call(name, self._event) for name in moves})
        unread = SimpleNamespace(
            GetBadges=self._call("GetBadges", self._badge),
            MarkRead=self._call("MarkRead", self._read),
            MarkUnread=self._call("MarkUnread", self._unread),
            SetMute=self._call("SetMute", self._mute),
        )
        fake = SimpleNamespace(messaging=messaging, unread=unread, person=lambda person: person)
        return cast("Wire", fake)

    def _call(self, name: str, answer: Callable[[Any], Any]) -> Callable[..., Any]:
        async def call(request: Any, *, metadata: str, timeout: float) -> Any:  # noqa: ASYNC109
            assert timeout > 0
            self.asked.append((name, request, metadata))
            return answer(request)

        return call

    def _event(self, _: Any) -> Any:
        self.revision += 1
        return messaging_pb2.EditMessageResponse(revision=self.revision)

    def _badge(self, _: Any) -> Any:
        badge = self.badges[0] if len(self.badges) == 1 else self.badges.pop(0)
        return unread_pb2.GetBadgesResponse(badges=[badge])

    def _read(self, request: Any) -> Any:
        if self.late_read is not None and request.epoch != self.epoch_after:
            raise status(self.late_read)
        return unread_pb2.MarkReadResponse()

    def _unread(self, _: Any) -> Any:
        return unread_pb2.MarkUnreadResponse(badge=unread_pb2.Badge(epoch=self.epoch_after))

    def _mute(self, request: Any) -> Any:
        return unread_pb2.SetMuteResponse(badge=unread_pb2.Badge(muted_until_ms=request.muted_until_ms))


def hands_of(services: Services) -> tuple[Hands, Ledger]:
    ledger = Ledger("room", ["ann", "bob"])
    for number in (1, 2, 3):
        ledger.sent(Told(number, "ann", f"text {number}", f"line-{number}"), number + 1)
    return Hands(services.wire(), [AT], [ledger], lambda: None), ledger


async def test_each_change_is_the_call_of_the_contract_by_the_right_person() -> None:
    services = Services()
    hands, ledger = hands_of(services)
    await hands.carry_out(0, Edit(1, "ann", (Mention("bob"), " see")), "step-1")
    await hands.carry_out(0, Delete(2, "ann"), "step-2")
    await hands.carry_out(0, Add("cem", "bob"), "step-3")
    await hands.carry_out(0, Leave("cem"), "step-4")
    await hands.carry_out(0, Remove("bob", "ann"), "step-5")
    assert hands.failures == []
    assert [(name, by) for name, _, by in services.asked] == [
        ("EditMessage", "ann"),
        ("DeleteMessage", "ann"),
        ("AddMembers", "bob"),
        ("LeaveConversation", "cem"),
        ("RemoveMembers", "ann"),
    ]
    assert [request.client_key for _, request, _ in services.asked] == [f"step-{turn}" for turn in range(1, 6)]
    edit = services.asked[0][1]
    assert (edit.number, edit.parts[0].person.person, edit.parts[1].text) == (1, "bob", " see")
    assert ledger.told[0].text == "@bob see"
    assert ledger.told[1].deleted
    assert ledger.truth().members == {"ann"}
    assert ledger.revision == services.revision
    assert hands.done == {"edits": 1, "deletes": 1, "joins": 1, "leaves": 1, "removals": 1}


async def test_who_marks_or_mutes_waits_until_unread_has_counted_what_was_acknowledged() -> None:
    services = Services()
    services.badges = [unread_pb2.Badge(conversation=AT, revision=revision, epoch=5) for revision in (2, 3, 4)]
    hands, ledger = hands_of(services)
    await hands.carry_out(0, MarkRead("bob", 2), "step-1")
    assert hands.failures == []
    assert [name for name, _, _ in services.asked] == ["GetBadges"] * 3 + ["MarkRead"]
    assert (services.asked[-1][1].number, services.asked[-1][1].epoch) == (2, 5)
    assert ledger.pointer("bob") == 2


async def test_what_is_never_counted_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(perform, "COUNTED_S", 0.05)
    services = Services()
    services.badges = [unread_pb2.Badge(conversation=AT, revision=3)]
    hands, ledger = hands_of(services)
    await hands.carry_out(0, Mute("bob", None), "step-1")
    assert "revision 4 was not counted in time" in hands.failures[0]
    assert not ledger.truth().muted


async def test_a_late_read_is_tried_after_marking_unread_and_must_be_refused() -> None:
    services = Services()
    hands, _ = hands_of(services)
    await hands.carry_out(0, MarkUnread("bob", 1), "step-1")
    assert hands.failures == []
    name, late, _ = services.asked[-1]
    assert (name, late.number, late.epoch) == ("MarkRead", 3, 4)
    services.late_read = None
    await hands.carry_out(0, MarkUnread("bob", 1), "step-2")
    assert "a read that was sent before was taken" in hands.failures[0]


async def test_where_nothing_was_moved_back_a_late_read_undoes_nothing() -> None:
    services = Services()
    services.epoch_after = 4
    hands, _ = hands_of(services)
    await hands.carry_out(0, MarkUnread("bob", 1), "step-1")
    assert [name for name, _, _ in services.asked] == ["GetBadges", "MarkUnread"]


async def test_a_mute_is_for_ever_for_a_while_or_taken_away() -> None:
    services = Services()
    hands, ledger = hands_of(services)
    for turn, for_s in enumerate((None, 1.5, 0)):
        await hands.carry_out(0, Mute("bob", for_s), f"step-{turn}")
    asked = [request.muted_until_ms for name, request, _ in services.asked if name == "SetMute"]
    assert (asked[0], asked[2]) == (FOR_EVER_MS, 0)
    assert 0 < asked[1] < FOR_EVER_MS
    assert hands.done == {"mutes": 3}
    assert not ledger.truth().muted


async def test_a_change_of_a_refused_message_is_a_failure_and_not_tried() -> None:
    services = Services()
    hands, ledger = hands_of(services)
    ledger.refused()
    await hands.carry_out(0, Delete(4, "ann"), "step-1")
    assert "message 4 was refused" in hands.failures[0]
    assert services.asked == []


async def test_a_refusal_is_a_failure_and_changes_nothing() -> None:
    services = Services()
    services.late_read = grpc.StatusCode.NOT_FOUND
    hands, ledger = hands_of(services)
    await hands.carry_out(0, MarkRead("bob", 2), "step-1")
    assert "NOT_FOUND: as the test wants it" in hands.failures[0]
    assert ledger.pointer("bob") == 0
    assert not hands.done
