"""Bugs that somebody might well write; each must be caught by the state machine."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from services.unread.actions import moving
from services.unread.rules import badges, heads, pointers
from services.unread.rules.effects import Effect
from services.unread.rules.pointers import Delta, Pointer
from tests.seeding import Patch


def own_messages_counted_after_mark_unread() -> Iterator[tuple[Any, str, Any]]:
    original = pointers.moved

    def moved(before: Pointer, read: int, own: int, *rest: Any, back: bool = False, **more: Any) -> Pointer:
        return original(before, read, 0 if back else own, *rest, back=back, **more)

    yield moving, "moved", moved


def a_leave_that_arrives_after_the_rejoin() -> Iterator[tuple[Any, str, Any]]:
    original = pointers.left

    def left(before: Pointer, effect: Effect) -> Pointer:
        return original(replace(before, membership=min(before.membership, effect.revision - 1)), effect)

    yield pointers, "left", left


def own_messages_counted() -> Iterator[tuple[Any, str, Any]]:
    original = pointers.delta_of

    def delta_of(effect: Effect, person: str) -> Delta | None:
        return original(replace(effect, own=0), person)

    yield pointers, "delta_of", delta_of


def a_deletion_not_subtracted() -> Iterator[tuple[Any, str, Any]]:
    yield heads.Head, "deleted_above", lambda _head, _number: 0


def a_late_read_undoes_mark_unread() -> Iterator[tuple[Any, str, Any]]:
    original = pointers.moved

    def moved(before: Pointer, *rest: Any, back: bool = False, **more: Any) -> Pointer:
        del back
        return original(before, *rest, back=False, **more)

    yield moving, "moved", moved


def a_leave_keeps_the_total() -> Iterator[tuple[Any, str, Any]]:
    def left(before: Pointer, effect: Effect) -> Pointer:
        return replace(before, membership=effect.revision, version=before.version + 1)

    yield pointers, "left", left


def a_send_reads_what_others_wrote() -> Iterator[tuple[Any, str, Any]]:
    original = pointers.counted

    def counted(before: Pointer, delta: Delta, covered: int) -> Pointer:
        after = original(before, delta, covered)
        _, number, own, _ = delta
        return replace(after, read=max(after.read, number), own=0) if own > 0 and after is not before else after

    yield pointers, "counted", counted


def a_repeated_event_counted_twice() -> Iterator[tuple[Any, str, Any]]:
    original = pointers.counted

    def counted(before: Pointer, delta: Delta, covered: int) -> Pointer:
        after = original(replace(before, revision=min(before.revision, delta[0] - 1)), delta, covered)
        return replace(after, revision=max(before.revision, after.revision))

    yield pointers, "counted", counted


def a_mute_that_stays_in_the_total() -> Iterator[tuple[Any, str, Any]]:
    yield badges, "is_muted", lambda _until, _now: False


BUGS: tuple[Patch, ...] = (
    own_messages_counted_after_mark_unread,
    a_leave_that_arrives_after_the_rejoin,
    own_messages_counted,
    a_deletion_not_subtracted,
    a_late_read_undoes_mark_unread,
    a_leave_keeps_the_total,
    a_send_reads_what_others_wrote,
    a_repeated_event_counted_twice,
    a_mute_that_stays_in_the_total,
)
