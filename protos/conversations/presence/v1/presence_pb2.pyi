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

class Status(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATUS_UNSPECIFIED: _ClassVar[Status]
    STATUS_ACTIVE: _ClassVar[Status]
    STATUS_AWAY: _ClassVar[Status]
    STATUS_DO_NOT_DISTURB: _ClassVar[Status]
    STATUS_OFFLINE: _ClassVar[Status]

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_FOCUS_LOST: _ClassVar[Reason]
    REASON_IDLE: _ClassVar[Reason]
    REASON_LEASE_GONE: _ClassVar[Reason]

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
STATUS_UNSPECIFIED: Status
STATUS_ACTIVE: Status
STATUS_AWAY: Status
STATUS_DO_NOT_DISTURB: Status
STATUS_OFFLINE: Status
REASON_UNSPECIFIED: Reason
REASON_FOCUS_LOST: Reason
REASON_IDLE: Reason
REASON_LEASE_GONE: Reason
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
    __slots__ = ("person", "client", "platform", "permission", "tabs", "in_app_off")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    PLATFORM_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    TABS_FIELD_NUMBER: _ClassVar[int]
    IN_APP_OFF_FIELD_NUMBER: _ClassVar[int]
    person: str
    client: str
    platform: Platform
    permission: Permission
    tabs: _containers.RepeatedCompositeFieldContainer[Tab]
    in_app_off: bool
    def __init__(self, person: _Optional[str] = ..., client: _Optional[str] = ..., platform: _Optional[_Union[Platform, str]] = ..., permission: _Optional[_Union[Permission, str]] = ..., tabs: _Optional[_Iterable[_Union[Tab, _Mapping]]] = ..., in_app_off: _Optional[bool] = ...) -> None: ...

class PersonStatus(_message.Message):
    __slots__ = ("person", "status", "until_ms")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    person: str
    status: Status
    until_ms: int
    def __init__(self, person: _Optional[str] = ..., status: _Optional[_Union[Status, str]] = ..., until_ms: _Optional[int] = ...) -> None: ...

class Presence(_message.Message):
    __slots__ = ("person", "status", "last_seen_ms", "until_ms", "chosen")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LAST_SEEN_MS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    CHOSEN_FIELD_NUMBER: _ClassVar[int]
    person: str
    status: Status
    last_seen_ms: int
    until_ms: int
    chosen: bool
    def __init__(self, person: _Optional[str] = ..., status: _Optional[_Union[Status, str]] = ..., last_seen_ms: _Optional[int] = ..., until_ms: _Optional[int] = ..., chosen: _Optional[bool] = ...) -> None: ...

class Transition(_message.Message):
    __slots__ = ("tenant", "person", "active", "at_ms", "reason")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    person: str
    active: bool
    at_ms: int
    reason: Reason
    def __init__(self, tenant: _Optional[str] = ..., person: _Optional[str] = ..., active: _Optional[bool] = ..., at_ms: _Optional[int] = ..., reason: _Optional[_Union[Reason, str]] = ...) -> None: ...

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
    __slots__ = ("client", "sequence", "permission", "tabs", "in_app_off")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    TABS_FIELD_NUMBER: _ClassVar[int]
    IN_APP_OFF_FIELD_NUMBER: _ClassVar[int]
    client: str
    sequence: int
    permission: Permission
    tabs: _containers.RepeatedCompositeFieldContainer[Tab]
    in_app_off: bool
    def __init__(self, client: _Optional[str] = ..., sequence: _Optional[int] = ..., permission: _Optional[_Union[Permission, str]] = ..., tabs: _Optional[_Iterable[_Union[Tab, _Mapping]]] = ..., in_app_off: _Optional[bool] = ...) -> None: ...

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
    __slots__ = ("clients", "known", "statuses")
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    KNOWN_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    clients: _containers.RepeatedCompositeFieldContainer[Client]
    known: bool
    statuses: _containers.RepeatedCompositeFieldContainer[PersonStatus]
    def __init__(self, clients: _Optional[_Iterable[_Union[Client, _Mapping]]] = ..., known: _Optional[bool] = ..., statuses: _Optional[_Iterable[_Union[PersonStatus, _Mapping]]] = ...) -> None: ...

class SetStatusRequest(_message.Message):
    __slots__ = ("status", "until_ms")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    status: Status
    until_ms: int
    def __init__(self, status: _Optional[_Union[Status, str]] = ..., until_ms: _Optional[int] = ...) -> None: ...

class SetStatusResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class WatchPresenceRequest(_message.Message):
    __slots__ = ("persons",)
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    persons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, persons: _Optional[_Iterable[str]] = ...) -> None: ...

class WatchPresenceResponse(_message.Message):
    __slots__ = ("hello", "presences", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    PRESENCES_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    presences: _containers.RepeatedCompositeFieldContainer[Presence]
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., presences: _Optional[_Iterable[_Union[Presence, _Mapping]]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class ReportTypingRequest(_message.Message):
    __slots__ = ("conversation", "stopped")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    STOPPED_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    stopped: bool
    def __init__(self, conversation: _Optional[str] = ..., stopped: _Optional[bool] = ...) -> None: ...

class ReportTypingResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Typing(_message.Message):
    __slots__ = ("persons",)
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    persons: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, persons: _Optional[_Iterable[str]] = ...) -> None: ...

class WatchTypingRequest(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    def __init__(self, conversation: _Optional[str] = ...) -> None: ...

class WatchTypingResponse(_message.Message):
    __slots__ = ("hello", "typing", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    TYPING_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    typing: Typing
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., typing: _Optional[_Union[Typing, _Mapping]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class StreamTransitionsRequest(_message.Message):
    __slots__ = ("cursor", "partition", "partition_count")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    PARTITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    partition: int
    partition_count: int
    def __init__(self, cursor: _Optional[str] = ..., partition: _Optional[int] = ..., partition_count: _Optional[int] = ...) -> None: ...

class StreamTransitionsResponse(_message.Message):
    __slots__ = ("transitions", "cursor", "reset", "go_away")
    TRANSITIONS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    transitions: _containers.RepeatedCompositeFieldContainer[Transition]
    cursor: str
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, transitions: _Optional[_Iterable[_Union[Transition, _Mapping]]] = ..., cursor: _Optional[str] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...
