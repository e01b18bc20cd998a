"""Requests spoilt at random, in ways that repeat with the seed."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from tests.suite.hostile.fields import BAD_TEXT, LEGAL_TEXT, STAND_IN, SURROGATE, Leaf

LARGEST = 300_000
"""Larger requests than this are the limits' business, bytes."""


def mutate(rng: random.Random, valid: Message, places: Sequence[Leaf]) -> bytes:
    """A request with strange values in some of these fields, and in half of all cases with broken bytes."""
    changed = valid
    for _ in range(rng.randint(0, 3) if places else 0):
        leaf = rng.choice(places)
        try:
            changed = leaf.put(changed, _value(rng, leaf))
        except (ValueError, IndexError):
            continue  # what the library does not let through is the bytes' business
    raw = changed.SerializeToString().replace(STAND_IN.encode(), SURROGATE)
    if rng.random() < 0.5:
        for _ in range(rng.randint(1, 4)):
            raw = rng.choice(BREAKAGES)(rng, raw)
    return raw[:LARGEST]


def _value(rng: random.Random, leaf: Leaf) -> Any:
    field = leaf.field
    if leaf.is_text:
        return rng.choice([*LEGAL_TEXT.values(), *BAD_TEXT.values(), STAND_IN, "", "g_" + "b" * 26])
    if field.type == FieldDescriptor.TYPE_BOOL:
        return rng.random() < 0.5
    bits = 64 if field.type == FieldDescriptor.TYPE_UINT64 else 31
    return rng.choice([0, 1, 2**31 - 1, 2**53, 2**63, 2**64 - 1, rng.getrandbits(bits)])


def _flip(rng: random.Random, raw: bytes) -> bytes:
    spoilt = bytearray(raw or b"\x00")
    spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
    return bytes(spoilt)


def _cut(rng: random.Random, raw: bytes) -> bytes:
    return raw[: rng.randint(0, len(raw))]


def _insert(rng: random.Random, raw: bytes) -> bytes:
    place = rng.randint(0, len(raw))
    return raw[:place] + rng.randbytes(rng.randint(1, 24)) + raw[place:]


def _twice(rng: random.Random, raw: bytes) -> bytes:
    begin = rng.randint(0, len(raw))
    end = rng.randint(begin, len(raw))
    return raw[:end] + raw[begin:end] * rng.randint(1, 4) + raw[end:]


def _other_type(rng: random.Random, raw: bytes) -> bytes:
    """A known field's number with any type."""
    return raw + bytes([rng.randint(1, 6) << 3 | rng.randint(0, 7)]) + rng.randbytes(rng.randint(0, 12))


def _endless(_: random.Random, raw: bytes) -> bytes:
    """A length that promises 4 GiB."""
    return raw + b"\x0a\xff\xff\xff\xff\x0f"


def _deep(rng: random.Random, raw: bytes) -> bytes:
    """Groups within groups."""
    depth = rng.randint(1, 400)
    return raw + b"\xa3\x06" * depth + b"\xa4\x06" * depth


def _unknown(rng: random.Random, raw: bytes) -> bytes:
    """A field of a later version of the contract."""
    content = rng.randbytes(rng.randint(0, 100))
    return raw + b"\xfa\x07" + bytes([len(content)]) + content


BREAKAGES: list[Callable[[random.Random, bytes], bytes]] = [
    _flip,
    _cut,
    _insert,
    _twice,
    _other_type,
    _endless,
    _deep,
    _unknown,
]
