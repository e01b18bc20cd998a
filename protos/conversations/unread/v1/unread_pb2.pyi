from buf.validate import validate_pb2 as _validate_pb2
from conversations.common.v1 import policy_pb2 as _policy_pb2
from conversations.common.v1 import stream_pb2 as _stream_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Badge(_message.Message):
    __slots__ = ("conversation", "unread", "read", "number", "revision", "epoch", "version", "mentions", "muted_until_ms", "left")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    MUTED_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    unread: int
    read: int
    number: int
    revision: int
    epoch: int
    version: int
    mentions: int
    muted_until_ms: int
    left: bool
    def __init__(self, conversation: _Optional[str] = ..., unread: _Optional[int] = ..., read: _Optional[int] = ..., number: _Optional[int] = ..., revision: _Optional[int] = ..., epoch: _Optional[int] = ..., version: _Optional[int] = ..., mentions: _Optional[int] = ..., muted_until_ms: _Optional[int] = ..., left: _Optional[bool] = ...) -> None: ...

class Total(_message.Message):
    __slots__ = ("unread", "mentions")
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    unread: int
    mentions: int
    def __init__(self, unread: _Optional[int] = ..., mentions: _Optional[int] = ...) -> None: ...

class GetBadgesRequest(_message.Message):
    __slots__ = ("conversations",)
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conversations: _Optional[_Iterable[str]] = ...) -> None: ...

class GetBadgesResponse(_message.Message):
    __slots__ = ("badges", "total")
    BADGES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    badges: _containers.RepeatedCompositeFieldContainer[Badge]
    total: Total
    def __init__(self, badges: _Optional[_Iterable[_Union[Badge, _Mapping]]] = ..., total: _Optional[_Union[Total, _Mapping]] = ...) -> None: ...

class MarkReadRequest(_message.Message):
    __slots__ = ("conversation", "number", "epoch")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    epoch: int
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ..., epoch: _Optional[int] = ...) -> None: ...

class MarkReadResponse(_message.Message):
    __slots__ = ("badge",)
    BADGE_FIELD_NUMBER: _ClassVar[int]
    badge: Badge
    def __init__(self, badge: _Optional[_Union[Badge, _Mapping]] = ...) -> None: ...

class MarkUnreadRequest(_message.Message):
    __slots__ = ("conversation", "number")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class MarkUnreadResponse(_message.Message):
    __slots__ = ("badge",)
    BADGE_FIELD_NUMBER: _ClassVar[int]
    badge: Badge
    def __init__(self, badge: _Optional[_Union[Badge, _Mapping]] = ...) -> None: ...

class MarkAllReadRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class MarkAllReadResponse(_message.Message):
    __slots__ = ("total",)
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    total: Total
    def __init__(self, total: _Optional[_Union[Total, _Mapping]] = ...) -> None: ...

class SetMuteRequest(_message.Message):
    __slots__ = ("conversation", "muted_until_ms")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    MUTED_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    muted_until_ms: int
    def __init__(self, conversation: _Optional[str] = ..., muted_until_ms: _Optional[int] = ...) -> None: ...

class SetMuteResponse(_message.Message):
    __slots__ = ("badge",)
    BADGE_FIELD_NUMBER: _ClassVar[int]
    badge: Badge
    def __init__(self, badge: _Optional[_Union[Badge, _Mapping]] = ...) -> None: ...

class ListReadersRequest(_message.Message):
    __slots__ = ("conversation", "number", "page_size", "after_person")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    AFTER_PERSON_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    page_size: int
    after_person: str
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ..., page_size: _Optional[int] = ..., after_person: _Optional[str] = ...) -> None: ...

class ListReadersResponse(_message.Message):
    __slots__ = ("persons",)
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    persons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, persons: _Optional[_Iterable[str]] = ...) -> None: ...

class Reader(_message.Message):
    __slots__ = ("person", "read", "joined", "epoch", "version", "left")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    JOINED_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    person: str
    read: int
    joined: int
    epoch: int
    version: int
    left: bool
    def __init__(self, person: _Optional[str] = ..., read: _Optional[int] = ..., joined: _Optional[int] = ..., epoch: _Optional[int] = ..., version: _Optional[int] = ..., left: _Optional[bool] = ...) -> None: ...

