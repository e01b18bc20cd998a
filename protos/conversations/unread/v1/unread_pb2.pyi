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
    __slots__ = ("conversation", "unread", "read", "number", "revision", "epoch", "version")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    unread: int
    read: int
    number: int
    revision: int
    epoch: int
    version: int
    def __init__(self, conversation: _Optional[str] = ..., unread: _Optional[int] = ..., read: _Optional[int] = ..., number: _Optional[int] = ..., revision: _Optional[int] = ..., epoch: _Optional[int] = ..., version: _Optional[int] = ...) -> None: ...

class Total(_message.Message):
    __slots__ = ("unread",)
    UNREAD_FIELD_NUMBER: _ClassVar[int]
    unread: int
    def __init__(self, unread: _Optional[int] = ...) -> None: ...

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
    __slots__ = ("conversation", "person", "tenant", "read", "epoch", "version")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    person: str
    tenant: str
    read: int
    epoch: int
    version: int
    def __init__(self, conversation: _Optional[str] = ..., person: _Optional[str] = ..., tenant: _Optional[str] = ..., read: _Optional[int] = ..., epoch: _Optional[int] = ..., version: _Optional[int] = ...) -> None: ...

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
