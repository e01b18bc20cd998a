"""Frames: parts of a serialised protobuf message, made once and joined for each receiver.

Protobuf's wire format lets messages be concatenated: repeated fields append, singular fields take the last value
(Protocol Buffers encoding guide, "Last One Wins").
"""


def varint(value: int) -> bytes:
    """A non-negative integer in base-128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field: tag, length, bytes.

    Args:
        number: the field's number, 1 to 15.
        content: a serialised message, or the bytes of a string.
    """
    return bytes((number << 3 | 2,)) + varint(len(content)) + content
