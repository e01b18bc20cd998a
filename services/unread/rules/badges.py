"""Badges and totals: arithmetic on a pointer and a head."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.unread.rules.heads import NOTHING, Below, Head
from services.unread.rules.pointers import Pointer

FOREVER = 2**53 - 1
"""A mute that never runs out."""


@dataclass(frozen=True, slots=True)
class Badge:
    """Unread messages of one conversation for one person, with what makes it newer or older than another."""

    conversation: str
    unread: int
    read: int
    number: int
    revision: int
    epoch: int
    version: int
    mentions: int = 0
    muted_until_ms: int = 0
    left: bool = False


@dataclass(frozen=True, slots=True)
class Total:
    """The sum over a person's badges that are not muted."""

    unread: int = 0
    mentions: int = 0


def badge(pointer: Pointer, head: Head, below: Below = NOTHING) -> Badge:
    """The badge of a pointer at a head that is not older than the beginning of the pointer's tail.

    Args:
        pointer: the person's place.
        head: how far the conversation has been counted.
        below: what the head's lists do not tell about this pointer.
    """
    own, mentioned = pointer.own, pointer.mentioned
    for revision, number, own_step, mention_step in reversed(pointer.tail):
        if revision <= head.revision:
            break
        if number > pointer.read:
            own -= own_step
            mentioned -= mention_step
    deleted = head.deleted_above(pointer.read) + below.deleted
    everyone = head.everyone_above(pointer.read, pointer.person) + below.everyone
    here = not pointer.left
    return Badge(
        conversation=pointer.conversation,
        unread=max(0, head.number - pointer.read - deleted - own) if here else 0,
        read=pointer.read,
        number=head.number,
        revision=head.revision,
        epoch=pointer.epoch,
        version=pointer.version,
        mentions=max(0, mentioned + everyone) if here else 0,
        muted_until_ms=pointer.muted_until_ms,
        left=pointer.left,
    )


def is_muted(muted_until_ms: int, now_ms: int) -> bool:
    """Whether a mute still holds."""
    return muted_until_ms > now_ms


def total_of(badges: Iterable[Badge], now_ms: int) -> Total:
    """The number on the icon."""
    unread = mentions = 0
    for each in badges:
        if not is_muted(each.muted_until_ms, now_ms):
            unread += each.unread
            mentions += each.mentions
    return Total(unread, mentions)
