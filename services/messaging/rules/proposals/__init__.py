"""What wants to be appended: given the head, a proposal becomes an event and the following head, or a refusal.

Proposals are pure, so that they can be tried again on another head whenever somebody else was quicker.
"""

from services.messaging.rules.proposals.base import Proposal
from services.messaging.rules.proposals.items import ItemDraft, ItemMembersDraft, against_service
from services.messaging.rules.proposals.members import AddDraft, RemoveDraft, RoleDraft
from services.messaging.rules.proposals.messages import DeleteDraft, Draft, EditDraft
from services.messaging.rules.proposals.properties import UpdateDraft
from services.messaging.rules.proposals.weight import weight

__all__ = [
    "AddDraft",
    "DeleteDraft",
    "Draft",
    "EditDraft",
    "ItemDraft",
    "ItemMembersDraft",
    "Proposal",
    "RemoveDraft",
    "RoleDraft",
    "UpdateDraft",
    "against_service",
    "weight",
]
