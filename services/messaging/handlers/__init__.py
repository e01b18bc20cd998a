"""The gRPC door of messaging: convert, call an action, convert."""

from services.chassis.streams import Streams
from services.messaging.actions import Actions
from services.messaging.catalog.handlers import CatalogHandlers
from services.messaging.feed import MessagingFeed
from services.messaging.handlers.conversations import ConversationHandlers
from services.messaging.handlers.feeds import FeedHandlers
from services.messaging.handlers.members import MemberHandlers
from services.messaging.handlers.messages import MessageHandlers
from services.messaging.handlers.watch import WatchHandlers
from services.messaging.store import LogStore


class MessagingHandlers(
    ConversationHandlers, MemberHandlers, MessageHandlers, WatchHandlers, FeedHandlers, CatalogHandlers
):
    """The RPCs of MessagingService."""

    def __init__(self, actions: Actions, store: LogStore, feed: MessagingFeed, streams: Streams) -> None:
        self._conversations = actions.conversations
        self._messages = actions.messages
        self._members = actions.members
        self._tenants = actions.tenants
        self._store = store
        self._feed = feed
        self._streams = streams
