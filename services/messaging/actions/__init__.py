"""The verbs of messaging."""

from dataclasses import dataclass

from services.messaging.actions.access import Access
from services.messaging.actions.conversations import Conversations
from services.messaging.actions.members import Membership
from services.messaging.actions.messages import CATCH_UP_MAX, Messages
from services.messaging.actions.tenants import Tenants

__all__ = ["CATCH_UP_MAX", "Access", "Actions", "Conversations", "Membership", "Messages", "Tenants"]


@dataclass(frozen=True, slots=True)
class Actions:
    """What messaging can do."""

    conversations: Conversations
    messages: Messages
    members: Membership
    tenants: Tenants
