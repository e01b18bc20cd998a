from buf.validate import validate_pb2 as _validate_pb2
from conversations.common.v1 import policy_pb2 as _policy_pb2
from conversations.common.v1 import stream_pb2 as _stream_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Platform(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLATFORM_UNSPECIFIED: _ClassVar[Platform]
    PLATFORM_BROWSER: _ClassVar[Platform]
    PLATFORM_APP: _ClassVar[Platform]

class Permission(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERMISSION_UNSPECIFIED: _ClassVar[Permission]
    PERMISSION_DEFAULT: _ClassVar[Permission]
    PERMISSION_GRANTED: _ClassVar[Permission]
    PERMISSION_DENIED: _ClassVar[Permission]
PLATFORM_UNSPECIFIED: Platform
PLATFORM_BROWSER: Platform
PLATFORM_APP: Platform
PERMISSION_UNSPECIFIED: Permission
PERMISSION_DEFAULT: Permission
PERMISSION_GRANTED: Permission
PERMISSION_DENIED: Permission

class Tab(_message.Message):
    __slots__ = ("tab", "visible", "focused", "input_age_ms", "conversation")
    TAB_FIELD_NUMBER: _ClassVar[int]
    VISIBLE_FIELD_NUMBER: _ClassVar[int]
    FOCUSED_FIELD_NUMBER: _ClassVar[int]
    INPUT_AGE_MS_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    tab: str
    visible: bool
    focused: bool
    input_age_ms: int
    conversation: str
    def __init__(self, tab: _Optional[str] = ..., visible: _Optional[bool] = ..., focused: _Optional[bool] = ..., input_age_ms: _Optional[int] = ..., conversation: _Optional[str] = ...) -> None: ...

class Client(_message.Message):
    __slots__ = ("person", "client", "platform", "permission", "tabs")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    TABS_FIELD_NUMBER: _ClassVar[int]
    person: str
    client: str
    platform: Platform
    permission: Permission
    tabs: _containers.RepeatedCompositeFieldContainer[Tab]
    def __init__(self, person: _Optional[str] = ..., client: _Optional[str] = ..., platform: _Optional[_Union[Platform, str]] = ..., permission: _Optional[_Union[Permission, str]] = ..., tabs: _Optional[_Iterable[_Union[Tab, _Mapping]]] = ...) -> None: ...

class AttachRequest(_message.Message):
    __slots__ = ("client", "platform")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    client: str
    platform: Platform
    def __init__(self, client: _Optional[str] = ..., platform: _Optional[_Union[Platform, str]] = ...) -> None: ...

class AttachResponse(_message.Message):
    __slots__ = ("hello", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class ReportTabsRequest(_message.Message):
    __slots__ = ("client", "sequence", "permission", "tabs")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    TABS_FIELD_NUMBER: _ClassVar[int]
    client: str
    sequence: int
    permission: Permission
    tabs: _containers.RepeatedCompositeFieldContainer[Tab]
    def __init__(self, client: _Optional[str] = ..., sequence: _Optional[int] = ..., permission: _Optional[_Union[Permission, str]] = ..., tabs: _Optional[_Iterable[_Union[Tab, _Mapping]]] = ...) -> None: ...

class ReportTabsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class LocateClientsRequest(_message.Message):
    __slots__ = ("tenant", "persons")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    persons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tenant: _Optional[str] = ..., persons: _Optional[_Iterable[str]] = ...) -> None: ...

class LocateClientsResponse(_message.Message):
    __slots__ = ("clients", "known")
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    clients: _containers.RepeatedCompositeFieldContainer[Client]
    known: bool
    def __init__(self, clients: _Optional[_Iterable[_Union[Client, _Mapping]]] = ..., known: _Optional[bool] = ...) -> None: ...
