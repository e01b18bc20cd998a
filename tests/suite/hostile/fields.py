"""The fields of requests, and values that nobody should send."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conversations.notifier.v1 import notifier_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

STAND_IN = "\ue000"
"""As long in UTF-8 as half of a surrogate pair, and a character that protobuf takes."""

SURROGATE = b"\xed\xa0\x80"
"""U+D800 in the form of UTF-8, which is not UTF-8."""

UNSIGNED = {FieldDescriptor.TYPE_UINT32: 2**32 - 1, FieldDescriptor.TYPE_UINT64: 2**64 - 1}
"""The highest value of each type of number that requests use."""


EXAMPLES: dict[str, Message] = {
    "conversations.notifier.v1.WebPushSubscription": notifier_pb2.WebPushSubscription(
        endpoint="https://fcm.googleapis.com/fcm/send/x",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
    )
}
"""Of a message that a valid request need not hold: what stands beside a bad value of it, so that only this is wrong."""


@dataclass(frozen=True)
class Leaf:
    """A field of a request that holds a value and no message; `path` leads to it, `steps` are its fields."""

    steps: tuple[FieldDescriptor, ...]

    def __str__(self) -> str:
        return ".".join(step.name for step in self.steps)

    @property
    def field(self) -> FieldDescriptor:
        return self.steps[-1]

    @property
    def is_text(self) -> bool:
        return bool(self.field.type == FieldDescriptor.TYPE_STRING)

    def names(self, path: str) -> bool:
        """Whether a field path of an error, such as "tabs[3].tab", means this field or what it stands in."""
        plain = "".join(part.split("]")[-1] for part in path.split("["))
        return plain in {".".join(step.name for step in self.steps[:depth]) for depth in range(1, len(self.steps) + 1)}

    def put(self, request: Message, value: Any) -> Message:
        """The request with this value here; in a repeated field, as the first."""
        changed = type(request)()
        changed.CopyFrom(request)
        holder: Any = changed
        for step in self.steps[:-1]:
            example = EXAMPLES.get(step.message_type.full_name) if step.message_type else None
            if example is not None and not holder.HasField(step.name):
                getattr(holder, step.name).CopyFrom(example)
            holder = getattr(holder, step.name)
            if step.is_repeated:
                assert holder, f"the valid request needs one of {step.full_name}"
                holder = holder[0]
        if self.field.is_repeated:
            del getattr(holder, self.field.name)[:1]
            getattr(holder, self.field.name).insert(0, value)
        else:
            setattr(holder, self.field.name, value)
        return changed


def leaves(message: Descriptor, before: tuple[FieldDescriptor, ...] = ()) -> Iterator[Leaf]:
    """All fields below a message."""
    for field in message.fields:
        if field.message_type is not None:
            yield from leaves(field.message_type, (*before, field))
        else:
            yield Leaf((*before, field))


def repeated(message: Descriptor) -> Iterator[Leaf]:
    """The repeated fields of a request."""
    for field in message.fields:
        if field.is_repeated:
            yield Leaf((field,))


LEGAL_TEXT = {
    "a query operator": "$gt",
    "a query": '{"$where": "sleep(1000)"}',
    "a dotted name": "a.b.$c",
    "a bidirectional override": "\u202egnp.exe",
    "zero-width characters": "a\u200b\u200d\ufeff",
    "a pile of combining marks": "a" + "\u0301" * 32_000,
    "nothing but white space": " \t\u2003",
    "a character that is none": "\uffff",
    "emoji": "👩‍👩‍👧‍👦" * 30,
    "a format": "%s%n{0}{self}",
    "a path": "../../etc/passwd",
}
"""Texts that are strange, and that a field may well allow."""

BAD_TEXT = {
    "too long": "a" * 200_000,
    "NUL": "a\x00b",
    "an escape sequence": "\x1b[2J",
    "a line break": "a\nb",
    "DEL": "a\x7fb",
}
"""Texts that no name, key, title, link, address or cursor may hold."""
