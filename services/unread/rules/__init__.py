"""What a badge is: values and arithmetic.

The definition (product.md): unread(u, c) counts the messages of c whose number is above u's read pointer and above the
number at which u joined, whose author is not u, and which are not deleted. With H the number of the last message
counted, that is

    (H - read) - (deleted numbers above `read`) - (u's own live messages above `read`)

where `read` begins at the number at which u joined. mentions(u, c) counts those of them that mention u or everyone.
"""

from services.unread.rules.badges import FOREVER, Badge, Total, badge, is_muted, total_of
from services.unread.rules.changes import (
    EVERYONE,
    Change,
    ConversationCreated,
    ConversationTouched,
    MembersChanged,
    MessageDeleted,
    MessageEdited,
    MessageSent,
    effective,
)
from services.unread.rules.effects import Effect, Row, effect_of, needs_row, row_of
from services.unread.rules.heads import NOTHING, Below, Buried, Head, buried_for, folded
from services.unread.rules.pointers import Delta, Pointer, counted, delta_of, followed, joined, left, moved
from services.unread.rules.truth import Truth

__all__ = [
    "EVERYONE",
    "FOREVER",
    "NOTHING",
    "Badge",
    "Below",
    "Buried",
    "Change",
    "ConversationCreated",
    "ConversationTouched",
    "Delta",
    "Effect",
    "Head",
    "MembersChanged",
    "MessageDeleted",
    "MessageEdited",
    "MessageSent",
    "Pointer",
    "Row",
    "Total",
    "Truth",
    "badge",
    "buried_for",
    "counted",
    "delta_of",
    "effect_of",
    "effective",
    "folded",
    "followed",
    "is_muted",
    "joined",
    "left",
    "moved",
    "needs_row",
    "row_of",
    "total_of",
]
