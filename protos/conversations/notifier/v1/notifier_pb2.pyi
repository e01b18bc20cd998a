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

class Surface(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SURFACE_UNSPECIFIED: _ClassVar[Surface]
    SURFACE_NONE: _ClassVar[Surface]
    SURFACE_BANNER: _ClassVar[Surface]
    SURFACE_BROWSER: _ClassVar[Surface]
    SURFACE_PUSH: _ClassVar[Surface]

class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REASON_UNSPECIFIED: _ClassVar[Reason]
    REASON_AUTHOR: _ClassVar[Reason]
    REASON_NOT_A_MEMBER: _ClassVar[Reason]
    REASON_DELETED: _ClassVar[Reason]
    REASON_READ: _ClassVar[Reason]
    REASON_MUTED: _ClassVar[Reason]
    REASON_KIND_OFF: _ClassVar[Reason]
    REASON_SNOOZED: _ClassVar[Reason]
    REASON_DO_NOT_DISTURB: _ClassVar[Reason]
    REASON_VIEWING: _ClassVar[Reason]
    REASON_TAB_IN_USE: _ClassVar[Reason]
    REASON_IN_APP_OFF: _ClassVar[Reason]
    REASON_TAB_OPEN: _ClassVar[Reason]
    REASON_AWAY: _ClassVar[Reason]
    REASON_PUSH_OFF: _ClassVar[Reason]
    REASON_PRESENCE_UNKNOWN: _ClassVar[Reason]

class DeliveryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_STATE_UNSPECIFIED: _ClassVar[DeliveryState]
    DELIVERY_STATE_PENDING: _ClassVar[DeliveryState]
    DELIVERY_STATE_SENT: _ClassVar[DeliveryState]
    DELIVERY_STATE_SUPPRESSED: _ClassVar[DeliveryState]
    DELIVERY_STATE_EXPIRED: _ClassVar[DeliveryState]
    DELIVERY_STATE_DEAD: _ClassVar[DeliveryState]

class Transport(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSPORT_UNSPECIFIED: _ClassVar[Transport]
    TRANSPORT_STUB: _ClassVar[Transport]
    TRANSPORT_FCM: _ClassVar[Transport]
    TRANSPORT_WEB_PUSH: _ClassVar[Transport]
SURFACE_UNSPECIFIED: Surface
SURFACE_NONE: Surface
SURFACE_BANNER: Surface
SURFACE_BROWSER: Surface
SURFACE_PUSH: Surface
REASON_UNSPECIFIED: Reason
REASON_AUTHOR: Reason
REASON_NOT_A_MEMBER: Reason
REASON_DELETED: Reason
REASON_READ: Reason
REASON_MUTED: Reason
REASON_KIND_OFF: Reason
REASON_SNOOZED: Reason
REASON_DO_NOT_DISTURB: Reason
REASON_VIEWING: Reason
REASON_TAB_IN_USE: Reason
REASON_IN_APP_OFF: Reason
REASON_TAB_OPEN: Reason
REASON_AWAY: Reason
REASON_PUSH_OFF: Reason
REASON_PRESENCE_UNKNOWN: Reason
DELIVERY_STATE_UNSPECIFIED: DeliveryState
DELIVERY_STATE_PENDING: DeliveryState
DELIVERY_STATE_SENT: DeliveryState
DELIVERY_STATE_SUPPRESSED: DeliveryState
DELIVERY_STATE_EXPIRED: DeliveryState
DELIVERY_STATE_DEAD: DeliveryState
TRANSPORT_UNSPECIFIED: Transport
TRANSPORT_STUB: Transport
TRANSPORT_FCM: Transport
TRANSPORT_WEB_PUSH: Transport

class Banner(_message.Message):
    __slots__ = ("surface", "tab", "tag", "conversation", "number", "author", "title", "text", "at_ms")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    TAB_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    surface: Surface
    tab: str
    tag: str
    conversation: str
    number: int
    author: str
    title: str
    text: str
    at_ms: int
    def __init__(self, surface: _Optional[_Union[Surface, str]] = ..., tab: _Optional[str] = ..., tag: _Optional[str] = ..., conversation: _Optional[str] = ..., number: _Optional[int] = ..., author: _Optional[str] = ..., title: _Optional[str] = ..., text: _Optional[str] = ..., at_ms: _Optional[int] = ...) -> None: ...

class Dismissal(_message.Message):
    __slots__ = ("tag",)
    TAG_FIELD_NUMBER: _ClassVar[int]
    tag: str
    def __init__(self, tag: _Optional[str] = ...) -> None: ...

class WatchBannersRequest(_message.Message):
    __slots__ = ("client",)
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    client: str
    def __init__(self, client: _Optional[str] = ...) -> None: ...

class WatchBannersResponse(_message.Message):
    __slots__ = ("hello", "banners", "dismissals", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    BANNERS_FIELD_NUMBER: _ClassVar[int]
    DISMISSALS_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    banners: _containers.RepeatedCompositeFieldContainer[Banner]
    dismissals: _containers.RepeatedCompositeFieldContainer[Dismissal]
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., banners: _Optional[_Iterable[_Union[Banner, _Mapping]]] = ..., dismissals: _Optional[_Iterable[_Union[Dismissal, _Mapping]]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class RegisterDeviceRequest(_message.Message):
    __slots__ = ("device", "transport", "target", "fcm_token", "fcm_installation", "web_push", "client")
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    TRANSPORT_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    FCM_TOKEN_FIELD_NUMBER: _ClassVar[int]
    FCM_INSTALLATION_FIELD_NUMBER: _ClassVar[int]
    WEB_PUSH_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    device: str
    transport: Transport
    target: str
    fcm_token: str
    fcm_installation: str
    web_push: WebPushSubscription
    client: str
    def __init__(self, device: _Optional[str] = ..., transport: _Optional[_Union[Transport, str]] = ..., target: _Optional[str] = ..., fcm_token: _Optional[str] = ..., fcm_installation: _Optional[str] = ..., web_push: _Optional[_Union[WebPushSubscription, _Mapping]] = ..., client: _Optional[str] = ...) -> None: ...

class WebPushSubscription(_message.Message):
    __slots__ = ("endpoint", "p256dh", "auth")
    ENDPOINT_FIELD_NUMBER: _ClassVar[int]
    P256DH_FIELD_NUMBER: _ClassVar[int]
    AUTH_FIELD_NUMBER: _ClassVar[int]
    endpoint: str
    p256dh: str
    auth: str
    def __init__(self, endpoint: _Optional[str] = ..., p256dh: _Optional[str] = ..., auth: _Optional[str] = ...) -> None: ...

class RegisterDeviceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class UnregisterDeviceRequest(_message.Message):
    __slots__ = ("device",)
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    device: str
    def __init__(self, device: _Optional[str] = ...) -> None: ...

class UnregisterDeviceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetWebPushKeyRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetWebPushKeyResponse(_message.Message):
    __slots__ = ("public_key",)
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    public_key: str
    def __init__(self, public_key: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("person", "surface", "reason", "client", "tab")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TAB_FIELD_NUMBER: _ClassVar[int]
    person: str
    surface: Surface
    reason: Reason
    client: str
    tab: str
    def __init__(self, person: _Optional[str] = ..., surface: _Optional[_Union[Surface, str]] = ..., reason: _Optional[_Union[Reason, str]] = ..., client: _Optional[str] = ..., tab: _Optional[str] = ...) -> None: ...

class Alert(_message.Message):
    __slots__ = ("conversation", "revision", "number", "persons", "common", "decisions", "escalations", "check_pending", "decided_at_ms")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    COMMON_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    ESCALATIONS_FIELD_NUMBER: _ClassVar[int]
    CHECK_PENDING_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    revision: int
    number: int
    persons: int
    common: Decision
    decisions: _containers.RepeatedCompositeFieldContainer[Decision]
    escalations: _containers.RepeatedCompositeFieldContainer[Decision]
    check_pending: bool
    decided_at_ms: int
    def __init__(self, conversation: _Optional[str] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., persons: _Optional[int] = ..., common: _Optional[_Union[Decision, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ..., escalations: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ..., check_pending: _Optional[bool] = ..., decided_at_ms: _Optional[int] = ...) -> None: ...

class ListAlertsRequest(_message.Message):
    __slots__ = ("conversation", "after_revision", "page_size")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_revision: int
    page_size: int
    def __init__(self, conversation: _Optional[str] = ..., after_revision: _Optional[int] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListAlertsResponse(_message.Message):
    __slots__ = ("alerts",)
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    alerts: _containers.RepeatedCompositeFieldContainer[Alert]
    def __init__(self, alerts: _Optional[_Iterable[_Union[Alert, _Mapping]]] = ...) -> None: ...

class Delivery(_message.Message):
    __slots__ = ("delivery", "conversation", "number", "person", "device", "state", "reason", "attempts")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    delivery: str
    conversation: str
    number: int
    person: str
    device: str
    state: DeliveryState
    reason: str
    attempts: int
    def __init__(self, delivery: _Optional[str] = ..., conversation: _Optional[str] = ..., number: _Optional[int] = ..., person: _Optional[str] = ..., device: _Optional[str] = ..., state: _Optional[_Union[DeliveryState, str]] = ..., reason: _Optional[str] = ..., attempts: _Optional[int] = ...) -> None: ...

class ListDeliveriesRequest(_message.Message):
    __slots__ = ("conversation", "after_delivery", "page_size")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_DELIVERY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_delivery: str
    page_size: int
    def __init__(self, conversation: _Optional[str] = ..., after_delivery: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListDeliveriesResponse(_message.Message):
    __slots__ = ("deliveries",)
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    def __init__(self, deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ...) -> None: ...