class WatchReadersRequest(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    def __init__(self, conversation: _Optional[str] = ...) -> None: ...

class WatchReadersResponse(_message.Message):
    __slots__ = ("hello", "readers", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    READERS_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    readers: _containers.RepeatedCompositeFieldContainer[Reader]
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., readers: _Optional[_Iterable[_Union[Reader, _Mapping]]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class WatchBadgesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchBadgesResponse(_message.Message):
    __slots__ = ("hello", "badges", "total", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BADGES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    badges: _containers.RepeatedCompositeFieldContainer[Badge]
    total: Total
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., badges: _Optional[_Iterable[_Union[Badge, _Mapping]]] = ..., total: _Optional[_Union[Total, _Mapping]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class Pointer(_message.Message):
    __slots__ = ("conversation", "person", "tenant", "read", "epoch", "version", "muted_until_ms", "joined", "left", "membership_revision")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MUTED_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    JOINED_FIELD_NUMBER: _ClassVar[int]
    LEFT_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_REVISION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    person: str
    tenant: str
    read: int
    epoch: int
    version: int
    muted_until_ms: int
    joined: int
    left: bool
    membership_revision: int
    def __init__(self, conversation: _Optional[str] = ..., person: _Optional[str] = ..., tenant: _Optional[str] = ..., read: _Optional[int] = ..., epoch: _Optional[int] = ..., version: _Optional[int] = ..., muted_until_ms: _Optional[int] = ..., joined: _Optional[int] = ..., left: _Optional[bool] = ..., membership_revision: _Optional[int] = ...) -> None: ...

class StreamReadsRequest(_message.Message):
    __slots__ = ("cursor",)
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    def __init__(self, cursor: _Optional[str] = ...) -> None: ...

class StreamReadsResponse(_message.Message):
    __slots__ = ("pointers", "cursor", "reset", "go_away")
    POINTERS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    pointers: _containers.RepeatedCompositeFieldContainer[Pointer]
    cursor: str
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, pointers: _Optional[_Iterable[_Union[Pointer, _Mapping]]] = ..., cursor: _Optional[str] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class PointerKey(_message.Message):
    __slots__ = ("conversation", "person")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    person: str
    def __init__(self, conversation: _Optional[str] = ..., person: _Optional[str] = ...) -> None: ...

class GetPointersRequest(_message.Message):
    __slots__ = ("keys",)
    KEYS_FIELD_NUMBER: _ClassVar[int]
    keys: _containers.RepeatedCompositeFieldContainer[PointerKey]
    def __init__(self, keys: _Optional[_Iterable[_Union[PointerKey, _Mapping]]] = ...) -> None: ...

class GetPointersResponse(_message.Message):
    __slots__ = ("pointers",)
    POINTERS_FIELD_NUMBER: _ClassVar[int]
    pointers: _containers.RepeatedCompositeFieldContainer[Pointer]
    def __init__(self, pointers: _Optional[_Iterable[_Union[Pointer, _Mapping]]] = ...) -> None: ...

class ListUnreadRequest(_message.Message):
    __slots__ = ("tenant", "person")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    person: str
    def __init__(self, tenant: _Optional[str] = ..., person: _Optional[str] = ...) -> None: ...

class ListUnreadResponse(_message.Message):
    __slots__ = ("conversations",)
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conversations: _Optional[_Iterable[str]] = ...) -> None: ...

class CountedTo(_message.Message):
    __slots__ = ("conversation", "number")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class GetTotalsRequest(_message.Message):
    __slots__ = ("tenant", "persons", "counted")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    persons: _containers.RepeatedScalarFieldContainer[str]
    counted: _containers.RepeatedCompositeFieldContainer[CountedTo]
    def __init__(self, tenant: _Optional[str] = ..., persons: _Optional[_Iterable[str]] = ..., counted: _Optional[_Iterable[_Union[CountedTo, _Mapping]]] = ...) -> None: ...

class PersonTotal(_message.Message):
    __slots__ = ("person", "total")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    person: str
    total: Total
    def __init__(self, person: _Optional[str] = ..., total: _Optional[_Union[Total, _Mapping]] = ...) -> None: ...

class GetTotalsResponse(_message.Message):
    __slots__ = ("totals",)
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    totals: _containers.RepeatedCompositeFieldContainer[PersonTotal]
    def __init__(self, totals: _Optional[_Iterable[_Union[PersonTotal, _Mapping]]] = ...) -> None: ...

class RecountRequest(_message.Message):
    __slots__ = ("tenant", "person", "conversation")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    person: str
    conversation: str
    def __init__(self, tenant: _Optional[str] = ..., person: _Optional[str] = ..., conversation: _Optional[str] = ...) -> None: ...

class Drift(_message.Message):
    __slots__ = ("stored", "counted")
    STORED_FIELD_NUMBER: _ClassVar[int]
    COUNTED_FIELD_NUMBER: _ClassVar[int]
    stored: Badge
    counted: Badge
    def __init__(self, stored: _Optional[_Union[Badge, _Mapping]] = ..., counted: _Optional[_Union[Badge, _Mapping]] = ...) -> None: ...

class RecountResponse(_message.Message):
    __slots__ = ("drifts", "conversations")
    DRIFTS_FIELD_NUMBER: _ClassVar[int]
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    drifts: _containers.RepeatedCompositeFieldContainer[Drift]
    conversations: int
    def __init__(self, drifts: _Optional[_Iterable[_Union[Drift, _Mapping]]] = ..., conversations: _Optional[int] = ...) -> None: ...
