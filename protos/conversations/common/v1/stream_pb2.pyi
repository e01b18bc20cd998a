from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Hello(_message.Message):
    __slots__ = ("epoch", "heartbeat_ms", "retry_window_ms")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_MS_FIELD_NUMBER: _ClassVar[int]
    RETRY_WINDOW_MS_FIELD_NUMBER: _ClassVar[int]
    epoch: str
    heartbeat_ms: int
    retry_window_ms: int
    def __init__(self, epoch: _Optional[str] = ..., heartbeat_ms: _Optional[int] = ..., retry_window_ms: _Optional[int] = ...) -> None: ...

class CaughtUp(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Reset(_message.Message):
    __slots__ = ("reason",)
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: str
    def __init__(self, reason: _Optional[str] = ...) -> None: ...

class GoAway(_message.Message):
    __slots__ = ("reconnect_after_ms",)
    RECONNECT_AFTER_MS_FIELD_NUMBER: _ClassVar[int]
    reconnect_after_ms: int
    def __init__(self, reconnect_after_ms: _Optional[int] = ...) -> None: ...
