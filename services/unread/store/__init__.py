"""Rows, heads and pointers in MongoDB.

    rows      conversation, number, revision, author, changed, deleted, mentions [{person, since, until}]: the truth,
              one for each message, as of any revision
    heads     _id conversation, tenant, number, revision, deleted, deleted_floor, everyone, everyone_floor: how far a
              conversation has been counted, and what counts for all of its members alike
    pointers  _id "conversation:person", and the fields of `rules.Pointer`
    meta      _id "format": how all this is written

Whoever counts writes rows first, then the pointers of those whom an event concerns by themselves, then heads; so
whatever a head covers is in rows and pointers. Every write is idempotent: each document remembers the revision up to
which events are in it, and is replaced only if it is still as it was read. A send costs one row, one head and the
pointers of its author and of those whom it mentions by name, whatever the number of members.
"""

from services.unread.store.counting import Counting, Gap
from services.unread.store.replacing import Replacing

__all__ = ["Gap", "UnreadStore"]


class UnreadStore(Counting, Replacing):
    """Reads and writes counts."""
