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
    REASON_LEVEL: _ClassVar[Reason]
    REASON_STATUS: _ClassVar[Reason]
    REASON_UNREAD_UNKNOWN: _ClassVar[Reason]

class Level(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LEVEL_UNSPECIFIED: _ClassVar[Level]
    LEVEL_ALL: _ClassVar[Level]
    LEVEL_MENTIONS: _ClassVar[Level]
    LEVEL_NOTHING: _ClassVar[Level]

class PushTiming(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PUSH_TIMING_UNSPECIFIED: _ClassVar[PushTiming]
    PUSH_TIMING_WHEN_INACTIVE: _ClassVar[PushTiming]
    PUSH_TIMING_ALWAYS: _ClassVar[PushTiming]

class PreferenceField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PREFERENCE_FIELD_UNSPECIFIED: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_IN_APP: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_BROWSER: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_PUSH: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_DIRECT: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_GROUP: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_ITEM: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_MENTIONS: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_MENTION_BREAKS_MUTE: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_SNOOZED_UNTIL_MS: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_QUIET_HOURS: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_PUSH_TIMING: _ClassVar[PreferenceField]
    PREFERENCE_FIELD_ESCALATION_DELAY_MS: _ClassVar[PreferenceField]

class Act(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACT_UNSPECIFIED: _ClassVar[Act]
    ACT_SHOW: _ClassVar[Act]
    ACT_REPLACE: _ClassVar[Act]
    ACT_CLEAR: _ClassVar[Act]

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

class TrialResult(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRIAL_RESULT_UNSPECIFIED: _ClassVar[TrialResult]
    TRIAL_RESULT_SENT: _ClassVar[TrialResult]
    TRIAL_RESULT_NOT_PERMITTED: _ClassVar[TrialResult]
    TRIAL_RESULT_SWITCHED_OFF: _ClassVar[TrialResult]
    TRIAL_RESULT_FAILED: _ClassVar[TrialResult]
    TRIAL_RESULT_NOT_FOLLOWING: _ClassVar[TrialResult]
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
REASON_LEVEL: Reason
REASON_STATUS: Reason
REASON_UNREAD_UNKNOWN: Reason
LEVEL_UNSPECIFIED: Level
LEVEL_ALL: Level
LEVEL_MENTIONS: Level
LEVEL_NOTHING: Level
PUSH_TIMING_UNSPECIFIED: PushTiming
PUSH_TIMING_WHEN_INACTIVE: PushTiming
PUSH_TIMING_ALWAYS: PushTiming
PREFERENCE_FIELD_UNSPECIFIED: PreferenceField
PREFERENCE_FIELD_IN_APP: PreferenceField
PREFERENCE_FIELD_BROWSER: PreferenceField
PREFERENCE_FIELD_PUSH: PreferenceField
PREFERENCE_FIELD_DIRECT: PreferenceField
PREFERENCE_FIELD_GROUP: PreferenceField
PREFERENCE_FIELD_ITEM: PreferenceField
PREFERENCE_FIELD_MENTIONS: PreferenceField
PREFERENCE_FIELD_MENTION_BREAKS_MUTE: PreferenceField
PREFERENCE_FIELD_SNOOZED_UNTIL_MS: PreferenceField
PREFERENCE_FIELD_QUIET_HOURS: PreferenceField
PREFERENCE_FIELD_PUSH_TIMING: PreferenceField
PREFERENCE_FIELD_ESCALATION_DELAY_MS: PreferenceField
ACT_UNSPECIFIED: Act
ACT_SHOW: Act
ACT_REPLACE: Act
ACT_CLEAR: Act
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
TRIAL_RESULT_UNSPECIFIED: TrialResult
TRIAL_RESULT_SENT: TrialResult
TRIAL_RESULT_NOT_PERMITTED: TrialResult
TRIAL_RESULT_SWITCHED_OFF: TrialResult
TRIAL_RESULT_FAILED: TrialResult
TRIAL_RESULT_NOT_FOLLOWING: TrialResult

class Banner(_message.Message):
    __slots__ = ("surface", "tab", "tag", "conversation", "number", "author", "title", "text", "at_ms", "service", "mentioned", "count", "update", "test", "link")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    TAB_FIELD_NUMBER: _ClassVar[int]
    TAG_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    MENTIONED_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    TEST_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    surface: Surface
    tab: str
    tag: str
    conversation: str
    number: int
    author: str
    title: str
    text: str
    at_ms: int
    service: str
    mentioned: bool
    count: int
    update: bool
    test: bool
    link: str
    def __init__(self, surface: _Optional[_Union[Surface, str]] = ..., tab: _Optional[str] = ..., tag: _Optional[str] = ..., conversation: _Optional[str] = ..., number: _Optional[int] = ..., author: _Optional[str] = ..., title: _Optional[str] = ..., text: _Optional[str] = ..., at_ms: _Optional[int] = ..., service: _Optional[str] = ..., mentioned: _Optional[bool] = ..., count: _Optional[int] = ..., update: _Optional[bool] = ..., test: _Optional[bool] = ..., link: _Optional[str] = ...) -> None: ...

class Dismissal(_message.Message):
    __slots__ = ("tag",)
    TAG_FIELD_NUMBER: _ClassVar[int]
    tag: str
    def __init__(self, tag: _Optional[str] = ...) -> None: ...

class WatchBannersRequest(_message.Message):
    __slots__ = ("client", "shown")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    SHOWN_FIELD_NUMBER: _ClassVar[int]
    client: str
    shown: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, client: _Optional[str] = ..., shown: _Optional[_Iterable[str]] = ...) -> None: ...

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
    __slots__ = ("person", "surface", "reason", "client", "tab", "push_beside", "at_ms")
    PERSON_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TAB_FIELD_NUMBER: _ClassVar[int]
    PUSH_BESIDE_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    person: str
    surface: Surface
    reason: Reason
    client: str
    tab: str
    push_beside: bool
    at_ms: int
    def __init__(self, person: _Optional[str] = ..., surface: _Optional[_Union[Surface, str]] = ..., reason: _Optional[_Union[Reason, str]] = ..., client: _Optional[str] = ..., tab: _Optional[str] = ..., push_beside: _Optional[bool] = ..., at_ms: _Optional[int] = ...) -> None: ...

class Alert(_message.Message):
    __slots__ = ("conversation", "revision", "number", "persons", "common", "decisions", "escalations", "check_pending", "decided_at_ms", "edited_revision", "deleted", "check_given_up")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PERSONS_FIELD_NUMBER: _ClassVar[int]
    COMMON_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    ESCALATIONS_FIELD_NUMBER: _ClassVar[int]
    CHECK_PENDING_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    EDITED_REVISION_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    CHECK_GIVEN_UP_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    revision: int
    number: int
    persons: int
    common: Decision
    decisions: _containers.RepeatedCompositeFieldContainer[Decision]
    escalations: _containers.RepeatedCompositeFieldContainer[Decision]
    check_pending: bool
    decided_at_ms: int
    edited_revision: int
    deleted: bool
    check_given_up: str
    def __init__(self, conversation: _Optional[str] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., persons: _Optional[int] = ..., common: _Optional[_Union[Decision, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ..., escalations: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ..., check_pending: _Optional[bool] = ..., decided_at_ms: _Optional[int] = ..., edited_revision: _Optional[int] = ..., deleted: _Optional[bool] = ..., check_given_up: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("delivery", "conversation", "number", "person", "device", "state", "reason", "attempts", "act", "collapsed_into", "answers", "at_ms")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ACT_FIELD_NUMBER: _ClassVar[int]
    COLLAPSED_INTO_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    delivery: str
    conversation: str
    number: int
    person: str
    device: str
    state: DeliveryState
    reason: str
    attempts: int
    act: Act
    collapsed_into: str
    answers: _containers.RepeatedCompositeFieldContainer[Attempt]
    at_ms: int
    def __init__(self, delivery: _Optional[str] = ..., conversation: _Optional[str] = ..., number: _Optional[int] = ..., person: _Optional[str] = ..., device: _Optional[str] = ..., state: _Optional[_Union[DeliveryState, str]] = ..., reason: _Optional[str] = ..., attempts: _Optional[int] = ..., act: _Optional[_Union[Act, str]] = ..., collapsed_into: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[Attempt, _Mapping]]] = ..., at_ms: _Optional[int] = ...) -> None: ...

class Attempt(_message.Message):
    __slots__ = ("at_ms", "status", "reason")
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    at_ms: int
    status: int
    reason: str
    def __init__(self, at_ms: _Optional[int] = ..., status: _Optional[int] = ..., reason: _Optional[str] = ...) -> None: ...

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

class QuietHours(_message.Message):
    __slots__ = ("weekday", "start_minute", "end_minute")
    WEEKDAY_FIELD_NUMBER: _ClassVar[int]
    START_MINUTE_FIELD_NUMBER: _ClassVar[int]
    END_MINUTE_FIELD_NUMBER: _ClassVar[int]
    weekday: int
    start_minute: int
    end_minute: int
    def __init__(self, weekday: _Optional[int] = ..., start_minute: _Optional[int] = ..., end_minute: _Optional[int] = ...) -> None: ...

class Week(_message.Message):
    __slots__ = ("hours", "time_zone")
    HOURS_FIELD_NUMBER: _ClassVar[int]
    TIME_ZONE_FIELD_NUMBER: _ClassVar[int]
    hours: _containers.RepeatedCompositeFieldContainer[QuietHours]
    time_zone: str
    def __init__(self, hours: _Optional[_Iterable[_Union[QuietHours, _Mapping]]] = ..., time_zone: _Optional[str] = ...) -> None: ...

class Preferences(_message.Message):
    __slots__ = ("in_app", "browser", "push", "direct", "group", "item", "mentions", "mention_breaks_mute", "snoozed_until_ms", "quiet_hours", "push_timing", "escalation_delay_ms")
    IN_APP_FIELD_NUMBER: _ClassVar[int]
    BROWSER_FIELD_NUMBER: _ClassVar[int]
    PUSH_FIELD_NUMBER: _ClassVar[int]
    DIRECT_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    MENTION_BREAKS_MUTE_FIELD_NUMBER: _ClassVar[int]
    SNOOZED_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    QUIET_HOURS_FIELD_NUMBER: _ClassVar[int]
    PUSH_TIMING_FIELD_NUMBER: _ClassVar[int]
    ESCALATION_DELAY_MS_FIELD_NUMBER: _ClassVar[int]
    in_app: bool
    browser: bool
    push: bool
    direct: bool
    group: bool
    item: bool
    mentions: bool
    mention_breaks_mute: bool
    snoozed_until_ms: int
    quiet_hours: Week
    push_timing: PushTiming
    escalation_delay_ms: int
    def __init__(self, in_app: _Optional[bool] = ..., browser: _Optional[bool] = ..., push: _Optional[bool] = ..., direct: _Optional[bool] = ..., group: _Optional[bool] = ..., item: _Optional[bool] = ..., mentions: _Optional[bool] = ..., mention_breaks_mute: _Optional[bool] = ..., snoozed_until_ms: _Optional[int] = ..., quiet_hours: _Optional[_Union[Week, _Mapping]] = ..., push_timing: _Optional[_Union[PushTiming, str]] = ..., escalation_delay_ms: _Optional[int] = ...) -> None: ...

class GetPreferencesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetPreferencesResponse(_message.Message):
    __slots__ = ("effective", "own", "version")
    EFFECTIVE_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    effective: Preferences
    own: _containers.RepeatedScalarFieldContainer[PreferenceField]
    version: int
    def __init__(self, effective: _Optional[_Union[Preferences, _Mapping]] = ..., own: _Optional[_Iterable[_Union[PreferenceField, str]]] = ..., version: _Optional[int] = ...) -> None: ...

class UpdatePreferencesRequest(_message.Message):
    __slots__ = ("preferences", "clear", "version")
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    CLEAR_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    preferences: Preferences
    clear: _containers.RepeatedScalarFieldContainer[PreferenceField]
    version: int
    def __init__(self, preferences: _Optional[_Union[Preferences, _Mapping]] = ..., clear: _Optional[_Iterable[_Union[PreferenceField, str]]] = ..., version: _Optional[int] = ...) -> None: ...

class UpdatePreferencesResponse(_message.Message):
    __slots__ = ("effective", "own", "version")
    EFFECTIVE_FIELD_NUMBER: _ClassVar[int]
    OWN_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    effective: Preferences
    own: _containers.RepeatedScalarFieldContainer[PreferenceField]
    version: int
    def __init__(self, effective: _Optional[_Union[Preferences, _Mapping]] = ..., own: _Optional[_Iterable[_Union[PreferenceField, str]]] = ..., version: _Optional[int] = ...) -> None: ...

class ConversationPreference(_message.Message):
    __slots__ = ("conversation", "level")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    level: Level
    def __init__(self, conversation: _Optional[str] = ..., level: _Optional[_Union[Level, str]] = ...) -> None: ...

class GetConversationPreferencesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetConversationPreferencesResponse(_message.Message):
    __slots__ = ("preferences",)
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    preferences: _containers.RepeatedCompositeFieldContainer[ConversationPreference]
    def __init__(self, preferences: _Optional[_Iterable[_Union[ConversationPreference, _Mapping]]] = ...) -> None: ...

class SetConversationPreferenceRequest(_message.Message):
    __slots__ = ("conversation", "level")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    level: Level
    def __init__(self, conversation: _Optional[str] = ..., level: _Optional[_Union[Level, str]] = ...) -> None: ...

class SetConversationPreferenceResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetTenantDefaultsRequest(_message.Message):
    __slots__ = ("tenant",)
    TENANT_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    def __init__(self, tenant: _Optional[str] = ...) -> None: ...

class GetTenantDefaultsResponse(_message.Message):
    __slots__ = ("defaults", "version")
    DEFAULTS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    defaults: Preferences
    version: int
    def __init__(self, defaults: _Optional[_Union[Preferences, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class PutTenantDefaultsRequest(_message.Message):
    __slots__ = ("tenant", "defaults", "version")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    DEFAULTS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    defaults: Preferences
    version: int
    def __init__(self, tenant: _Optional[str] = ..., defaults: _Optional[_Union[Preferences, _Mapping]] = ..., version: _Optional[int] = ...) -> None: ...

class PutTenantDefaultsResponse(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: int
    def __init__(self, version: _Optional[int] = ...) -> None: ...

class ExplainAlertRequest(_message.Message):
    __slots__ = ("conversation", "number")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class ExplainAlertResponse(_message.Message):
    __slots__ = ("explanation",)
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    explanation: Explanation
    def __init__(self, explanation: _Optional[_Union[Explanation, _Mapping]] = ...) -> None: ...

class InspectAlertRequest(_message.Message):
    __slots__ = ("tenant", "person", "conversation", "number")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    person: str
    conversation: str
    number: int
    def __init__(self, tenant: _Optional[str] = ..., person: _Optional[str] = ..., conversation: _Optional[str] = ..., number: _Optional[int] = ...) -> None: ...

class InspectAlertResponse(_message.Message):
    __slots__ = ("explanation",)
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    explanation: Explanation
    def __init__(self, explanation: _Optional[_Union[Explanation, _Mapping]] = ...) -> None: ...

class Explanation(_message.Message):
    __slots__ = ("conversation", "number", "person", "sent_at_ms", "decided_at_ms", "decision", "path", "facts", "escalations", "check_pending", "deliveries", "deleted", "edited_revision", "check_given_up")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_MS_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    ESCALATIONS_FIELD_NUMBER: _ClassVar[int]
    CHECK_PENDING_FIELD_NUMBER: _ClassVar[int]
    DELIVERIES_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    EDITED_REVISION_FIELD_NUMBER: _ClassVar[int]
    CHECK_GIVEN_UP_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    number: int
    person: str
    sent_at_ms: int
    decided_at_ms: int
    decision: Decision
    path: _containers.RepeatedCompositeFieldContainer[Step]
    facts: DecisionFacts
    escalations: _containers.RepeatedCompositeFieldContainer[Decision]
    check_pending: bool
    deliveries: _containers.RepeatedCompositeFieldContainer[Delivery]
    deleted: bool
    edited_revision: int
    check_given_up: str
    def __init__(self, conversation: _Optional[str] = ..., number: _Optional[int] = ..., person: _Optional[str] = ..., sent_at_ms: _Optional[int] = ..., decided_at_ms: _Optional[int] = ..., decision: _Optional[_Union[Decision, _Mapping]] = ..., path: _Optional[_Iterable[_Union[Step, _Mapping]]] = ..., facts: _Optional[_Union[DecisionFacts, _Mapping]] = ..., escalations: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ..., check_pending: _Optional[bool] = ..., deliveries: _Optional[_Iterable[_Union[Delivery, _Mapping]]] = ..., deleted: _Optional[bool] = ..., edited_revision: _Optional[int] = ..., check_given_up: _Optional[str] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("row", "condition", "held")
    ROW_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    row: int
    condition: Reason
    held: bool
    def __init__(self, row: _Optional[int] = ..., condition: _Optional[_Union[Reason, str]] = ..., held: _Optional[bool] = ...) -> None: ...

class DecisionFacts(_message.Message):
    __slots__ = ("presence_known", "clients", "read", "muted_until_ms", "mentioned", "preferences", "level", "do_not_disturb")
    PRESENCE_KNOWN_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    MUTED_UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    MENTIONED_FIELD_NUMBER: _ClassVar[int]
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    DO_NOT_DISTURB_FIELD_NUMBER: _ClassVar[int]
    presence_known: bool
    clients: _containers.RepeatedCompositeFieldContainer[SeenClient]
    read: int
    muted_until_ms: int
    mentioned: bool
    preferences: Preferences
    level: Level
    do_not_disturb: bool
    def __init__(self, presence_known: _Optional[bool] = ..., clients: _Optional[_Iterable[_Union[SeenClient, _Mapping]]] = ..., read: _Optional[int] = ..., muted_until_ms: _Optional[int] = ..., mentioned: _Optional[bool] = ..., preferences: _Optional[_Union[Preferences, _Mapping]] = ..., level: _Optional[_Union[Level, str]] = ..., do_not_disturb: _Optional[bool] = ...) -> None: ...

class SeenClient(_message.Message):
    __slots__ = ("client", "may_notify", "in_app_off", "tabs")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    MAY_NOTIFY_FIELD_NUMBER: _ClassVar[int]
    IN_APP_OFF_FIELD_NUMBER: _ClassVar[int]
    TABS_FIELD_NUMBER: _ClassVar[int]
    client: str
    may_notify: bool
    in_app_off: bool
    tabs: _containers.RepeatedCompositeFieldContainer[SeenTab]
    def __init__(self, client: _Optional[str] = ..., may_notify: _Optional[bool] = ..., in_app_off: _Optional[bool] = ..., tabs: _Optional[_Iterable[_Union[SeenTab, _Mapping]]] = ...) -> None: ...

class SeenTab(_message.Message):
    __slots__ = ("tab", "visible", "focused", "input_age_ms", "conversation_open", "in_use")
    TAB_FIELD_NUMBER: _ClassVar[int]
    VISIBLE_FIELD_NUMBER: _ClassVar[int]
    FOCUSED_FIELD_NUMBER: _ClassVar[int]
    INPUT_AGE_MS_FIELD_NUMBER: _ClassVar[int]
    CONVERSATION_OPEN_FIELD_NUMBER: _ClassVar[int]
    IN_USE_FIELD_NUMBER: _ClassVar[int]
    tab: str
    visible: bool
    focused: bool
    input_age_ms: int
    conversation_open: bool
    in_use: bool
    def __init__(self, tab: _Optional[str] = ..., visible: _Optional[bool] = ..., focused: _Optional[bool] = ..., input_age_ms: _Optional[int] = ..., conversation_open: _Optional[bool] = ..., in_use: _Optional[bool] = ...) -> None: ...

class TestNotificationRequest(_message.Message):
    __slots__ = ("surface", "client")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    surface: Surface
    client: str
    def __init__(self, surface: _Optional[_Union[Surface, str]] = ..., client: _Optional[str] = ...) -> None: ...

class TestNotificationResponse(_message.Message):
    __slots__ = ("trials",)
    TRIALS_FIELD_NUMBER: _ClassVar[int]
    trials: _containers.RepeatedCompositeFieldContainer[Trial]
    def __init__(self, trials: _Optional[_Iterable[_Union[Trial, _Mapping]]] = ...) -> None: ...

class Trial(_message.Message):
    __slots__ = ("client", "tab", "device", "result", "reason", "status")
    CLIENT_FIELD_NUMBER: _ClassVar[int]
    TAB_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    client: str
    tab: str
    device: str
    result: TrialResult
    reason: str
    status: int
    def __init__(self, client: _Optional[str] = ..., tab: _Optional[str] = ..., device: _Optional[str] = ..., result: _Optional[_Union[TrialResult, str]] = ..., reason: _Optional[str] = ..., status: _Optional[int] = ...) -> None: ...
