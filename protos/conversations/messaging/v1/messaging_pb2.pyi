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

class Kind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    KIND_UNSPECIFIED: _ClassVar[Kind]
    KIND_DIRECT: _ClassVar[Kind]
    KIND_GROUP: _ClassVar[Kind]
    KIND_ITEM: _ClassVar[Kind]
KIND_UNSPECIFIED: Kind
KIND_DIRECT: Kind
KIND_GROUP: Kind
KIND_ITEM: Kind

class Item(_message.Message):
    __slots__ = ("project", "tool", "item")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    TOOL_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    project: str
    tool: str
    item: str
    def __init__(self, project: _Optional[str] = ..., tool: _Optional[str] = ..., item: _Optional[str] = ...) -> None: ...

class Conversation(_message.Message):
    __slots__ = ("conversation", "kind", "title", "item", "link", "members", "revision", "number", "created_at_ms")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_MS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    kind: Kind
    title: str
    item: Item
    link: str
    members: _containers.RepeatedScalarFieldContainer[str]
    revision: int
    number: int
    created_at_ms: int
    def __init__(self, conversation: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ..., title: _Optional[str] = ..., item: _Optional[_Union[Item, _Mapping]] = ..., link: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., created_at_ms: _Optional[int] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("conversation", "revision", "number", "tenant", "membership_revision", "at_ms", "author", "created", "message_sent")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_SENT_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    revision: int
    number: int
    tenant: str
    membership_revision: int
    at_ms: int
    author: str
    created: ConversationCreated
    message_sent: MessageSent
    def __init__(self, conversation: _Optional[str] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., tenant: _Optional[str] = ..., membership_revision: _Optional[int] = ..., at_ms: _Optional[int] = ..., author: _Optional[str] = ..., created: _Optional[_Union[ConversationCreated, _Mapping]] = ..., message_sent: _Optional[_Union[MessageSent, _Mapping]] = ...) -> None: ...

class ConversationCreated(_message.Message):
    __slots__ = ("kind", "title", "item", "link", "members")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ITEM_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    kind: Kind
    title: str
    item: Item
    link: str
    members: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kind: _Optional[_Union[Kind, str]] = ..., title: _Optional[str] = ..., item: _Optional[_Union[Item, _Mapping]] = ..., link: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ...) -> None: ...

class MessageSent(_message.Message):
    __slots__ = ("text", "client_key", "kind")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    text: str
    client_key: str
    kind: Kind
    def __init__(self, text: _Optional[str] = ..., client_key: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ...) -> None: ...

class Message(_message.Message):
    __slots__ = ("number", "revision", "author", "text", "at_ms", "client_key")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    number: int
    revision: int
    author: str
    text: str
    at_ms: int
    client_key: str
    def __init__(self, number: _Optional[int] = ..., revision: _Optional[int] = ..., author: _Optional[str] = ..., text: _Optional[str] = ..., at_ms: _Optional[int] = ..., client_key: _Optional[str] = ...) -> None: ...

class CreateDirectConversationRequest(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: str
    def __init__(self, person: _Optional[str] = ...) -> None: ...

class CreateDirectConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class CreateGroupConversationRequest(_message.Message):
    __slots__ = ("client_key", "title", "members")
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    client_key: str
    title: str
    members: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, client_key: _Optional[str] = ..., title: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateGroupConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class CreateItemConversationRequest(_message.Message):
    __slots__ = ("item", "title", "link", "members")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    item: Item
    title: str
    link: str
    members: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, item: _Optional[_Union[Item, _Mapping]] = ..., title: _Optional[str] = ..., link: _Optional[str] = ..., members: _Optional[_Iterable[str]] = ...) -> None: ...

class CreateItemConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class GetConversationRequest(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    def __init__(self, conversation: _Optional[str] = ...) -> None: ...

class GetConversationResponse(_message.Message):
    __slots__ = ("conversation",)
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    conversation: Conversation
    def __init__(self, conversation: _Optional[_Union[Conversation, _Mapping]] = ...) -> None: ...

class SendMessageRequest(_message.Message):
    __slots__ = ("conversation", "client_key", "text")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    CLIENT_KEY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    client_key: str
    text: str
    def __init__(self, conversation: _Optional[str] = ..., client_key: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class SendMessageResponse(_message.Message):
    __slots__ = ("number", "revision", "at_ms")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    number: int
    revision: int
    at_ms: int
    def __init__(self, number: _Optional[int] = ..., revision: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class ListMessagesRequest(_message.Message):
    __slots__ = ("conversation", "after_number", "before_number", "page_size")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_NUMBER_FIELD_NUMBER: _ClassVar[int]
    BEFORE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_number: int
    before_number: int
    page_size: int
    def __init__(self, conversation: _Optional[str] = ..., after_number: _Optional[int] = ..., before_number: _Optional[int] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListMessagesResponse(_message.Message):
    __slots__ = ("messages", "more")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    MORE_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[Message]
    more: bool
    def __init__(self, messages: _Optional[_Iterable[_Union[Message, _Mapping]]] = ..., more: _Optional[bool] = ...) -> None: ...

class WatchConversationRequest(_message.Message):
    __slots__ = ("conversation", "after_revision")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_revision: int
    def __init__(self, conversation: _Optional[str] = ..., after_revision: _Optional[int] = ...) -> None: ...

class WatchConversationResponse(_message.Message):
    __slots__ = ("hello", "events", "caught_up", "heartbeat", "reset", "go_away")
    HELLO_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CAUGHT_UP_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    hello: _stream_pb2.Hello
    events: _containers.RepeatedCompositeFieldContainer[Event]
    caught_up: _stream_pb2.CaughtUp
    heartbeat: _stream_pb2.Heartbeat
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, hello: _Optional[_Union[_stream_pb2.Hello, _Mapping]] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., caught_up: _Optional[_Union[_stream_pb2.CaughtUp, _Mapping]] = ..., heartbeat: _Optional[_Union[_stream_pb2.Heartbeat, _Mapping]] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class StreamEventsRequest(_message.Message):
    __slots__ = ("cursor", "partition", "partition_count", "include_text")
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    PARTITION_FIELD_NUMBER: _ClassVar[int]
    PARTITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TEXT_FIELD_NUMBER: _ClassVar[int]
    cursor: str
    partition: int
    partition_count: int
    include_text: bool
    def __init__(self, cursor: _Optional[str] = ..., partition: _Optional[int] = ..., partition_count: _Optional[int] = ..., include_text: _Optional[bool] = ...) -> None: ...

class StreamEventsResponse(_message.Message):
    __slots__ = ("events", "cursor", "reset", "go_away")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    RESET_FIELD_NUMBER: _ClassVar[int]
    GO_AWAY_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    cursor: str
    reset: _stream_pb2.Reset
    go_away: _stream_pb2.GoAway
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., cursor: _Optional[str] = ..., reset: _Optional[_Union[_stream_pb2.Reset, _Mapping]] = ..., go_away: _Optional[_Union[_stream_pb2.GoAway, _Mapping]] = ...) -> None: ...

class ListEventsRequest(_message.Message):
    __slots__ = ("conversation", "after_revision", "page_size", "include_text")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TEXT_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    after_revision: int
    page_size: int
    include_text: bool
    def __init__(self, conversation: _Optional[str] = ..., after_revision: _Optional[int] = ..., page_size: _Optional[int] = ..., include_text: _Optional[bool] = ...) -> None: ...

class ListEventsResponse(_message.Message):
    __slots__ = ("events",)
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[Event]
    def __init__(self, events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ...) -> None: ...

class Head(_message.Message):
    __slots__ = ("conversation", "revision", "number", "at_ms")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AT_MS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    revision: int
    number: int
    at_ms: int
    def __init__(self, conversation: _Optional[str] = ..., revision: _Optional[int] = ..., number: _Optional[int] = ..., at_ms: _Optional[int] = ...) -> None: ...

class ListHeadsRequest(_message.Message):
    __slots__ = ("after_conversation", "page_size")
    AFTER_CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    after_conversation: str
    page_size: int
    def __init__(self, after_conversation: _Optional[str] = ..., page_size: _Optional[int] = ...) -> None: ...

class ListHeadsResponse(_message.Message):
    __slots__ = ("heads",)
    HEADS_FIELD_NUMBER: _ClassVar[int]
    heads: _containers.RepeatedCompositeFieldContainer[Head]
    def __init__(self, heads: _Optional[_Iterable[_Union[Head, _Mapping]]] = ...) -> None: ...

class Membership(_message.Message):
    __slots__ = ("conversation", "tenant", "kind", "title", "membership_revision", "members")
    CONVERSATION_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIP_REVISION_FIELD_NUMBER: _ClassVar[int]
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    conversation: str
    tenant: str
    kind: Kind
    title: str
    membership_revision: int
    members: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conversation: _Optional[str] = ..., tenant: _Optional[str] = ..., kind: _Optional[_Union[Kind, str]] = ..., title: _Optional[str] = ..., membership_revision: _Optional[int] = ..., members: _Optional[_Iterable[str]] = ...) -> None: ...

class ListMembersRequest(_message.Message):
    __slots__ = ("conversations",)
    CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    conversations: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, conversations: _Optional[_Iterable[str]] = ...) -> None: ...

class ListMembersResponse(_message.Message):
    __slots__ = ("memberships",)
    MEMBERSHIPS_FIELD_NUMBER: _ClassVar[int]
    memberships: _containers.RepeatedCompositeFieldContainer[Membership]
    def __init__(self, memberships: _Optional[_Iterable[_Union[Membership, _Mapping]]] = ...) -> None: ...
